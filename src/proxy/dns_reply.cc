// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/dns_reply.h"

#include <netdb.h>

#include <array>

namespace nsm::proxy {
namespace {

constexpr int kMostRecords = 64;

void AddAddress(const void* bytes, size_t size, std::vector<IpAddress>& addresses) {
  auto address = IpAddress::FromBytes({static_cast<const uint8_t*>(bytes), size});
  if (address.ok()) addresses.push_back(*address);
}

int ParseA(const unsigned char* message, int length, std::vector<IpAddress>& addresses) {
  std::array<ares_addrttl, kMostRecords> records;
  int count = records.size();
  int error = ares_parse_a_reply(message, length, nullptr, records.data(), &count);
  if (error != ARES_SUCCESS) return error;
  for (int i = 0; i < count; ++i) AddAddress(&records[i].ipaddr, 4, addresses);
  return addresses.empty() ? ARES_ENODATA : ARES_SUCCESS;
}

int ParseAaaa(const unsigned char* message, int length, std::vector<IpAddress>& addresses) {
  std::array<ares_addr6ttl, kMostRecords> records;
  int count = records.size();
  int error = ares_parse_aaaa_reply(message, length, nullptr, records.data(), &count);
  if (error != ARES_SUCCESS) return error;
  for (int i = 0; i < count; ++i) AddAddress(&records[i].ip6addr, 16, addresses);
  return addresses.empty() ? ARES_ENODATA : ARES_SUCCESS;
}

int ParseSrv(const unsigned char* message, int length, std::vector<SrvRecord>& services) {
  ares_srv_reply* records = nullptr;
  int error = ares_parse_srv_reply(message, length, &records);
  if (error != ARES_SUCCESS) return error;
  for (auto* record = records; record != nullptr && services.size() < kMostRecords; record = record->next) {
    services.push_back({.priority = record->priority,
                        .weight = record->weight,
                        .port = record->port,
                        .target = record->host});
  }
  ares_free_data(records);
  return services.empty() ? ARES_ENODATA : ARES_SUCCESS;
}

}  // namespace

std::string ToString(RecordType type) {
  switch (type) {
    case RecordType::kA:
      return "A";
    case RecordType::kAaaa:
      return "AAAA";
    case RecordType::kSrv:
      return "SRV";
  }
  return "?";
}

std::string Reply::ToString() const {
  switch (error.value_or(ARES_ETIMEOUT)) {
    case ARES_SUCCESS:
      return "an answer";
    case ARES_ENODATA:
      return "the name has no such record";
    case ARES_ENOTFOUND:
      return "no such name (NXDOMAIN)";
    case ARES_EFORMERR:
      return "FORMERR";
    case ARES_ESERVFAIL:
      return "SERVFAIL";
    case ARES_ENOTIMP:
      return "NOTIMP";
    case ARES_EREFUSED:
      return "REFUSED";
    case ARES_ETIMEOUT:
      return "no valid answer";
    case ARES_ECONNREFUSED:
      return "not reachable";
    case ARES_EBADRESP:
      return "an answer that cannot be read";
    default:
      return ares_strerror(*error);
  }
}

void Reply::Read(absl::string_view message) {
  auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  const int length = static_cast<int>(message.size());
  switch (type) {
    case RecordType::kA:
      error = ParseA(bytes, length, addresses);
      break;
    case RecordType::kAaaa:
      error = ParseAaaa(bytes, length, addresses);
      break;
    case RecordType::kSrv:
      error = ParseSrv(bytes, length, services);
      break;
  }
}

}  // namespace nsm::proxy
