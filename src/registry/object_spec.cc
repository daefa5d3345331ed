// SPDX-License-Identifier: Apache-2.0
#include "src/registry/object_spec.h"

#include <array>
#include <iterator>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "src/core/status_macros.h"
#include "src/nsm/wire/limits.h"

namespace nsm::registry {
namespace {

using kubernetes::Json;

// Protobuf's own JSON has them as text, Go's as the message's fields.
constexpr std::array kTimes = {"expiration_time", "initial_registration_time"};

std::string ToText(const Json& fields) { return fields.dump(-1, ' ', false, Json::error_handler_t::replace); }

int64_t NumberAt(const Json& time, const char* field) {
  auto it = time.find(field);
  return it != time.end() && it->is_number_integer() ? it->get<int64_t>() : 0;
}

google::protobuf::Timestamp TimeOf(const Json& json) {
  google::protobuf::Timestamp time;
  time.set_seconds(NumberAt(json, "seconds"));
  time.set_nanos(static_cast<int32_t>(NumberAt(json, "nanos")));
  return time;
}

Json JsonOf(const google::protobuf::Timestamp& time) {
  Json json = Json::object();
  if (time.seconds() != 0) json["seconds"] = time.seconds();
  if (time.nanos() != 0) json["nanos"] = time.nanos();
  return json;
}

// Go writes what is not there as null in some places, which protobuf takes in fewer.
void DropNulls(Json& json) {
  if (!json.is_structured()) return;
  for (auto it = json.begin(); it != json.end();) {
    DropNulls(*it);
    it = it->is_null() ? json.erase(it) : std::next(it);
  }
}

void TakeTimes(const NetworkService&, Json&) {}
void TakeTimes(const NetworkServiceEndpoint& entry, Json& spec) {
  if (entry.has_expiration_time()) spec[kTimes[0]] = JsonOf(entry.expiration_time());
  if (entry.has_initial_registration_time()) spec[kTimes[1]] = JsonOf(entry.initial_registration_time());
}

void SetTimes(const Json&, NetworkService&) {}
void SetTimes(const Json& spec, NetworkServiceEndpoint& entry) {
  auto expires = spec.find(kTimes[0]);
  if (expires != spec.end() && expires->is_object()) *entry.mutable_expiration_time() = TimeOf(*expires);
  auto registered = spec.find(kTimes[1]);
  if (registered != spec.end() && registered->is_object()) {
    *entry.mutable_initial_registration_time() = TimeOf(*registered);
  }
}

}  // namespace

template <typename Kind>
absl::StatusOr<Json> ToSpec(const typename Kind::Entry& entry) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  // Times beyond the year 9999 it refuses to print; they are not its to print.
  typename Kind::Entry rest = entry;
  if constexpr (std::is_same_v<Kind, EndpointKind>) {
    rest.clear_expiration_time();
    rest.clear_initial_registration_time();
  }
  auto printed = google::protobuf::util::MessageToJsonString(rest, &text, options);
  Json spec = Json::parse(text, nullptr, false);
  if (!printed.ok() || !spec.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(entry.name(), " cannot be written as JSON"));
  }
  TakeTimes(entry, spec);
  return spec;
}

template <typename Kind>
absl::StatusOr<typename Kind::Entry> EntryOf(const Json& object) {
  auto it = object.find("spec");
  Json spec = it == object.end() ? Json::object() : *it;
  DropNulls(spec);
  if (!spec.is_object()) return absl::InvalidArgumentError("its spec is no object");
  typename Kind::Entry entry;
  Json rest = spec;
  for (const char* time : kTimes) rest.erase(time);
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  auto parsed = google::protobuf::util::JsonStringToMessage(ToText(rest), &entry, options);
  if (!parsed.ok()) return absl::InvalidArgumentError(absl::StrCat("its spec: ", parsed.ToString()));
  SetTimes(spec, entry);
  if (entry.name().empty()) entry.set_name(kubernetes::Name(object));
  RETURN_IF_ERROR(CheckLimits(entry));
  return entry;
}

template absl::StatusOr<Json> ToSpec<ServiceKind>(const NetworkService&);
template absl::StatusOr<Json> ToSpec<EndpointKind>(const NetworkServiceEndpoint&);
template absl::StatusOr<NetworkService> EntryOf<ServiceKind>(const Json&);
template absl::StatusOr<NetworkServiceEndpoint> EntryOf<EndpointKind>(const Json&);

}  // namespace nsm::registry
