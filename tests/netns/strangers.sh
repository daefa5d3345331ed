#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   strangers ── internet ══ gateway ══ east node1: NSMgr 5001, proxy 5005 and 5006, registry 5000 ── endpoint
#   client ── west node1 ═══════╝
#
# Test that who has no identity that counts gets nowhere: in plaintext; by TLS without a certificate; with one of an authority
# that only has the right name; with one of another trust domain where a domain's own are let in alone. That nothing changes
# by it, and the log says who was refused and why. That hundreds of connections that say nothing, stop within the handshake or
# speak something else are closed in time, while a client gets its service.

NSM_SECURE=1
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint endpoint east 1 172.16.1.0/24
remember
hostile=$NSM_BIN_DIR/../tests/netns/hostile
places=("$(nsmgr_url east 1)" tcp://10.0.0.1:{5000,5001,5005,5006})

# nobody NAME ENVIRONMENT...: whoever that is, each message to each place ends with UNAVAILABLE.
nobody() {
  inside e1 env "${@:2}" "$hostile" outside "${places[@]}" >"$RIG/log/$1.log" 2>&1 || fail "$1 was heard: $(grep -a WRONG "$RIG/log/$1.log" | head -n 3)"
}
nobody plaintext NSM_SVID=
"$NSM_ROOT/scripts/rig-ca" new "$RIG/false" east.test
"$NSM_ROOT/scripts/rig-ca" issue "$RIG/false" nsmgr-east-node1 "$RIG/false.pem"
nobody false-authority NSM_SVID="$RIG/false.pem" NSM_TRUST_BUNDLES="$RIG/trust/east"
log_has nsmgr-east-node1 'handshake refused: certificate: that of spiffe://east.test/nsmgr-east-node1: unable to get local issuer' ||
  fail "it is not said who was refused"
# By TLS 1.2, as a client of 1.3 is through before it hears that it is refused.
for port in 5000 5001 5005 5006; do
  inside e1 openssl s_client -connect "10.0.0.1:$port" -alpn h2 -tls1_2 </dev/null >"$RIG/log/none-$port.log" 2>&1 && fail "port $port takes who has no certificate"
done
# Of a trusted domain, but not of this one.
issue west mallory
places=("$(nsmgr_url east 1)" tcp://10.0.0.1:5000)
nobody other-domain NSM_SVID="$RIG/identities/west-mallory.pem" NSM_TRUST_BUNDLES="$RIG/trust/west"
log_has registry-east-node1 'handshake refused: trust domain: spiffe://west.test/mallory is not of east.test' ||
  fail "the registry does not say who was refused"
back_to_remembered 5

declare -A COUNT=([idle]=300 [half]=300 [http]=50 [garbage]=50)
for kind in "${!COUNT[@]}"; do
  for port in 5001 5005; do
    start "$kind-$port" inet python3 "$NSM_ROOT/tests/netns/lib/strangers.py" "$kind" "${COUNT[$kind]}" "$(external east 1)" "$port"
  done
done
for kind in "${!COUNT[@]}"; do
  for port in 5001 5005; do wait_for 20 "$kind at $port" log_has "$kind-$port" open; done
done
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
for kind in "${!COUNT[@]}"; do
  for port in 5001 5005; do
    wait_for 30 "end of $kind at $port" log_has "$kind-$port" closed
    ended "$kind-$port"
  done
done
stop client
back_to_remembered 10
rig_end
