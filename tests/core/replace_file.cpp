// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/replace_file.hpp>

#include <filesystem>

#include "catch.hpp"
#include "support/file_size_limit.hpp"
#include "support/temp_folder.hpp"
#include "support/text.hpp"

namespace test_replace_file {

using namespace lifeboat;

namespace {

std::size_t files_in(const support::TempFolder& folder) {
  const std::filesystem::directory_iterator all(folder.path());
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST_CASE("a small file takes the place of the one before, whatever a crash left beside it") {
  const support::TempFolder folder;
  for (const std::string text : {"one", "", "another, and longer"}) {
    support::write_text(folder / "note.new", "half of what was never put in place, and longer than that");
    REQUIRE(replace_file(folder.path(), "note", as_bytes(text)) == 0);
    CHECK(support::read_text(folder / "note") == text);
    CHECK(files_in(folder) == 1);
  }
  REQUIRE(replace_file(folder.path(), "other", {}) == 0);
  CHECK((std::filesystem::status(folder / "other").permissions() & std::filesystem::perms::all) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("where a small file can not be replaced, the one before stays") {
  const support::TempFolder folder;
  const std::string longer(100, 'x');
  CHECK(replace_file(folder / "missing", "note", as_bytes(longer)) == ENOENT);
  REQUIRE(replace_file(folder.path(), "note", as_bytes("one")) == 0);
  {
    const support::FileSizeLimit limit(99);
    CHECK(replace_file(folder.path(), "note", as_bytes(longer)) == EFBIG);
  }
  support::write_text(folder / "elsewhere", "untouched");
  std::filesystem::create_symlink("elsewhere", folder / "note.new");
  CHECK(replace_file(folder.path(), "note", as_bytes(longer)) == ELOOP);
  CHECK(support::read_text(folder / "elsewhere") == "untouched");
  CHECK(support::read_text(folder / "note") == "one");
}

}  // namespace test_replace_file
