// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/golden/transcript.h"

#include <fstream>
#include <map>

namespace nsm::golden {
namespace {

const std::map<std::string, Record::Kind> kKinds = {{"call", Record::Kind::kCall},
                                                    {"open", Record::Kind::kOpen},
                                                    {"message", Record::Kind::kMessage},
                                                    {"end", Record::Kind::kEnd},
                                                    {"killed", Record::Kind::kKilled}};

Record ToRecord(const nlohmann::json& line) {
  Record record{.number = line.at("n").get<int>(),
                .at = absl::Seconds(line.at("at").get<int>()),
                .kind = kKinds.at(line.at("kind").get<std::string>()),
                .from = line.value("from", ""),
                .to = line.at("to").get<std::string>(),
                .method = line.value("method", ""),
                .stream = line.value("stream", ""),
                .request = line.value("request", nlohmann::json::object()),
                .response = line.value("response", nlohmann::json::object()),
                .code = line.value("code", "OK"),
                .token_expires = std::nullopt,
                .path = line.value("path", std::vector<std::string>()),
                .response_path = std::nullopt};
  if (line.contains("expires")) record.token_expires = line["expires"].get<std::string>();
  if (line.contains("response_path")) record.response_path = line["response_path"].get<std::string>();
  return record;
}

}  // namespace

absl::Time RecordingStart() { return absl::FromUnixSeconds(1893456000); }

std::vector<Record> LoadTranscript(const std::string& part) {
  std::ifstream file(NSM_TRANSCRIPTS "/" + part + ".json");
  std::vector<Record> records;
  for (const nlohmann::json& line : nlohmann::json::parse(file)) records.push_back(ToRecord(line));
  return records;
}

}  // namespace nsm::golden
