# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What all benchmarks begin and end with. Sourced from the root of the checkout.

RESULTS=() # lines for report.py

# usage: the first paragraph at the head of the script, and the end.
usage() {
  sed -n '/^# bench\//,/^#$/s/^# //p' "$0" >&2
  exit 2
}

# build_programs: as they are now.
build_programs() {
  scripts/setup >&2
  mkdir -p build
  scripts/build release >build/bench.log 2>&1 || { tail -n 30 build/bench.log >&2; exit 1; }
}

# result CASE METRIC UNIT VALUE...: and whatever else is a line of report.py's input.
result() {
  local IFS=$'\t'
  RESULTS+=("$*")
}

# report [JSON]: the table, and the same in a file.
report() {
  echo
  bench/report.py <(printf '%s\n' "${RESULTS[@]}") "$@"
}
