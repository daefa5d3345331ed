#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   hostile ──► NSMgr (unix, tcp), forwarder, registry and proxy (their ports and their operator's doors) of west node1
#                       client ── west node1 ── endpoint
#
# Test that messages that are empty, truncated, garbage, against themselves, just over a limit or far over it are
# refused at each of these places as they should be (the tool says how), that each door has only what belongs behind it
# and no door to others has introspection, that nothing has changed afterwards, that no program has kept a descriptor or
# a thread, and that the connection goes on.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

# descriptors_and_threads PROGRAM: while nobody talks to it but us.
descriptors_and_threads() { dump "$1" | jq -r '"\(.process.descriptors | add) \(.process.threads)"'; }
# gRPC keeps some threads for a while, by the number of processors for each door; no program has more than three.
threads_limit=$((3 * 2 * $(nproc) + 16))
has_at_most() {
  local descriptors threads
  read -r descriptors threads <<<"$(descriptors_and_threads "$1")"
  ((descriptors <= $2 && threads <= ($3 > threads_limit ? $3 : threads_limit)))
}
insider=(env)
if [[ -n ${NSM_SECURE:-} ]]; then
  issue west mallory
  insider+=(NSM_SVID="$RIG/identities/west-mallory.pem" NSM_TRUST_BUNDLES="$RIG/trust/west")
fi
# attack [no-]hop|registry|introspection URL...
attack() {
  inside w1 "${insider[@]}" "$NSM_BIN_DIR/../tests/netns/hostile" "$@" >>"$RIG/log/hostile.log" 2>&1 ||
    fail "not refused as expected: $(grep -a WRONG "$RIG/log/hostile.log")"
}

endpoint endpoint west 1 172.16.1.0/24
client client west 1 'kernel://icmp-responder/nsm-1'
connected client nsm-1
remember
attacked=({nsmgr,forwarder,registry,proxy}-west-node1)
forwarder=unix://$(place west 1)/forwarder.sock
proxy_admin=unix://$(place west 1)/proxy.sock
declare -A before

# What is made once by a first call, and kept, is not what this is about.
for _ in first second; do
  for program in "${attacked[@]}"; do before[$program]=$(descriptors_and_threads "$program"); done
  attack hop "$(nsmgr_url west 1)" tcp://10.0.0.1:5001 "$forwarder" tcp://10.0.0.1:5006
  attack registry "$(nsmgr_url west 1)" tcp://10.0.0.1:5001 tcp://10.0.0.1:5000 "$(registry_admin_url west)" tcp://10.0.0.1:5005
  attack introspection "$(nsmgr_url west 1)" "$forwarder" "$(registry_admin_url west)" "$proxy_admin"
  attack no-hop tcp://10.0.0.1:5000 tcp://10.0.0.1:5005 "$(registry_admin_url west)" "$proxy_admin"
  attack no-registry "$forwarder" tcp://10.0.0.1:5006 "$proxy_admin"
  attack no-introspection tcp://10.0.0.1:5000 tcp://10.0.0.1:5001 tcp://10.0.0.1:5005 tcp://10.0.0.1:5006
  back_to_remembered 5
done
for program in "${attacked[@]}"; do
  # shellcheck disable=SC2086 # two numbers
  wait_for 10 "descriptors and threads of $program" has_at_most "$program" ${before[$program]}
done
ping_all client 172.16.1.0
rig_end
