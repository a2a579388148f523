// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/file_system.hpp>

#include <set>
#include <string>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_file_system {

using namespace lifeboat;

TEST_CASE("A folder's entries are read whole, as often as asked") {
  const support::TempFolder folder;
  const auto at = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  REQUIRE(at);
  std::set<std::string> wanted;
  for (int i = 0; i < 3000; ++i) {
    wanted.insert("file with a longer name " + std::to_string(i));
    REQUIRE(
        open_at(at.value.get(), ("file with a longer name " + std::to_string(i)).c_str(), O_WRONLY | O_CREAT, 0600));
  }
  for (int round = 0; round < 2; ++round) {
    std::set<std::string> found;
    CHECK(read_folder(at.value.get(), [&](std::string_view name, unsigned char) { found.emplace(name); }) == 0);
    CHECK(found == wanted);
  }
  const auto file = open_at(at.value.get(), wanted.begin()->c_str(), O_RDONLY);
  CHECK(read_folder(file.value.get(), [](std::string_view, unsigned char) {}) == ENOTDIR);
}

TEST_CASE("A file system states its space, and memory is told from a disk") {
  const auto here = open_at(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY);
  REQUIRE(here);
  const auto facts = file_system_of(here.value.get());
  REQUIRE(facts);
  CHECK(facts.value.total_bytes > facts.value.free_bytes);
  CHECK(file_system_of(-1).error == EBADF);
  const auto proc = open_at(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY);
  REQUIRE(proc);
  CHECK_FALSE(file_system_of(proc.value.get()).value.local);
}

TEST_CASE("Files of one device have one text, others another") {
  const auto root = stat_at(AT_FDCWD, "/");
  const auto proc = stat_at(AT_FDCWD, "/proc");
  REQUIRE((root && proc));
  CHECK(device_text(root.value) == device_text(root.value));
  CHECK(device_text(root.value) != device_text(proc.value));
}

}  // namespace test_file_system
