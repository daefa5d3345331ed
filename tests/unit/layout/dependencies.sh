#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Test that dependencies between the folders of src/ go one way: each folder includes only what is listed for it
# here. Above all, registry, NSMgr and proxy know nothing of netlink and BPF, and the dataplane nothing of gRPC.
set -euo pipefail
cd "$(dirname "$0")/../../.."

declare -A allowed=(
  [core]="core"
  [netlink]="netlink core"
  [bpf]="bpf core"
  [dataplane]="dataplane netlink bpf core"
  [nsm]="nsm core"
  [registry]="registry nsm core"
  [nsmgr]="nsmgr nsm core"
  [proxy]="proxy nsm core"
  [client]="client nsm core"
  [endpoint]="endpoint nsm core"
  [forwarder]="forwarder dataplane nsm core"
)
wrong=0
for folder in "${!allowed[@]}"; do
  permitted=${allowed[$folder]// /|}
  if grep -rnE '^#include "src/' "src/$folder" | grep -vE "#include \"src/($permitted)/"; then
    echo "src/$folder may include only: ${allowed[$folder]}"
    wrong=1
  fi
done
if grep -rnE '^#include ["<](grpc|.*\.pb\.h)' src/core src/netlink src/bpf src/dataplane; then
  echo "these folders must not know gRPC or protobuf"
  wrong=1
fi
for folder in src/*/; do
  folder=$(basename "$folder")
  [[ $folder == cmd || -n ${allowed[$folder]:-} ]] || { echo "src/$folder is not listed in $0"; wrong=1; }
done
exit "$wrong"
