// SPDX-License-Identifier: BSL-1.0
// Every call with which the archiver of a journal, its recycling and an adoption change a file system, one at a time:
// the process dies before it, dies after it, or the call fails. The next run ends where an undisturbed one ends:
// nothing is lost, nothing is there twice.
#include <sys/stat.h>
#include <unistd.h>

#include <iostream>

#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/recycle.hpp>
#include <lifeboat/journal/ship.hpp>
#include <lifeboat/journal/ship_pieces.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/disk.hpp>

#include "record/records.hpp"
#include "support/break_each.hpp"
#include "support/temp_folder.hpp"

using namespace lifeboat;
using support::around;
using support::break_each;
using support::copy_over;
using support::Ran;

// NOLINTBEGIN: the signatures are the C library's
extern "C" {
ssize_t write(int fd, const void* data, size_t size) {
  return around<ssize_t (*)(int, const void*, size_t)>("write", fd, data, size);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  return around<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite", fd, data, size, at);
}
int fsync(int fd) { return around<int (*)(int)>("fsync", fd); }
int fdatasync(int fd) { return around<int (*)(int)>("fdatasync", fd); }
int mkdir(const char* path, mode_t mode) noexcept { return around<int (*)(const char*, mode_t)>("mkdir", path, mode); }
int mkdirat(int folder, const char* name, mode_t mode) noexcept {
  return around<int (*)(int, const char*, mode_t)>("mkdirat", folder, name, mode);
}
int linkat(int a, const char* from, int b, const char* to, int flags) noexcept {
  return around<int (*)(int, const char*, int, const char*, int)>("linkat", a, from, b, to, flags);
}
int renameat(int a, const char* from, int b, const char* to) noexcept {
  return around<int (*)(int, const char*, int, const char*)>("renameat", a, from, b, to);
}
int renameat2(int a, const char* from, int b, const char* to, unsigned flags) noexcept {
  return around<int (*)(int, const char*, int, const char*, unsigned)>("renameat2", a, from, b, to, flags);
}
int unlinkat(int folder, const char* name, int flags) noexcept {
  return around<int (*)(int, const char*, int)>("unlinkat", folder, name, flags);
}
}
// NOLINTEND

namespace {

Payment payment(std::uint64_t n) {
  return {*Key::of("A-" + std::to_string(n)), {1}, {2}, {static_cast<std::int64_t>(n) * 100, EUR}};
}

using Groups = std::vector<std::pair<Position, std::string>>;

/// All groups of a reader: their positions, and what the chain covers of them.
template <class Reader>
Groups groups_of(Reader& reader) {
  Groups found;
  while (true) {
    const auto batch = reader.next_batch();
    INFO((batch ? std::string() : batch.error().sentence()));
    REQUIRE(batch);
    if (*batch == nullptr) return found;
    BatchGroups groups(**batch);
    while (const auto group = groups.next()) found.emplace_back(group->position, as_text(group->frame.chained()));
  }
}
Groups groups_in(const std::string& journal) {
  auto reader = JournalReader::open(journal);
  INFO((reader ? std::string() : reader.error().sentence()));
  REQUIRE(reader);
  return groups_of(*reader);
}

std::unique_ptr<Journal> open_journal(const std::string& folder, std::uint64_t epoch = 0) {
  auto journal = Journal::open({.folder = folder,
                                .segment_length = 256U << 10U,
                                .queue_bytes = 32U << 10U,
                                .schemas = {schema_bytes<Payment>()},
                                .epoch = epoch});
  INFO((journal ? std::string() : journal.error().sentence()));
  REQUIRE(journal);
  return std::move(*journal);
}
void append(Journal& journal, std::uint64_t from, std::uint64_t to) {
  Position last{};
  for (std::uint64_t n = from; n <= to; ++n) {
    journal.submit(payment(n)).match([&](Position at) { last = at; }, [](NotWritten) { FAIL(); });
    if (n % 10 == 0 || n == to)
      journal.wait(last).match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
  }
}

Result<PieceReport> archive(const std::string& here) {
  LIFEBOAT_TRY(const auto medium, open_medium<Disk>({.root = here + "/backup", .create = true}));
  SystemRandom random;
  LIFEBOAT_TRY(const JournalHead end, journal_end(here + "/j"));
  return ship_pieces(here + "/j", end.last, *medium, "ledger", random);
}

}  // namespace

TEST_CASE("an archiver that dies or fails at any call goes on, and the medium has every group once") {
  const support::TempFolder folder(support::fast_place());
  const std::string before = folder / "before";
  const std::string here = folder / "here";
  std::filesystem::create_directory(before);
  append(*open_journal(before + "/j"), 1, 300);
  REQUIRE(archive(before));
  append(*open_journal(before + "/j"), 301, 2500);
  append(*open_journal(before + "/j", 2), 2501, 2600);
  append(*open_journal(before + "/j", 3), 2601, 2610);
  const Groups all = groups_in(before + "/j");
  REQUIRE(all.size() == 2610);
  int failed = 0;
  const int calls = break_each([&] { copy_over(before, here); }, [&] { return archive(here).has_value(); },
                               [&](Ran ran) {
                                 failed += ran == Ran::failed ? 1 : 0;
                                 // Whatever is there is whole, and begins the journal.
                                 const auto medium = open_medium<Disk>({.root = here + "/backup"});
                                 REQUIRE(medium);
                                 auto history = list_journal(**medium, "ledger");
                                 REQUIRE(history);
                                 auto partly = PieceReader::open(**medium, "ledger", *history);
                                 REQUIRE(partly);
                                 const Groups there = groups_of(*partly);
                                 REQUIRE(there.size() >= 300);
                                 REQUIRE(std::equal(there.begin(), there.end(), all.begin()));
                                 const auto shipped = archive(here);
                                 INFO((shipped ? std::string() : shipped.error().sentence()));
                                 REQUIRE(shipped);
                                 CHECK(shipped->groups == all.size() - there.size());
                                 CHECK(shipped->last == Position{3, 2610});
                                 history = list_journal(**medium, "ledger");
                                 REQUIRE(history);
                                 CHECK(history->undone.empty());
                                 auto reader = PieceReader::open(**medium, "ledger", *history);
                                 REQUIRE(reader);
                                 REQUIRE((groups_of(*reader) == all));
                                 CHECK(archive(here)->pieces == 0);
                               });
  std::cout << "an archiver: " << calls << " calls\n";
  CHECK(calls > 15);
  CHECK(failed > 10);
}

TEST_CASE("recycling that dies or fails at any call leaves a journal that begins later, and goes on") {
  const support::TempFolder folder(support::fast_place());
  const std::string before = folder / "before";
  const std::string here = folder / "here";
  std::filesystem::create_directory(before);
  append(*open_journal(before + "/j"), 1, 9000);
  const Groups all = groups_in(before + "/j");
  const std::string once = folder / "once";
  copy_over(before, once);
  REQUIRE(recycle_segments(once + "/j", {1, 7000}).value() >= 3);
  const Groups left = groups_in(once + "/j");
  REQUIRE(left.size() >= 2000);
  int failed = 0;
  const int calls = break_each([&] { copy_over(before, here); },
                               [&] {
                                 return recycle_segments(here + "/j", {1, 7000}).has_value();
                               },
                               [&](Ran ran) {
                                 failed += ran == Ran::failed ? 1 : 0;
                                 const Groups now = groups_in(here + "/j");
                                 REQUIRE(now.size() >= left.size());
                                 REQUIRE(std::equal(now.rbegin(), now.rend(), all.rbegin()));
                                 CHECK(JournalReader::open(here + "/j")->verify().has_value());
                                 append(*open_journal(here + "/j"), 9001, 9001);
                                 REQUIRE(recycle_segments(here + "/j", {1, 7000}));
                                 CHECK(groups_in(here + "/j").size() == left.size() + 1);
                                 CHECK(recycle_segments(here + "/j", {1, 7000}).value() == 0);
                               });
  std::cout << "recycling: " << calls << " calls\n";
  CHECK(calls >= 4);
  CHECK(failed >= 4);
}
