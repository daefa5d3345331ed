# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Waiting for a state, and saying what is wrong. Nothing here knows the rig.

# note TEXT: one line of progress.
note() { printf '%s\n' "$*" >&2; }

# fail TEXT: ends the scenario.
fail() {
  note "FAIL: $*"
  trap - ERR
  exit 1
}

# skip REASON: ends the scenario as skipped, or as failed where skips are not allowed.
skip() {
  [[ ${NSM_NO_SKIP:-0} == 1 ]] && fail "not allowed to skip: $*"
  note "SKIP: $*"
  exit 4
}

# need COMMAND...: skips unless all are installed and we may make network namespaces.
need() {
  local command
  ((EUID == 0)) || skip "needs root"
  for command in "$@"; do
    [[ -n $(type -P "$command") ]] || skip "needs $command"
  done
}

# now: milliseconds of a clock that only goes forward.
now() {
  local up
  read -r up _ </proc/uptime
  echo $((10#${up/./} * 10))
}

# holds SECONDS COMMAND...: runs COMMAND again and again until it succeeds; fails after the deadline. Each time in a
# subshell, so that whatever ends COMMAND does not silently end the scenario.
holds() {
  local deadline=$(($(now) + $1 * 1000 * NSM_TIMEOUT_SCALE))
  shift
  until ("$@") >/dev/null 2>&1; do
    (($(now) < deadline)) || return 1
    sleep 0.03
  done
}

# wait_for SECONDS WHAT COMMAND...: as holds, but ends the scenario, naming WHAT did not come.
wait_for() {
  local seconds=$1 what=$2
  shift 2
  holds "$seconds" "$@" || fail "not within $((seconds * NSM_TIMEOUT_SCALE)) s: $what ($*)"
}

# not COMMAND...: the opposite, for holds and wait_for.
not() { ! "$@"; }

# expect WHAT ACTUAL OPERATOR EXPECTED: compares numbers (-eq -ge ...) or strings (= !=).
expect() {
  test "$2" "$3" "$4" || fail "$1: got '$2', expected $3 '$4'"
}
