// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/command_line.h"

#include <algorithm>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "src/cmd/version.h"
#include "src/core/status_macros.h"

namespace nsm::cmd {
namespace {

// --connect-to is NSM_CONNECT_TO.
std::string VariableFor(const std::string& name) {
  std::string variable =
      absl::StrCat("NSM_", absl::AsciiStrToUpper(name.substr(name.find_first_not_of('-'))));
  std::replace(variable.begin(), variable.end(), '-', '_');
  return variable;
}

}  // namespace

CommandLine::CommandLine(const std::string& program, const std::string& description)
    : app_(std::make_unique<CLI::App>(description, program)) {
  app_->set_version_flag("--version", absl::StrCat(program, " ", Version()),
                         "print version and commit, and end");
}

CommandLine::~CommandLine() = default;

void CommandLine::Parsed(const std::string& name, const std::string& default_text, const std::string& help,
                         std::function<absl::Status(const std::string&)> parse) {
  CLI::Option* option = app_->add_option_function<std::string>(
      name,
      [name, parse = std::move(parse)](const std::string& text) {
        if (absl::Status status = parse(text); !status.ok()) {
          throw CLI::ValidationError(absl::StrCat(name, " (", VariableFor(name), ")"),
                                     std::string(status.message()));
        }
      },
      help);
  option->envname(VariableFor(name))->default_str(default_text);
}

void CommandLine::Text(const std::string& name, std::string* value, const std::string& help) {
  app_->add_option(name, *value, help)->envname(VariableFor(name))->capture_default_str();
}

void CommandLine::TextList(const std::string& name, std::vector<std::string>* value,
                           const std::string& help) {
  Parsed(name, absl::StrJoin(*value, ","), help, [value](const std::string& text) {
    *value = absl::StrSplit(text, ',', absl::SkipEmpty());
    return absl::OkStatus();
  });
}

void CommandLine::Flag(const std::string& name, bool* value, const std::string& help) {
  app_->add_flag(name, *value, help)->envname(VariableFor(name))->default_str(*value ? "true" : "false");
}

void CommandLine::Duration(const std::string& name, absl::Duration* value, const std::string& help) {
  Parsed(name, absl::FormatDuration(*value), help, [value](const std::string& text) {
    if (absl::ParseDuration(text, value) && *value > absl::ZeroDuration()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is not a duration such as 10m, 1.5s or 200ms"));
  });
}

void CommandLine::Port(const std::string& name, uint16_t* value, const std::string& help) {
  Parsed(name, absl::StrCat(*value), help, [value](const std::string& text) {
    uint32_t number = 0;
    if (!absl::SimpleAtoi(text, &number) || number == 0 || number > 65535) {
      return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not a port (1 to 65535)"));
    }
    *value = static_cast<uint16_t>(number);
    return absl::OkStatus();
  });
}

void CommandLine::UrlOption(const std::string& name, Url* value, const std::string& help) {
  bool has_default = value->is_unix() || value->address.port != 0;
  Parsed(name, has_default ? value->ToString() : "", help, [value](const std::string& text) -> absl::Status {
    ASSIGN_OR_RETURN(*value, Url::Parse(text));
    return absl::OkStatus();
  });
}

void CommandLine::UrlList(const std::string& name, std::vector<Url>* value, const std::string& help) {
  auto print = [](std::string* out, const Url& url) { out->append(url.ToString()); };
  Parsed(name, absl::StrJoin(*value, ",", print), help, [value](const std::string& text) -> absl::Status {
    value->clear();
    for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
      ASSIGN_OR_RETURN(Url url, Url::Parse(part));
      value->push_back(std::move(url));
    }
    return absl::OkStatus();
  });
}

void CommandLine::Labels(const std::string& name, std::map<std::string, std::string>* value,
                         const std::string& help) {
  Parsed(name, "", help, [value](const std::string& text) {
    for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
      std::pair<std::string, std::string> label = absl::StrSplit(part, absl::MaxSplits(':', 1));
      if (label.first.empty() || !absl::StrContains(part, ":")) {
        return absl::InvalidArgumentError(absl::StrCat("\"", part, "\" is not KEY:VALUE"));
      }
      value->insert(label);
    }
    return absl::OkStatus();
  });
}

void CommandLine::Prefixes(const std::string& name, std::vector<IpPrefix>* value, const std::string& help) {
  Parsed(name, "", help, [value](const std::string& text) -> absl::Status {
    value->clear();
    for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
      ASSIGN_OR_RETURN(IpPrefix prefix, IpPrefix::Parse(absl::StripAsciiWhitespace(part)));
      value->push_back(prefix.Masked());
    }
    return absl::OkStatus();
  });
}

std::optional<int> CommandLine::Parse(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app_->exit(error);
  }
  return std::nullopt;
}

}  // namespace nsm::cmd
