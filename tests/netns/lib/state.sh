# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the programs and the kernel hold, so that before and after can be compared.

# answers_at PROGRAM NAMESPACE URL: where nsmctl finds a program.
answers_at() { echo "$2 $3" >"$RIG/at/$1"; }

# dump PROGRAM: its state as JSON.
dump() {
  local namespace url
  read -r namespace url <"$RIG/at/$1"
  inside "$namespace" nsmctl dump "$url"
}

# knows PROGRAM TEXT: a word of its state begins with TEXT.
knows() { [[ $(dump "$1") == *"\"$2"* ]]; }

# has_connections PROGRAM COUNT: so many are established; what it waits for is none of them.
has_connections() { dump "$1" | jq -e ".connections | length == $2"; }

# has_forwarder NSMGR: a forwarder is registered there.
has_forwarder() { dump "$1" | jq -e '.forwarders >= 1'; }

# lasting PROGRAM: its state without what changes by itself (times, traffic counters, threads, sockets) and what is past.
lasting() {
  dump "$1" | jq -S 'del(.process, .identity, .durations, .failures, .dataplane.durations, (.. | objects | .expires, .expiry, .age, .traffic, .counters))'
}

# drops FORWARDER REASON: packets its guards dropped, over the reasons that match (a regular expression).
drops() {
  dump "$1" | jq --arg reason "$2" '[.. | objects | to_entries[] | select(.key | test($reason)) | .value | numbers] | add // 0'
}
drops_are() { (($(drops "$1" "$2") == $3)); }

# descriptors PROGRAM: how many it holds of what can leak into the kernel.
descriptors() {
  local pid=${PIDS[$1]}
  # Column 10 of the kernel's table is the inode of a netlink socket.
  { awk 'NR > 1 { print "netlink socket:[" $10 "]" }' "/proc/$pid/net/netlink"; find "/proc/$pid/fd" -printf 'fd %l\n'; } |
    awk '$1 == "netlink" { is_netlink[$2] = 1; next }
         $2 in is_netlink { netlink++ }
         $2 ~ /^anon_inode:.?bpf/ { bpf++ }
         $2 ~ /^net:/ { netns++ }
         END { printf "%d bpf, %d netlink, %d namespaces\n", bpf, netlink, netns }'
}

# kernel_of DOMAIN NODE: its devices and pins.
kernel_of() {
  ip_in "$(node "$1" "$2")" -j -d link show | jq -r '.[] | "\(.ifname) \(.linkinfo.info_kind)"' | sort
  find "$RIG/bpf/$1-node$2" -type f -printf '%P\n' | sort
}

# everything: the lasting state of all running programs of both domains and of their nodes.
everything() {
  local name domain number
  while read -r name; do
    [[ ${PROGRAM[$name]} != nsc && -n ${PIDS[$name]:-} ]] || continue
    echo "== $name: $(descriptors "$name")"
    lasting "$name"
  done < <(printf '%s\n' "${!PROGRAM[@]}" | sort)
  for domain in west east; do
    for number in 1 2; do
      echo "== kernel of $domain node$number"
      kernel_of "$domain" "$number"
    done
  done
}

# remember: takes the state to which back_to_remembered compares, when no look-up is remembered any more.
remember() {
  local name
  for name in "${!PROGRAM[@]}"; do
    [[ -z ${PIDS[$name]:-} ]] || wait_for 10 "end of the look-ups that $name remembers" without_lookups "$name"
  done
  everything >"$RIG/before"
}
without_lookups() {
  dump "$1" | jq -e '(.lookups // 0) == 0 and ((.established // 0) > 0 or (.monitor_streams // 0) == 0)' >/dev/null
}

# back_to_remembered SECONDS: by then nothing is left of what happened since.
back_to_remembered() {
  holds "$1" same_as_remembered || fail "left behind: $(diff "$RIG/before" "$RIG/after")"
}
same_as_remembered() {
  everything >"$RIG/after"
  cmp -s "$RIG/before" "$RIG/after"
}
