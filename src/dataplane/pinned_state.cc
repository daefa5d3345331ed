// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/pinned_state.h"

#include <bpf/bpf.h>
#include <linux/magic.h>
#include <linux/types.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "bpf/types.h"
#include "src/bpf/map.h"
#include "src/bpf/raw_map.h"
#include "src/bpf/tcx_link.h"
#include "src/core/status_macros.h"
#include "src/core/unique_fd.h"
#include "src/dataplane/maps.h"
#include "src/dataplane/programs.h"
#include "src/dataplane/schema.h"
#include "src/dataplane/schema_1.h"

namespace nsm::dataplane {
namespace {

constexpr char kCounters[] = "counters";

std::string Folder(const NodeConfig& config) { return absl::StrCat(config.bpf_dir, "/", config.vxlan_port); }
std::string Schema1Folder(const NodeConfig& config) { return absl::StrCat(config.bpf_dir, "/v1"); }

absl::Status MakeFolder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("making folder ", path));
}

absl::Status RemoveAll(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (!error) return absl::OkStatus();
  return absl::ErrnoToStatus(error.value(), absl::StrCat("removing ", path));
}

// What is below the folder of the dataplane is there as a whole or not at all.
absl::Status RemoveAtOnce(const NodeConfig& config, const std::string& folder) {
  std::string removed = absl::StrCat(Folder(config), "/removed");
  RETURN_IF_ERROR(RemoveAll(removed));
  if (::rename(folder.c_str(), removed.c_str()) != 0 && errno != ENOENT) {
    return absl::ErrnoToStatus(errno, absl::StrCat("renaming ", folder));
  }
  return RemoveAll(removed);
}

// Names in a folder; none if there is no such folder.
std::vector<std::string> List(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    names.push_back(entry.path().filename());
  }
  return names;
}

bool HasMaps(const std::string& folder) {
  std::vector<std::string> names = List(folder);
  return std::any_of(names.begin(), names.end(), [&folder](const std::string& name) {
    return !std::filesystem::is_directory(absl::StrCat(folder, "/", name));
  });
}

absl::Status Refuse(const PinnedState& found, absl::string_view reason) {
  return absl::FailedPreconditionError(absl::StrCat(
      "what is pinned in ", found.folder, " is not a state of schema ", found.schema, " (", reason,
      "): nothing was changed; end its connections with \"nsm-forwarder --cleanup\", then start "
      "again"));
}

// Of our schema: one that lacks a map would be taken for one without connections.
absl::Status CheckWhole(const PinnedState& found) {
  auto node = bpf::Map<uint32_t, nsm_node>::OpenPinned(absl::StrCat(found.folder, "/node"));
  // Nothing has begun.
  if (node.ok() && node->Find(0).value_or(nsm_node{}).vxlan_ifindex == 0) return absl::OkStatus();
  absl::Status opened = Maps::Open(found.folder).status();
  return opened.ok() ? opened : Refuse(found, opened.message());
}

enum class Schema1 { kNone, kOurs, kAnothers };

// Whose state of schema 1 is there.
Schema1 FindSchema1(const NodeConfig& config) {
  std::string folder = Schema1Folder(config);
  auto map = bpf::ReadRawMap(absl::StrCat(folder, "/node"));
  if (!map.ok() || map->value_size != sizeof(schema_1::Node) || map->entries.size() != 1) {
    // Step 1 says what is wrong with the rest.
    return HasMaps(folder) ? Schema1::kOurs : Schema1::kNone;
  }
  schema_1::Node node;
  std::memcpy(&node, map->entries.begin()->second.data(), sizeof(node));
  if (node.schema_version != 1) return Schema1::kNone;
  return node.port == config.vxlan_port ? Schema1::kOurs : Schema1::kAnothers;
}

// By one write, which is the moment in which a state of schema 1 is no more.
absl::Status SendSchema1Away(const NodeConfig& config) {
  const std::string folder = Schema1Folder(config);
  const std::string path = absl::StrCat(folder, "/node");
  RETURN_IF_ERROR(MakeFolder(folder));
  schema_1::Node node{};
  node.schema_version = NSM_SCHEMA_VERSION;
  UniqueFd map(bpf_obj_get(path.c_str()));
  if (!map.valid()) {
    map = UniqueFd(bpf_map_create(BPF_MAP_TYPE_ARRAY, "node", sizeof(uint32_t), sizeof(node), 1, nullptr));
    if (!map.valid()) return absl::ErrnoToStatus(errno, "making a map");
    if (bpf_obj_pin(map.get(), path.c_str()) != 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("pinning ", path));
    }
  }
  const uint32_t zero = 0;
  if (bpf_map_update_elem(map.get(), &zero, &node, BPF_ANY) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("writing to map ", path));
  }
  for (const std::string& name : List(folder)) {
    if (name != "node") RETURN_IF_ERROR(RemoveAll(absl::StrCat(folder, "/", name)));
  }
  return absl::OkStatus();
}

absl::StatusOr<PinnedMaps> ReadMaps(const std::string& folder) {
  PinnedMaps maps;
  for (const std::string& name : List(folder)) {
    std::string path = absl::StrCat(folder, "/", name);
    if (std::filesystem::is_directory(path)) continue;
    ASSIGN_OR_RETURN(maps[name], bpf::ReadRawMap(path));
  }
  return maps;
}

// Loading any of them makes the maps; that all can be loaded shows that the step can be taken.
absl::Status LoadPrograms(const NodeConfig& config) {
  const std::string folder = MapFolder(config);
  RETURN_IF_ERROR(LoadVxlanIngress(folder).status());
  RETURN_IF_ERROR(LoadHostGuard(folder).status());
  RETURN_IF_ERROR(LoadPodGuard(folder).status());
  RETURN_IF_ERROR(LoadArrivalGuard(folder).status());
  return LoadUnderlayGuard(folder, config.vxlan_port).status();
}

// Links have been below the maps in schema 1, and nowhere else.
absl::Status ShareLinks(const NodeConfig& config, const std::string& from) {
  for (const std::string& name : List(from)) {
    std::string to = absl::StrCat(LinkFolder(config), "/", name);
    RETURN_IF_ERROR(RemoveAll(to));
    RETURN_IF_ERROR(bpf::PinAgain(absl::StrCat(from, "/", name), to));
  }
  return absl::OkStatus();
}

void DetachLinks(const std::string& folder) {
  for (const std::string& name : List(folder)) {
    auto link = bpf::TcxLink::OpenPinned(absl::StrCat(folder, "/", name));
    // What cannot be detached now, goes with its pin.
    if (link.ok()) (void)link->Detach();
  }
}

absl::Status TakeOver(const NodeConfig& config, const PinnedState& found) {
  ASSIGN_OR_RETURN(PinnedMaps maps, ReadMaps(found.folder));
  auto upgraded = Upgrade(found.schema, std::move(maps));
  if (!upgraded.ok()) return Refuse(found, upgraded.status().message());

  const std::string folder = MapFolder(config);
  RETURN_IF_ERROR(MakeFolder(Folder(config)));
  RETURN_IF_ERROR(MakeFolder(LinkFolder(config)));
  RETURN_IF_ERROR(RemoveAtOnce(config, folder));
  RETURN_IF_ERROR(MakeFolder(folder));
  RETURN_IF_ERROR(
      bpf::PinAgain(absl::StrCat(found.folder, "/", kCounters), absl::StrCat(folder, "/", kCounters)));
  RETURN_IF_ERROR(LoadPrograms(config));
  upgraded->erase(kCounters);
  for (const auto& [name, map] : *upgraded) {
    RETURN_IF_ERROR(bpf::WriteRawMap(absl::StrCat(folder, "/", name), map));
  }
  return ShareLinks(config, absl::StrCat(found.folder, "/links"));
}

}  // namespace

std::string MapFolder(const NodeConfig& config) {
  return absl::StrCat(Folder(config), "/v", NSM_SCHEMA_VERSION);
}
std::string LinkFolder(const NodeConfig& config) { return absl::StrCat(Folder(config), "/links"); }

bool PinnedState::IsOlder() const { return schema != 0 && schema < NSM_SCHEMA_VERSION; }

uint32_t PinnedState::Identity() const {
  return bpf::PinnedMapId(absl::StrCat(folder, "/", kCounters)).value_or(0);
}

PinnedState FindState(const NodeConfig& config) {
  if (FindSchema1(config) == Schema1::kOurs) return {.schema = 1, .folder = Schema1Folder(config)};
  PinnedState found;
  for (const std::string& name : List(Folder(config))) {
    absl::string_view number = name;
    int schema = 0;
    if (!absl::ConsumePrefix(&number, "v") || !absl::SimpleAtoi(number, &schema)) continue;
    if (found.schema != 0 && found.schema < schema) continue;
    found = {.schema = schema, .folder = absl::StrCat(Folder(config), "/", name)};
  }
  return found;
}

absl::Status CheckState(const PinnedState& found) {
  if (found.schema > NSM_SCHEMA_VERSION) {
    return absl::FailedPreconditionError(absl::StrCat(
        "what is pinned in ", found.folder, " was made by a newer version of this program (schema ",
        found.schema, ", this one knows no more than ", NSM_SCHEMA_VERSION,
        "): nothing was changed; start that version, or end its connections with its \"nsm-forwarder "
        "--cleanup\", then start again"));
  }
  if (!HasMaps(found.folder)) return absl::OkStatus();
  if (!found.IsOlder()) return CheckWhole(found);
  return found.Identity() != 0 ? absl::OkStatus()
                               : Refuse(found, absl::StrCat("there is no map ", kCounters));
}

absl::Status PrepareState(const NodeConfig& config, const PinnedState& found) {
  RETURN_IF_ERROR(MakeFolder(config.bpf_dir));
  struct statfs system;
  if (::statfs(config.bpf_dir.c_str(), &system) != 0 || system.f_type != BPF_FS_MAGIC) {
    return absl::FailedPreconditionError(
        absl::StrCat(config.bpf_dir,
                     " is on no BPF file system: mount one there (mount -t bpf bpf DIR) or choose a "
                     "folder on one"));
  }
  if (found.IsOlder()) return TakeOver(config, found);
  for (const std::string& folder : {Folder(config), MapFolder(config), LinkFolder(config)}) {
    RETURN_IF_ERROR(MakeFolder(folder));
  }
  return LoadVxlanIngress(MapFolder(config)).status();
}

absl::Status LetGoOfOlder(const NodeConfig& config, const PinnedState& found) {
  if (found.IsOlder() && found.schema > 1) return RemoveAtOnce(config, found.folder);
  return FindSchema1(config) == Schema1::kAnothers ? absl::OkStatus() : SendSchema1Away(config);
}

absl::Status RemoveState(const NodeConfig& config) {
  Schema1 schema_1 = FindSchema1(config);
  DetachLinks(LinkFolder(config));
  absl::Status status = RemoveAll(Folder(config));
  if (schema_1 == Schema1::kOurs) DetachLinks(absl::StrCat(Schema1Folder(config), "/links"));
  // The others there still want programs of schema 1 to be sent away.
  bool is_last = List(config.bpf_dir) == std::vector<std::string>{"v1"};
  if (schema_1 == Schema1::kOurs || (schema_1 == Schema1::kNone && is_last)) {
    status.Update(RemoveAll(Schema1Folder(config)));
  }
  // Others may have something in it, or it is the mount point.
  ::rmdir(config.bpf_dir.c_str());
  return status;
}

}  // namespace nsm::dataplane
