// SPDX-License-Identifier: Apache-2.0
// The targets under libFuzzer. NSM_FUZZ_TARGET names the one; with NSM_FUZZ_SEEDS the program only writes the
// target's seeds into that folder.
#include <spdlog/spdlog.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include "google/protobuf/stubs/logging.h"
#include "tests/fuzz/target.h"

namespace {

nsm::fuzz::Target* target = nullptr;

void WriteSeeds(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  int number = 0;
  for (const std::string& seed : target->Seeds()) {
    std::ofstream(folder / ("seed-" + std::to_string(number++)), std::ios::binary) << seed;
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* name = std::getenv("NSM_FUZZ_TARGET");
  target = nsm::fuzz::MakeTarget(name == nullptr ? "" : name).release();
  nsm::fuzz::Require(target != nullptr, "NSM_FUZZ_TARGET names a target");
  spdlog::set_level(spdlog::level::off);
  google::protobuf::SetLogHandler(nullptr);
  if (const char* folder = std::getenv("NSM_FUZZ_SEEDS")) {
    WriteSeeds(folder);
    std::_Exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  target->Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
