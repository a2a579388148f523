// SPDX-License-Identifier: BSL-1.0
// Every call with which a journal changes its folder, one at a time: the process dies before it, dies after it, or the
// call fails. What is found afterwards is a gapless prefix of what was submitted, with all that was acknowledged.
// LIFEBOAT_ROUNDS says how many are killed at any moment, LIFEBOAT_SEED repeats a run.
#include <lifeboat/journal/journal.hpp>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include <lifeboat/journal/reader.hpp>
#include <lifeboat/journal/ship.hpp>
#include <lifeboat/journal/take_back.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/break_each.hpp"
#include "support/broken_calls.hpp"
#include "support/in_child.hpp"
#include "support/rounds.hpp"
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
  if (support::no_room()) return -1;
  support::look_at_write(fd, data, size);
  if (size > 1 && cut_short()) size /= 2;
  if (size < 4096 && watched >= at && watched < at + static_cast<off_t>(size)) ++watched_writes;
  return around<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite", fd, data, size, at);
}
int fsync(int fd) { return support::forgets_flushes() ? 0 : support::flush_around("fsync", fd); }
int fdatasync(int fd) { return support::forgets_flushes() ? 0 : support::flush_around("fdatasync", fd); }
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

/// Goes on from what stands there with so many groups, one in a batch; tells of each that was acknowledged. Whether the
/// last one was.
template <class Tell>
bool write_some(const std::string& folder, std::uint64_t count, Tell&& tell) {
  auto journal = Journal::open(config_of(folder));
  if (!journal) return false;
  bool acknowledged = false;
  const std::uint64_t last = (*journal)->recovery().last;
  for (std::uint64_t n = last + 1; n <= last + count; ++n) {
    acknowledged = false;
    (*journal)
        ->append(payment(n))
        .match([&](Acked<LocalDurable> a) { tell(a.position.sequence), acknowledged = true; }, [](NotWritten) {},
               [](Unknown) {});
  }
  return acknowledged;
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

/// A life before, that ends shortly before the end of a segment.
void make_before(const std::string& folder) {
  auto journal = Journal::open(config_of(folder));
  REQUIRE(journal);
  for (std::uint64_t n = 1; n <= almost; ++n) (void)(*journal)->append(payment(n));
  REQUIRE((*journal)->durable().sequence == almost);
}

}  // namespace

TEST_CASE("a process that dies at any call loses nothing that it was told is durable") {
  const support::TempFolder folder(support::fast_place());
  const std::string before = folder / "before";
  make_before(before);
  for (const Breakage breakage : {Breakage::die_before, Breakage::die_after})
    for (int at = 1;; ++at) {
      const std::string here = folder / "here";
      support::copy_over(before, here);
      int ends[2];
      REQUIRE(::pipe(ends) == 0);
      const pid_t child = ::fork();
      if (child == 0) {
        broken_calls().at = at;
        broken_calls().breakage = breakage;
        (void)write_some(here, 20, [&](std::uint64_t done) {
          if (::write(ends[1], &done, sizeof done) != sizeof done) ::_exit(1);
        });
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
  const support::TempFolder folder(support::fast_place());
  const std::string before = folder / "before";
  make_before(before);
  const std::string here = folder / "here";
  for (const bool fresh : {false, true})  // over the end of a segment, and from nothing
    for (const auto& [breakage, error] :
         {std::pair{Breakage::fail, EIO}, std::pair{Breakage::fail, ENOSPC}, std::pair{Breakage::short_write, 0}}) {
      int ended = 0;
      int calls = 0;
      for (int at = 1; at == 1 || at <= calls + 1; ++at) {
        std::filesystem::remove_all(here);
        if (!fresh) std::filesystem::copy(before, here);
        const auto answer = support::in_child([&, how = breakage, why = error] {
          broken_calls().error = why;
          broken_calls().at = at;
          broken_calls().breakage = how;
          std::uint64_t acknowledged = 0;
          const bool went_on = write_some(here, 20, [&](std::uint64_t done) { acknowledged = done; });
          broken_calls().breakage = Breakage::none;
          return std::to_string(acknowledged) + " " + std::to_string(broken_calls().seen) + (went_on ? " on" : " end") +
                 (broken_calls().spared ? " spared" : "");
        });
        REQUIRE(answer.status == 0);
        INFO("call " << at << " breakage " << static_cast<int>(breakage) << " error " << error << ": " << answer.text);
        std::istringstream words(answer.text);
        std::uint64_t acknowledged = 0;
        std::string end, spared;
        words >> acknowledged >> calls >> end >> spared;
        // Only what it can do without may fail and leave a writer; a journal is not even opened without its spare.
        const bool failed = breakage == Breakage::fail && at <= calls;
        const bool not_opened = failed && acknowledged == 0;
        CHECK(end == (failed && (spared.empty() || not_opened) ? "end" : "on"));
        ended += end == "end" ? 1 : 0;
        check_left(here, acknowledged);
      }
      INFO(calls << " calls, " << ended << " of them the end");
      CHECK(calls > 60);
      if (breakage == Breakage::fail) CHECK(ended > 40);
      if (!fresh) CHECK(std::filesystem::exists(here + "/segment-0000000002"));
    }
}

TEST_CASE(
    "where the disk is full in the middle of a write its group is unknown, and there is nothing half when there is "
    "room") {
  const support::TempFolder folder(support::fast_place());
  const std::string before = folder / "before";
  make_before(before);
  const std::string here = folder / "here";
  for (const bool fresh : {false, true}) {
    int calls = 0;
    int unknown = 0;
    for (int at = 1; at == 1 || at <= calls + 1; ++at) {
      std::filesystem::remove_all(here);
      if (!fresh) std::filesystem::copy(before, here);
      const auto answer = support::in_child([&] {
        broken_calls().at = at;
        broken_calls().breakage = Breakage::full;
        auto journal = Journal::open(config_of(here));
        std::uint64_t last = journal ? (*journal)->recovery().last : 0;
        std::string told;
        for (int i = 0; journal && i < 20; ++i)
          (*journal)
              ->append(payment(last + 1))
              .match([&](Acked<LocalDurable>) { ++last, told += "a"; },
                     [&](NotWritten n) { told += n.id == ErrorId::stopped && n.system_error == ENOSPC ? "s" : "x"; },
                     [&](Unknown u) {
                       const bool next = u.position.sequence == last + 1;
                       told += u.id == ErrorId::medium_io && u.system_error == ENOSPC && next ? "u" : "x";
                     });
        broken_calls().breakage = Breakage::none;
        return std::to_string(last) + " " + std::to_string(broken_calls().seen) + " " +
               (journal ? told : std::string(to_string(journal.error().id())));
      });
      REQUIRE(answer.status == 0);
      INFO("call " << at << ": " << answer.text);
      std::istringstream words(answer.text);
      std::uint64_t acknowledged = 0;
      std::string told;
      words >> acknowledged >> calls >> told;
      if (told != "LB-MEDIUM-FULL") {
        // Some are acknowledged, one may be unknown, and none is taken then: each with the system's reason.
        const std::size_t ends = std::min(told.find_first_not_of('a'), told.size());
        const std::size_t behind = ends + (told.substr(ends, 1) == "u" ? 1 : 0);
        CHECK(told.substr(behind) == std::string(20 - behind, 's'));
        CHECK(told.size() == 20);
        unknown += behind != ends ? 1 : 0;
      }
      check_left(here, acknowledged);
    }
    INFO(calls << " calls, after " << unknown << " a group was unknown");
    CHECK(unknown > 40);
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
  std::string here;
  const std::uint64_t rounds = support::rounds_or(30);
  const std::uint64_t seed = support::seed_or_any();
  INFO("LIFEBOAT_SEED=" << seed << " LIFEBOAT_ROUNDS=" << rounds);
  std::mt19937_64 dice(seed);
  std::uint64_t acknowledged = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    INFO("round " << round);
    if (round % 20 == 0) {
      if (!here.empty()) std::filesystem::remove_all(here);
      here = folder / ("j-" + std::to_string(round));
      acknowledged = 0;
    }
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

TEST_CASE("a process that dies while a copy gives groups back leaves them whole, or in doubt, and never gone") {
  struct Tails final : TornTailPort {
    std::string replica;
    std::uint64_t doubtful = 0;
    std::uint64_t taken = 0;
    void take_back(JournalEndPort& end) override {
      if (replica.empty()) return;
      if (const Status asked = take_back_from_replica(replica, end); !asked) end.not_asked(asked.error());
    }
    Status torn(const TornTail& tail) override {
      doubtful = tail.groups;
      return ok();
    }
    void settled(const TornTail& tail) override { taken = tail.taken; }
  };
  const support::TempFolder folder(support::fast_place());
  const std::string before = folder / "before";
  const std::string replica = folder / "replica";
  const std::string here = folder / "here";
  std::uint64_t damaged = 0;
  {
    auto journal = Journal::open(config_of(before));
    REQUIRE(journal);
    Position last{};
    for (std::uint64_t n = 1; n <= 30; ++n) {
      (*journal)->submit(payment(n)).match([&](Position p) { last = p; }, [](NotWritten) {});
      if (n % 10 == 0)
        (*journal)->wait(last).match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
    }
    auto reader = JournalReader::open(before);
    auto copy = JournalReplica::open({.folder = replica, .segment_length = segment});
    REQUIRE(reader);
    REQUIRE(copy);
    REQUIRE(ship(*reader, **copy)->last == Position{1, 30});
    std::ifstream file(before + "/" + segment_name(1), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    damaged = bytes.find("K-25");
    REQUIRE(damaged != std::string::npos);
    const std::size_t used = (bytes.find_last_not_of('\0') + 8) / 8 * 8;
    std::fstream out(before + "/" + segment_name(1), std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(damaged)).write("x", 1);
    const std::string mark(commit_bytes, '\0');
    out.seekp(static_cast<std::streamoff>(used - commit_bytes)).write(mark.data(), commit_bytes);
  }
  int whole = 0;
  int doubtful = 0;
  const int calls = support::break_each([&] { support::copy_over(before, here); },
                                        [&] {
                                          Tails tails;
                                          tails.replica = replica;
                                          JournalConfig config = config_of(here);
                                          config.tails = &tails;
                                          const auto journal = Journal::open(config);
                                          return journal && tails.taken == 10 && (*journal)->recovery().last == 30;
                                        },
                                        [&](support::Ran) {
                                          Tails tails;  // the copy is away now
                                          JournalConfig config = config_of(here);
                                          config.tails = &tails;
                                          const auto journal = Journal::open(config);
                                          REQUIRE(journal);
                                          const std::uint64_t last = (*journal)->recovery().last;
                                          if (last == 20) REQUIRE(tails.doubtful == 10);
                                          if (last != 20) REQUIRE(last == 30);
                                          ++(last == 20 ? doubtful : whole);
                                        });
  CHECK(calls > 3);
  CHECK(whole > 0);
  CHECK(doubtful > 0);
}
