#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What clusters without native sidecars get (webhook.sidecars=beside): an init container that waits for the connection, and a
# client beside the pod's own container that takes it up, with nothing changed in between. The client is killed, and takes it up
# again; when the pod is deleted, nothing is left.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

sidecars() {
  in_cluster west helm upgrade nsm "$NSM_ROOT/deploy/helm/nsm" --namespace "$NSM_NAMESPACE" --reuse-values \
    --set "webhook.sidecars=$1" >/dev/null
  wait_ready west
}
restore() { sidecars auto; }
started_again() {
  ours west get pod client --output json |
    jq -e '.status.containerStatuses | any(.name == "nsm-client" and .restartCount == 1)'
}
gone() { links_are 0 west east && interfaces_are east deployment/icmp-responder 0; }

scenario_open
endpoint east icmp-responder 172.16.1.0/31
sidecars beside
wait_for 30 "the other form of clients" would_get west '.spec.initContainers[0].name == "nsm-client-init"'
# Its own container writes down what it finds when it starts.
annotated west client "icmp-responder@$(node_address east 1)/nsm-1" 'restartPolicy: Always' \
  'command: [sh, -c, "cat /sys/class/net/nsm-1/ifindex >/tmp/found; trap exit TERM; sleep infinity & wait"]'
wait_pod west client
expect "init containers" "$(ours west get pod client --output 'jsonpath={.spec.initContainers[*].name}')" = nsm-client-init
expect "restart policy of that" "$(ours west get pod client --output 'jsonpath={.spec.initContainers[*].restartPolicy}')" = ""
expect "containers" "$(ours west get pod client --output 'jsonpath={.spec.containers[*].name}')" = "tools nsm-client"
wait_connection west client nsm-1
echoes_start beside "$(spot west client)" "$(peer west client nsm-1)"
kill_in "$(spot west client)" nsc
wait_for 30 "another start of the client" started_again
wait_pod west client
echoes_end beside
expect "echoes lost" "$ECHOES_LOST" -eq 0
expect "the interface" "$(in_pod west client cat /sys/class/net/nsm-1/ifindex)" = "$(in_pod west client cat /tmp/found)"
expect "interfaces of the endpoint" "$(interfaces east deployment/icmp-responder)" = 1
begin=$(now)
ours west delete pod client --wait=false >/dev/null
wait_for 5 "nothing left" gone
note "deleted: nothing left after $(($(now) - begin)) ms"
