// SPDX-License-Identifier: Apache-2.0
// The parsers of text that comes from other programs, users and files: what they accept has a text form that
// they accept again, with the same meaning.
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/client/annotation.h"
#include "src/client/service_url.h"
#include "src/core/ids.h"
#include "src/core/ip_address.h"
#include "src/core/url.h"
#include "src/endpoint/ipam.h"
#include "src/nsm/config/address_map.h"
#include "src/nsm/config/own_domains.h"
#include "src/nsm/wire/interdomain_name.h"
#include "src/nsm/wire/registry_path.h"
#include "src/nsm/wire/selection.h"
#include "src/nsm/wire/token_claims.h"
#include "tests/fuzz/target.h"

namespace nsm::fuzz {
namespace {

template <typename T>
void RequireRoundTrip(absl::string_view input, const char* what) {
  auto parsed = T::Parse(input);
  if (!parsed.ok()) return;
  auto again = T::Parse(parsed->ToString());
  Require(again.ok() && *again == *parsed, what);
}

class Addresses final : public Target {
 public:
  std::vector<std::string> Seeds() const override {
    return {"192.0.2.1",
            "2001:db8::1",
            "10.0.0.0/24",
            "2001:db8::/64",
            "tcp://host:5001",
            "unix:///run/nsm.sock",
            "tcp://[2001:db8::1]:5001",
            "[2001:db8::1]:80",
            "inode://4/4026531840",
            "4096",
            "nse@east.test",
            "192.0.2.0/24,[2001:db8::/64,10.0.0.0/8]",
            "{{.podName}}-{{ index . \"node\" }}"};
  }
  void Run(absl::string_view input) override {
    RequireRoundTrip<IpAddress>(input, "an address has a text");
    RequireRoundTrip<IpPrefix>(input, "a prefix has a text");
    RequireRoundTrip<Url>(input, "a URL has a text");
    if (auto prefix = IpPrefix::Parse(input); prefix.ok()) {
      Require(prefix->Masked().Contains(*prefix), "a prefix contains its addresses");
    }
    if (auto url = Url::Parse(input); url.ok()) Require(!url->ToGrpcTarget().empty(), "a URL has a target");
    if (auto host = HostPort::Parse(input); host.ok()) (void)host->ToString();
    if (auto vni = Vni::Parse(input); vni.ok()) {
      Require(vni->value >= 1 && vni->value <= Vni::kMax, "a VNI has 24 bits");
    }
    if (auto inode = NetnsInode::ParseUrl(input); inode.ok()) {
      Require(NetnsInode::ParseUrl(inode->ToUrl()).value() == *inode, "an inode has a text");
    }
    (void)endpoint::ParsePrefixGroups(std::string(input));
    if (auto name = InterdomainName::Split(input)) {
      Require(name->ToString() == input, "a name is its two parts");
      own_.IsOwn(name->domain);
    }
    ExpandTemplate(std::string(input.substr(0, 4096)), labels_);
  }

 private:
  AddressMap addresses_;
  OwnDomains own_{{"east.test", "192.0.2.1"}, addresses_};
  const LabelMap labels_;
};

class ServiceUrls final : public Target {
 public:
  std::vector<std::string> Seeds() const override {
    return {"kernel://icmp-responder/nsm-1", "kernel://ns@east.test:5005/nsm-1?app=a&app=b",
            "kernel://a, kernel://b@192.0.2.1/nsm-2", "kernel://ns@[2001:db8::1]:5005/if0?x=%2c%25"};
  }
  void Run(absl::string_view input) override {
    auto urls = client::ParseServiceUrls(input);
    if (!urls.ok()) return;
    for (const client::ServiceUrl& url : *urls) {
      Require(!url.service.empty(), "a service has a name");
      Require(!url.interface.empty() && url.interface.size() <= 15, "an interface name fits the kernel");
      const auto again = client::ServiceUrl::Parse(url.ToString());
      Require(again.ok() && *again == url, "a service has a text");
    }
  }
};

class Annotations final : public Target {
 public:
  std::vector<std::string> Seeds() const override {
    return {"icmp-responder@east.test/nsm-1?app=a&b=c",
            "a,b@192.0.2.1, c/if0",
            "kernel://a/x?b=%2c,kernel://b@tcp://192.0.2.1:5002",
            "ns@[2001:db8::1]:5005?x=%2c%25",
            "ns/if?a=%zz",
            ",,",
            "ns//?"};
  }
  void Run(absl::string_view input) override {
    Check(client::ParseAnnotation(input));
    Check(client::ParseUrlAnnotation(input));
  }

 private:
  static void Check(const absl::StatusOr<std::vector<client::ServiceUrl>>& urls) {
    if (!urls.ok()) return;
    std::set<std::string> interfaces;
    std::vector<std::string> texts;
    for (const client::ServiceUrl& url : *urls) {
      Require(!url.service.empty(), "a service has a name");
      Require(!url.interface.empty() && url.interface.size() <= 15, "an interface name fits the kernel");
      Require(interfaces.insert(url.interface).second, "each has an interface of its own");
      texts.push_back(url.ToString());
    }
    const auto again = client::ParseServiceUrls(absl::StrJoin(texts, ","));
    Require(again.ok() && *again == *urls, "the client reads of its environment what the annotation says");
  }
};

class AddressMaps final : public Target {
 public:
  std::vector<std::string> Seeds() const override {
    return {"10.0.0.1: 198.51.100.11\n10.0.0.2: 198.51.100.12\n",
            "# nothing\n",
            "{10.0.0.1: 203.0.113.1}",
            "2001:db8::1: 2001:db8:1::1\n",
            "&a [*a, *a]\n",
            "10.0.0.1=203.0.113.1"};
  }
  void Run(absl::string_view input) override {
    auto entries = AddressMap::ParseYaml(std::string(input));
    (void)AddressMap::ParsePair(input);
    if (!entries.ok()) return;
    AddressMap map(*entries);
    for (const auto& [internal, external] : *entries) {
      Require(map.ToExternal(internal) == external, "an entry is looked up");
      Require(map.IsExternal(external), "an external address is known");
    }
  }
};

class RegistryPaths final : public Target {
 public:
  std::vector<std::string> Seeds() const override {
    return {R"({"Index":0,"PathSegments":null})",
            R"({"Index":1,"PathSegments":[{"token":"a"},{"token":"b"}]})",
            R"({"PathSegments":[{"token":"eyJhbGciOiJub25lIn0.eyJzdWIiOiJuc2UifQ."}]})", "[[[[[[[[", ""};
  }
  void Run(absl::string_view input) override {
    auto path = RegistryPath::FromJson(input);
    (void)TokenSubject(input);
    if (!path.ok()) return;
    Require(RegistryPath::FromJson(path->ToJson()).value() == *path, "a path has a text");
    const uint32_t before = path->index;
    if (!EnterRegistryHop("theirs", "ours", *path).ok()) return;
    Require(path->index == before + 1 && path->tokens.at(path->index) == "ours", "our token is current");
    Require(RegistryPath::FromJson(path->ToJson()).ok(), "what we pass on is a path");
  }
};

}  // namespace

std::unique_ptr<Target> MakeAddresses() { return std::make_unique<Addresses>(); }
std::unique_ptr<Target> MakeServiceUrl() { return std::make_unique<ServiceUrls>(); }
std::unique_ptr<Target> MakeAnnotation() { return std::make_unique<Annotations>(); }
std::unique_ptr<Target> MakeAddressMap() { return std::make_unique<AddressMaps>(); }
std::unique_ptr<Target> MakeRegistryPath() { return std::make_unique<RegistryPaths>(); }

}  // namespace nsm::fuzz
