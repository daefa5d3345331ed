#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#                      ┌── west node1 ── 6 endpoints
#   client ── west node1 ══ west node2 ── 6 endpoints
#                      └══ internet (IPv4, NAT) ══ east node1 ── 6 endpoints
#
# Test payloads ETHERNET and IP, each with IPv4, IPv6 and both inside, within a node, between two, and between
# domains: ping and TCP, both ways.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=lib/kinds.sh
source "$NSM_ROOT/tests/netns/lib/kinds.sh"
rig_up
every_kind east.test
no_questions
rig_end
