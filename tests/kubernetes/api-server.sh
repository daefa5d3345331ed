#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/kubernetes/api-server.sh COMMAND [ARGUMENT...]: runs COMMAND beside a Kubernetes API server of its own, without nodes,
# on ports of the loopback device that were free. COMMAND finds kubectl and helm, and in KUBECONFIG the administrator's
# access; the exit status is its own. Objects are stored, checked, defaulted, authorized and sent to webhooks as anywhere;
# nothing runs pods, and no controller adds anything (a namespace has no service account before somebody makes it).
# NSM_KEEP_LOGS=DIR copies the logs there.
set -Eeuo pipefail
NSM_ROOT=$(cd "$(dirname "$0")/../.." && pwd)
export NSM_TIMEOUT_SCALE=${NSM_TIMEOUT_SCALE:-1}
# shellcheck source=../netns/lib/wait.sh
source "$NSM_ROOT/tests/netns/lib/wait.sh"
# shellcheck source=lib/packages.sh
source "$NSM_ROOT/tests/kubernetes/lib/packages.sh"
# shellcheck source=lib/names.sh
source "$NSM_ROOT/tests/kubernetes/lib/names.sh"
# shellcheck source=lib/certificates.sh
source "$NSM_ROOT/tests/kubernetes/lib/certificates.sh"

# free_ports COUNT: that many, of the loopback device.
free_ports() {
  python3 -c 'import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*[s.getsockname()[1] for s in sockets])' "$1"
}

# begin NAME COMMAND...: in the background, its output in NAME.log.
begin() {
  "${@:2}" >"$folder/$1.log" 2>&1 </dev/null &
  pids=($! "${pids[@]}")
}

# finish: the exit trap; the API server first.
finish() {
  local status=$? pid
  trap - EXIT ERR
  trap '' INT TERM HUP
  for pid in "${command:-}" "${pids[@]}"; do
    [[ -z $pid ]] || kill -TERM "$pid" 2>/dev/null || continue
    [[ -z $pid ]] || holds 5 not kill -0 "$pid" || kill -KILL "$pid" || true
  done
  [[ -z ${NSM_KEEP_LOGS:-} ]] || cp "$folder"/*.log "$NSM_KEEP_LOGS/"
  rm -rf "$folder"
  exit "$status"
}

# answers: it has all that it needs.
answers() { [[ $(curl --silent --insecure "https://127.0.0.1:$port/readyz") == ok ]]; }

(($# > 0)) || { sed -n '3,7s/^# //p' "$0" >&2; exit 2; }
install_packages openssl curl ca-certificates python3
KUBERNETES=$("$NSM_ROOT/tests/kubernetes/build.sh" api)
export PATH=$KUBERNETES/bin:$PATH
folder=$(mktemp -d)
pids=()
trap finish EXIT
trap 'exit 143' TERM HUP
trap 'exit 130' INT

read -r port etcd_port peer_port < <(free_ports 3)
keys=$folder/keys
make_keys "$keys" 127.0.0.1 "https://127.0.0.1:$port"
begin etcd etcd --data-dir "$folder/etcd" --unsafe-no-fsync --listen-client-urls "http://127.0.0.1:$etcd_port" \
  --advertise-client-urls "http://127.0.0.1:$etcd_port" --listen-peer-urls "http://127.0.0.1:$peer_port" \
  --initial-advertise-peer-urls "http://127.0.0.1:$peer_port" --initial-cluster "default=http://127.0.0.1:$peer_port"
# It may not publish a loopback address, and here publishes none.
begin kube-apiserver kube-apiserver --etcd-servers="http://127.0.0.1:$etcd_port" --bind-address=127.0.0.1 --secure-port="$port" \
  --advertise-address=192.0.2.1 --endpoint-reconciler-type=none --service-cluster-ip-range="$SERVICES" \
  --tls-cert-file="$keys/api.crt" --tls-private-key-file="$keys/api.key" --client-ca-file="$keys/ca.crt" \
  --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$keys/accounts.pub" \
  --service-account-signing-key-file="$keys/accounts.key" --token-auth-file="$keys/users.csv" --authorization-mode=RBAC \
  --allow-privileged=true
if ! holds 60 answers; then
  tail -n 20 "$folder"/*.log >&2
  fail "the API server is not ready"
fi
export KUBECONFIG=$keys/admin.conf
# In the background, so that a signal for us ends it, too.
"$@" <&0 &
command=$!
wait "$command" || { status=$?; command=; exit "$status"; }
command=
