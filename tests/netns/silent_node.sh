#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ internet ══ east node1 ── near   (comes later)
#                                       └ node2 ──── far    (its node loses its power)
#
# Test that a node from which nothing comes any more, not even the end of its TCP connections, is known to be dead within
# some three seconds where nobody asks it anything: the streams to it are lost. That a client of an endpoint there goes to
# another one sooner, since its packets stop; and that streams which are only idle last.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up
at() { [[ $(peer client nsm-1) == "$1".* ]] && answers client "$(peer client nsm-1)"; }

endpoint far east 2 172.16.1.0/24
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
endpoint near east 1 172.16.2.0/24
# Twice as long as silence is taken for death: what is idle and alive stays.
ping_start alive client "$(peer client nsm-1)"
wait_for 10 "six seconds of idle streams" log_has alive 'icmp_seq=300 '
ping_end alive
not log_has proxy-west-node1 'monitoring .* lost' || fail "an idle stream was lost"

begin=$(now)
for chain in input output; do
  inside e2 nft -f - <<<"table inet power { chain $chain { type filter hook $chain priority -300; policy drop; } }"
done
wait_for 5 "client at near" at 172.16.2
note "client at near after $(($(now) - begin)) ms"
wait_for 4 "the proxy's stream to the dead node is lost" log_has proxy-west-node1 'monitoring tcp://203.0.113.12:5001: lost'
note "stream lost after $(($(now) - begin)) ms"
connected client nsm-1
rig_end
