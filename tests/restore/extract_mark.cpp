// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/restore/extract_mark.hpp>

#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_extract_mark {

using namespace lifeboat;

TEST_CASE("an extract is told by its mark, and what is not there is none") {
  const support::TempFolder folder;
  CHECK_FALSE(*is_extract(folder / "none"));
  std::filesystem::create_directory(folder / "plain");
  CHECK_FALSE(*is_extract(folder / "plain"));
  std::filesystem::create_directory(folder / "part");
  const auto opened = open_at(AT_FDCWD, (folder / "part").c_str(), O_RDONLY | O_DIRECTORY);
  REQUIRE(opened);
  REQUIRE(mark_extract(opened.value.get(), "lifeboat-extract-1\nwhere account=42\n"));
  CHECK(*is_extract(folder / "part"));
  std::ofstream(folder / "file") << "x";
  const auto file = is_extract(folder / "file");
  REQUIRE_FALSE(file);
  CHECK(file.error().id() == ErrorId::target_io);
}

TEST_CASE("an extract that a restore with a scope made is told by its attribute") {
  const support::TempFolder folder;
  std::filesystem::create_directory(folder / "part");
  if (::setxattr((folder / "part").c_str(), extract_attribute, "id", 2, 0) != 0) return;  // no room for one here
  CHECK(*is_extract(folder / "part"));
}

}  // namespace test_extract_mark
