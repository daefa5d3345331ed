# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Pods: a namespace with only a loopback device, and in it a client or an endpoint.

# client POD DOMAIN NODE SERVICES [OPTION...]: an nsc that asks the NSMgr of that node; the pod is made if need be.
client() {
  local pod=$1 socket
  socket=unix://$(place "$2" "$3")/$pod.sock
  [[ -e /run/netns/$(netns "$pod") ]] || make_netns "$pod"
  answers_at "$pod" "$pod" "$socket"
  NODE_NAME=node$3 start_nsm "$pod" "$pod" nsc --connect-to "$(nsmgr_url "$2" "$3")" --listen-on "$socket" \
    --network-services "$4" "${@:5}"
}

# start_endpoint POD DOMAIN NODE CIDR [OPTION...]: without waiting.
start_endpoint() {
  local pod=$1 socket
  socket=unix://$(place "$2" "$3")/$pod.sock
  [[ -e /run/netns/$(netns "$pod") ]] || make_netns "$pod"
  answers_at "$pod" "$pod" "$socket"
  NSM_SERVICE_NAMES=icmp-responder NODE_NAME=node$3 start_nsm "$pod" "$pod" nse-icmp-responder --connect-to "$(nsmgr_url "$2" "$3")" \
    --listen-on "$socket" --cidr-prefix "$4" "${@:5}"
}

# endpoint ...: the same, and its domain's registry knows it afterwards: as a whole word, since "endpoint" begins a word
# that its state has always.
endpoint() {
  start_endpoint "$@"
  wait_for 10 "$1 in the registry of $2" knows "registry-$2-node1" "$1\""
}

# peer POD INTERFACE [-6]: address of the other end, which is the host route of the interface.
peer() {
  local route
  route=$(ip_in "$1" "${3:--4}" -j route show dev "$2" | jq -r 'first(.[].dst | select(test("/|default") | not))')
  [[ -n $route ]] && echo "$route"
}

# own_address POD INTERFACE [-6]
own_address() {
  ip_in "$1" "${3:--4}" -j address show dev "$2" | jq -er 'first(.[].addr_info[] | select(.scope == "global") | .local)'
}

# interfaces POD: how many it has besides the loopback device.
interfaces() { ip_in "$1" -j link show up | jq 'map(select(.ifname != "lo")) | length'; }
interfaces_are() { (($(interfaces "$1") == $2)); }
# first_interface POD
first_interface() { ip_in "$1" -j link show up | jq -er 'first(.[].ifname | select(. != "lo"))'; }
has_interface() { ip_in "$1" link show "$2"; }

# own_network POD: eth0 as a cluster's CNI makes it, with a default route and the network of services.
own_network() {
  ip link add eth0 netns "$(netns "$1")" type veth peer name "cni-$1" netns "$(netns inet)"
  ip_in inet link set "cni-$1" up
  ip_in "$1" link set eth0 up
  ip_in "$1" address add 10.244.0.5/24 dev eth0
  ip_in "$1" route add default via 10.244.0.1
  ip_in "$1" route add 10.96.0.0/12 via 10.244.0.1
}
# way POD ADDRESS: the device by which packets go there.
way() { ip_in "$1" -j route get "$2" | jq -r .[].dev; }
# own_routes_alone POD ROUTES: as "ip route" has shown them before there were connections.
own_routes_alone() { [[ $(ip_in "$1" route) == "$2" ]]; }

mtu_in() { ip_in "$1" -j link show "$2" | jq .[].mtu; }

# full_size_fits POD ADDRESS MTU: an IPv4 packet of that size arrives, unfragmented; the pod's kernel sends none larger.
full_size_fits() {
  inside "$1" ping -q -c 2 -i 0.1 -W "$NSM_TIMEOUT_SCALE" -M "do" -s $(($3 - 28)) "$2" >/dev/null || fail "no echo of $3 bytes from $1"
  inside "$1" ping -c 1 -W 1 -M "do" -s $(($3 - 27)) "$2" >"$RIG/log/larger.log" 2>&1 && fail "an echo of $(($3 + 1)) bytes from $1"
  log_has larger "message too long, mtu=$3" || fail "a larger packet was not refused by the kernel of $1"
}

# has_traffic POD: its TCP connections have sent something.
has_traffic() { inside "$1" ss -Htin | grep -q 'bytes_acked:[0-9]\{6,\}'; }

# answers POD ADDRESS: one echo.
answers() { inside "$1" ping -q -c 1 -W 1 "$2"; }

# wait_up POD INTERFACE: until the connection carries traffic.
wait_up() {
  wait_for 15 "$2 in $1" peer "$1" "$2"
  wait_for 5 "ping from $1" answers "$1" "$(peer "$1" "$2")"
}

# ping_all POD ADDRESS [COUNT]: every one of COUNT (5) echoes is answered.
ping_all() {
  local count=${3:-5} text
  text=$(inside "$1" ping -q -c "$count" -i 0.1 -W "$NSM_TIMEOUT_SCALE" "$2") || fail "ping from $1 to $2: $text"
  [[ $text == *" $count received"* ]] || fail "ping from $1 to $2: $text"
}

# connected POD INTERFACE: up, and all echoes answered.
connected() {
  wait_up "$1" "$2"
  ping_all "$1" "$(peer "$1" "$2")"
}

# refused POD SECONDS TEXT...: the client has said within SECONDS one line that has every TEXT (what failed, at which
# hop), and has no interface.
refused() {
  wait_for "$2" "a line of $1 with: ${*:3}" says "$1" "${@:3}"
  expect "interfaces of $1" "$(interfaces "$1")" -eq 0
}
says() {
  local text lines
  lines=$(cat "$RIG/log/$1.log")
  for text in "${@:2}"; do lines=$(grep -F -- "$text" <<<"$lines") || return 1; done
}

# start_load NAME DOMAIN NODE SERVICE COUNT PARALLEL PODS [OPTION...]: COUNT connections from PODS, by turns; figures go to
# $RIG/NAME.json, a line when all are up and one when they are closed, after stop.
start_load() {
  local paths pod
  for pod in $7; do paths+=,/run/netns/$(netns "$pod"); done
  identify "$1" host "$RIG/$2/"
  # shellcheck disable=SC2016 # expanded by that shell
  start "$1" host sh -c 'exec "$@" >"$0"' "$RIG/$1.json" "$NSM_BIN_DIR/../tests/netns/load" "${IDENTITY[@]}" --name "$1" \
    --connect-to "$(nsmgr_url "$2" "$3")" --service "$4" --count "$5" --parallel "$6" --namespaces "${paths#,}" "${@:8}"
}
loaded() { grep -q '"up"' "$RIG/$1.json"; }

# stop_load NAME: closes all its connections.
stop_load() {
  kill -TERM "${PIDS[$1]}"
  wait_for 120 "close of all connections of $1" not running "$1"
  ended "$1"
  expect "exit status of $1" "$ENDED_STATUS" -eq 0
}
