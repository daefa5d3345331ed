# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# One client that has a connection of every kind at the same time: each payload, with IPv4, IPv6 and both inside, to
# endpoints on its own node, on another one, and in the other domain. Services and interfaces are named alike: e46d is
# payload ETHERNET, IPv4 and IPv6, in another domain; i6n payload IP, IPv6, same node.

# endpoint_of_kind PAYLOAD INSIDE PLACE NUMBER
endpoint_of_kind() {
  local name=$1$2$3 cidr=() payload
  local -A where=([n]="west 1" [o]="west 2" [d]="east 1") payloads=([e]=ETHERNET [i]=IP)
  [[ $2 != *4* ]] || cidr+=("172.16.$4.0/24")
  [[ $2 != *6* ]] || cidr+=("2001:db8:f:$4::/64")
  payload=${payloads[$1]}
  # shellcheck disable=SC2086
  start_endpoint "$name" ${where[$3]} "$(IFS=,; echo "${cidr[*]}")" --service-names "$name" --payload "$payload"
  start "$name-tcp" "$name" "$NSM_ROOT/tests/netns/lib/tcp.py" serve 7
}

# reaches_both_ways CLIENT INTERFACE ENDPOINT FAMILY
reaches_both_ways() {
  local there here
  wait_for 20 "$2 of $1" peer "$1" "$2" "$4"
  there=$(peer "$1" "$2" "$4") here=$(own_address "$1" "$2" "$4")
  wait_for 5 "ping $4 from $1 over $2" answers "$1" "$there"
  wait_for 5 "ping $4 from $3" answers "$3" "$here"
  wait_for 5 "TCP server of $3" inside "$1" "$NSM_ROOT/tests/netns/lib/tcp.py" ask "$there" 7 1000
  inside "$1" "$NSM_ROOT/tests/netns/lib/tcp.py" ask "$there" 7 300000 || fail "TCP from $1 over $2 to $there"
  inside "$3" "$NSM_ROOT/tests/netns/lib/tcp.py" ask "$here" 7 300000 || fail "TCP from $3 to $here"
}

# every_kind DOMAIN: to be called when the domains run; DOMAIN is how the client names the other one.
every_kind() {
  local payload inside place number=0 services=() name domain
  local -A domains=([n]="" [o]="" [d]="@$1")
  make_netns client
  start client-tcp client "$NSM_ROOT/tests/netns/lib/tcp.py" serve 7
  for place in n o d; do
    for payload in e i; do
      for inside in 4 6 46; do
        name=$payload$inside$place domain=${domains[$place]}
        endpoint_of_kind "$payload" "$inside" "$place" $((++number))
        services+=("kernel://$name$domain/$name")
      done
    done
  done
  client client west 1 "$(IFS=,; echo "${services[*]}")"
  for name in {e,i}{4,46}{n,o,d}; do reaches_both_ways client "$name" "$name" -4; done
  for name in {e,i}{6,46}{n,o,d}; do reaches_both_ways client "$name" "$name" -6; done
  expect "interfaces of the client" "$(interfaces client)" -eq 18
}

# no_questions: with payload IP nobody asks for MAC addresses.
no_questions() {
  local name
  for name in i{4,6,46}{n,o,d}; do
    expect "neighbours over $name that were asked for" \
      "$(ip_in client -j neighbor show dev "$name" | jq '[.[] | select(.state[0] != "PERMANENT")] | length')" -eq 0
  done
}
