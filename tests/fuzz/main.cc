// SPDX-License-Identifier: Apache-2.0
// fuzz TARGET RUNS: the target's seeds and RUNS changed ones, the same each time. A crash leaves its input in
// fuzz-TARGET.input, which "fuzz TARGET FILE" runs again.
#include <spdlog/spdlog.h>

#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

#include "absl/strings/numbers.h"
#include "google/protobuf/stubs/logging.h"
#include "tests/fuzz/target.h"

namespace nsm::fuzz {
namespace {

class Mutator {
 public:
  explicit Mutator(std::vector<std::string> seeds) : seeds_(std::move(seeds)) {}

  std::string Next() {
    std::string text = seeds_[Below(seeds_.size())];
    for (size_t edits = 1 + Below(4); edits > 0; --edits) Edit(text);
    return text;
  }

 private:
  size_t Below(size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  void Edit(std::string& text) {
    const size_t at = Below(text.size() + 1);
    const size_t length = Below(std::min<size_t>(text.size() - at, 32) + 1);
    switch (Below(6)) {
      case 0:  // another byte
        if (at < text.size()) text[at] = static_cast<char>(random_());
        break;
      case 1:  // one bit
        if (at < text.size()) text[at] ^= static_cast<char>(1 << Below(8));
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3:
        text.insert(at, std::string(text.substr(at, length)));
        break;
      case 4: {
        static constexpr char kSpecial[] = {'\0', '\x01', '\x7f', '\x80', '\xff', '@',
                                            '/',  ':',    '.',    '0',    '\n'};
        text.insert(at, 1 + Below(Below(8) == 0 ? 400 : 3), kSpecial[Below(sizeof(kSpecial))]);
        break;
      }
      default: {  // the rest from another seed
        const std::string& other = seeds_[Below(seeds_.size())];
        text.replace(at, std::string::npos, other.substr(Below(other.size() + 1)));
      }
    }
  }

  const std::vector<std::string> seeds_;
  std::mt19937_64 random_{1};
};

void WriteFile(const std::string& path, const std::string& text) {
  // Some file systems wait for the disk when a file is replaced by truncation.
  std::remove(path.c_str());
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

int Main(const std::string& name, const std::string& what) {
  std::unique_ptr<Target> target = MakeTarget(name);
  if (target == nullptr) {
    std::cerr << "there is no target " << name << "\n";
    return 2;
  }
  // Every refusal is a line of log.
  spdlog::set_level(spdlog::level::off);
  google::protobuf::SetLogHandler(nullptr);
  int runs = 0;
  if (!absl::SimpleAtoi(what, &runs)) {
    std::ifstream file(what, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    target->Run(text.str());
    return 0;
  }
  const std::string kept = "fuzz-" + name + ".input";
  for (const std::string& seed : target->Seeds()) {
    WriteFile(kept, seed);
    target->Run(seed);
  }
  Mutator mutator(target->Seeds());
  for (int i = 0; i < runs; ++i) {
    const std::string input = mutator.Next();
    WriteFile(kept, input);
    target->Run(input);
  }
  std::remove(kept.c_str());
  return 0;
}

}  // namespace
}  // namespace nsm::fuzz

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: fuzz TARGET RUNS|FILE\n";
    return 2;
  }
  return nsm::fuzz::Main(argv[1], argv[2]);
}
