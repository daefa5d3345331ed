// SPDX-License-Identifier: Apache-2.0
#include "src/core/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm {
namespace {

constexpr std::array<uint8_t, 12> kV4MappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// The address with all bits behind the length cleared or set.
IpAddress WithTheRest(const IpPrefix& prefix, bool set) {
  const IpAddress& address = prefix.address();
  std::array<uint8_t, 16> bytes{};
  std::copy(address.bytes().begin(), address.bytes().end(), bytes.begin());
  for (int bit = prefix.length(); bit < address.bits(); ++bit) {
    const uint8_t mask = 0x80 >> (bit % 8);
    bytes[bit / 8] = set ? bytes[bit / 8] | mask : bytes[bit / 8] & ~mask;
  }
  return *IpAddress::FromBytes(std::span<const uint8_t>(bytes).first(address.bytes().size()));
}

}  // namespace

absl::StatusOr<IpAddress> IpAddress::Parse(absl::string_view text) {
  IpAddress address;
  std::string terminated(text);
  // A NUL inside would hide what follows it from inet_pton.
  if (terminated.find('\0') == std::string::npos) {
    if (::inet_pton(AF_INET, terminated.c_str(), address.bytes_.data()) == 1) return address;
    if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) == 1) {
      address.family_ = Family::kV6;
      return address;
    }
  }
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not an IPv4 or IPv6 address"));
}

absl::StatusOr<IpAddress> IpAddress::FromBytes(std::span<const uint8_t> bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) {
    return absl::InvalidArgumentError(absl::StrCat("an IP address has 4 or 16 bytes, not ", bytes.size()));
  }
  IpAddress address;
  address.family_ = bytes.size() == 4 ? Family::kV4 : Family::kV6;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

bool IpAddress::is_unspecified() const {
  return std::all_of(bytes().begin(), bytes().end(), [](uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[0] == 127;
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](uint8_t byte) { return byte == 0; }) &&
         bytes_[15] == 1;
}

std::array<uint8_t, 16> IpAddress::MappedBytes() const {
  if (!is_v4()) return bytes_;
  std::array<uint8_t, 16> mapped;
  auto rest = std::copy(kV4MappedPrefix.begin(), kV4MappedPrefix.end(), mapped.begin());
  std::copy_n(bytes_.begin(), 4, rest);
  return mapped;
}

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN];
  return ::inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), text, sizeof(text));
}

std::string IpAddress::ToUrlHost() const { return is_v4() ? ToString() : absl::StrCat("[", ToString(), "]"); }

IpAddress IpAddressFromMappedBytes(std::span<const uint8_t, 16> bytes) {
  bool is_v4 = std::equal(kV4MappedPrefix.begin(), kV4MappedPrefix.end(), bytes.begin());
  return *IpAddress::FromBytes(is_v4 ? std::span<const uint8_t>(bytes.last<4>())
                                     : std::span<const uint8_t>(bytes));
}

absl::StatusOr<IpPrefix> IpPrefix::Parse(absl::string_view text) {
  size_t slash = text.find('/');
  ASSIGN_OR_RETURN(IpAddress address, IpAddress::Parse(text.substr(0, slash)));
  if (slash == absl::string_view::npos) return Host(address);
  int length = 0;
  absl::string_view digits = text.substr(slash + 1);
  bool is_number = !digits.empty() && digits.size() <= 3 &&
                   std::all_of(digits.begin(), digits.end(), ::isdigit) && absl::SimpleAtoi(digits, &length);
  if (!is_number || length > address.bits()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is not a prefix: its length must be 0 to ", address.bits()));
  }
  return IpPrefix(address, length);
}

bool IpPrefix::Contains(const IpAddress& address) const {
  return address.family() == address_.family() && IpPrefix(address, length_).Masked() == Masked();
}

bool IpPrefix::Contains(const IpPrefix& other) const {
  return other.length_ >= length_ && Contains(other.address_);
}

IpPrefix IpPrefix::Masked() const { return {WithTheRest(*this, false), length_}; }

IpAddress IpPrefix::Last() const { return WithTheRest(*this, true); }

std::string IpPrefix::ToString() const { return absl::StrCat(address_.ToString(), "/", length_); }

}  // namespace nsm
