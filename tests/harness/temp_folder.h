// SPDX-License-Identifier: Apache-2.0
// A folder for sockets and files that goes with the test.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "src/core/url.h"

namespace nsm {

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "nsm-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  Url Socket(const std::string& name) const { return Url::Unix(Path(name)); }
  bool is_empty() const { return std::filesystem::is_empty(path_); }

 private:
  std::string path_;
};

}  // namespace nsm
