#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ internet ══ east node1 ── endpoint (172.16.1.0/24)
#              │
#              └── file of excluded prefixes
#
# Test that a client gets none of the addresses that its NSMgr's file excludes; that a bad file changes nothing; that a
# connection whose addresses become excluded has others after its next refresh, and only those; and that it works.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
OPTIONS[nsc]="--max-token-lifetime 10s"
OPTIONS[nsmgr-west-node1]="--excluded-prefixes-file $RIG/excluded.yaml"

# exclude PREFIX...: what an editor or Kubernetes does: a new file in the old one's place.
exclude() {
  { echo "Prefixes:"; printf -- '- %s\n' "$@"; } >"$RIG/excluded.new"
  mv "$RIG/excluded.new" "$RIG/excluded.yaml"
}
peer_is() { [[ $(peer client nsm-1) == "$1" ]]; }

rig_open
exclude 192.0.2.0/24 172.16.1.0/28
make_underlay
make_dns
start_domain west
start_domain east
endpoint endpoint east 1 172.16.1.0/24
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
expect "first address of the endpoint" "$(peer client nsm-1)" = 172.16.1.16
expect "first address of the client" "$(own_address client nsm-1)" = 172.16.1.17

exclude nonsense
wait_for 5 "complaint about the file" log_has nsmgr-west-node1 'excluded prefixes: .*nonsense.*keeping what was read before'
link=$(ip_in client -j link show nsm-1 | jq '.[].ifindex')
exclude 172.16.1.0/27
wait_for 10 "other addresses" peer_is 172.16.1.32
connected client nsm-1
expect "addresses of the client" "$(ip_in client -j address show dev nsm-1 | jq -c '[.[].addr_info[] | select(.family == "inet") | .local]')" \
  = '["172.16.1.33"]'
expect "routes of the client" "$(ip_in client -j route show dev nsm-1 | jq -c '[.[].dst]')" = '["172.16.1.32"]'
expect "the client's link" "$(ip_in client -j link show nsm-1 | jq '.[].ifindex')" -eq "$link"
rig_end
