// SPDX-License-Identifier: BSL-1.0
#include "support/compare_trees.hpp"

#include <fstream>
#include <random>

#include "catch.hpp"
#include "support/copy_tree.hpp"
#include "support/random_tree.hpp"
#include "support/temp_folder.hpp"

namespace test_compare_trees {

namespace {

/// A tree with one of each, twice; `change` is made to the second.
template <class Change>
std::string difference_after(Change&& change) {
  const support::TempFolder a;
  const support::TempFolder b;
  for (const support::TempFolder* one : {&a, &b}) {
    ::mkdir((*one / "d").c_str(), 0755);
    std::ofstream(*one / "d/file") << "content";
    std::ofstream(*one / "d/other") << "content";
    if (::symlink("target", (*one / "link").c_str()) != 0 || ::mkfifo((*one / "fifo").c_str(), 0600) != 0) return "?";
    if (::link((*one / "d/file").c_str(), (*one / "name").c_str()) != 0) return "?";
    const struct timespec times[2] = {{5, 6}, {5, 6}};
    for (const char* path : {"d/file", "d/other", "link", "fifo", "d", ""})
      ::utimensat(AT_FDCWD, (*one / path).c_str(), times, AT_SYMLINK_NOFOLLOW);
  }
  if (const std::string before = support::first_difference(a.path(), b.path()); !before.empty())
    return "before: " + before;
  change(b);
  support::CompareOptions options;
  options.times = false;
  return support::first_difference(a.path(), b.path(), options);
}

}  // namespace

TEST_CASE("the comparison of trees sees each kind of change", "[support]") {
  using Folder = const support::TempFolder&;
  CHECK(difference_after([](Folder) {}) == "");
  CHECK(difference_after([](Folder b) { std::ofstream(b / "d/file") << "Content"; }) == "'d/file': contents differ");
  CHECK(difference_after([](Folder b) { std::ofstream(b / "d/file", std::ios::app) << "!"; }) ==
        "'d/file': sizes 7 and 8");
  CHECK(difference_after([](Folder b) { ::chmod((b / "d").c_str(), 0700); }) == "'d': modes 493 and 448");
  CHECK(difference_after([](Folder b) { std::ofstream(b / "d/new") << "x"; }) == "'d/new' is in the second tree only");
  CHECK(difference_after([](Folder b) { ::unlink((b / "fifo").c_str()); }) == "'fifo' is in the first tree only");
  CHECK(difference_after([](Folder b) { ::unlink((b / "name").c_str()); }).starts_with("'d/file': first names"));
  CHECK(difference_after([](Folder b) {
          ::unlink((b / "link").c_str());
          REQUIRE(::symlink("elsewhere", (b / "link").c_str()) == 0);
        }) == "'link': targets 'target' and 'elsewhere'");
  CHECK(difference_after([](Folder b) {
          ::unlink((b / "fifo").c_str());
          ::mkdir((b / "fifo").c_str(), 0600);
        }).starts_with("'fifo': types"));
  if (::geteuid() == 0)
    CHECK(difference_after([](Folder b) { REQUIRE(::lchown((b / "link").c_str(), 5, 6) == 0); }) ==
          "'link': owners 0:0 and 5:6");
  const std::string attribute = difference_after([](Folder b) {
    if (::lsetxattr((b / "d/other").c_str(), "user.a", "1", 1, 0) != 0) WARN("NOT RUN: no attributes here");
  });
  CHECK((attribute.empty() || attribute == "'d/other': attributes () and (user.a=1 )"));
}

TEST_CASE("the comparison of trees sees times to the nanosecond, and holes", "[support]") {
  const support::TempFolder a;
  const support::TempFolder b;
  for (const support::TempFolder* one : {&a, &b}) {
    std::ofstream(*one / "f") << "x";
    REQUIRE(::truncate((*one / "f").c_str(), 1 << 20) == 0);
    const struct timespec times[2] = {{5, 6}, {5, one == &a ? 6 : 7}};
    ::utimensat(AT_FDCWD, (*one / "f").c_str(), times, 0);
  }
  support::CompareOptions options;
  options.root_metadata = false;
  CHECK(support::first_difference(a.path(), b.path(), options) == "'f': mtimes 5.6 and 5.7");
  options.times = false;
  CHECK(support::first_difference(a.path(), b.path(), options) == "");
  std::fstream(b / "f", std::ios::in | std::ios::out).seekp(500000).write("\0", 1);
  CHECK(support::first_difference(a.path(), b.path(), options).starts_with("'f': bytes outside holes"));
}

TEST_CASE("random trees are the same for the same seed", "[support]") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  const support::TempFolder a;
  const support::TempFolder b;
  support::RandomTree first(a.path(), seed);
  support::RandomTree second(b.path(), seed);
  first.create();
  second.create();
  const std::string story = first.change(30);
  CHECK(story == second.change(30));
  CHECK(story.find("write into") != std::string::npos);
  support::CompareOptions options;
  options.times = false;  // what was not set is when it was made
  CHECK(support::first_difference(a.path(), b.path(), options) == "");
}

}  // namespace test_compare_trees
