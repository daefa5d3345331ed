// SPDX-License-Identifier: Apache-2.0
// What an older version had pinned, as scripts/record-state printed it.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/bpf/map.h"
#include "src/dataplane/schema.h"

namespace nsm::testing {

// tests/unit/dataplane/schema_<schema>.txt. Of a per-CPU map, each value has as many parts as this machine
// has CPUs.
inline dataplane::PinnedMaps ReadRecordedState(int schema) {
  dataplane::PinnedMaps maps;
  std::ifstream file(absl::StrCat(NSM_RECORDED_STATES, "/schema_", schema, ".txt"));
  EXPECT_TRUE(file.good());
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words[0] == "map") {
      bpf::RawMap& map = maps[words.at(1)];
      EXPECT_TRUE(absl::SimpleAtoi(words.at(2), &map.key_size) &&
                  absl::SimpleAtoi(words.at(3), &map.value_size));
      continue;
    }
    std::string value;
    for (size_t i = 2; i < words.size(); ++i) value += absl::HexStringToBytes(words[i]);
    if (words.size() > 3) value.resize((value.size() / (words.size() - 2)) * bpf::PossibleCpus());
    maps.at(words[0]).entries[absl::HexStringToBytes(words.at(1))] = value;
  }
  return maps;
}

// A map's value at a key, as the struct that it is.
template <class Value, class Key>
Value At(const bpf::RawMap& map, const Key& key) {
  Value value{};
  auto found = map.entries.find(std::string(reinterpret_cast<const char*>(&key), sizeof(key)));
  EXPECT_TRUE(found != map.entries.end() && found->second.size() == sizeof(value));
  if (found != map.entries.end()) std::memcpy(&value, found->second.data(), sizeof(value));
  return value;
}

}  // namespace nsm::testing
