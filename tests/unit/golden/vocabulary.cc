// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/golden/vocabulary.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/wire/token_claims.h"
#include "tests/unit/golden/transcript.h"

namespace nsm::golden {
namespace {

constexpr absl::string_view kTokenOf = "token of ";
constexpr absl::string_view kSubject = "insecure:";  // in front of a program's name, in our tokens

using TextMap = std::function<std::string(const std::string& text)>;

std::optional<absl::Time> ParseTime(const std::string& text) {
  absl::Time time;
  std::string error;
  if (text.size() < 20 || !absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return std::nullopt;
  return time;
}

// A JWT's characters, its dots included.
bool IsOfToken(char c) { return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.'; }

// Each longest run of characters that may belong to a token goes through `map`, all else stays.
std::string MapRuns(const std::string& text, const TextMap& map) {
  std::string mapped;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && IsOfToken(text[end])) ++end;
    mapped += map(text.substr(at, end - at));
    if (end < text.size()) mapped += text[end++];
    at = end;
  }
  return mapped;
}

nlohmann::json MapTexts(const nlohmann::json& value, const TextMap& map) {
  if (value.is_string()) return map(value.get<std::string>());
  if (value.is_array()) {
    nlohmann::json mapped = nlohmann::json::array();
    for (const nlohmann::json& item : value) mapped.push_back(MapTexts(item, map));
    return mapped;
  }
  if (!value.is_object()) return value;
  nlohmann::json mapped = nlohmann::json::object();
  for (const auto& [key, item] : value.items()) mapped[map(key)] = MapTexts(item, map);
  return mapped;
}

void Flatten(const nlohmann::json& value, const std::string& place, absl::Time now, Flat& flat) {
  if (value.is_string()) {
    const auto text = value.get<std::string>();
    const std::optional<absl::Time> time = ParseTime(text);
    flat[place] = time           ? absl::StrCat("in ", absl::ToInt64Seconds(*time - now), " s")
                  : text.empty() ? "\"\""  // which is not the same as nothing
                                 : text;
  } else if (value.is_structured() && !value.empty()) {
    size_t index = 0;
    // A map by ids, which differ in length.
    const bool is_list = value.is_array() || absl::EndsWith(place, "/connections");
    for (const auto& [key, item] : value.items()) {
      const std::string at = absl::StrCat(place, "/", is_list ? absl::StrCat(index++) : key);
      if (is_list && value.is_object()) flat[at] = key;
      Flatten(item, at, now, flat);
    }
  } else {
    flat[place] = value.dump();
  }
}

bool IsId(const std::string& text) {
  return text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-';
}

}  // namespace

bool IsSame(const std::string& a, const std::string& b, absl::Duration tolerance) {
  if (a == b) return true;
  auto seconds = [](absl::string_view text) -> std::optional<int64_t> {
    int64_t number = 0;
    if (!absl::ConsumePrefix(&text, "in ") || !absl::ConsumeSuffix(&text, " s")) return std::nullopt;
    return absl::SimpleAtoi(text, &number) ? std::optional(number) : std::nullopt;
  };
  const auto first = seconds(a), second = seconds(b);
  return first && second && absl::AbsDuration(absl::Seconds(*first - *second)) <= tolerance;
}

void Vocabulary::Bind(const std::string& recorded, const std::string& ours) {
  MutexLock lock(mutex_);
  to_ours_[recorded] = ours;
  to_recorded_[ours] = recorded;
}

void Vocabulary::SetNow(absl::Duration at) {
  MutexLock lock(mutex_);
  recorded_now_ = RecordingStart() + at;
  our_now_ = clock_.Now();
}

std::string Vocabulary::TokenOf(const std::string& program) const {
  return InsecureIdentity(program, absl::Minutes(10), clock_).Make().text;
}

std::string Vocabulary::TextToOurs(const std::string& recorded) const {
  if (auto time = ParseTime(recorded)) {
    MutexLock lock(mutex_);
    return absl::FormatTime(absl::RFC3339_full, our_now_ + (*time - recorded_now_), absl::UTCTimeZone());
  }
  {
    MutexLock lock(mutex_);
    if (auto bound = to_ours_.find(recorded); bound != to_ours_.end()) return bound->second;
  }
  // Tokens also stand within the JSON text of a registration's path.
  std::string ours;
  size_t at = 0;
  for (size_t token = 0; (token = absl::string_view(recorded).find(kTokenOf, at)) != std::string::npos;) {
    const size_t name = token + kTokenOf.size();
    size_t end = name;
    while (end < recorded.size() && IsOfToken(recorded[end])) ++end;
    absl::StrAppend(&ours, recorded.substr(at, token - at), TokenOf(recorded.substr(name, end - name)));
    at = end;
  }
  return ours + recorded.substr(at);
}

nlohmann::json Vocabulary::ToOurs(const nlohmann::json& recorded) const {
  nlohmann::json ours = MapTexts(recorded, [this](const std::string& text) { return TextToOurs(text); });
  if (ours.is_object() && ours.contains("path_ids")) {
    for (nlohmann::json& id : ours["path_ids"]) {
      if (id != "") id = absl::StrCat(kSubject, id.get<std::string>());
    }
  }
  for (const char* entry : {"network_service", "network_service_endpoint"}) {
    if (ours.is_object() && ours.contains(entry) && ours[entry].is_object()) {
      ours[entry] = ToOurs(recorded.at(entry));
    }
  }
  return ours;
}

std::string Vocabulary::TextToRecorded(const std::string& ours) const {
  {
    MutexLock lock(mutex_);
    if (auto bound = to_recorded_.find(ours); bound != to_recorded_.end()) return bound->second;
  }
  if (absl::StartsWith(ours, kSubject)) return ours.substr(kSubject.size());
  return MapRuns(ours, [](const std::string& run) {
    const std::optional<std::string> subject = TokenSubject(run);
    return subject ? absl::StrCat(kTokenOf, absl::StripPrefix(*subject, kSubject)) : run;
  });
}

Flat Vocabulary::FlatRecorded(const nlohmann::json& recorded) const {
  MutexLock lock(mutex_);
  Flat flat;
  Flatten(recorded, "", recorded_now_, flat);
  return flat;
}

Flat Vocabulary::FlatOurs(const nlohmann::json& ours, const Flat& recorded) {
  absl::Time now;
  {
    MutexLock lock(mutex_);
    now = our_now_;
  }
  Flat untranslated;
  Flatten(ours, "", now, untranslated);
  for (const auto& [place, text] : untranslated) {
    auto other = recorded.find(place);
    if (!absl::StrContains(place, "/path_segments/") || !absl::EndsWith(place, "/id")) continue;
    if (other == recorded.end() || !IsId(text) || !IsId(other->second)) continue;
    MutexLock lock(mutex_);
    if (to_ours_.contains(other->second) || to_recorded_.contains(text)) continue;
    to_ours_[other->second] = text;
    to_recorded_[text] = other->second;
  }
  Flat flat;
  Flatten(MapTexts(ours, [this](const std::string& text) { return TextToRecorded(text); }), "", now, flat);
  return flat;
}

}  // namespace nsm::golden
