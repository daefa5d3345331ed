#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A Deployment whose own metadata is annotated, as in the guide: each of its pods has its interface before its container starts,
# and can ping the endpoint in the other cluster; the registry shows what is offered; when the pods are gone, so is what there
# was for them at the other end. Pods that are not annotated get nothing, and what cannot be understood is refused.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

clients_in() { ours west get pods --selector "app=$1" --output 'jsonpath={.items[*].spec.initContainers[*].name}'; }

scenario_open
endpoint east icmp-responder 172.16.1.0/24
deployment west annotated 2 "{ns.networkservicemesh.io: icmp-responder@$(node_address east 1)/nsm-1}" >/dev/null
deployment west plain 2 '{}' >/dev/null
for name in annotated plain; do
  ours west rollout status "deployment/$name" --timeout "$((120 * NSM_TIMEOUT_SCALE))s" >/dev/null
done
expect "clients of annotated pods" "$(clients_in annotated)" = "nsm-client nsm-client"
expect "clients of other pods" "$(clients_in plain)" = ""
for pod in $(pods_of west annotated); do
  in_pod west "$pod" ping -c 5 -W 2 "$(peer west "$pod" nsm-1)" >&2
done
expect "interfaces of the endpoint" "$(interfaces east deployment/icmp-responder)" = 2
offered=$(kube east get netsvc,nse --all-namespaces --no-headers)
note "$offered"
[[ $offered == *networkservice.networkservicemesh.io/icmp-responder* && $offered == *networkserviceendpoint.networkservicemesh.io/icmp-responder-* ]] ||
  fail "the registry's objects: $offered"

said=$(deployment west wrong 2 '{ns.networkservicemesh.io: "icmp-responder@east/an-interface-name"}' 2>&1) && fail "not refused"
[[ $said == *interface* ]] || fail "no reason: $said"

ours west scale deployment annotated --replicas 0 >/dev/null
wait_for 15 "end of the endpoint's interfaces" interfaces_are east deployment/icmp-responder 0
