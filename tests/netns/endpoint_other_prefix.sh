#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ internet ══ east node1 ── endpoint
#
# Test that an endpoint which crashes and comes back with other addresses and routes gives both ends of a connection just
# those, and packets at once: another IPv4 prefix, IPv6 beside it, IPv6 alone, IPv4 again. For both payloads.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

# addresses POD: all of its connection. routes CLIENT: all but the kernel's own.
addresses() { ip_in "$1" -j address show | jq -r '[.[] | select(.ifname != "lo") | .addr_info[] | select(.scope == "global") | .local] | sort | join(" ")'; }
routes() { for family in -4 -6; do ip_in "$1" "$family" -j route show dev nsm-1 | jq -r '.[] | select(.protocol != "kernel") | .dst'; done | sort | xargs; }
is() { [[ $(addresses "client-$1") == "$2" && $(addresses "endpoint-$1") == "$3" && $(routes "client-$1") == "$4" ]]; }
all_answer() { for address in $2; do inside "client-$1" ping -q -c 1 -W 0.2 "$address" || return 1; done; }

# comes_back PAYLOAD PREFIXES ROUTES CLIENT ENDPOINT CLIENT_ROUTES: the addresses and routes that there are then.
comes_back() {
  local begin
  kill_hard "endpoint-$1"
  start_endpoint "endpoint-$1" east 1 "$2" --service-names "$1" --payload "$1" --routes "$3"
  wait_for 5 "$1: $2" is "$1" "$4" "$5" "$6"
  begin=$(now)
  wait_for 1 "$1: packets to $5" all_answer "$1" "$5"
  note "$1: $2: packets after $(($(now) - begin)) ms"
}

for payload in ETHERNET IP; do
  endpoint "endpoint-$payload" east 1 172.16.1.0/24 --service-names "$payload" --payload "$payload" --routes 192.0.2.0/24
  client "client-$payload" west 1 "kernel://$payload@east.test/nsm-1"
  connected "client-$payload" nsm-1
  comes_back "$payload" 172.16.7.0/24 198.51.0.0/16 172.16.7.1 172.16.7.0 '172.16.7.0 198.51.0.0/16'
  comes_back "$payload" 172.16.7.0/24,2001:db8:f::/64 198.51.0.0/16 '172.16.7.1 2001:db8:f::1' \
    '172.16.7.0 2001:db8:f::' '172.16.7.0 198.51.0.0/16 2001:db8:f::'
  comes_back "$payload" 2001:db8:e::/64 2001:db8:d::/64 2001:db8:e::1 2001:db8:e:: '2001:db8:d::/64 2001:db8:e::'
  comes_back "$payload" 172.16.1.0/24 192.0.2.0/24 172.16.1.1 172.16.1.0 '172.16.1.0 192.0.2.0/24'
done
rig_end
