#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   first, second ── west node1 ══ internet ══ east node1 ── small (addresses for one client), dead (killed)
#
# Test that an endpoint which refuses, its addresses being used up, and one which is gone are errors that name the
# endpoint, and leave nothing; and that the address of a client that left is given to the next.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint small east 1 172.16.1.0/31
remember
client first west 1 'kernel://icmp-responder@east.test/nsm-1'
connected first nsm-1
client second west 1 'kernel://icmp-responder@east.test/nsm-1'
refused second 6 172.16.1.0/31 small
ping_all first 172.16.1.0

stop first
connected second nsm-1
stop second
back_to_remembered 5

endpoint dead east 1 172.16.2.0/24 --service-names dead-service
kill_hard dead
client third west 1 'kernel://dead-service@east.test/nsm-1'
refused third 6 dead nsmgr-east-node1
rig_end
