#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client, load ── west node1 ══ gateway ══ internet ══ gateway ══ east node1 ── endpoint
#   trust domain west.test                                          trust domain east.test
#
# Test that two domains with identities speak TLS alone, on sockets and between nodes; and that all programs can get new
# certificates again and again while connections are made and closed, without one failed Request, and a connection that was
# made before goes on and is refreshed.

NSM_SECURE=1
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
ROUNDS=${ROUNDS:-3} # of certificates, some seconds each
rig_up

capture control inet west 'tcp port 5001 or tcp port 5005 or tcp port 5006'
endpoint endpoint east 1 172.16.0.0/16
OPTIONS[client]='--max-token-lifetime 6s'
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
capture_end control
# A TLS record begins with its kind, 22 for a handshake, and the version.
expect "handshakes between the domains" "$(captured control 'tcp[((tcp[12] & 0xf0) >> 2):2] = 0x1603')" -ge 4
grep -aE 'icmp-responder|nsm-client-token|PRI \* HTTP' "$RIG/control.pcap" && fail "plaintext between the domains"
answer=$(python3 - "$(place west 1)/nsm.io.sock" <<-'END'
	import socket, sys
	with socket.socket(socket.AF_UNIX) as caller:
	    caller.connect(sys.argv[1])
	    caller.settimeout(5)
	    caller.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
	    print(len(caller.recv(100)) if caller.recv(0) == b"" else 0)
	END
) || answer=0
[[ $answer -lt 10 ]] || fail "the NSMgr's socket answers in plaintext"
expect "who the NSMgr says it is" "$(dump nsmgr-west-node1 | jq -r .identity.id)" = spiffe://west.test/nsmgr-west-node1

ping_start ping client "$(peer client nsm-1)"
make_netns load
programs=("${!PROGRAM[@]}")
for ((round = 1; round <= ROUNDS; round++)); do
  start_load "load-$round" west 1 icmp-responder@east.test 150 4 load
  for program in "${programs[@]}" "load-$round"; do
    [[ $program =~ east|^endpoint ]] && domain=east || domain=west
    issue "$domain" "$program"
  done
  for program in "${programs[@]}"; do wait_for 10 "certificate $((round + 1)) of $program" has_had "$program" $((round + 1)); done
  wait_for 60 "connections of round $round" loaded "load-$round"
  stop_load "load-$round"
done
ping_end ping
says client refused && fail "a refresh was refused"
grep -hE 'PERMISSION_DENIED|handshake refused' "$RIG"/log/*.log && fail "somebody was refused"
stop client
rig_end
