// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/cli/paths.hpp>

#include "catch.hpp"

using lifeboat::cli::absolute_path;

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
