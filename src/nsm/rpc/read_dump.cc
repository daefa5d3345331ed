// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/read_dump.h"

#include "absl/strings/str_cat.h"
#include "introspection.grpc.pb.h"
#include "src/nsm/rpc/grpc_status.h"

namespace nsm {

absl::Status ReadDump(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext& call,
                      const std::vector<std::string>& sections,
                      const std::function<void(const std::string& section, nlohmann::json value)>& tell) {
  ::nsm::introspection::DumpRequest request;
  for (const std::string& section : sections) request.add_sections(section);
  auto reader = ::nsm::introspection::Introspection::NewStub(channel)->Dump(&call, request);
  ::nsm::introspection::DumpResponse piece;
  std::string text;
  while (reader->Read(&piece)) {
    text += piece.json();
    if (piece.goes_on()) continue;
    nlohmann::json value = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (value.is_discarded()) {
      call.TryCancel();
      reader->Finish();
      return absl::InternalError(absl::StrCat("section ", piece.section(), " is not JSON"));
    }
    tell(piece.section(), std::move(value));
    text.clear();
  }
  return FromGrpc(reader->Finish());
}

}  // namespace nsm
