// SPDX-License-Identifier: Apache-2.0
// Answers of name servers. An input is one byte, the type that was asked for, and the message.
#include "src/proxy/dns_reply.h"

#include <array>

#include "absl/strings/escaping.h"
#include "tests/fuzz/target.h"

namespace nsm::fuzz {
namespace {

using proxy::RecordType;
using proxy::Reply;

constexpr std::array kTypes{RecordType::kA, RecordType::kAaaa, RecordType::kSrv};

// A header with one question and `answers` answers; then the question, for a.b, of type `type`.
std::string Message(int answers, const char* type, absl::string_view records) {
  return absl::HexStringToBytes("123481800001") + std::string{'\0', static_cast<char>(answers)} +
         absl::HexStringToBytes("00000000") + absl::HexStringToBytes("0161016200") +
         absl::HexStringToBytes(type) + absl::HexStringToBytes("0001") + absl::HexStringToBytes(records);
}

class DnsReply final : public Target {
 public:
  std::vector<std::string> Seeds() const override {
    // Each record: the name of the question by a pointer, type, class IN, TTL, length, data.
    const std::string a = "c00c000100010000003c0004c0000201";
    const std::string aaaa = "c00c001c00010000003c001020010db8000000000000000000000001";
    const std::string srv = "c00c002100010000003c000900000000138d017400";
    const std::string cname = "c00c000500010000003c000401630000";
    std::string many;  // more than are taken
    for (int i = 0; i < 100; ++i) many += srv;
    return {std::string(1, 0) + Message(1, "0001", a),
            std::string(1, 0) + Message(2, "0001", cname + a),
            std::string(1, 0) + Message(0, "0001", ""),
            std::string(1, 1) + Message(1, "001c", aaaa),
            std::string(1, 1) + Message(2, "001c", aaaa + aaaa),
            std::string(1, 2) + Message(1, "0021", srv),
            std::string(1, 2) + Message(3, "0021", srv + srv + a),
            std::string(1, 2) + Message(100, "0021", many)};
  }
  void Run(absl::string_view input) override {
    if (input.empty()) return;
    Reply reply;
    reply.type = kTypes[static_cast<unsigned char>(input[0]) % kTypes.size()];
    reply.Read(input.substr(1));
    Require(reply.error.has_value(), "it is known whether the answer could be read");
    Require(reply.has_records() == (reply.error == ARES_SUCCESS), "an answer has records, or an error");
    Require(reply.addresses.size() <= 64 && reply.services.size() <= 64, "the records taken are limited");
    const bool asked_for_services = reply.type == RecordType::kSrv;
    Require(asked_for_services ? reply.addresses.empty() : reply.services.empty(),
            "an answer has what was asked for");
    Require(!reply.ToString().empty(), "what was said has a text");
  }
};

}  // namespace

std::unique_ptr<Target> MakeDnsReply() { return std::make_unique<DnsReply>(); }

}  // namespace nsm::fuzz
