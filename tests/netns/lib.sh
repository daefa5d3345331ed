# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The rig of scripts/demo and of every scenario beside this file: two domains on one host.
#
#        domain west              internet              domain east
#   node1  10.0.0.1 ─┐ gw  198.51.100.11 │ 203.0.113.11  gw ┌─ node1  10.0.0.1
#   node2  10.0.0.2 ─┴─NAT 198.51.100.12 │ 203.0.113.12 NAT─┴─ node2  10.0.0.2
#          10.1.0.x ── eth1              │              eth1 ── 10.1.0.x
#                        DNS 192.0.2.53: west.test, east.test
#
# Every node, pod and gateway, and the internet, is a network namespace named <rig id>-<name>:
# w1 w2 wgw (west), inet, egw e1 e2 (east), and pods by the name a scenario gives them. The rig's
# files are in $RIG: log/, <domain>/<node>/ (sockets), bpf/ (a bpffs of its own), pids, namespaces.
#
# A scenario sources this file, calls functions of lib/, and ends with rig_end; the exit trap removes everything.
# NSM_BIN_DIR: programs under test. NSM_TIMEOUT_SCALE: factor for every deadline. NSM_NO_SKIP=1: a
# skip is a failure. NSM_SECURE=1: with identities (lib/identity.sh). Exit status: 0 passed, 4 skipped, anything else failed.

set -Eeuo pipefail
NSM_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export NSM_TIMEOUT_SCALE=${NSM_TIMEOUT_SCALE:-1}
# A scenario that hangs is ended from outside, so that its exit trap still runs.
[[ -n ${NSM_LIMITED:-} ]] || NSM_LIMITED=1 exec timeout --kill-after=30 $((240 * NSM_TIMEOUT_SCALE)) "$0" "$@"
NSM_BIN_DIR=$(realpath -m "${NSM_BIN_DIR:-$NSM_ROOT/build/release/bin}")
export PATH=$NSM_BIN_DIR:$PATH:/usr/sbin:/sbin

# shellcheck source=lib/wait.sh
source "$NSM_ROOT/tests/netns/lib/wait.sh"
# shellcheck source=lib/rig.sh
source "$NSM_ROOT/tests/netns/lib/rig.sh"
# shellcheck source=lib/underlay.sh
source "$NSM_ROOT/tests/netns/lib/underlay.sh"
# shellcheck source=lib/dns.sh
source "$NSM_ROOT/tests/netns/lib/dns.sh"
# shellcheck source=lib/processes.sh
source "$NSM_ROOT/tests/netns/lib/processes.sh"
# shellcheck source=lib/identity.sh
source "$NSM_ROOT/tests/netns/lib/identity.sh"
# shellcheck source=lib/programs.sh
source "$NSM_ROOT/tests/netns/lib/programs.sh"
# shellcheck source=lib/domain.sh
source "$NSM_ROOT/tests/netns/lib/domain.sh"
# shellcheck source=lib/up.sh
source "$NSM_ROOT/tests/netns/lib/up.sh"
# shellcheck source=lib/pods.sh
source "$NSM_ROOT/tests/netns/lib/pods.sh"
# shellcheck source=lib/packets.sh
source "$NSM_ROOT/tests/netns/lib/packets.sh"
# shellcheck source=lib/state.sh
source "$NSM_ROOT/tests/netns/lib/state.sh"
