// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/kubeconfig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace nsm::kubernetes {
namespace {

using testing::HasSubstr;

// As kubeadm writes it.
constexpr char kConfig[] = R"(
apiVersion: v1
kind: Config
current-context: admin@east
preferences: {}
clusters:
- name: west
  cluster: {server: "https://198.51.100.1"}
- name: east
  cluster:
    server: https://192.0.2.1:6443
    certificate-authority-data: Q0EgUEVN
contexts:
- name: admin@east
  context:
    cluster: east
    user: admin
    namespace: nsm-system
users:
- name: admin
  user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZ
)";

std::string With(const std::string& from, const std::string& to) {
  return absl::StrReplaceAll(kConfig, {{from, to}});
}

std::string ErrorOf(const std::string& text) {
  auto access = ParseKubeconfig(text, "/etc");
  EXPECT_FALSE(access.ok()) << text;
  return access.status().ToString();
}

TEST(KubeconfigTest, TakesTheCurrentContext) {
  auto access = ParseKubeconfig(kConfig, "/etc/kubernetes");
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ(access->ToString(), "https://192.0.2.1:6443");
  EXPECT_EQ(access->ca.text, "CA PEM");
  EXPECT_EQ(access->certificate.text, "CERT");
  EXPECT_EQ(access->key.text, "KEY");
  EXPECT_EQ(access->name_space, "nsm-system");
  EXPECT_TRUE(access->verify);
  EXPECT_TRUE(access->token.empty());
}

TEST(KubeconfigTest, FilesAreRelativeToItsFolder) {
  auto access = ParseKubeconfig(
      absl::StrReplaceAll(kConfig, {{"certificate-authority-data: Q0EgUEVN", "certificate-authority: ca.crt"},
                                    {"client-certificate-data: Q0VSVA==", "tokenFile: tokens/a"},
                                    {"client-key-data: S0VZ", "token: old"}}),
      "/etc/kubernetes");
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ(access->ca.file, "/etc/kubernetes/ca.crt");
  EXPECT_EQ(access->token.file, "/etc/kubernetes/tokens/a");
  auto absolute = ParseKubeconfig(
      With("certificate-authority-data: Q0EgUEVN", "certificate-authority: /pki/ca.crt"), "/etc/kubernetes");
  ASSERT_TRUE(absolute.ok()) << absolute.status();
  EXPECT_EQ(absolute->ca.file, "/pki/ca.crt");
}

TEST(KubeconfigTest, ServersHavePortsPathsAndAddressesOfBothFamilies) {
  auto server = [](const std::string& url) {
    auto access = ParseKubeconfig(With("https://192.0.2.1:6443", url), "/");
    return access.ok() ? access->ToString() : access.status().ToString();
  };
  EXPECT_EQ(server("https://api.example"), "https://api.example:443");
  EXPECT_EQ(server("http://localhost:8001/"), "http://localhost:8001");
  EXPECT_EQ(server("http://localhost"), "http://localhost:80");
  EXPECT_EQ(server("https://[2001:db8::1]:6443"), "https://[2001:db8::1]:6443");
  EXPECT_EQ(server("https://rancher.example/k8s/clusters/c-1"),
            "https://rancher.example:443/k8s/clusters/c-1");
  EXPECT_THAT(server("ftp://x"), HasSubstr("ftp://x"));
  EXPECT_THAT(server("https://x:99999"), HasSubstr("99999"));
}

TEST(KubeconfigTest, NamesWhatIsNotSupported) {
  const std::string login = "client-certificate-data: Q0VSVA==";
  for (const char* key : {"exec", "auth-provider"}) {
    const std::string error = ErrorOf(With(login, absl::StrCat(key, ": {command: aws}")));
    EXPECT_THAT(error, HasSubstr("UNIMPLEMENTED"));
    EXPECT_THAT(error, HasSubstr(absl::StrCat("user \"admin\": ", key, " is not supported")));
  }
  EXPECT_THAT(ErrorOf(With(login, "username: a")), HasSubstr("username is not supported"));
  const std::string server = "server: https://192.0.2.1:6443";
  EXPECT_THAT(ErrorOf(With(server, server + "\n    proxy-url: http://p")),
              HasSubstr("proxy-url is not supported"));
  EXPECT_THAT(ErrorOf(With(server, "server: https://api.example\n    tls-server-name: other")),
              HasSubstr("tls-server-name"));
}

TEST(KubeconfigTest, TakesNamesOfCertificates) {
  const std::string server = "server: https://192.0.2.1:6443";
  auto access = ParseKubeconfig(With(server, server + "\n    tls-server-name: api.example"), "/");
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ(access->server_name, "api.example");
  access = ParseKubeconfig(With(server, server + "\n    insecure-skip-tls-verify: true"), "/");
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_FALSE(access->verify);
}

TEST(KubeconfigTest, SaysWhatIsMalformed) {
  EXPECT_THAT(ErrorOf("[1]"), HasSubstr("not a kubeconfig"));
  EXPECT_THAT(ErrorOf("a: ["), HasSubstr("not YAML"));
  EXPECT_THAT(ErrorOf("{}"), HasSubstr("no current-context"));
  EXPECT_THAT(ErrorOf(With("current-context: admin@east", "current-context: gone")),
              HasSubstr("no context \"gone\""));
  EXPECT_THAT(ErrorOf(With("cluster: east", "cluster: north")), HasSubstr("no cluster \"north\""));
  EXPECT_THAT(ErrorOf(With("user: admin", "user: nobody")), HasSubstr("no user \"nobody\""));
  EXPECT_THAT(ErrorOf(With("client-key-data: S0VZ", "")), HasSubstr("go together"));
  EXPECT_THAT(ErrorOf(With("Q0EgUEVN", "a.b")), HasSubstr("certificate-authority-data is not base64"));
}

}  // namespace
}  // namespace nsm::kubernetes
