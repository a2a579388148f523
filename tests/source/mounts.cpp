// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/mounts.hpp>

#include <sched.h>
#include <sys/mount.h>

#include "catch.hpp"
#include "support/in_child.hpp"
#include "support/scan_path.hpp"
#include "support/temp_folder.hpp"

namespace test_mounts {

namespace {

using namespace lifeboat;
using support::Collected;
using support::opened;
using support::TempFolder;
using support::write;

}  // namespace

TEST_CASE("other file systems are entered only when asked", "[source][scan]") {
  const TempFolder folder;
  ::mkdir((folder / "mnt").c_str(), 0755);
  ::mkdir((folder / "bind").c_str(), 0755);
  ::mkdir((folder / "src").c_str(), 0755);
  write(folder / "src/inside");
  write(folder / "target");
  const auto answer = support::in_child([&]() -> std::string {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", (folder / "mnt").c_str(), "tmpfs", 0, nullptr) != 0 ||
        ::mount((folder / "src").c_str(), (folder / "bind").c_str(), nullptr, MS_BIND, nullptr) != 0 ||
        ::mount((folder / "src/inside").c_str(), (folder / "target").c_str(), nullptr, MS_BIND, nullptr) != 0)
      return "not permitted";
    write(folder / "mnt/m");
    std::string text;
    for (const bool cross : {false, true}) {
      ScanOptions options;
      options.cross_mounts = cross;
      auto root = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
      Collected seen;
      const Status done = scan_tree(root.value.get(), options, seen, {});
      if (!done) return done.error().sentence();
      for (auto& [entry, content] : seen.entries) {
        text += entry.path + ((entry.flags & entry_flag::mount_point) != 0 ? "(mount) " : " ");
        if (entry.path == "mnt/m" && (entry.flags & entry_flag::racy) == 0) text += "(trusted) ";
      }
      for (auto& [path, error] : seen.skips) text += "-" + path + (error.id() == ErrorId::entry_skipped ? " " : "? ");
      text += "| ";
    }
    return text;
  });
  if (answer.text == "not permitted") {
    WARN("NOT RUN: mounts are not permitted here");
    return;
  }
  CHECK(answer.text ==
        " bind(mount) mnt(mount) src src/inside -bind -mnt -target |  bind bind/inside mnt mnt/m src src/inside target "
        "| ");
}

TEST_CASE("kinds of file systems", "[source][mounts]") {
  CHECK(source_file_system(opened("/proc").get()).name == "unknown");
  CHECK_FALSE(source_file_system(opened("/proc").get()).times_trusted);
  CHECK_FALSE(source_file_system(-1).times_trusted);
  const auto memory = source_file_system(opened("/dev/shm").get());
  CHECK_FALSE(memory.times_trusted);
}

TEST_CASE("a mount root is told from a plain folder", "[source][mounts]") {
  struct statx found {};
  REQUIRE(detail::statx_at(AT_FDCWD, "/proc", found) == 0);
  CHECK(detail::is_mount_root(found));
  const TempFolder folder;
  REQUIRE(detail::statx_at(AT_FDCWD, folder.path().c_str(), found) == 0);
  CHECK_FALSE(detail::is_mount_root(found));
  struct stat state {};
  REQUIRE(::stat(folder.path().c_str(), &state) == 0);
  CHECK(detail::device_of(found) == state.st_dev);
  CHECK(detail::statx_at(AT_FDCWD, "/nothing/there", found) == ENOENT);
}

}  // namespace test_mounts
