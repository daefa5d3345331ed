// SPDX-License-Identifier: Apache-2.0
// A program's options: each is --some-name or, if it is not given, the environment's NSM_SOME_NAME. A value
// that is not of the expected form is refused with the option's name and that form.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "src/core/ip_address.h"
#include "src/core/url.h"

namespace CLI {
class App;
}  // namespace CLI

namespace nsm::cmd {

class CommandLine {
 public:
  CommandLine(const std::string& program, const std::string& description);
  ~CommandLine();

  // The variable's value is the default.
  void Text(const std::string& name, std::string* value, const std::string& help);
  void TextList(const std::string& name, std::vector<std::string>* value, const std::string& help);
  void Flag(const std::string& name, bool* value, const std::string& help);
  void Duration(const std::string& name, absl::Duration* value, const std::string& help);
  void Port(const std::string& name, uint16_t* value, const std::string& help);
  void UrlOption(const std::string& name, Url* value, const std::string& help);
  void UrlList(const std::string& name, std::vector<Url>* value, const std::string& help);
  // KEY:VALUE[,KEY:VALUE...]
  void Labels(const std::string& name, std::map<std::string, std::string>* value, const std::string& help);
  // PREFIX[,PREFIX...], without the bits behind their lengths.
  void Prefixes(const std::string& name, std::vector<IpPrefix>* value, const std::string& help);
  // Anything else: `parse` takes the text and says what is wrong with it.
  void Parsed(const std::string& name, const std::string& default_text, const std::string& help,
              std::function<absl::Status(const std::string&)> parse);

  // For subcommands and positional arguments; whoever uses it includes "CLI/CLI.hpp", which takes long to
  // compile.
  CLI::App& app() { return *app_; }

  // None to go on; otherwise the program is to end with this exit code (after --help, or a bad option).
  std::optional<int> Parse(int argc, char** argv);

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace nsm::cmd
