# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Processes of the rig: started in a namespace, known by a name, ended by process id.

declare -A PIDS=() # name -> process id of the running ones

# birth PID: when the process started; with the id it names a process for ever. Empty when it is gone.
birth() {
  local text fields
  { read -r text <"/proc/$1/stat"; } 2>/dev/null || return 0
  read -ra fields <<<"${text##*) }"
  [[ ${fields[0]:-Z} == Z ]] || echo "${fields[19]}"
}

# running NAME
running() { [[ -n ${PIDS[$1]:-} && -n $(birth "${PIDS[$1]}") ]]; }

# start NAME NAMESPACE COMMAND...: in the background; output goes to $RIG/log/NAME.log. The namespace "host" is the
# one we were started in.
start() {
  local name=$1 namespace=$2
  shift 2
  touch "$RIG/log/$name.log"
  if [[ $namespace == host ]]; then
    "$@" >>"$RIG/log/$name.log" 2>&1 </dev/null &
  else
    nsenter --net="/run/netns/$(netns "$namespace")" "$@" >>"$RIG/log/$name.log" 2>&1 </dev/null &
  fi
  PIDS[$name]=$!
  echo "$! $(birth $!)" >>"$RIG/pids"
}

# ended NAME: waits for the end of a program that was signalled; ENDED_STATUS is its exit status.
ended() {
  local pid=${PIDS[$1]} status=0
  wait_for 10 "end of $1" not running "$1"
  { wait "$pid" || status=$?; } 2>/dev/null
  unset "PIDS[$1]"
  ENDED_STATUS=$status
}

# stop NAME...: SIGTERM; each must end by itself, with status 0.
stop() {
  local name
  for name in "$@"; do kill -TERM "${PIDS[$name]}"; done
  for name in "$@"; do
    ended "$name"
    expect "exit status of $name" "$ENDED_STATUS" -eq 0
  done
}

# kill_hard NAME: SIGKILL, as a crash.
kill_hard() {
  kill -KILL "${PIDS[$1]}"
  ended "$1"
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
