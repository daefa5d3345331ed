#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A client's pod goes: deleted, deleted by force, evicted, and with all of its processes killed at once as for want of memory,
# so that nobody is left to close anything. Each time nothing stays at either end, nor in any program that knew the connection,
# and the endpoint, which has addresses for a single client, takes the next one.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

deleted() { ours west delete pod client --wait=false >/dev/null; }
forced() { ours west delete pod client --grace-period 0 --force >/dev/null 2>&1; }
evicted() {
  kube west create --raw "/api/v1/namespaces/$SCENARIO/pods/client/eviction" --filename - >/dev/null <<-END
	{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "client", "namespace": "$SCENARIO"}}
	END
}
killed() { kill_in "$(spot west client)"; }

# known_to_managers: how many connections those of both clusters hold.
known_to_managers() {
  local cluster manager known sum=0
  for cluster in west east; do
    for manager in $(kube "$cluster" --namespace "$NSM_NAMESPACE" get pods --selector app.kubernetes.io/component=nsmgr --output name); do
      known=$(nsmctl_in "$cluster" "$manager" dump unix:///var/lib/networkservicemesh/nsm.io.sock)
      sum=$((sum + $(jq '.connections | length' <<<"$known")))
    done
  done
  echo "$sum"
}
known_are() { (($(known_to_managers) == $1)); }

scenario_open
endpoint east icmp-responder 172.16.1.0/31
for way in deleted forced evicted killed; do
  annotated west client "icmp-responder@$(node_address east 1)/nsm-1" 'restartPolicy: Never'
  wait_pod west client
  wait_connection west client nsm-1
  known_are 2 || fail "connections known to managers: $(known_to_managers)"
  begin=$(now)
  "$way"
  wait_for 5 "nothing left of the client $way" links_are 0 west east
  note "$way: nothing left after $(($(now) - begin)) ms"
  wait_for 5 "managers that know nothing of the client $way" known_are 0
  ours west delete pod client --ignore-not-found --timeout "$((30 * NSM_TIMEOUT_SCALE))s" >/dev/null
done
