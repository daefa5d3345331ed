// SPDX-License-Identifier: Apache-2.0
// One rtnetlink request, built from its header and attributes (libnl's nl_msg underneath), and the reading of
// attributes in an answer. A request holds at most a page; ours are far smaller.
#pragma once

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "src/core/ip_address.h"
#include "src/core/mac_address.h"

namespace nsm::netlink {

// Deleter for the types of libnl: std::unique_ptr<nl_sock, Deleter<nl_socket_free>>.
template <auto kFree>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};

class Message {
 public:
  // `header` is the fixed part of the message type: struct ifinfomsg, ifaddrmsg, rtmsg.
  template <class Header>
  Message(int type, int flags, const Header& header) : Message(type, flags) {
    Append(&header, sizeof(header));
  }

  Message& PutU8(int attribute, uint8_t value) { return Put(attribute, &value, sizeof(value)); }
  Message& PutU16(int attribute, uint16_t value) { return Put(attribute, &value, sizeof(value)); }
  Message& PutU32(int attribute, uint32_t value) { return Put(attribute, &value, sizeof(value)); }
  // With the terminating NUL.
  Message& PutText(int attribute, const std::string& text) {
    return Put(attribute, text.c_str(), text.size() + 1);
  }
  Message& PutAddress(int attribute, const IpAddress& address) {
    return Put(attribute, address.bytes().data(), address.bytes().size());
  }
  Message& PutMac(int attribute, const MacAddress& mac) {
    return Put(attribute, mac.bytes.data(), mac.bytes.size());
  }
  // Everything that `fill` puts ends up inside the attribute.
  Message& Nest(int attribute, const std::function<void(Message&)>& fill);
  template <class Header>
  Message& PutHeader(const Header& header) {
    return Append(&header, sizeof(header));
  }

  nl_msg* get() const { return message_.get(); }

 private:
  Message(int type, int flags);
  Message& Append(const void* data, size_t size);
  Message& Put(int attribute, const void* data, size_t size);

  std::unique_ptr<nl_msg, Deleter<nlmsg_free>> message_;
};

// The attributes behind the fixed part of an answer. Views into it: valid as long as the answer is.
class Attributes {
 public:
  template <class Header>
  static Attributes Behind(const nlmsghdr* message, const Header*) {
    return {nlmsg_attrdata(message, sizeof(Header)), nlmsg_attrlen(message, sizeof(Header))};
  }
  static Attributes Inside(const nlattr* attribute) {
    return {static_cast<const nlattr*>(nla_data(attribute)), nla_len(attribute)};
  }

  const nlattr* Find(int attribute) const { return nla_find(first_, length_, attribute); }
  std::optional<uint32_t> U32(int attribute) const;
  std::optional<uint16_t> U16(int attribute) const;
  std::optional<uint8_t> U8(int attribute) const;
  // Empty if it is not there.
  std::string Text(int attribute) const;
  std::optional<IpAddress> Address(int attribute) const;
  std::optional<MacAddress> Mac(int attribute) const;
  std::optional<Attributes> Nested(int attribute) const;

 private:
  Attributes(const nlattr* first, int length) : first_(first), length_(length) {}

  const nlattr* first_;
  int length_;
};

}  // namespace nsm::netlink
