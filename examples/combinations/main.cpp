// SPDX-License-Identifier: BSL-1.0
// One program for all combinations, told by name: a program for each would be linked some eighty times, and copies
// the code that all pipelines share as often. Each name is a ctest case of its own (tests/examples/examples.cmake).
#include <cstdio>
#include <cstring>
#include <utility>

#include "combination.hpp"

namespace {

using combinations::Combination;

std::vector<Combination> all() {
  std::vector<Combination> made = combinations::on_disk();
  for (Combination& one : combinations::in_memory()) made.push_back(std::move(one));
  return made;
}

int list() {
  for (const Combination& one : all())
    if (one.run != nullptr) std::puts(one.name.c_str());
  return 0;
}

int markdown() {
  const std::vector<Combination> rows = all();
  std::size_t valid = 0;
  for (const Combination& one : rows) valid += one.run != nullptr ? 1 : 0;
  std::printf(
      "# Combinations\n\n"
      "Every strategy on every medium with every sync and every verifier, the source a `Directory`: %zu combinations, "
      "of which %zu are\n"
      "valid. Each valid one is a pipeline that backs up, loses its disk, restores and verifies, as a test: "
      "`combinations NAME`\n"
      "([story.hpp](../examples/combinations/story.hpp)). The others do not compile, and the compiler says the "
      "sentence "
      "that stands here.\n"
      "`combinations --markdown` wrote this page; a test compares it.\n\n"
      "| strategy | medium | sync | verifier | |\n|---|---|---|---|---|\n",
      rows.size(), valid);
  for (const Combination& one : rows) {
    const std::string last = one.run != nullptr ? "`" + one.name + "`" : "no: " + std::string(one.why_not);
    std::printf("| %s | %s | %s | %s | %s |\n", std::string(one.strategy).c_str(), std::string(one.medium).c_str(),
                std::string(one.sync).c_str(), std::string(one.verifier).c_str(), last.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--list") == 0) return list();
  if (argc == 2 && std::strcmp(argv[1], "--markdown") == 0) return markdown();
  if (argc == 2)
    for (const Combination& one : all())
      if (one.run != nullptr && one.name == argv[1]) return one.run();
  std::fputs("combinations NAME | --list | --markdown\n", stderr);
  return 2;
}
