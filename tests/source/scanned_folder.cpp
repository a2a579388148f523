// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/scanned_folder.hpp>

#include <sys/resource.h>

#include <algorithm>

#include "catch.hpp"
#include "support/in_child.hpp"
#include "support/scan_path.hpp"
#include "support/temp_folder.hpp"

namespace test_scanned_folder {

namespace {

using namespace lifeboat;
using support::Collected;
using support::open_descriptors;
using support::scan;
using support::TempFolder;
using support::write;

}  // namespace

TEST_CASE("thousands of levels and paths beyond PATH_MAX", "[source][scan]") {
  const TempFolder folder;
  const std::string name(40, 'd');
  int at = ::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int level = 0; level < 2000; ++level) {
    REQUIRE(::mkdirat(at, name.c_str(), 0755) == 0);
    for (const char* leaf : {"a", "z"}) {
      const int fd = ::openat(at, leaf, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
      REQUIRE(::write(fd, "deep", 4) == 4);
      ::close(fd);
    }
    const int next = ::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ::close(at);
    at = next;
  }
  ::close(at);
  const std::size_t before = open_descriptors();
  Collected seen;
  std::size_t most = 0;
  std::size_t count = 0;
  seen.on_entry = [&](const std::string&) {
    if (++count % 500 == 0) most = std::max(most, open_descriptors());
  };
  REQUIRE(scan(folder.path(), seen));
  CHECK(seen.entries.size() == 6001);
  CHECK(most < before + 80);
  CHECK(seen.unreadables.empty());
  // handles of folders that were closed long ago find their way again
  std::size_t longest = 0;
  for (std::size_t i = 0; i < seen.entries.size(); i += 97) {
    auto& [entry, content] = seen.entries[i];
    longest = std::max(longest, entry.path.size());
    if (entry.type != EntryType::file) continue;
    const auto bytes = support::read_all(*content, entry.size);
    REQUIRE(bytes);
    CHECK(as_text(*bytes) == "deep");
  }
  CHECK(longest > 50000);
  seen.entries.clear();
  CHECK(open_descriptors() == before);
}

TEST_CASE("running out of descriptors is an error of the scan, not of an entry", "[source][scan]") {
  const TempFolder folder;
  std::string path = folder.path();
  for (int i = 0; i < 30; ++i) ::mkdir((path += "/d").c_str(), 0755);
  write(path + "/x");
  const auto answer = support::in_child([&]() -> std::string {
    auto root = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
    const int next = ::dup(root.value.get());
    std::string text;
    for (const rlim_t room : {rlim_t{8}, rlim_t{2}}) {
      const rlimit limit{static_cast<rlim_t>(next) + room, static_cast<rlim_t>(next) + 64};
      if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return "no limit";
      Collected seen;
      seen.details = false;
      seen.keep_contents = false;
      const Status done = scan_tree(root.value.get(), {}, seen, {});
      text += (done ? std::to_string(seen.entries.size()) : std::string(to_string(done.error().id()))) + " " +
              std::to_string(seen.unreadables.size()) + "; ";
    }
    return text;
  });
  CHECK(answer.text == "32 0; LB-LIMIT 0; ");
}

}  // namespace test_scanned_folder
