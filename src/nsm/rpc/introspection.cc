// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/introspection.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/nsm/rpc/stream_writer.h"

namespace nsm {
namespace {

namespace fs = std::filesystem;
using ::nsm::introspection::DumpResponse;

constexpr size_t kPiece = 256 * 1024;

// From what /proc/self/fd/N points at: "socket:[1]", "anon_inode:bpf-map", "net:[1]", "/some/file".
std::string KindOfDescriptor(const std::string& target) {
  if (absl::StartsWith(target, "socket:")) return "socket";
  if (absl::StartsWith(target, "pipe:")) return "pipe";
  if (absl::StartsWith(target, "net:")) return "netns";
  if (absl::StartsWith(target, "anon_inode:")) {
    std::string kind = target.substr(sizeof("anon_inode:") - 1);
    std::erase_if(kind, [](char c) { return c == '[' || c == ']'; });
    return kind;
  }
  return "file";
}

size_t Threads() {
  std::error_code error;
  return std::distance(fs::directory_iterator("/proc/self/task", error), fs::directory_iterator());
}

}  // namespace

nlohmann::json ProcessToJson() {
  std::map<std::string, int> descriptors;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc/self/fd", error)) {
    std::string target = fs::read_symlink(entry.path(), error).string();
    // The iterator's own descriptor is the only one on /proc.
    if (!error && !absl::StartsWith(target, "/proc/")) ++descriptors[KindOfDescriptor(target)];
  }
  return {{"descriptors", descriptors}, {"threads", Threads()}};
}

namespace {

// The answer to one call: values in pieces, each made when it is asked for.
class Pieces {
 public:
  using NextRows = Introspection::NextRows;
  using Section = std::pair<std::string, std::function<NextRows()>>;
  explicit Pieces(std::vector<Section> sections) : sections_(std::move(sections)) {}

  // False at the end.
  bool Next(DumpResponse& piece) {
    if (sent_ == text_.size() && !NextValue()) return false;
    const size_t size = std::min(text_.size() - sent_, kPiece);
    piece.set_section(sections_[at_].first);
    piece.set_json(text_.substr(sent_, size));
    sent_ += size;
    piece.set_goes_on(sent_ < text_.size());
    return true;
  }

 private:
  bool NextValue() {
    while (at_ < sections_.size()) {
      const bool is_first = next_rows_ == nullptr;
      if (is_first) next_rows_ = sections_[at_].second();
      const nlohmann::json value = next_rows_();
      // The empty rows at a list's end are left out, unless they are all that it has.
      if (is_first || !value.empty()) {
        text_ = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        sent_ = 0;
        return true;
      }
      next_rows_ = nullptr;
      ++at_;
    }
    return false;
  }

  const std::vector<Section> sections_;
  size_t at_ = 0;
  NextRows next_rows_;
  std::string text_;
  size_t sent_ = 0;
};

}  // namespace

// Sends a piece when the one before is on its way.
class Introspection::Stream final : public StreamWriter<DumpResponse>,
                                    public std::enable_shared_from_this<Stream> {
 public:
  Stream(Introspection& server, std::vector<Pieces::Section> sections)
      : server_(server), pieces_(std::move(sections)) {}
  void Send() {
    server_.worker_.Run([self = shared_from_this()] {
      DumpResponse piece;
      if (self->pieces_.Next(piece)) {
        self->Push(std::move(piece));
      } else {
        self->End(grpc::Status::OK);
      }
    });
  }

 private:
  void OnSent() override { Send(); }
  void OnOver() override { server_.streams_.OnOver(*this); }

  Introspection& server_;
  Pieces pieces_;
};

Introspection::Introspection(const std::string& name) {
  Add("name", [name] { return name; });
  Add("process", ProcessToJson);
}

void Introspection::Add(const std::string& section, Make make) {
  sections_[section] = [make = std::move(make)] {
    return [make, is_made = false]() mutable {
      return std::exchange(is_made, true) ? nlohmann::json::array() : make();
    };
  };
}

void Introspection::AddList(const std::string& section, std::function<NextRows()> open) {
  sections_[section] = std::move(open);
}

grpc::ServerWriteReactor<DumpResponse>* Introspection::Dump(
    grpc::CallbackServerContext*, const ::nsm::introspection::DumpRequest* request) {
  std::vector<Pieces::Section> sections;
  std::string unknown;
  for (const std::string& name : request->sections()) {
    auto section = sections_.find(name);
    if (section == sections_.end()) {
      unknown = name;
    } else {
      sections.push_back(*section);
    }
  }
  if (request->sections().empty()) sections.assign(sections_.begin(), sections_.end());
  auto stream = std::make_shared<Stream>(*this, std::move(sections));
  stream->HoldUntilDone(stream);
  if (!streams_.Open(*stream)) return stream.get();
  if (unknown.empty()) {
    stream->Send();
  } else {
    stream->End({grpc::StatusCode::NOT_FOUND, absl::StrCat("this program has no section \"", unknown, "\"")});
  }
  return stream.get();
}

void Introspection::Shutdown() {
  streams_.Shutdown();
  worker_.Stop();
}

}  // namespace nsm
