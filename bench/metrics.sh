# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What bench/dataplane measures of a case, one run at a time.

# shellcheck disable=SC2034 # for those who source this
ALL_METRICS=(tcp_stream tcp_stream_4 tcp_rr udp_rr tcp_rr_one_cpu udp_rr_one_cpu udp_64)
# In the order of the table; a stream has its processor time beside it, transactions their times.
FIGURES=(tcp_stream{,_cpu} tcp_stream_4{,_cpu} {tcp,udp}_rr{,_p50,_p99} {tcp,udp}_rr_one_cpu{,_p50,_p99} udp_64)
# Left to itself the kernel has client and server of small packets now on one processor, now on two, and the second takes
# ten times as long.
SERVER_CPU=1 OTHER_CPU=0
declare -A VALUES=() # "case figure" -> one for each run

# unit_of FIGURE
unit_of() {
  case $1 in
    tcp_stream*_cpu) echo ms/Gbit ;;
    *_p50 | *_p99) echo µs ;;
    tcp_stream*) echo Gbit/s ;;
    *) echo 1/s ;;
  esac
}

# start_servers CASE: the other end of all measurements.
start_servers() {
  start "iperf3-$1" "${SERVER[$1]}" iperf3 --server
  start "traffic-$1" "${SERVER[$1]}" taskset --cpu-list "$SERVER_CPU" "$TRAFFIC" serve
  wait_for 5 "iperf3 for $1" listens "${SERVER[$1]}" tcp 5201
  wait_for 5 "traffic for $1" listens "${SERVER[$1]}" tcp 7000
  wait_for 5 "traffic for $1" listens "${SERVER[$1]}" tcp 7001
}

# measure METRIC CASE: one run, which adds a value to each of its figures.
measure() {
  case $1 in
    tcp_stream) stream "$2" "$1" 1 ;;
    tcp_stream_4) stream "$2" "$1" 4 ;;
    *_one_cpu) transactions "$2" "$1" "$SERVER_CPU" ;;
    *_rr) transactions "$2" "$1" "$OTHER_CPU" ;;
    udp_64) packets "$2" "$1" "$OTHER_CPU" ;;
  esac
}
add_value() { VALUES["$1 $2"]+=" $3"; }

# stream CASE METRIC CONNECTIONS
stream() {
  local busy bytes seconds
  busy=$(busy_ms)
  inside "${CLIENT[$1]}" iperf3 --client "${ADDRESS[$1]}" --parallel "$3" --time "$STREAM_SECONDS" --json >"$RIG/log/stream.json"
  busy=$(($(busy_ms) - busy))
  read -r bytes seconds < <(jq -r '.end.sum_received | "\(.bytes) \(.seconds)"' "$RIG/log/stream.json")
  add_value "$1" "$2" "$(awk -v bytes="$bytes" -v s="$seconds" 'BEGIN { print bytes * 8 / 1e9 / s }')"
  add_value "$1" "$2_cpu" "$(awk -v bytes="$bytes" -v ms="$busy" 'BEGIN { print ms / (bytes * 8 / 1e9) }')"
}
# busy_ms: what all processors of the machine have worked since it runs: user, nice, system, irq, softirq.
busy_ms() { awk '$1 == "cpu" { print ($2 + $3 + $4 + $7 + $8) * 10 }' /proc/stat; }

# transactions CASE METRIC CPU, packets CASE METRIC CPU
transactions() {
  local rate p50 p99
  read -r rate p50 p99 < <(small_packets "$1" "${2%_one_cpu}" "$3" | jq -r '"\(.per_second) \(.p50) \(.p99)"')
  add_value "$1" "$2" "$rate"
  add_value "$1" "$2_p50" "$p50"
  add_value "$1" "$2_p99" "$p99"
}
packets() {
  local delivered
  delivered=$(small_packets "$@" | jq .delivered)
  add_value "$1" "$2" "$delivered"
}
# small_packets CASE KIND CPU: as JSON.
small_packets() {
  inside "${CLIENT[$1]}" taskset --cpu-list "$3" "$TRAFFIC" "$2" "${ADDRESS[$1]}" "$PACKET_SECONDS"
}

# expect_whole_aggregates: what TCP hands over arrives from one node at another as it was, not cut to the MTU.
expect_whole_aggregates() {
  local before after
  start iperf3-whole w4 iperf3 --server --one-off
  wait_for 5 "iperf3 for aggregates" listens w4 tcp 5201
  before=$(received w4)
  inside w3 iperf3 --client "$(internal 4)" --bytes 50M >"$RIG/log/whole.log"
  after=$(received w4)
  ended iperf3-whole
  expect "mean size of a packet between nodes" $(((${after% *} - ${before% *}) / (${after#* } - ${before#* }))) -gt $((2 * UNDERLAY_MTU))
}
# received NODE: bytes and packets.
received() { ip_in "$1" -j -s link show eth0 | jq -r '.[].stats64.rx | "\(.bytes) \(.packets)"'; }

# figures CASE...: all values, for the report.
figures() {
  local figure name values
  result mtu "$UNDERLAY_MTU"
  for figure in "${FIGURES[@]}"; do
    for name in "$@"; do
      [[ -n ${VALUES["$name $figure"]:-} ]] || continue
      read -ra values <<<"${VALUES["$name $figure"]}"
      result reference "$(reference_of "$name")"
      result "$name" "$figure" "$(unit_of "$figure")" "${values[@]}"
    done
  done
  VALUES=()
}
