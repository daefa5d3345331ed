#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client, late ── west node1 ══ gateway ══ internet ══ gateway ══ east node1 ── endpoint
#   trust domain west.test                                          trust domain east.test
#
# Test that a domain which trusts another one no more serves nobody of it, not by connections that were there before either:
# the client of the other domain hears why, and the log says whom it has refused by which rule. Packets of what is connected
# go on. As soon as it is trusted again the client has its service.

NSM_SECURE=1
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint endpoint east 1 172.16.1.0/24
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
ping_start ping client "$(peer client nsm-1)"

distrust east west
for program in {proxy,nsmgr}-east-node1; do wait_for 5 "news for $program" has_had "$program" 2; done
client late west 1 'kernel://icmp-responder@east.test/nsm-1'
wait_for 10 "a reason" log_has late 'there is no bundle of west.test, of which spiffe://west.test/proxy-west-node1 is'
wait_for 5 "a line in the log" log_has proxy-east-node1 'refused: trust domain: there is no bundle of west.test'
expect "interfaces in the late client's pod" "$(interfaces late)" -eq 0

trust east west
wait_up late nsm-1
ping_all late "$(peer late nsm-1)" 3
ping_end ping
stop client late
rig_end
