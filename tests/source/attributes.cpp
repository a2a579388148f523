// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/attributes.hpp>

#include <sched.h>
#include <sys/mount.h>

#include "catch.hpp"
#include "support/in_child.hpp"
#include "support/scan_path.hpp"
#include "support/temp_folder.hpp"

namespace test_attributes {

namespace {

using namespace lifeboat;
using support::Collected;
using support::opened;
using support::TempFolder;
using support::write;

}  // namespace

TEST_CASE("without /proc and the newer calls the missing attributes are said", "[source][scan]") {
  const TempFolder folder;
  write(folder / "x");
  const auto answer = support::in_child([&]() -> std::string {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", "/proc", "tmpfs", 0, nullptr) != 0)
      return "not permitted";
    ScanOptions options;
    options.attribute_calls = false;
    Collected seen;
    auto root = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
    const Status done = scan_tree(root.value.get(), options, seen, {});
    return done ? "silent" : std::string(to_string(done.error().id())) + " " + done.error().next();
  });
  if (answer.text == "not permitted") {
    WARN("NOT RUN: mounts are not permitted here");
    return;
  }
  CHECK(answer.text == "LB-ENTRY-UNREADABLE mount -t proc proc /proc");
}

TEST_CASE("attributes are read and written both ways, of names and of open files", "[source][attributes]") {
  const TempFolder folder;
  write(folder / "x");
  if (::setxattr((folder / "x").c_str(), "user.probe", "1", 1, 0) != 0) {
    WARN("NOT RUN: no attributes on this file system");
    return;
  }
  const FileDescriptor root = opened(folder.path());
  const FileDescriptor file = std::move(open_at(root.get(), "x", O_RDONLY).value);
  const Bytes large(3000, std::byte{7});
  for (const bool calls : {true, false}) {
    INFO("calls " << calls);
    REQUIRE(write_attribute({root.get(), "x"}, {"user.large", large}, calls) == 0);
    REQUIRE(write_attribute({root.get(), "x"}, {"user.empty", {}}, calls) == 0);
    for (const AttributePlace place : {AttributePlace{root.get(), "x"}, AttributePlace{file.get(), ""}}) {
      std::vector<ExtendedAttribute> found;
      REQUIRE(read_attributes(place, found, calls) == 0);
      REQUIRE(found.size() == 3);
      CHECK(found[0] == ExtendedAttribute{"user.empty", {}});
      CHECK(found[1] == ExtendedAttribute{"user.large", large});
      CHECK(found[2] == ExtendedAttribute{"user.probe", Bytes(1, std::byte{'1'})});
    }
    std::vector<ExtendedAttribute> none;
    CHECK(read_attributes({root.get(), "nothing"}, none, calls) == ENOENT);
    CHECK(write_attribute({root.get(), "nothing"}, {"user.a", {}}, calls) == ENOENT);
  }
}

TEST_CASE("a link has attributes of its own", "[source][attributes]") {
  const TempFolder folder;
  write(folder / "x");
  REQUIRE(::symlink("x", (folder / "l").c_str()) == 0);
  if (::lsetxattr((folder / "l").c_str(), "trusted.l", "1", 1, 0) != 0) {
    WARN("NOT RUN: trusted attributes need root");
    return;
  }
  const FileDescriptor root = opened(folder.path());
  for (const bool calls : {true, false}) {
    std::vector<ExtendedAttribute> found;
    REQUIRE(read_attributes({root.get(), "l"}, found, calls) == 0);
    CHECK(found.size() == 1);
    REQUIRE(read_attributes({root.get(), "x"}, found, calls) == 0);
    CHECK(found.empty());
  }
}

}  // namespace test_attributes
