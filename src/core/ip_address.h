// SPDX-License-Identifier: Apache-2.0
// IPv4 and IPv6 addresses and prefixes as values. Text is parsed here and nowhere else.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace nsm {

class IpAddress {
 public:
  enum class Family : uint8_t { kV4 = 4, kV6 = 6 };

  // 0.0.0.0
  IpAddress() = default;
  static absl::StatusOr<IpAddress> Parse(absl::string_view text);
  // 4 bytes or 16, network order.
  static absl::StatusOr<IpAddress> FromBytes(std::span<const uint8_t> bytes);

  Family family() const { return family_; }
  bool is_v4() const { return family_ == Family::kV4; }
  bool is_unspecified() const;
  bool is_loopback() const;
  int bits() const { return is_v4() ? 32 : 128; }
  // Network order, 4 or 16 bytes.
  std::span<const uint8_t> bytes() const { return {bytes_.data(), is_v4() ? 4u : 16u}; }
  // 16 bytes: an IPv4 address as ::ffff:a.b.c.d, which is how BPF maps hold both kinds.
  std::array<uint8_t, 16> MappedBytes() const;
  std::string ToString() const;
  // For a URL's host part: IPv6 in brackets.
  std::string ToUrlHost() const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  Family family_ = Family::kV4;
  std::array<uint8_t, 16> bytes_{};
};

// The inverse of IpAddress::MappedBytes.
IpAddress IpAddressFromMappedBytes(std::span<const uint8_t, 16> bytes);

// An address with a prefix length. Bits behind the length are kept: "10.0.0.5/24" is an interface's address.
class IpPrefix {
 public:
  IpPrefix() = default;
  // "10.0.0.0/24"; without a length it is the single address.
  static absl::StatusOr<IpPrefix> Parse(absl::string_view text);
  // `length` must not exceed address.bits().
  IpPrefix(const IpAddress& address, int length) : address_(address), length_(length) {}
  static IpPrefix Host(const IpAddress& address) { return {address, address.bits()}; }

  const IpAddress& address() const { return address_; }
  int length() const { return length_; }
  bool Contains(const IpAddress& address) const;
  bool Contains(const IpPrefix& other) const;
  // The same prefix with the bits behind its length cleared.
  IpPrefix Masked() const;
  // The last address that it contains.
  IpAddress Last() const;
  std::string ToString() const;

  auto operator<=>(const IpPrefix&) const = default;

 private:
  IpAddress address_;
  int length_ = 32;
};

}  // namespace nsm
