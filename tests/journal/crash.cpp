// SPDX-License-Identifier: BSL-1.0
// Every call with which a journal changes its folder, one at a time: the process dies before it, dies after it, or the
// call fails. What is found afterwards is a gapless prefix of what was submitted, with all that was acknowledged.
#include <lifeboat/journal/journal.hpp>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include <lifeboat/journal/reader.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/broken_calls.hpp"
#include "support/in_child.hpp"
#include "support/temp_folder.hpp"

using namespace lifeboat;
using support::around;
using support::Breakage;
using support::broken_calls;
using support::cut_short;

namespace {
/// A byte of a file, and how often a small write wrote it: the zeros of a spare segment are none.
std::atomic<off_t> watched{-1};
std::atomic<int> watched_writes{0};
}  // namespace

// NOLINTBEGIN: the signatures are the C library's
extern "C" {
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  if (size > 1 && cut_short()) size /= 2;
  if (size < 4096 && watched >= at && watched < at + static_cast<off_t>(size)) ++watched_writes;
  return around<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite", fd, data, size, at);
}
int fsync(int fd) { return support::forgets_flushes() ? 0 : around<int (*)(int)>("fsync", fd); }
int fdatasync(int fd) { return support::forgets_flushes() ? 0 : around<int (*)(int)>("fdatasync", fd); }
int mkdir(const char* path, mode_t mode) noexcept { return around<int (*)(const char*, mode_t)>("mkdir", path, mode); }
int renameat2(int a, const char* from, int b, const char* to, unsigned flags) noexcept {
  return around<int (*)(int, const char*, int, const char*, unsigned)>("renameat2", a, from, b, to, flags);
}
}
// NOLINTEND

namespace {

constexpr std::uint64_t segment = 256U << 10U;

JournalConfig config_of(const std::string& folder) {
  return {.folder = folder, .segment_length = segment, .queue_bytes = 32U << 10U, .schemas = {schema_bytes<Payment>()}};
}

Payment payment(std::uint64_t n) { return {*Key::of("K-" + std::to_string(n)), {n}, {n + 1}, {100, EUR}}; }

/// Appends as many groups as are asked for, some of them together; prints the last that was acknowledged.
std::string write_some(const std::string& folder, std::uint64_t count) {
  auto journal = Journal::open(config_of(folder));
  if (!journal) return "0";
  std::uint64_t last = (*journal)->recovery().last;
  std::uint64_t acknowledged = last;
  for (std::uint64_t n = 0; n < count; ++n) {
    Position position{};
    bool taken = false;
    (*journal)->submit(payment(++last)).match([&](Position p) { position = p, taken = true; }, [](NotWritten) {});
    if (!taken) break;
    if (n % 7 != 0 && n + 1 != count) continue;
    (*journal)->wait(position).match([&](Acked<LocalDurable> a) { acknowledged = a.position.sequence; },
                                     [](NotWritten) {}, [](Unknown) {});
  }
  return std::to_string(acknowledged);
}

/// Opens what was left, and checks it: groups 1 to at least `acknowledged`, each what it was; then goes on.
void check_left(const std::string& folder, std::uint64_t acknowledged) {
  auto journal = Journal::open(config_of(folder));
  INFO((journal ? std::string() : journal.error().sentence()));
  REQUIRE(journal);
  const std::uint64_t last = (*journal)->recovery().last;
  REQUIRE(last >= acknowledged);
  bool went_on = false;
  (*journal)
      ->append(payment(last + 1))
      .match([&](Acked<LocalDurable>) { went_on = true; }, [](NotWritten) {}, [](Unknown) {});
  CHECK(went_on);
  auto reader = JournalReader::open(folder);
  REQUIRE(reader);
  for (std::uint64_t n = 1; n <= last + 1; ++n) {
    const auto group = reader->next();
    if (!group || !*group) FAIL("group " << n << ": " << (group ? "not yet" : group.error().sentence()));
    RecordsOfGroup records = (*group)->records();
    const auto record = records.next();
    const auto read = record ? decode_record<Payment>(record->bytes) : std::nullopt;
    const bool whole = read && read->from.number == n && !records.next() && records.good();
    if (!whole) FAIL("group " << n << " is not what was appended");
  }
  CHECK(JournalReader::open(folder)->verify().has_value());
}

/// So many groups, one in a batch, fill a segment almost: the next few go into another one.
constexpr std::uint64_t almost = 1230;

std::uint64_t number(const std::string& text) { return std::strtoull(text.c_str(), nullptr, 10); }

}  // namespace

TEST_CASE("a process that dies at any call loses nothing that it was told is durable") {
  const support::TempFolder folder;
  // A life before, that ends shortly before the end of a segment.
  const std::string before = folder / "before";
  {
    auto journal = Journal::open(config_of(before));
    REQUIRE(journal);
    for (std::uint64_t n = 1; n <= almost; ++n) (void)(*journal)->append(payment(n));
    REQUIRE((*journal)->durable().sequence == almost);
  }
  for (const Breakage breakage : {Breakage::die_before, Breakage::die_after})
    for (int at = 1;; ++at) {
      const std::string here = folder / "here";
      std::filesystem::remove_all(here);
      std::filesystem::copy(before, here);
      int ends[2];
      REQUIRE(::pipe(ends) == 0);
      const pid_t child = ::fork();
      if (child == 0) {
        broken_calls().at = at;
        broken_calls().breakage = breakage;
        auto journal = Journal::open(config_of(here));
        for (std::uint64_t n = almost + 1; journal && n <= almost + 20; ++n) {
          const std::uint64_t done =
              (*journal)
                  ->append(payment(n))
                  .match([](Acked<LocalDurable> a) { return a.position.sequence; },
                         [](NotWritten) { return std::uint64_t{0}; }, [](Unknown) { return std::uint64_t{0}; });
          if (done != 0 && ::write(ends[1], &done, sizeof done) != sizeof done) ::_exit(1);
        }
        ::_exit(0);
      }
      ::close(ends[1]);
      std::uint64_t acknowledged = almost;
      std::uint64_t told = 0;
      while (::read(ends[0], &told, sizeof told) == sizeof told) acknowledged = told;
      ::close(ends[0]);
      int status = 0;
      REQUIRE(::waitpid(child, &status, 0) == child);
      INFO("call " << at << " breakage " << static_cast<int>(breakage));
      check_left(here, acknowledged);
      REQUIRE(WIFEXITED(status));
      if (WEXITSTATUS(status) == 0) {  // there were not so many calls
        CHECK(at > 60);
        CHECK(std::filesystem::exists(here + "/segment-0000000002"));
        break;
      }
      REQUIRE(WEXITSTATUS(status) == support::died_as_planned);
    }
}

TEST_CASE("a call that fails is the end of the writer, and never an acknowledgement") {
  const support::TempFolder folder;
  for (const Breakage breakage : {Breakage::fail, Breakage::short_write})
    for (const int error : {EIO, ENOSPC}) {
      for (int at = 1; at < 60; ++at) {
        const std::string here = folder / "here";
        std::filesystem::remove_all(here);
        const auto answer = support::in_child([&] {
          broken_calls().error = error;
          broken_calls().at = at;
          broken_calls().breakage = breakage;
          return write_some(here, 200);
        });
        REQUIRE(answer.status == 0);
        INFO("call " << at << " breakage " << static_cast<int>(breakage) << " error " << error);
        check_left(here, number(answer.text));
      }
      if (breakage == Breakage::short_write) break;
    }
}

TEST_CASE("after a flush that failed nothing more is written, and what may be there is unknown") {
  const support::TempFolder folder;
  const auto answer = support::in_child([&] {
    auto journal = Journal::open(config_of(folder / "j"));
    if (!journal) return std::string("not opened");
    (void)(*journal)->append(payment(1));
    broken_calls().error = EIO;
    broken_calls().at = 2;  // the write succeeds, the flush does not
    broken_calls().breakage = Breakage::fail;
    const auto name = [](const AppendOutcome<LocalDurable>& outcome) {
      return outcome.match([](Acked<LocalDurable> a) { return "acked " + std::to_string(a.position.sequence); },
                           [](NotWritten n) { return "not written " + std::string(to_string(n.id)); },
                           [](Unknown u) {
                             return "unknown " + std::to_string(u.position.sequence) + " " +
                                    std::to_string(u.system_error);
                           });
    };
    std::string told = name((*journal)->append(payment(2)));
    told += "; " + name((*journal)->append(payment(3)));
    journal->reset();
    watched = 4096 + 208 + 20;  // in the second group: behind the header, and a batch of one payment
    auto again = Journal::open(config_of(folder / "j"));
    if (!again) return told + "; not opened";
    told += "; " + name((*again)->fate({1, 2}));
    told += "; " + name((*again)->fate({1, 3}));
    return told + "; written again " + std::to_string(watched_writes);
  });
  // The bytes of group 2 are there: the disk took them, only nobody knew. The kernel would not write them once more by
  // itself: they are written again before they count.
  CHECK(answer.text == "unknown 2 5; not written LB-STOPPED; acked 2; not written LB-OBJECT-MISSING; written again 1");
}

TEST_CASE("processes that are killed at any moment lose nothing that was acknowledged") {
  const support::TempFolder folder;
  const std::string here = folder / "j";
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 dice(seed);
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < 12; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto journal = Journal::open(config_of(here));
      for (std::uint64_t n = journal ? (*journal)->recovery().last + 1 : 0; journal; ++n) {
        const std::uint64_t done =
            (*journal)
                ->append(payment(n))
                .match([](Acked<LocalDurable> a) { return a.position.sequence; },
                       [](NotWritten) { return std::uint64_t{0}; }, [](Unknown) { return std::uint64_t{0}; });
        if (done == 0 || ::write(ends[1], &done, sizeof done) != sizeof done) break;
      }
      ::_exit(1);
    }
    ::close(ends[1]);
    const auto rest = std::chrono::milliseconds(dice() % 60);
    std::uint64_t told = 0;
    const auto until = std::chrono::steady_clock::now() + rest;
    while (std::chrono::steady_clock::now() < until && ::read(ends[0], &told, sizeof told) == sizeof told)
      acknowledged = told;
    REQUIRE(::kill(child, SIGKILL) == 0);
    while (::read(ends[0], &told, sizeof told) == sizeof told) acknowledged = told;
    ::close(ends[0]);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    check_left(here, acknowledged);
  }
}
