#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Another cluster is named by the address of a node, by that of its last one with the proxy's port, and by a DNS name, all three
# by one pod; at the same time a pod of the other cluster does the same the other way round. When they are ready each has its
# three interfaces, and pings through each.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

scenario_open
declare -A OTHER=([west]=east [east]=west)
for cluster in west east; do endpoint "$cluster" icmp-responder 172.16.1.0/24; done
for cluster in west east; do
  other=${OTHER[$cluster]}
  by_address=icmp-responder@$(node_address "$other" 1)/nsm-1
  by_port=icmp-responder@$(node_address "$other" "$(nodes_of "$other" | tail -n 1)"):5005/nsm-2
  annotated "$cluster" client "$by_address,$by_port,icmp-responder@$other.test/nsm-3"
done
for cluster in west east; do wait_pod "$cluster" client; done
for cluster in west east; do
  expect "interfaces of the client of $cluster" "$(interfaces "$cluster" client)" = 3
  spot=$(spot "$cluster" client)
  for number in 1 2 3; do echoes_start "$cluster-$number" "$spot" "$(peer "$cluster" client "nsm-$number")"; done
done
for name in "${!ECHOES[@]}"; do
  echoes_end "$name"
  expect "echoes lost by $name" "$ECHOES_LOST" -eq 0
done
for cluster in west east; do
  expect "interfaces of the endpoint of $cluster" "$(interfaces "$cluster" deployment/icmp-responder)" = 3
done
