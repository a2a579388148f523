// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/cli/paths.hpp>

#include <filesystem>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_paths {

using namespace lifeboat::cli;

TEST_CASE("a path is made absolute by its text alone") {
  CHECK(absolute_path("/a/b/../c/./d//e/") == "/a/c/d/e");
  CHECK(absolute_path("/") == "/");
  CHECK(absolute_path("/../..") == "/");
  CHECK(absolute_path("/a/..") == "/");
  const std::string here = absolute_path(".");
  CHECK(here.starts_with('/'));
  CHECK(absolute_path("ledger") == (here == "/" ? "" : here) + "/ledger");
  CHECK(absolute_path("./ledger/") == absolute_path("ledger"));
}

TEST_CASE("a path without links, also where its end is missing, and what lies below what") {
  const support::TempFolder folder;
  const std::string top = real_path(folder.path());
  std::filesystem::create_directory(folder / "real");
  std::filesystem::create_symlink("real", folder / "link");
  CHECK(real_path(folder / "link/not/there") == top + "/real/not/there");
  CHECK(real_path("/nowhere/at/all") == "/nowhere/at/all");
  CHECK(path_below("/a/b/c", "/a") == "b/c");
  CHECK(path_below("/a", "/a/") == "");
  CHECK(path_below("/a", "/") == "a");
  CHECK_FALSE(path_below("/ab", "/a"));
  CHECK_FALSE(path_below("/a", "/a/b"));
}

}  // namespace test_paths
