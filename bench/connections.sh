# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Connections between two domains, made by tests/netns/load, and what they cost programs. Sourced after tests/netns/lib.sh.
#
#   pods ── west node1 ══ gateway (NAT) ══ internet ══ gateway (NAT) ══ east node1 ── 4 endpoints
#
# Payload IP, whose permanent neighbours need no place in the ARP table: the kernel has one for all namespaces, with 1,024
# places.

HOPS=(nsmgr-west-node1 forwarder-west-node1 proxy-west-node1 nsmgr-east-node1 forwarder-east-node1 endpoint-1)
# shellcheck disable=SC2034 # for those who source this
PROGRAMS=("${HOPS[@]}" registry-west-node1 registry-east-node1 proxy-east-node1)
CLIENT_PODS=$(printf 'pod%d ' {1..20})

# make_ends: endpoints and pods, in a rig that is up.
make_ends() {
  local number
  for number in 1 2 3 4; do
    endpoint "endpoint-$number" east 1 "172.$((15 + number)).0.0/20" --payload IP
  done
  # shellcheck disable=SC2086
  make_netns $CLIENT_PODS
}

# load NAME COUNT PARALLEL OPTION...: runs to its end; figures are in $RIG/NAME.json.
load() {
  start_load "$1" west 1 icmp-responder@east.test "$2" "$3" "$CLIENT_PODS" "${@:4}"
}
# quantile FILE WHAT PERCENT: of the times in milliseconds.
quantile() {
  jq -r --arg what "$2" --argjson p "$3" 'select(.up) | .milliseconds[$what] | sort | .[((length - 1) * $p / 100) | floor]' "$1"
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }
# resident PROGRAM: MiB. threads PROGRAM.
resident() { awk '/^VmRSS/ { print $2 / 1024 }' "/proc/${PIDS[$1]}/status"; }
threads() { awk '/^Threads/ { print $2 }' "/proc/${PIDS[$1]}/status"; }

# steps PROGRAM: how often and how long each step in the kernel took since it runs, as JSON.
steps() { dump "$1" | jq -c .dataplane.durations; }
# steps_since PROGRAM STEPS: name and mean time in µs of each that was done since then, separated by a tab.
steps_since() {
  jq -rn --argjson a "$2" --argjson b "$(steps "$1")" '
    $b | to_entries[] | . as $e | ($a[$e.key] // {count: 0, microseconds: 0}) as $before |
    select($e.value.count > $before.count) |
    [$e.key, (($e.value.microseconds - $before.microseconds) / ($e.value.count - $before.count))] | @tsv'
}
