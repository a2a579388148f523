// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/scanned_content.hpp>

#include <atomic>
#include <thread>

#include "catch.hpp"
#include "support/scan_path.hpp"
#include "support/temp_folder.hpp"

namespace test_scanned_content {

namespace {

using namespace lifeboat;
using support::Collected;
using support::scan;
using support::TempFolder;
using support::write;

}  // namespace

TEST_CASE("owner names are told where the machine knows them", "[source][content]") {
  const TempFolder folder;
  write(folder / "mine");
  Collected seen;
  REQUIRE(scan(folder.path(), seen));
  const passwd* me = ::getpwuid(::geteuid());
  CHECK(seen.find("mine")->entry.owner == (me != nullptr ? me->pw_name : ""));
  if (::geteuid() != 0) return;
  REQUIRE(::chown((folder / "mine").c_str(), 987654, 987655) == 0);
  Collected again;
  REQUIRE(scan(folder.path(), again));
  CHECK(again.find("mine")->entry.owner.empty());
  CHECK(again.find("mine")->entry.group.empty());
}

TEST_CASE("holes cost nothing to read", "[source][content]") {
  const TempFolder folder;
  const int fd = ::open((folder / "sparse").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(::ftruncate(fd, off_t{1} << 40) == 0);
  REQUIRE(::pwrite(fd, "data", 4, off_t{1} << 39) == 4);
  ::close(fd);
  Collected seen;
  REQUIRE(scan(folder.path(), seen));
  auto* found = seen.find("sparse");
  CHECK(found->entry.sparse);
  REQUIRE(found->content->open());
  std::vector<Segment> segments;
  REQUIRE(found->content->segments([&](Segment segment) {
    segments.push_back(segment);
    return ok();
  }));
  REQUIRE(segments.size() == 1);
  CHECK(segments[0].offset <= (std::uint64_t{1} << 39));
  CHECK(segments[0].length <= 65536);
}

TEST_CASE("another file under the same name is not taken for the one that was seen", "[source][content]") {
  const TempFolder folder;
  write(folder / "a", "old");
  Collected seen;
  REQUIRE(scan(folder.path(), seen));
  write(folder / "new", "new");
  REQUIRE(::rename((folder / "new").c_str(), (folder / "a").c_str()) == 0);
  const Status status = seen.find("a")->content->open();
  REQUIRE_FALSE(status);
  CHECK(status.error().id() == ErrorId::entry_vanished);
}

TEST_CASE("worker threads use handles after the scan has ended", "[source][content]") {
  const TempFolder folder;
  for (int i = 0; i < 200; ++i) {
    ::mkdir((folder / std::to_string(i)).c_str(), 0755);
    write(folder / (std::to_string(i) + "/x"), std::to_string(i));
  }
  Collected seen;
  seen.details = false;
  REQUIRE(scan(folder.path(), seen));
  std::atomic<std::size_t> next{0};
  std::atomic<int> bad{0};
  const auto work = [&] {
    for (;;) {
      const std::size_t i = next++;
      if (i >= seen.entries.size()) return;
      auto& [entry, content] = seen.entries[i];
      if (!content->details(entry)) ++bad;
      if (entry.type != EntryType::file) continue;
      const auto bytes = support::read_all(*content, entry.size);
      if (!bytes || as_text(*bytes) != entry.path.substr(0, entry.path.find('/'))) ++bad;
    }
  };
  std::thread a(work);
  std::thread b(work);
  a.join();
  b.join();
  CHECK(bad == 0);
}

TEST_CASE("an I/O error names the file and the bytes", "[source][content]") {
  const auto rules = Rules::parse(std::vector<std::string>{}, std::vector<std::string>{"/mem"});
  ScanOptions options;
  options.rules = &*rules;
  Collected seen;  // nothing is mapped at address 0, and the kernel answers EIO
  REQUIRE(scan("/proc/self", seen, options));
  auto* memory = seen.find("mem");
  REQUIRE(memory != nullptr);
  REQUIRE(memory->content->open());
  Bytes buffer(100);
  const auto got = memory->content->read(0, buffer);
  REQUIRE_FALSE(got);
  CHECK(got.error().id() == ErrorId::entry_unreadable);
  CHECK(got.error().system_error() == EIO);
  CHECK(got.error().sentence() == "reading bytes 0 to 100 of 'mem' failed");
}

}  // namespace test_scanned_content
