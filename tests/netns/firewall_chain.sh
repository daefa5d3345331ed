#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   domain west                                      domain east
#   client ── node1 ════════ secure@east ═══════════ node1 ── firewall (endpoint app=firewall, nft: port 80 only)
#   gateway ─ node1 ════════ secure@west ═══════════ node1 ── firewall (client app=firewall)
#
# Test a chain over both domains, in opposite directions between the same two nodes: a client asks east for a service
# whose endpoint there is a firewall; that asks west for the same service, and by the matches of the service in west
# its label leads it to the gateway. All of it routes: the firewall declares the routes of both its sides. What the
# firewall lets through arrives, with the client's own address and as it was sent, also in pieces larger than a packet,
# and nothing else does.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up
tcp=$NSM_ROOT/tests/netns/lib/tcp.py udp=$NSM_ROOT/tests/netns/lib/udp.py

cat >"$RIG/secure.json" <<-END
	{"name": "secure", "payload": "IP", "matches": [
	  {"source_selector": {"app": "firewall"}, "routes": [{"destination_selector": {"app": "gateway"}}]},
	  {"routes": [{"destination_selector": {"app": "firewall"}}]}]}
	END
inside w1 nsmctl set-service "$(registry_url west)" "$RIG/secure.json" >"$RIG/log/set-service.log" || fail "the service in west"

start_endpoint gateway west 1 172.16.1.0/24 --service-names secure --register-service=false --labels app:gateway
start_endpoint firewall east 1 172.16.2.0/24 --service-names secure --payload IP --labels app:firewall --routes 172.16.1.0/24
wait_for 10 "gateway in the registry" knows registry-west-node1 gateway
wait_for 10 "firewall in the registry" knows registry-east-node1 firewall
inside firewall sysctl -qw net.ipv4.ip_forward=1
inside firewall nft -f - <<-END
	table ip filter {
	  chain forward {
	    type filter hook forward priority filter; policy drop;
	    ct state established accept
	    icmp type echo-request accept
	    meta l4proto { tcp, udp } th dport 80 accept
	  }
	}
	END
answers_at firewall-client firewall "unix://$(place east 1)/firewall-client.sock"
start_nsm firewall-client firewall nsc --connect-to "$(nsmgr_url east 1)" --labels app:firewall --routes 172.16.2.0/24 \
  --network-services 'kernel://secure@west.test/to-gateway'
wait_for 15 "the firewall's way to the gateway" peer firewall to-gateway
client client west 1 'kernel://secure@east.test/nsm-1'
wait_for 15 "the client's way to the firewall" peer client nsm-1
gateway=$(peer firewall to-gateway)

wait_for 5 "ping through the firewall" answers client "$gateway"
ping_all client "$gateway" 10
for port in 80 8080; do
  start "server-$port" gateway "$tcp" serve "$port"
  wait_for 5 "server at $port" listens gateway tcp "$port"
done
start udp-server gateway "$udp" serve 80
wait_for 5 "server at port 80" listens gateway udp 80
capture arrived gateway any "src $(own_address client nsm-1) and tcp"
inside client "$tcp" ask "$gateway" 80 5000000 || fail "port 80 does not pass"
inside client "$udp" ask "$gateway" 80 1400 40 || fail "UDP to port 80 does not pass"
! inside client timeout 3 "$tcp" ask "$gateway" 8080 100 2>"$RIG/log/refused.log" || fail "port 8080 does pass"
capture_end arrived
expect "packets to port 80 with the client's address" "$(captured arrived 'dst port 80')" -ge 10
expect "packets to port 8080" "$(captured arrived 'dst port 8080')" -eq 0
says client 'proxy-west-node1 > nsmgr-east-node1' || fail "the client's connection did not go to east"
says firewall-client 'proxy-east-node1 > nsmgr-west-node1' || fail "the firewall's connection did not go to west"
rig_end
