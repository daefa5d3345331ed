// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/golden/replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "grpcpp/create_channel.h"
#include "src/nsm/wire/wire.h"

namespace nsm::golden {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(20);

// The codes that upstream's and ours come with.
const std::map<std::string, grpc::StatusCode> kCodes = {{"OK", grpc::StatusCode::OK},
                                                        {"Unknown", grpc::StatusCode::UNKNOWN},
                                                        {"Canceled", grpc::StatusCode::CANCELLED}};

std::string CodeName(grpc::StatusCode code) {
  for (const auto& [name, known] : kCodes) {
    if (known == code) return name;
  }
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
}

bool IsFind(const Record& record) { return absl::EndsWith(record.method, "/Find"); }

}  // namespace

Replay::Replay(const Scene& scene)
    : scene_(scene), records_(LoadTranscript(scene.part)), differences_(scene.name()) {
  program_ = Program::Start(scene, [this](const std::string& peer) { return PeerOf(peer).remote(); });
  words_ = std::make_unique<Vocabulary>(program_->clock());
  for (const auto& [url, name] : scene.urls) {
    const Peer& peer = PeerOf(name);
    words_->Bind(url, (absl::StartsWith(url, "tcp:") ? peer.remote() : peer.local()).ToString());
  }
  for (bool is_remote : {false, true}) {
    const Url url = is_remote ? program_->remote() : program_->local();
    channels_[is_remote] = grpc::CreateChannel(url.ToGrpcTarget(), grpc::InsecureChannelCredentials());
  }
}

Replay::~Replay() {
  watches_.clear();
  program_.reset();
}

int Replay::Run() {
  for (size_t i = 0; i < records_.size() && !testing::Test::HasFatalFailure(); ++i) Step(i);
  MutexLock lock(mutex_);
  for (const std::string& row : differences_.Unused()) {
    ADD_FAILURE() << scene_.name() << ": a row of the table of differences did not show: " << row;
  }
  return compared_;
}

void Replay::Step(size_t index) {
  const Record& record = records_[index];
  const absl::Duration before = index == 0 ? absl::ZeroDuration() : records_[index - 1].at;
  program_->Advance(record.at - before);
  words_->SetNow(record.at);
  if (record.kind == Record::Kind::kKilled) {
    if (auto peer = peers_.find(record.to); peer != peers_.end()) peer->second->Stop();
    return;
  }
  if (scene_.Is(record.from)) {
    if (record.kind == Record::Kind::kMessage && !IsFind(record) && record.response.contains("type")) {
      PeerOf(record.to).Tell(words_->ToOurs(record.response));
    }
    return;
  }
  if (!scene_.Is(record.to)) return;
  switch (record.kind) {
    case Record::Kind::kCall:
      return PlayCall(index);
    case Record::Kind::kOpen:
      return PlayOpen(record);
    case Record::Kind::kMessage:
      return PlayMessage(record);
    case Record::Kind::kEnd:
    case Record::Kind::kKilled:
      return PlayEnd(record);
  }
}

Peer& Replay::PeerOf(const std::string& name) {
  std::unique_ptr<Peer>& peer = peers_[name];
  if (peer == nullptr) {
    peer = std::make_unique<Peer>(name, [this](const PeerCall& call) { return Answer(call); });
  }
  return *peer;
}

std::unique_ptr<grpc::ClientContext> Replay::Metadata(const Record& record) {
  auto call = std::make_unique<grpc::ClientContext>();
  call->set_wait_for_ready(true);
  if (!record.from.empty()) call->AddMetadata(kTokenHeader, words_->TokenOf(record.from));
  if (record.token_expires) call->AddMetadata(kTokenExpiresHeader, words_->TextToOurs(*record.token_expires));
  for (const std::string& path : record.path) call->AddMetadata(kPathHeader, words_->TextToOurs(path));
  return call;
}

const std::shared_ptr<grpc::Channel>& Replay::ChannelOf(const std::string& caller) {
  return channels_[scene_.remote_callers.contains(caller)];
}

void Replay::LetFind(size_t index) {
  auto next_call = std::find_if(
      records_.begin() + static_cast<int64_t>(index) + 1, records_.end(), [this](const Record& record) {
        return record.kind == Record::Kind::kCall && scene_.Is(record.to) && !scene_.Is(record.from);
      });
  for (; records_.begin() + static_cast<int64_t>(known_) != next_call; ++known_) {
    const Record& record = records_[known_];
    if (record.kind != Record::Kind::kMessage || !IsFind(record)) continue;
    if (!scene_.Is(record.from) || scene_.Is(record.to)) continue;
    // Said again, it would be news to who watches.
    const std::string summary = Summary(record.response);
    nlohmann::json& said = said_[{record.to, std::string(absl::StripPrefix(summary, "-"))}];
    if (said == record.response) continue;
    said = record.response;
    PeerOf(record.to).Know(words_->ToOurs(record.response));
  }
}

void Replay::PlayCall(size_t index) {
  const Record& record = records_[index];
  SCOPED_TRACE(absl::StrCat("record ", record.number, ": ", record.from, " calls ", record.method));
  LetFind(index);
  program_->OfferVni([&] {
    Connection answer;
    if (absl::EndsWith(record.method, "NetworkService/Request")) FromJson(record.response, answer);
    return answer.mechanism();
  }());
  {
    MutexLock lock(mutex_);
    asked_ = &record;
    for (size_t i = index + 1; i < records_.size(); ++i) {
      const Record& next = records_[i];
      if (next.kind != Record::Kind::kCall) continue;
      if (scene_.Is(next.to) && !scene_.Is(next.from)) break;
      if (scene_.Is(next.from) && !scene_.Is(next.to)) expected_.push_back(&next);
    }
  }
  auto call = Metadata(record);
  call->set_deadline(absl::ToChronoTime(absl::Now() + kCallTimeout));
  Reply reply = Call(ChannelOf(record.from), record.method, words_->ToOurs(record.request), *call);
  std::vector<const Record*> not_called;
  {
    MutexLock lock(mutex_);
    asked_ = nullptr;
    not_called.swap(expected_);
  }
  for (const Record* missing : not_called) Differ(*missing, "message", "sent", "");
  ++compared_;
  const std::string code = CodeName(reply.status.error_code());
  if (code != record.code) Differ(record, "code", record.code, code);
  if (code == "OK" && record.code == "OK") {
    Compare(record, "/response", record.response, reply.response);
    ComparePath(record, "/response_path", record.response_path.value_or(""), reply.path.value_or(""));
  }
}

Reply Replay::Answer(const PeerCall& call) {
  const Record* record = nullptr;
  const Record* asked = nullptr;
  {
    MutexLock lock(mutex_);
    asked = asked_;
    auto expected = std::find_if(expected_.begin(), expected_.end(), [&](const Record* candidate) {
      return candidate->to == call.to && candidate->method == call.method;
    });
    if (expected != expected_.end()) {
      record = *expected;
      expected_.erase(expected);
    }
  }
  if (record == nullptr) {
    static const Record kNone;
    Differ(asked != nullptr ? *asked : kNone, "message", "", absl::StrCat(call.method, " to ", call.to));
    Reply refused;
    refused.status = grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "upstream's was not asked this");
    return refused;
  }
  ++compared_;
  Compare(*record, "/request", record->request, call.request);
  ComparePath(*record, "/path", record->path.empty() ? "" : record->path.back(), call.path);
  Reply reply{.status = grpc::Status(kCodes.at(record->code), "as upstream's"),
              .response = words_->ToOurs(record->response),
              .path = std::nullopt};
  if (record->response_path) reply.path = words_->TextToOurs(*record->response_path);
  return reply;
}

void Replay::PlayOpen(const Record& record) {
  Watch& watch = watches_[record.stream];
  watch.is_watch = !IsFind(record) || record.request.value("watch", false);
  const size_t before = program_->watches();
  auto call = Metadata(record);
  if (!watch.is_watch) call->set_deadline(absl::ToChronoTime(absl::Now() + kCallTimeout));
  watch.stream = std::make_unique<Stream>(ChannelOf(record.from), record.method,
                                          words_->ToOurs(record.request), std::move(call));
  if (!watch.is_watch) {
    while (auto found = watch.stream->Next()) watch.found.push_back(*std::move(found));
  } else if (scene_.role == Role::kRegistry && !absl::StrContains(record.request.dump(), "@")) {
    // It watches for others only what is its own domain's. Where nothing is found yet, nothing else tells
    // that it does.
    const absl::Time limit = absl::Now() + kCallTimeout;
    while (program_->watches() == before && absl::Now() < limit) absl::SleepFor(absl::Milliseconds(1));
  }
}

void Replay::PlayMessage(const Record& record) {
  SCOPED_TRACE(absl::StrCat("record ", record.number, ": to ", record.from, " on ", record.stream));
  auto open = watches_.find(record.stream);
  ASSERT_TRUE(open != watches_.end());
  const std::string wanted = Summary(record.response);
  if (Explain(record, "message", wanted, "")) return;
  std::optional<nlohmann::json> message = NextMessage(record, open->second, wanted);
  if (!message) return Differ(record, "message", wanted, "");
  ++compared_;
  Compare(record, "/response", record.response, *message);
}

std::optional<nlohmann::json> Replay::NextMessage(const Record& record, Watch& watch,
                                                  const std::string& wanted) {
  if (!watch.is_watch) {  // in any order
    auto found = std::find_if(watch.found.begin(), watch.found.end(),
                              [&](const nlohmann::json& message) { return Summary(message) == wanted; });
    if (found == watch.found.end()) return std::nullopt;
    nlohmann::json message = *found;
    watch.found.erase(found);
    return message;
  }
  while (true) {
    std::optional<nlohmann::json> message = watch.stream->Next();
    if (!message) return std::nullopt;
    // One of ours that looks like the wanted one and is in the table comes before that.
    const std::string summary = Summary(*message);
    if (summary == wanted && !Explain(record, "message", "", summary)) return message;
    if (summary == wanted) continue;
    if (Explain(record, "message", wanted, summary)) return message;
    Differ(record, "message", "", summary);
  }
}

void Replay::PlayEnd(const Record& record) {
  SCOPED_TRACE(absl::StrCat("record ", record.number, ": end of ", record.stream));
  auto open = watches_.find(record.stream);
  ASSERT_TRUE(open != watches_.end());
  Watch& watch = open->second;
  if (watch.is_watch) {
    // What only ours tells comes before the end.
    size_t ours = [&] {
      MutexLock lock(mutex_);
      return differences_.OnlyOurs(record.number);
    }();
    for (; ours > 0; --ours) {
      if (auto message = watch.stream->Next()) watch.found.push_back(*std::move(message));
    }
    watch.stream->Cancel();
    while (auto message = watch.stream->Next()) watch.found.push_back(*std::move(message));
  }
  for (const nlohmann::json& message : watch.found) Differ(record, "message", "", Summary(message));
  const grpc::Status status = watch.stream->Finish();
  if (!watch.is_watch) {
    ++compared_;
    const std::string code = CodeName(status.error_code());
    if (code != record.code) Differ(record, "code", record.code, code);
  }
  watches_.erase(open);
}

void Replay::Compare(const Record& record, const std::string& place, const nlohmann::json& recorded,
                     const nlohmann::json& ours) {
  const Flat theirs = words_->FlatRecorded(recorded);
  const Flat said = words_->FlatOurs(ours, theirs);
  auto text = [](const Flat& flat, const std::string& at) {
    auto value = flat.find(at);
    return value == flat.end() ? "" : value->second;
  };
  std::set<std::string> places;
  for (const auto& [at, value] : theirs) places.insert(at);
  for (const auto& [at, value] : said) places.insert(at);
  for (const std::string& at : places) {
    const std::string upstream = text(theirs, at), own = text(said, at);
    const bool is_same =
        theirs.contains(at) == said.contains(at) && IsSame(upstream, own, program_->tolerance());
    if (!is_same) Differ(record, place + at, upstream, own);
  }
}

void Replay::ComparePath(const Record& record, const std::string& place, const std::string& recorded,
                         const std::string& ours) {
  auto parse = [](const std::string& text) {
    return nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  };
  if (recorded.empty() != ours.empty()) {
    Differ(record, place, recorded, ours);
  } else if (!recorded.empty()) {
    Compare(record, place, parse(recorded), parse(ours));
  }
}

bool Replay::Explain(const Record& record, const std::string& place, const std::string& upstream,
                     const std::string& ours) {
  MutexLock lock(mutex_);
  return differences_.Explain(record.number, place, upstream, ours);
}

void Replay::Differ(const Record& record, const std::string& place, const std::string& upstream,
                    const std::string& ours) {
  if (Explain(record, place, upstream, ours)) return;
  ADD_FAILURE() << scene_.name() << ", record " << record.number << ", " << place << ": upstream's \""
                << upstream << "\", ours \"" << ours << "\"";
}

}  // namespace nsm::golden
