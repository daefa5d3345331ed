# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What is on the wire: captures, forged packets, and a ping that runs beside a scenario.

# capture NAME NAMESPACE DEVICE [FILTER]: records until capture_end; ready when this returns.
capture() {
  start "$1" "$2" tcpdump -Z root -n -U --immediate-mode -i "$3" -w "$RIG/$1.pcap" "${@:4}"
  wait_for 5 "capture $1" log_has "$1" "listening on"
}

# capture_end NAME: stops; tcpdump writes what it has seen.
capture_end() { stop "$1"; }

# captured NAME FILTER: number of recorded packets that match.
captured() { tcpdump -nr "$RIG/$1.pcap" "$2" 2>/dev/null | wc -l; }

# seen NAME FILTER COUNT: at least COUNT of them so far.
seen() { (($(captured "$1" "$2") >= $3)); }

# ping_start NAME POD ADDRESS: pings 50 times a second until ping_end; PING_INTERVAL: otherwise.
ping_start() {
  start "$1" "$2" ping -i "${PING_INTERVAL:-0.02}" "$3"
  wait_for 5 "first answers for $1" log_has "$1" "icmp_seq=5 "
}

# ping_end NAME: every echo was answered, but perhaps the one sent in the last moment.
ping_end() {
  local sent missing
  kill -INT "${PIDS[$1]}"
  ended "$1"
  sent=$(sed -nE 's/^([0-9]+) packets transmitted.*/\1/p' "$RIG/log/$1.log")
  expect "echoes sent by $1" "$sent" -ge 5
  missing=$(comm -23 <(seq 1 $((sent - 1)) | sort) <(sed -nE 's/.*icmp_seq=([0-9]+) ttl.*/\1/p' "$RIG/log/$1.log" | sort -u) | wc -l)
  expect "echoes of $1 lost of $sent" "$missing" -eq 0
}

# forge NAMESPACE DEVICE ARGUMENT...: sends one forged packet out of DEVICE; see forge.py --help.
forge() { inside "$1" python3 "$NSM_ROOT/tests/netns/lib/forge.py" "$2" "${@:3}"; }
