#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ internet ══ east node1 ── endpoint
#
# Test that a client which closes and at once asks again for an interface of the same name gets it, 100 times.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint endpoint east 1 172.16.1.0/24
remember
for round in {1..100}; do
  client client west 1 'kernel://icmp-responder@east.test/nsm-1'
  wait_for 5 "interface in round $round" peer client nsm-1
  wait_for 2 "echo in round $round" answers client 172.16.1.0
  expect "failed attempts in round $round" "$(awk '/ nsc error /' "$RIG/log/client.log" | wc -l)" -eq 0
  stop client
done
expect "interfaces of the client" "$(interfaces client)" -eq 0
back_to_remembered 5
rig_end
