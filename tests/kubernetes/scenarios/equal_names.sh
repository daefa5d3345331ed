#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two annotated pods of one name on one node, in two namespaces, ask for the same service at the same interface: each has its own
# connection. One of them has its client killed, and is deleted: the other one loses no echo.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

readonly SECOND=$SCENARIO-second
restore() { kube west delete namespace "$SECOND" --ignore-not-found >/dev/null; }
# in_second COMMAND...: one of the library's, in the other namespace.
in_second() { SCENARIO=$SECOND "$@"; }
started_again() {
  [[ $(in_second ours west get pod client --output 'jsonpath={.status.initContainerStatuses[0].restartCount}') == 1 ]]
}

scenario_open
kube west create namespace "$SECOND" >/dev/null
endpoint east icmp-responder 172.16.1.0/24
service=icmp-responder@$(node_address east 1)/nsm-1
annotated west client "$service" 'nodeName: node1'
in_second annotated west client "$service" 'nodeName: node1'
wait_pod west client
in_second wait_pod west client
wait_connection west client nsm-1
in_second wait_connection west client nsm-1
first=$(peer west client nsm-1)
expect "address of the second's other end" "$(in_second peer west client nsm-1)" != "$first"
wait_for 5 "two connections at the endpoint" interfaces_are east deployment/icmp-responder 2

echoes_start first "$(spot west client)" "$first"
kill_in "$(in_second spot west client)" nsc
wait_for 30 "another start of the second's client" started_again
in_second wait_pod west client
in_second wait_connection west client nsm-1
expect "connections at the endpoint" "$(interfaces east deployment/icmp-responder)" = 2
in_second ours west delete pod client >/dev/null
wait_for 5 "one connection at the endpoint" interfaces_are east deployment/icmp-responder 1
in_second annotated west client "$service" 'nodeName: node1'
in_second wait_pod west client
in_second wait_connection west client nsm-1
echoes_end first
expect "echoes lost by the first" "$ECHOES_LOST" -eq 0
