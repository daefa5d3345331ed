#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ─► proxy NSR ─► DNS: nobody.test does not exist
#
# Test that a domain nobody knows is an error that names it and the proxy which looked, and leaves nothing.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

remember
client client west 1 'kernel://icmp-responder@nobody.test/nsm-1'
refused client 6 nobody.test proxy-west-node1
stop client
back_to_remembered 5
rig_end
