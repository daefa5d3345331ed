#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   50 clients ── west node1, node2 ══ internet ══ east node1, node2 ── 4 endpoints
#
# Test that 50 clients that come at once all get a connection with addresses of their own, over all endpoints, and
# that nothing is left of them afterwards: in any program, on any node; threads and sockets settle, too.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

clients=$(printf 'c%d ' {1..50})
programs=$(printf '%s ' {registry,proxy}-{west,east}-node1 {nsmgr,forwarder}-{west,east}-node{1,2})
# A dozen, and gRPC's own three pools, which grow to two threads a core and never shrink: two executors, an event engine.
# Identities need two more.
threads_limit=$((6 * $(nproc) + 12 + (${NSM_SECURE:-0} ? 2 : 0)))

threads() { find "/proc/${PIDS[$1]}/task" -mindepth 1 -maxdepth 1 | wc -l; }
sockets() { find "/proc/${PIDS[$1]}/fd" -lname 'socket:*' | wc -l; }
settled() {
  (($(threads "$1") <= (idle_threads[$1] > threads_limit ? idle_threads[$1] : threads_limit))) &&
    (($(sockets "$1") <= idle_sockets[$1]))
}

for number in 1 2 3 4; do
  endpoint "endpoint-$number" east $((number % 2 + 1)) "172.16.$number.0/24"
done
# Some connections first, so that the channels which stay for good are there.
for pod in warm-{1..8}; do
  client "$pod" west $((${pod#warm-} % 2 + 1)) 'kernel://icmp-responder@east.test/nsm-1'
  connected "$pod" nsm-1
done
stop warm-{1..8}
remember
declare -A idle_threads idle_sockets
for program in $programs; do
  idle_threads[$program]=$(threads "$program") idle_sockets[$program]=$(sockets "$program")
done

# shellcheck disable=SC2086
make_netns $clients
number=0
for pod in $clients; do
  client "$pod" west $((number++ % 2 + 1)) 'kernel://icmp-responder@east.test/nsm-1'
done
for pod in $clients; do wait_up "$pod" nsm-1; done
for pod in $clients; do
  ping_all "$pod" "$(peer "$pod" nsm-1)" 3
  own_address "$pod" nsm-1 >>"$RIG/addresses"
  peer "$pod" nsm-1 | cut -d. -f3 >>"$RIG/endpoints"
done
expect "different addresses" "$(sort -u "$RIG/addresses" | wc -l)" -eq 50
expect "endpoints used" "$(sort -u "$RIG/endpoints" | wc -l)" -eq 4

# shellcheck disable=SC2086
stop $clients
back_to_remembered 5
# gRPC keeps a thread that has nothing to do for 10 s.
for program in $programs; do
  holds 15 settled "$program" || fail "$program does not settle: $(threads "$program") threads and $(sockets "$program")" \
    "sockets, was ${idle_threads[$program]} and ${idle_sockets[$program]}"
done
rig_end
