#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ internet ══ east node1 ── one (app=one)
#                                          └ node2 ── two (app=two)
#
# Test that a client which was killed and is started again with other wishes gets just those: labels and interfaces
# swapped, another order, less than before; that what stays the same is taken up as it is; and that a name of the
# greatest length is as good as a short one.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

echo '{"name": "bridge", "payload": "ETHERNET", "matches": [
  {"sourceSelector": {"app": "one"}, "routes": [{"destinationSelector": {"app": "one"}}]},
  {"sourceSelector": {"app": "two"}, "routes": [{"destinationSelector": {"app": "two"}}]}]}' >"$RIG/service.json"
inside e1 nsmctl set-service "$(registry_url east)" "$RIG/service.json"
endpoint one east 1 172.16.1.0/24 --service-names bridge --labels app:one --register-service=false
endpoint two east 2 172.16.2.0/24 --service-names bridge --labels app:two --register-service=false
remember

name=$(printf 'n%.0s' {1..253})
# at INTERFACE=PREFIX...: those interfaces, no others, lead to the endpoints with these prefixes.
at() {
  local wanted
  for wanted in "$@"; do
    [[ $(peer client "${wanted%=*}") == "${wanted#*=}".* ]] || return 1
    inside client ping -q -c 1 -W 1 -I "${wanted%=*}" "$(peer client "${wanted%=*}")" || return 1
  done
  interfaces_are client $#
}
# wants SERVICES INTERFACE=PREFIX...: killed and started again.
wants() {
  [[ -z ${PIDS[client]:-} ]] || kill_hard client
  client client west 1 "$1" --name "$name"
  wait_for 5 "$1" at "${@:2}"
}
wants 'kernel://bridge@east.test/nsm-1?app=one,kernel://bridge@east.test/nsm-2?app=two' nsm-1=172.16.1 nsm-2=172.16.2
wants 'kernel://bridge@east.test/nsm-1?app=two,kernel://bridge@east.test/nsm-2?app=one' nsm-1=172.16.2 nsm-2=172.16.1
link=$(ip_in client -j link show nsm-2 | jq '.[].ifindex')
wants 'kernel://bridge@east.test/nsm-2?app=one,kernel://bridge@east.test/nsm-1?app=one' nsm-1=172.16.1 nsm-2=172.16.1
expect "the link that stays" "$(ip_in client -j link show nsm-2 | jq '.[].ifindex')" -eq "$link"
wants 'kernel://bridge@east.test/nsm-1?app=two' nsm-1=172.16.2
expect "interfaces of one" "$(interfaces one)" -eq 0
expect "interfaces of two" "$(interfaces two)" -eq 1

client nobody west 1 'kernel://bridge@east.test/nsm-1?app=three'
refused nobody 5 "fits the client's labels"
stop client nobody
back_to_remembered 5
rig_end
