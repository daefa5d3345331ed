// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace nsm::cmd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Pair;

class CommandLineTest : public testing::Test {
 protected:
  ~CommandLineTest() override {
    for (const std::string& variable : variables_) ::unsetenv(variable.c_str());
  }
  void SetVariable(const std::string& variable, const std::string& value) {
    ::setenv(variable.c_str(), value.c_str(), 1);
    variables_.push_back(variable);
  }
  std::optional<int> Parse(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "program");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    std::optional<int> exit_code = line_.Parse(static_cast<int>(argv.size()), argv.data());
    output_ = testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
    return exit_code;
  }

  CommandLine line_{"program", "does something"};
  std::string output_;
  std::vector<std::string> variables_;
};

TEST_F(CommandLineTest, AnOptionGoesBeforeItsVariableAndThatBeforeTheDefault) {
  std::string text = "default", other = "default";
  absl::Duration duration = absl::Seconds(5);
  bool flag = false;
  line_.Text("--connect-to", &text, "");
  line_.Text("--other", &other, "");
  line_.Duration("--dial-timeout", &duration, "");
  line_.Flag("--some-flag", &flag, "");
  SetVariable("NSM_CONNECT_TO", "variable");
  SetVariable("NSM_DIAL_TIMEOUT", "750ms");
  SetVariable("NSM_SOME_FLAG", "true");
  EXPECT_EQ(Parse({"--dial-timeout", "1.5s"}), std::nullopt) << output_;
  EXPECT_EQ(text, "variable");
  EXPECT_EQ(other, "default");
  EXPECT_EQ(duration, absl::Milliseconds(1500));
  EXPECT_TRUE(flag);
}

TEST_F(CommandLineTest, ListsAreSeparatedByCommas) {
  std::vector<std::string> names = {"default"};
  std::vector<Url> urls;
  std::map<std::string, std::string> labels;
  line_.TextList("--names", &names, "");
  line_.UrlList("--listen-on", &urls, "");
  line_.Labels("--labels", &labels, "");
  ASSERT_EQ(
      Parse({"--names=a,b,", "--listen-on=unix:///run/a.sock,tcp://:5001", "--labels=app:x,url:a:b,e:"}),
      std::nullopt)
      << output_;
  EXPECT_THAT(names, ElementsAre("a", "b"));
  EXPECT_THAT(urls, ElementsAre(Url::Unix("/run/a.sock"), Url::Tcp({"", 5001})));
  EXPECT_THAT(labels, ElementsAre(Pair("app", "x"), Pair("e", ""), Pair("url", "a:b")));
}

TEST_F(CommandLineTest, RefusesWhatIsNotOfTheForm) {
  absl::Duration duration = absl::Seconds(5);
  uint16_t port = 4789;
  Url url;
  std::map<std::string, std::string> labels;
  line_.Duration("--timeout", &duration, "");
  line_.Port("--port", &port, "");
  line_.UrlOption("--url", &url, "");
  line_.Labels("--labels", &labels, "");
  const std::pair<const char*, const char*> refused[] = {
      {"--timeout=5", "--timeout (NSM_TIMEOUT): \"5\" is not a duration such as 10m"},
      {"--timeout=-5s", "is not a duration"},
      {"--timeout=0s", "is not a duration"},
      {"--port=0", "--port (NSM_PORT): \"0\" is not a port (1 to 65535)"},
      {"--port=65536", "is not a port"},
      {"--port=x", "is not a port"},
      {"--url=http://a", "--url (NSM_URL): "},
      {"--labels=app", "\"app\" is not KEY:VALUE"},
      {"--labels=:x", "\":x\" is not KEY:VALUE"},
      {"--unknown", "--unknown"},
  };
  for (const auto& [argument, why] : refused) {
    std::optional<int> exit_code = Parse({argument});
    ASSERT_TRUE(exit_code.has_value()) << argument;
    EXPECT_NE(*exit_code, 0) << argument;
    EXPECT_THAT(output_, HasSubstr(why));
  }
  EXPECT_EQ(Parse({"--port=65535"}), std::nullopt);
  EXPECT_EQ(port, 65535);
}

TEST_F(CommandLineTest, ABadVariableIsRefusedByItsName) {
  uint16_t port = 4789;
  line_.Port("--vxlan-port", &port, "");
  SetVariable("NSM_VXLAN_PORT", "none");
  EXPECT_NE(Parse({}).value_or(0), 0);
  EXPECT_THAT(output_, HasSubstr("NSM_VXLAN_PORT"));
}

TEST_F(CommandLineTest, ParsedTakesAnythingThatReadsAndHelpShowsDefaults) {
  std::string read;
  line_.Parsed("--prefix", "10.0.0.0/8", "the addresses", [&](const std::string& text) {
    read = text;
    return text == "bad" ? absl::InvalidArgumentError("this is bad") : absl::OkStatus();
  });
  EXPECT_EQ(Parse({"--prefix", "x"}), std::nullopt);
  EXPECT_EQ(read, "x");
  EXPECT_NE(Parse({"--prefix", "bad"}).value_or(0), 0);
  EXPECT_THAT(output_, HasSubstr("this is bad"));
  EXPECT_EQ(Parse({"--help"}), 0);
  EXPECT_THAT(output_, AllOf(HasSubstr("does something"), HasSubstr("the addresses"), HasSubstr("10.0.0.0/8"),
                             HasSubstr("NSM_PREFIX")));
}

TEST_F(CommandLineTest, VersionNamesProgramVersionAndCommit) {
  EXPECT_EQ(Parse({"--version"}), 0);
  EXPECT_THAT(output_, MatchesRegex("program [0-9]+\\.[0-9]+\\.[0-9]+, commit [0-9a-z-]+\n"));
}

}  // namespace
}  // namespace nsm::cmd
