#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client, late ── west node1 ══ gateway ══ internet ══ gateway ══ east node1 ── endpoint
#   SPIRE's agent of west.test                                      SPIRE's agent of east.test
#
# Run by scripts/test-spire. Test that programs take over the certificates that SPIRE renews; that the death of its agents
# costs nobody a packet; that a client which is started meanwhile waits, says so, and gets its service when they are back.

# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
[[ -n ${NSM_SPIRE:-} ]] || skip "no agents: run by scripts/test-spire"
rig_up

has_more() { (($(generation nsmgr-west-node1) > $1)); }
renewed() { wait_for 60 "a certificate from the agent" has_more "$(generation nsmgr-west-node1)"; }

endpoint endpoint east 1 172.16.1.0/24
NSM_MAX_TOKEN_LIFETIME=15s client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
ping_start ping client "$(peer client nsm-1)"
renewed

for domain in west east; do kill -KILL "$(<"$NSM_SPIRE/$domain-agent.pid")"; done
wait_for 5 "news of the agent's death" log_has nsmgr-west-node1 'agent.sock has ended'
client late west 1 'kernel://icmp-responder@east.test/nsm-1'
wait_for 5 "a line of who waits" log_has late 'waiting for an identity'
expect "interfaces in the pod of who waits" "$(interfaces late)" -eq 0
for domain in west east; do start "$domain-agent" host "$NSM_SPIRE/start-agent" "$domain"; done
wait_up late nsm-1
renewed
ping_end ping
stop client late
rig_end
