#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The container of an annotated pod runs out of memory and is started again, and then the client's own process is killed as it
# would be for that: either time the connection stays as it is, and no echo between the pods is lost.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

# restarts OF: of which container of the client, init containers included.
restarts() {
  ours west get pod client --output json |
    jq --arg name "$1" '.status | .initContainerStatuses + .containerStatuses | .[] | select(.name == $name) | .restartCount'
}
again() { (($(restarts "$1") == 1)); }

scenario_open
endpoint east icmp-responder 172.16.1.0/31
# What it has in /tmp is gone with it, so it eats only once.
annotated west client "icmp-responder@$(node_address east 1)/nsm-1" '' \
  'resources: {limits: {memory: 32Mi}},
   command: [sh, -c, "trap exit TERM; until test -e /tmp/eat; do sleep 0.1; done; exec tail /dev/zero"]'
wait_pod west client
wait_connection west client nsm-1
address=$(in_pod west client ip -o -4 address show dev nsm-1 | awk '{ sub("/.*", "", $4); print $4 }')
link=$(in_pod west client cat /sys/class/net/nsm-1/ifindex)
endpoint=$(pods_of east icmp-responder)
echoes_start to-client "$(spot east "$endpoint")" "$address"

in_pod west client touch /tmp/eat &>/dev/null || true
wait_for 30 "another start of tools" again tools
reason=$(ours west get pod client --output 'jsonpath={.status.containerStatuses[0].lastState.terminated.reason}')
expect "its reason" "$reason" = OOMKilled
wait_pod west client
expect "starts of the client meanwhile" "$(restarts nsm-client)" -eq 0

kill_in "$(spot west client)" nsc
wait_for 30 "another start of the client" again nsm-client
wait_pod west client
echoes_end to-client
expect "echoes lost" "$ECHOES_LOST" -eq 0
expect "the interface" "$(in_pod west client cat /sys/class/net/nsm-1/ifindex)" -eq "$link"
