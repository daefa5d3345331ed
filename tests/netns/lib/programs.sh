# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Programs of the rig: started in a namespace, known by a name, ended by process id.

declare -A PIDS=()    # name -> process id of the running ones
declare -A PROGRAM=() # name -> nsmgr, nsc and so on
declare -A OPTIONS=() # further options: by name of one, by program, or for "all"

WRAP=()               # command that starts our programs, if not empty

# birth PID: when the process started; with the id it names a process for ever. Empty when it is gone.
birth() {
  local text fields
  { text=$(<"/proc/$1/stat"); } 2>/dev/null || return 0
  read -ra fields <<<"${text##*) }"
  [[ ${fields[0]} == Z ]] || echo "${fields[19]}"
}

# running NAME
running() { [[ -n ${PIDS[$1]:-} && -n $(birth "${PIDS[$1]}") ]]; }

# start NAME NAMESPACE COMMAND...: in the background; output goes to $RIG/log/NAME.log. The namespace "host" is the
# one we were started in.
start() {
  local name=$1 namespace=$2
  shift 2
  if [[ $namespace == host ]]; then
    "$@" >>"$RIG/log/$name.log" 2>&1 </dev/null &
  else
    nsenter --net="/run/netns/$(netns "$namespace")" "$@" >>"$RIG/log/$name.log" 2>&1 </dev/null &
  fi
  PIDS[$name]=$!
  echo "$! $(birth $!)" >>"$RIG/pids"
}

# start_nsm NAME NAMESPACE PROGRAM OPTION...: one of our programs, under its name and with its OPTIONS. What a scenario
# may want otherwise is given in the environment, because an option overrides that.
start_nsm() {
  local name=$1 namespace=$2 program=$3 more
  [[ -x $NSM_BIN_DIR/$program ]] || fail "no $program in $NSM_BIN_DIR; scripts/build makes it"
  PROGRAM[$name]=$program
  read -ra more <<<"${OPTIONS[all]:-} ${OPTIONS[$program]:-} ${OPTIONS[$name]:-}"
  NSM_NAME=$name NSM_REQUEST_TIMEOUT=$((5 * NSM_TIMEOUT_SCALE))s \
    start "$name" "$namespace" "${WRAP[@]}" "$program" --insecure "${@:4}" "${more[@]}"
}

# ended NAME: waits for the end of a program that was signalled, and gives its exit status.
ended() {
  local pid=${PIDS[$1]} status=0
  wait_for 10 "end of $1" not running "$1"
  { wait "$pid" || status=$?; } 2>/dev/null
  unset "PIDS[$1]"
  echo "$status" >"$RIG/status"
}

# stop NAME...: SIGTERM; each must end by itself, with status 0.
stop() {
  local name
  for name in "$@"; do kill -TERM "${PIDS[$name]}"; done
  for name in "$@"; do
    ended "$name"
    expect "exit status of $name" "$(<"$RIG/status")" -eq 0
  done
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

# kill_hard NAME: SIGKILL, as a crash.
kill_hard() {
  kill -KILL "${PIDS[$1]}"
  ended "$1"
}

# log_has NAME TEXT: the program has printed TEXT (an extended regular expression).
log_has() { grep -qE -- "$2" "$RIG/log/$1.log"; }

# sanitizers_silent: no program has reported anything.
sanitizers_silent() {
  ! grep -lE 'ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:' "$RIG"/log/* >&2
}

# stop_recorded: ends what is still running of everything the rig has ever started, last first.
stop_recorded() {
  local pid born
  while read -r pid born; do
    [[ -n $born && $(birth "$pid") == "$born" ]] || continue
    kill -TERM "$pid"
    holds 5 dead "$pid" "$born" || kill -KILL "$pid"
    holds 5 dead "$pid" "$born" || note "process $pid does not end"
  done < <(tac "$RIG/pids")
}

dead() { [[ $(birth "$1") != "$2" ]]; }
