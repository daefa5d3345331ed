// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/svid_files.h"

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/blocking_queue.h"
#include "tests/harness/temp_folder.h"
#include "tests/harness/test_trust_domain.h"

namespace nsm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SvidFilesTest : public testing::Test {
 protected:
  SvidFilesTest() { std::filesystem::create_directory(paths_.bundles); }
  static void Write(const std::string& path, const std::string& text) {
    std::ofstream(path + ".new") << text;
    std::filesystem::rename(path + ".new", path);
  }
  void WriteSvid(const std::string& path) {
    const TestCertificate issued = west_.Issue(path);
    Write(paths_.svid, issued.certificate);
    Write(paths_.key, issued.key);
  }
  void WriteBundle(const TestTrustDomain& domain) {
    Write(paths_.bundles + "/" + domain.name() + ".pem", domain.ca().Pem());
  }
  std::string Refusal() const {
    const absl::Status read = SvidFiles::Read(paths_).status();
    EXPECT_FALSE(read.ok());
    return std::string(read.message());
  }

  const TempFolder folder_;
  const SvidFiles::Paths paths_ = {
      .svid = folder_.Path("svid.pem"), .key = folder_.Path("key.pem"), .bundles = folder_.Path("bundles")};
  const TestTrustDomain west_{"west.test"};
  const TestTrustDomain east_{"east.test"};
};

TEST_F(SvidFilesTest, AreRead) {
  WriteSvid("nsmgr");
  WriteBundle(west_);
  WriteBundle(east_);
  Write(paths_.bundles + "/README", "no bundle");
  const absl::StatusOr<SpiffeIdentity::State> state = SvidFiles::Read(paths_);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->svid->id.ToString(), "spiffe://west.test/nsmgr");
  EXPECT_THAT(state->bundles->trust_domains(), ElementsAre("east.test", "west.test"));
}

TEST_F(SvidFilesTest, AnErrorNamesTheFile) {
  EXPECT_THAT(Refusal(), HasSubstr(paths_.svid));
  WriteSvid("nsmgr");
  Write(paths_.key, west_.Issue("other").key);
  EXPECT_THAT(Refusal(), HasSubstr(paths_.svid + ": the key is not that of the certificate"));
  WriteSvid("nsmgr");
  Write(paths_.bundles + "/West.pem", west_.ca().Pem());
  EXPECT_THAT(Refusal(), HasSubstr("/West.pem: a trust domain has lower case letters"));
  std::filesystem::remove(paths_.bundles + "/West.pem");
  Write(paths_.bundles + "/west.test.pem", "");
  EXPECT_THAT(Refusal(), HasSubstr("/west.test.pem: no certificate in it"));
  std::filesystem::remove_all(paths_.bundles);
  EXPECT_THAT(Refusal(), HasSubstr("reading the trust bundles in " + paths_.bundles));
}

TEST_F(SvidFilesTest, AreReadAgainWhenTheyChange) {
  WriteSvid("nsmgr");
  WriteBundle(west_);
  BlockingQueue<std::string> told;
  const SvidFiles files(paths_, SvidFiles::Read(paths_).value(), [&told](const SpiffeIdentity::State& state) {
    told.Push(state.svid->id.path + " " + std::to_string(state.bundles->trust_domains().size()));
    return absl::OkStatus();
  });
  // Half of a change is none.
  const TestCertificate next = west_.Issue("nsmgr-2");
  Write(paths_.svid, next.certificate);
  Write(paths_.key, next.key);
  EXPECT_EQ(told.Pop(), "/nsmgr-2 1");
  WriteBundle(east_);
  EXPECT_EQ(told.Pop(), "/nsmgr-2 2");
}

}  // namespace
}  // namespace nsm
