// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/beneath.hpp>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_beneath {

using namespace lifeboat;

TEST_CASE("A path below a folder is opened, a way out and a link are not, with openat2 and without") {
  const support::TempFolder folder;
  const auto top = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  REQUIRE(top);
  const auto root = make_folder(top.value.get(), "root", 0700);
  REQUIRE(root);
  const int at = root.value.get();
  REQUIRE(make_folder(at, "a", 0700));
  REQUIRE(open_at(at, "a/file", O_WRONLY | O_CREAT, 0600));
  REQUIRE(open_at(top.value.get(), "outside", O_WRONLY | O_CREAT, 0600));
  REQUIRE(::symlinkat("..", at, "out") == 0);
  REQUIRE(::symlinkat("a", at, "in") == 0);
  REQUIRE(::symlinkat("file", at, "a/link") == 0);
  const auto error_of = [&](bool walking, const std::string& path, int flags = O_RDONLY) {
    return walking ? detail::open_walking(at, path, flags, 0600).error : open_beneath(at, path, flags, 0600).error;
  };
  for (const bool walking : {false, true}) {
    INFO((walking ? "walking" : "openat2"));
    CHECK(error_of(walking, "a/file") == 0);
    CHECK(error_of(walking, "a") == 0);
    CHECK(error_of(walking, ".") == 0);
    CHECK(error_of(walking, "a/missing") == ENOENT);
    CHECK(error_of(walking, "missing/file") == ENOENT);
    CHECK(error_of(walking, "a/file/more") == ENOTDIR);
    CHECK(error_of(walking, "../outside") == EXDEV);
    CHECK(error_of(walking, "a/../../outside") == EXDEV);
    CHECK(error_of(walking, "/etc/passwd") == EXDEV);
    CHECK(error_of(walking, "out/outside") == ELOOP);
    CHECK(error_of(walking, "in/file") == ELOOP);
    CHECK(error_of(walking, "a/link") == ELOOP);
    CHECK(error_of(walking, "in", O_RDONLY | O_DIRECTORY) == ELOOP);
    CHECK(error_of(walking, "a", O_PATH | O_DIRECTORY) == 0);
    CHECK(error_of(walking, walking ? "a/new1" : "a/new2", O_WRONLY | O_CREAT | O_EXCL) == 0);
    CHECK(error_of(walking, "a/file", O_WRONLY | O_CREAT | O_EXCL) == EEXIST);
  }
}

}  // namespace test_beneath
