#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ─► proxy NSR ─► silent.test, 192.0.2.99: no answer of any kind
#
# Test that a domain that does not answer is an error within the client's deadline that names it and the proxy
# which called, and leaves nothing; and that of two addresses the one that answers is used, in whatever order.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_open
make_underlay
dns_name silent.test 192.0.2.99
dns_name east.test 192.0.2.99
make_dns
start_domain west
start_domain east

endpoint endpoint east 1 172.16.1.0/24
remember
client client west 1 'kernel://icmp-responder@silent.test/nsm-1'
refused client 6 192.0.2.99 proxy-west-node1
stop client
back_to_remembered 5

# The name server turns its two answers round each time.
for pod in one two; do
  client "$pod" west 1 'kernel://icmp-responder@east.test/nsm-1'
  connected "$pod" nsm-1
done
rig_end
