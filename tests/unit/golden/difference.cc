// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/golden/difference.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace nsm::golden {
namespace {

std::vector<Difference> MakeTable() { return {}; }

}  // namespace

const std::vector<Difference>& AllDifferences() {
  static const std::vector<Difference> table = MakeTable();
  return table;
}

Differences::Differences(const std::string& scene) {
  for (const Difference& row : AllDifferences()) {
    if (row.scene == scene) rows_.push_back(row);
  }
}

bool Differences::Explain(int record, const std::string& place, const std::string& upstream,
                          const std::string& ours) {
  for (size_t i = 0; i < rows_.size(); ++i) {
    const Difference& row = rows_[i];
    const bool fits = std::find(row.records.begin(), row.records.end(), record) != row.records.end() &&
                      row.place == place && row.upstream == upstream && row.ours == ours;
    if (fits && used_.insert({i, record}).second) return true;
  }
  return false;
}

std::vector<std::string> Differences::Unused() const {
  std::vector<std::string> unused;
  for (size_t i = 0; i < rows_.size(); ++i) {
    for (int record : rows_[i].records) {
      if (used_.contains({i, record})) continue;
      unused.push_back(absl::StrCat("record ", record, ", ", rows_[i].place, ": \"", rows_[i].upstream,
                                    "\", \"", rows_[i].ours, "\""));
    }
  }
  return unused;
}

}  // namespace nsm::golden
