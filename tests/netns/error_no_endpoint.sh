#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ─► proxy NSR ─► east.test: nobody offers missing-service
#
# Test that a service without an endpoint, here and there, is an error that names it, and leaves nothing; and that
# the client is connected as soon as there is one.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

remember
client here west 1 'kernel://missing-service/nsm-1'
client there west 1 'kernel://missing-service@east.test/nsm-1'
refused here 6 missing-service nsmgr-west-node1
refused there 6 missing-service@east.test nsmgr-west-node1
stop here there
back_to_remembered 5

client late west 1 'kernel://missing-service@east.test/nsm-1'
refused late 6 missing-service@east.test nsmgr-west-node1
endpoint endpoint east 1 172.16.1.0/24 --service-names missing-service
connected late nsm-1
rig_end
