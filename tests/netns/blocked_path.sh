#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   ping, raw, tcp ── west node1 ══ internet ══ east node2 ── far   (tunnels blocked later, gRPC not)
#   fresh ─────────── west node2                └ node1 ──── near  (comes later, and is blocked last)
#
# Test that clients whose packets stop know it within a second and go to an endpoint that works, whatever they may send:
# echoes by ping sockets, by raw ones, and without any privilege TCP. That one without another endpoint says what is wrong,
# in its log and to nsmctl, until it is over; and so does one whose packets never came. That an endpoint which answers no
# pings any more, but everything else, is kept.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
need setpriv
rig_up

# blocked ADDRESS...: nodes that no tunnel reaches.
blocked() {
  inside inet nft "table ip block; delete table ip block; table ip block { set nodes { type ipv4_addr; elements = { $* }; }; chain f {
    type filter hook forward priority 0; udp dport 4789 ip daddr @nodes drop; udp dport 4789 ip saddr @nodes drop; }; }"
}
sockets() { inside "$1" awk 'NR > 1' "/proc/net/$2" | wc -l; }
says_down() { dump "$1" | jq -e --arg said "$2" '.connections[0] | .state == "DOWN" and (.packets | startswith($said))'; }
says_up() { dump "$1" | jq -e '.connections[0] | .state == "UP" and .packets == "come through"'; }
at() { [[ $(peer "$1" nsm-1) == "$2".* ]] && answers "$1" "$(peer "$1" nsm-1)"; }

endpoint far east 2 172.16.1.0/24
for name in ping raw tcp; do
  client "$name" west 1 'kernel://icmp-responder@east.test/nsm-1'
  wait_up "$name" nsm-1
done
# The forwarder lets everybody ping when it makes the interface; somebody takes that back.
for name in raw tcp; do
  kill_hard "$name"
  inside "$name" sysctl -qw net.ipv4.ping_group_range='1 0'
  [[ $name == raw ]] || WRAP=(setpriv --bounding-set=-net_raw)
  client "$name" west 1 'kernel://icmp-responder@east.test/nsm-1'
  WRAP=()
done
capture syn tcp nsm-1 'tcp dst port 7'
wait_for 5 "TCP echoes" seen syn tcp 3
capture_end syn
expect "ping sockets" "$(sockets ping icmp) $(sockets raw icmp) $(sockets tcp icmp)" = "1 0 0"
expect "raw sockets" "$(sockets ping raw) $(sockets raw raw) $(sockets tcp raw)" = "0 1 0"
for name in ping raw tcp; do wait_for 2 "$name is up" says_up "$name"; done

endpoint near east 1 172.16.2.0/24
blocked 203.0.113.12
for name in ping raw tcp; do wait_for 2 "$name knows" says "$name" 'no packets come through any more from endpoint far'; done
for name in ping raw tcp; do wait_for 5 "$name at near" at "$name" 172.16.2; done
for name in ping raw tcp; do wait_for 2 "$name is up" says_up "$name"; done

links() { for name in ping raw tcp; do ip_in "$name" -j link show nsm-1 | jq .[].ifindex; done; }
before=$(links)
inside near sysctl -qw net.ipv4.icmp_echo_ignore_all=1
for name in ping raw tcp; do
  capture "doubt-$name" "$name" nsm-1 'tcp dst port 7'
  # Three times as many as make a dead one.
  wait_for 5 "TCP echoes of $name" seen "doubt-$name" tcp 12
  capture_end "doubt-$name"
  says_up "$name" >/dev/null || fail "$name takes an endpoint that answers no pings for dead"
done
expect "interfaces of clients" "$(links)" = "$before"
inside near sysctl -qw net.ipv4.icmp_echo_ignore_all=0

blocked 203.0.113.11, 203.0.113.12
for name in ping raw tcp; do wait_for 5 "$name says that nothing comes" says_down "$name" none; done
client fresh west 2 'kernel://icmp-responder@east.test/nsm-1'
wait_for 5 "fresh says so" says fresh 'no packets come through' 'since it is connected'
says_down fresh 'none ever came' >/dev/null || fail "fresh does not say so to nsmctl"
inside inet nft delete table ip block
for name in ping raw tcp fresh; do wait_for 5 "$name is up again" says_up "$name"; done
for name in ping raw tcp fresh; do ping_all "$name" "$(peer "$name" nsm-1)"; done
rig_end
