// SPDX-License-Identifier: Apache-2.0
// Typed BPF maps. The sizes of key and value are checked against the kernel's when a map is opened.
#pragma once

#include <bpf/bpf.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/core/unique_fd.h"

namespace nsm::bpf {

// A map by its pin. NOT_FOUND: there is no such pin. FAILED_PRECONDITION: it has other sizes.
absl::StatusOr<UniqueFd> OpenPinnedMap(const std::string& path, uint32_t key_size, uint32_t value_size);
// Number of CPUs that a per-CPU value has a copy for.
int PossibleCpus();

// What the two kinds of map have in common. Thread safe, as the kernel is. Keys and values are plain structs
// without holes.
template <class Key>
class MapBase {
 public:
  // Not there is fine.
  absl::Status Remove(const Key& key) const {
    if (bpf_map_delete_elem(fd_.get(), &key) == 0 || errno == ENOENT) return absl::OkStatus();
    return absl::ErrnoToStatus(errno, absl::StrCat("removing from map ", name_));
  }

  std::vector<Key> Keys() const {
    std::vector<Key> keys;
    Key next;
    while (bpf_map_get_next_key(fd_.get(), keys.empty() ? nullptr : &keys.back(), &next) == 0) {
      keys.push_back(next);
    }
    return keys;
  }

 protected:
  MapBase(UniqueFd fd, const std::string& path)
      : fd_(std::move(fd)), name_(path.substr(path.rfind('/') + 1)) {}

  absl::Status Write(const Key& key, const void* value) const {
    if (bpf_map_update_elem(fd_.get(), &key, value, BPF_ANY) == 0) return absl::OkStatus();
    return absl::ErrnoToStatus(errno, absl::StrCat("writing to map ", name_));
  }

  UniqueFd fd_;
  std::string name_;
};

template <class Key, class Value>
class Map : public MapBase<Key> {
 public:
  static absl::StatusOr<Map> OpenPinned(const std::string& path) {
    ASSIGN_OR_RETURN(UniqueFd fd, OpenPinnedMap(path, sizeof(Key), sizeof(Value)));
    return Map(std::move(fd), path);
  }

  std::optional<Value> Find(const Key& key) const {
    Value value;
    if (bpf_map_lookup_elem(this->fd_.get(), &key, &value) != 0) return std::nullopt;
    return value;
  }
  absl::Status Put(const Key& key, const Value& value) const { return this->Write(key, &value); }

 private:
  using MapBase<Key>::MapBase;
};

// One copy of the value per CPU; `Value` is a multiple of 8 bytes.
template <class Key, class Value>
class PerCpuMap : public MapBase<Key> {
  static_assert(sizeof(Value) % 8 == 0);

 public:
  static absl::StatusOr<PerCpuMap> OpenPinned(const std::string& path) {
    ASSIGN_OR_RETURN(UniqueFd fd, OpenPinnedMap(path, sizeof(Key), sizeof(Value)));
    return PerCpuMap(std::move(fd), path);
  }

  // One value per possible CPU; empty if the key is not there.
  std::vector<Value> Find(const Key& key) const {
    std::vector<Value> values(PossibleCpus());
    if (bpf_map_lookup_elem(this->fd_.get(), &key, values.data()) != 0) values.clear();
    return values;
  }
  // Every CPU's copy becomes zero.
  absl::Status PutZero(const Key& key) const {
    return this->Write(key, std::vector<Value>(PossibleCpus()).data());
  }

 private:
  using MapBase<Key>::MapBase;
};

}  // namespace nsm::bpf
