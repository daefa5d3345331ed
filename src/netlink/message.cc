// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/message.h"

#include <cstring>
#include <new>

namespace nsm::netlink {

Message::Message(int type, int flags) : message_(nlmsg_alloc_simple(type, flags)) {
  if (message_ == nullptr) throw std::bad_alloc();
}

Message& Message::Append(const void* data, size_t size) {
  if (nlmsg_append(message_.get(), const_cast<void*>(data), size, NLMSG_ALIGNTO) < 0) throw std::bad_alloc();
  return *this;
}

Message& Message::Put(int attribute, const void* data, size_t size) {
  if (nla_put(message_.get(), attribute, static_cast<int>(size), data) < 0) throw std::bad_alloc();
  return *this;
}

Message& Message::Nest(int attribute, const std::function<void(Message&)>& fill) {
  nlattr* start = nla_nest_start(message_.get(), attribute);
  if (start == nullptr) throw std::bad_alloc();
  fill(*this);
  nla_nest_end(message_.get(), start);
  return *this;
}

std::optional<uint32_t> Attributes::U32(int attribute) const {
  const nlattr* found = Find(attribute);
  if (found == nullptr || nla_len(found) < 4) return std::nullopt;
  return nla_get_u32(found);
}

std::optional<uint16_t> Attributes::U16(int attribute) const {
  const nlattr* found = Find(attribute);
  if (found == nullptr || nla_len(found) < 2) return std::nullopt;
  return nla_get_u16(found);
}

std::optional<uint8_t> Attributes::U8(int attribute) const {
  const nlattr* found = Find(attribute);
  if (found == nullptr || nla_len(found) < 1) return std::nullopt;
  return nla_get_u8(found);
}

std::string Attributes::Text(int attribute) const {
  const nlattr* found = Find(attribute);
  if (found == nullptr) return "";
  const char* text = static_cast<const char*>(nla_data(found));
  return std::string(text, ::strnlen(text, nla_len(found)));
}

std::optional<IpAddress> Attributes::Address(int attribute) const {
  const nlattr* found = Find(attribute);
  if (found == nullptr) return std::nullopt;
  const uint8_t* bytes = static_cast<const uint8_t*>(nla_data(found));
  auto address = IpAddress::FromBytes(std::span(bytes, nla_len(found)));
  if (!address.ok()) return std::nullopt;
  return *address;
}

std::optional<MacAddress> Attributes::Mac(int attribute) const {
  const nlattr* found = Find(attribute);
  MacAddress mac;
  if (found == nullptr || static_cast<size_t>(nla_len(found)) != mac.bytes.size()) return std::nullopt;
  std::copy_n(static_cast<const uint8_t*>(nla_data(found)), mac.bytes.size(), mac.bytes.begin());
  return mac;
}

std::optional<Attributes> Attributes::Nested(int attribute) const {
  const nlattr* found = Find(attribute);
  if (found == nullptr) return std::nullopt;
  return Inside(found);
}

}  // namespace nsm::netlink
