#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ internet ══ east node1 ── endpoint    (10,000 packets a second there, a TCP stream back)
#
# Test that a forwarder of either side can be killed hard, and end by SIGTERM, and be started again, without one of
# the packets lost or the stream standing still; and that the connection is then known, closed and made again as any.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
need iperf3
rig_up
endpoint endpoint east 1 172.16.1.0/24
remember
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1

# datagrams POD COLUMN...: what its kernel has counted of UDP.
datagrams() {
  inside "$1" cat /proc/net/snmp | awk -v wanted="${*:2}" '
    $1 == "Udp:" && !named { named = 1; for (i = 2; i <= NF; i++) column[$i] = i; next }
    $1 == "Udp:" { count = split(wanted, names, " "); for (i = 1; i <= count; i++) sum += $column[names[i]]; print sum }'
}
sent() { datagrams client OutDatagrams; }
received() { datagrams endpoint InDatagrams InErrors; }
many_more() { (($(received) >= $1 + 5000)); }
all_arrived() { (($(received) == $(sent))); }

for port in 5201 5202; do
  start "server-$port" endpoint iperf3 --server --port "$port"
  wait_for 5 "iperf3" listens endpoint tcp "$port"
done
start packets client iperf3 --client 172.16.1.0 --udp --bitrate 16M --length 200 --time 600
start stream client iperf3 --client 172.16.1.0 --port 5202 --reverse --bitrate 100M --time 600 --interval 1 --forceflush
wait_for 10 "the load" many_more 0
wait_for 10 "the stream" log_has stream "Mbits/sec"

for program in forwarder-{west,east}-node1; do
  for end in kill_hard stop; do
    before=$(received)
    "$end" "$program"
    wait_for 10 "packets without a forwarder" many_more "$before"
    start_again "$program"
    wait_for 10 "$program again" knows "$program" client
    wait_for 10 "packets with the new forwarder" many_more "$(received)"
  done
done

# Nobody sends any more, and the server goes on taking what has come.
kill -STOP "${PIDS[packets]}"
holds 5 all_arrived || fail "of $(sent) packets $(received) have arrived"
kill_hard stream
kill_hard packets
expect "packets sent" "$(sent)" -ge 40000
expect "seconds in which the stream stood still" "$(grep -c " 0.00 bits/sec" "$RIG/log/stream.log" || true)" -eq 0
for port in 5201 5202; do kill_hard "server-$port"; done

stop client
back_to_remembered 20
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
rig_end
