# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Our programs: how they are started, and what is expected of each.

declare -A PROGRAM=() # name -> nsmgr, nsc and so on
declare -A OPTIONS=() # further options: by name of one, by program, or for "all"
WRAP=()               # command that starts our programs, if not empty

# start_nsm NAME NAMESPACE PROGRAM OPTION...: one of our programs, under its name and with its OPTIONS. What a scenario
# may want otherwise is given in the environment, because an option overrides that.
start_nsm() {
  local name=$1 namespace=$2 program=$3 more
  [[ -x $NSM_BIN_DIR/$program ]] || fail "no $program in $NSM_BIN_DIR; scripts/build makes it"
  PROGRAM[$name]=$program
  identify "$name" "$namespace" "${@:4}"
  read -ra more <<<"${OPTIONS[all]:-} ${OPTIONS[$program]:-} ${OPTIONS[$name]:-}"
  NSM_NAME=$name NSM_REQUEST_TIMEOUT=$((5 * NSM_TIMEOUT_SCALE))s NSM_DIAL_TIMEOUT=$((750 * NSM_TIMEOUT_SCALE))ms \
    start "$name" "$namespace" "${WRAP[@]}" "$program" "${IDENTITY[@]}" "${@:4}" "${more[@]}"
}

# stop_all: pods first, then what serves them.
stop_all() {
  local program name
  for program in nsc nse-icmp-responder nsm-forwarder nsmgr proxy-nsmgr nsm-registry; do
    for name in "${!PIDS[@]}"; do
      [[ ${PROGRAM[$name]:-} != "$program" ]] || stop "$name"
    done
  done
}

# rig_end: the last line of a scenario: all programs of ours still run and end well when asked to.
rig_end() {
  stop_all
  sanitizers_silent || fail "a sanitizer has something to say"
  note "PASS: ${0##*/}"
}

# log_has NAME TEXT: the program has printed TEXT (an extended regular expression).
log_has() { grep -qE -- "$2" "$RIG/log/$1.log"; }

# sanitizers_silent: no program has reported anything.
sanitizers_silent() {
  ! grep -lE 'ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:' "$RIG"/log/* >&2
}
