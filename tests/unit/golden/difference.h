// SPDX-License-Identifier: Apache-2.0
// Where our programs differ from upstream's on purpose, and why: one table for all scenes.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace nsm::golden {

struct Difference {
  std::string scene;         // "<part>/<program>"
  std::vector<int> records;  // where it shows, each time once
  // The place of a value in the request or response ("/response/path/index"), "code", or
  // "message" for a whole message or call, of which the text is its summary.
  std::string place;
  std::string upstream;  // empty: it is not there
  std::string ours;      // likewise
};

// The whole table; the reasons stand there.
std::vector<Difference> AllDifferences();

// The rows of one scene, and which of them showed.
class Differences {
 public:
  explicit Differences(const std::string& scene);

  // Whether this is in the table. Each row counts once for each of its records.
  bool Explain(int record, const std::string& place, const std::string& upstream, const std::string& ours);
  // How many messages that only our program sends are still to come with this record.
  size_t OnlyOurs(int record) const;
  // The rows that have not shown: "record, place".
  std::vector<std::string> Unused() const;

 private:
  std::vector<Difference> rows_;
  std::set<std::pair<size_t, int>> used_;  // row and record
};

}  // namespace nsm::golden
