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
  [nsm/wire]="nsm/wire core"
  [nsm/config]="nsm/config core"
  [nsm/identity]="nsm/identity nsm/config nsm/wire core"
  [nsm/rpc]="nsm/rpc nsm/identity nsm/wire core"
  [nsm/monitor]="nsm/monitor nsm/rpc nsm/identity nsm/wire core"
  [nsm/request]="nsm/request nsm/monitor nsm/config nsm/rpc nsm/identity nsm/wire core"
  [nsm/registry]="nsm/registry nsm/config nsm/rpc nsm/identity nsm/wire core"
  [nsm/hop]="nsm/hop nsm/request nsm/registry nsm/monitor nsm/rpc nsm/identity nsm/wire core"
  [kubernetes]="kubernetes nsm/config core"
  [registry]="registry kubernetes nsm/registry nsm/config nsm/rpc nsm/identity nsm/wire core"
  [nsmgr]="nsmgr nsm/[a-z]+ core"
  [proxy]="proxy nsm/[a-z]+ core"
  [client]="client nsm/request nsm/monitor nsm/rpc nsm/identity nsm/wire core"
  [endpoint]="endpoint nsm/hop nsm/request nsm/wire core"
  [webhook]="webhook client kubernetes core"
  [csi]="csi nsm/config nsm/rpc nsm/wire core"
  [forwarder]="forwarder dataplane nsm/[a-z]+ core"
)
wrong=0
for folder in "${!allowed[@]}"; do
  permitted=${allowed[$folder]// /|}
  if grep -rnE '^#include "src/' "src/$folder" | grep -vE "#include \"src/($permitted)/[a-z0-9_]+\.h\""; then
    echo "src/$folder may include only: ${allowed[$folder]}"
    wrong=1
  fi
done
if grep -rnE '^#include ["<](grpc|.*\.pb\.h)' src/core src/netlink src/bpf src/dataplane; then
  echo "these folders must not know gRPC or protobuf"
  wrong=1
fi
for folder in src/*/ src/nsm/*/; do
  folder=${folder#src/} folder=${folder%/}
  [[ $folder =~ ^(cmd|nsm)$ || -n ${allowed[$folder]:-} ]] || { echo "src/$folder is not listed in $0"; wrong=1; }
done
exit "$wrong"
