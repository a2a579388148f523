// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/journal.hpp>

#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <lifeboat/journal/reader.hpp>
#include <lifeboat/journal/ship.hpp>
#include <lifeboat/record/upgrade.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/in_child.hpp"
#include "support/temp_folder.hpp"

using namespace lifeboat;

struct Surcharge {
  Key key;
  std::uint32_t page;
};
BOOST_HANA_ADAPT_STRUCT(Surcharge, key, page);
struct Discount {
  Key key;
  std::uint64_t days;
};
BOOST_HANA_ADAPT_STRUCT(Discount, key, days);

namespace test_journal {

namespace {

Payment payment(std::uint64_t n) { return {*Key::of("K-" + std::to_string(n)), {n}, {n + 1}, {100, EUR}}; }

std::unique_ptr<Journal> open_journal(const std::string& folder, std::uint64_t segment = 1U << 20U,
                                      std::size_t queue = 64U << 10U) {
  auto journal = Journal::open(
      {.folder = folder, .segment_length = segment, .queue_bytes = queue, .schemas = {schema_bytes<Payment>()}});
  INFO((journal ? std::string() : journal.error().sentence()));
  REQUIRE(journal);
  return std::move(*journal);
}

std::uint64_t acked(const AppendOutcome<LocalDurable>& outcome) {
  return outcome.match([](Acked<LocalDurable> a) { return a.position.sequence; },
                       [](NotWritten) { return std::uint64_t{0}; }, [](Unknown) { return std::uint64_t{0}; });
}

std::string told(const AppendOutcome<LocalDurable>& outcome) {
  return outcome.match([](Acked<LocalDurable> a) { return "acked " + to_text(a.position); },
                       [](NotWritten n) { return "not written " + std::string(to_string(n.id)); },
                       [](Unknown u) { return "unknown " + to_text(u.position) + " " + std::string(to_string(u.id)); });
}

/// The keys that a reader gives from the beginning, with the verdict on their order.
std::vector<std::string> keys(const std::string& folder, std::size_t limit = ~std::size_t{0}) {
  auto reader = JournalReader::open(folder);
  REQUIRE(reader);
  std::vector<std::string> found;
  while (true) {
    if (found.size() == limit) return found;
    auto group = reader->next();
    INFO((group ? std::string() : group.error().sentence()));
    REQUIRE(group);
    if (!*group) return found;
    CHECK((*group)->position.sequence == found.size() + 1);
    RecordsOfGroup records = (*group)->records();
    const auto record = records.next();
    REQUIRE(record);
    const auto read = decode_record<Payment>(record->bytes);
    REQUIRE(read);
    found.emplace_back(read->key.view());
    while (records.next()) {
    }
    CHECK(records.good());
  }
}

}  // namespace

TEST_CASE("what was acknowledged is read back, in order, by another reader, also while it is written") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  for (std::uint64_t n = 1; n <= 300; ++n) {
    REQUIRE(acked(journal->append(payment(n))) == n);
    if (n % 50 == 0) CHECK(keys(folder / "j").size() == n);
  }
  CHECK(journal->durable() == Position{1, 300});
  const auto verdict = JournalReader::open(folder / "j")->verify();
  REQUIRE(verdict);
  CHECK(verdict->groups == 300);
  CHECK(verdict->tail_bytes == 0);
}

TEST_CASE("a journal goes on where it was, over many segments") {
  const support::TempFolder folder;
  std::uint64_t n = 0;
  for (int life = 0; life < 5; ++life) {
    const auto journal = open_journal(folder / "j", 256U << 10U, 16U << 10U);
    CHECK(journal->recovery().last == n);
    CHECK(journal->recovery().cut_bytes == 0);
    for (const std::uint64_t end = n + 700; n < end; ++n)
      REQUIRE(acked(journal->append(payment(n + 1), payment(n + 1))) == n + 1);
  }
  const auto found = keys(folder / "j");
  REQUIRE(found.size() == n);
  CHECK(found.back() == "K-" + std::to_string(n));
  CHECK(JournalReader::open(folder / "j")->verify()->segments > 3);
}

TEST_CASE("the next segment is begun behind the last group that had room, before another waits for it") {
  const support::TempFolder folder;
  const std::string path = folder / "j";
  const auto journal = open_journal(path, 256U << 10U);
  std::uint64_t last = 0;
  while (!std::filesystem::exists(path + "/segment-0000000002")) {
    REQUIRE(acked(journal->append(payment(last + 1))) == last + 1);
    ++last;
    REQUIRE(last < 2'000);
  }
  // It holds nothing yet, and says that all before it is durable.
  const auto reader = JournalReader::open(path, {1, last + 1});
  REQUIRE(reader);
  CHECK(reader->header().first == last + 1);
  CHECK(reader->header().after == last);
  CHECK(keys(path).size() == last);
  CHECK(acked(journal->append(payment(last + 1))) == last + 1);
  CHECK(keys(path).size() == last + 1);
}

TEST_CASE("under load the next segment is whole when half of the one before is written") {
  const support::TempFolder folder;
  const std::string path = folder / "j";
  const std::uint64_t segment = 4U << 20U;
  {  // the first one's spare was made whole by `open`; that of the second is made behind the flushes
    const auto journal = open_journal(path, segment);
    std::uint64_t last = 0;
    std::uint64_t in_second = 0;
    while (in_second < segment * 5 / 8) {
      for (std::uint64_t room = 60U << 10U; room >= 256; room -= 256) {
        REQUIRE(
            journal->submit(payment(++last)).match([](Position) { return true; }, [](NotWritten) { return false; }));
        in_second += std::filesystem::exists(path + "/segment-0000000002") ? 160 : 0;
      }
      REQUIRE(acked(journal->wait({1, last})) == last);
    }
    CHECK(std::filesystem::file_size(path + "/spare") == segment);
    CHECK_FALSE(std::filesystem::exists(path + "/segment-0000000003"));
  }
  CHECK(JournalReader::open(path)->verify()->segments == 2);
}

TEST_CASE("many threads append, each group once and whole") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j", 1U << 20U, 8192);  // a short queue: there is waiting
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (std::uint64_t t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 100; ++i)
        if (acked(journal->append(payment(t * 1000 + i))) == 0) ++wrong;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  auto found = keys(folder / "j");
  REQUIRE(found.size() == 800);
  std::sort(found.begin(), found.end());
  CHECK(std::unique(found.begin(), found.end()) == found.end());
}

TEST_CASE("what was submitted is not yet there until it was waited for") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  Position last{};
  for (std::uint64_t n = 1; n <= 3; ++n)
    journal->submit(payment(n)).match([&](Position position) { last = position; }, [](NotWritten) { FAIL(); });
  CHECK(journal->durable() == Position{1, 0});
  CHECK(keys(folder / "j").empty());
  CHECK(acked(journal->wait(last)) == 3);
  CHECK(keys(folder / "j").size() == 3);
  // A position that nobody was given never will be there.
  journal->wait({1, 9}).match([](Acked<LocalDurable>) { FAIL(); }, [](NotWritten) {}, [](Unknown) { FAIL(); });
}

TEST_CASE("a full queue is back-pressure, and nothing is dropped") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j", 1U << 20U, 4096);
  std::uint64_t taken = 0;
  ErrorId refused{};
  while (refused == ErrorId{})
    journal->submit(payment(taken + 1)).match([&](Position) { ++taken; }, [&](NotWritten n) { refused = n.id; });
  CHECK(refused == ErrorId::queue_full);
  CHECK(taken > 10);
  CHECK(journal->back_pressure() == BackPressure{.refused = 1});
  CHECK(acked(journal->append(payment(taken + 1))) == taken + 1);
  CHECK(journal->back_pressure() == BackPressure{.waited = 1, .refused = 1});
  CHECK(acked(journal->append(payment(taken + 2))) == taken + 2);
  CHECK(journal->back_pressure() == BackPressure{.waited = 1, .refused = 1});
  CHECK(keys(folder / "j").size() == taken + 2);
}

TEST_CASE("one writer at a time, and a config that can not be is refused") {
  const support::TempFolder folder;
  const auto first = open_journal(folder / "j");
  const auto second = Journal::open({.folder = folder / "j"});
  REQUIRE_FALSE(second);
  CHECK(second.error().id() == ErrorId::busy);
  for (JournalConfig config :
       {JournalConfig{}, JournalConfig{.folder = folder / "k", .segment_length = 5000},
        JournalConfig{.folder = folder / "k", .queue_bytes = 100},
        JournalConfig{.folder = folder / "k", .segment_length = 1U << 20U, .queue_bytes = 1U << 20U}})
    CHECK(Journal::open(config).error().id() == ErrorId::config);
  struct stat found {};
  CHECK(::stat((folder / "k").c_str(), &found) == -1);
}

TEST_CASE("a record of a new type begins a segment that has its schema") {
  const support::TempFolder folder;
  CHECK(acked(open_journal(folder / "j")->append(payment(1))) == 1);
  {
    auto journal = Journal::open({.folder = folder / "j",
                                  .segment_length = 1U << 20U,
                                  .queue_bytes = 64U << 10U,
                                  .schemas = {schema_bytes<Surcharge>()}});
    REQUIRE(journal);
    CHECK(acked((*journal)->append(Surcharge{*Key::of("K-2"), 7})) == 2);
  }
  auto reader = JournalReader::open(folder / "j");
  REQUIRE(reader);
  CHECK(reader->header().schemas.size() == 1);
  REQUIRE(*reader->next());
  auto second = reader->next();
  REQUIRE(second);
  REQUIRE(*second);
  CHECK(reader->header().schemas == std::vector<Bytes>{schema_bytes<Payment>(), schema_bytes<Surcharge>()});
  RecordsOfGroup records = (*second)->records();
  CHECK(records.next()->number == record_number<Surcharge>());
}

TEST_CASE("a type that nobody announced begins a segment too, before its first group") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  CHECK(acked(journal->append(payment(1))) == 1);
  (void)journal->submit(payment(2));
  CHECK(acked(journal->append(Surcharge{*Key::of("K-3"), 7}, payment(3))) == 3);
  CHECK(acked(journal->append(Surcharge{*Key::of("K-4"), 7})) == 4);
  CHECK(keys(folder / "j", 2).size() == 2);
  auto reader = JournalReader::open(folder / "j", {1, 3});
  REQUIRE(reader);
  REQUIRE(*reader->next());
  CHECK(reader->header().schemas == std::vector<Bytes>{schema_bytes<Payment>(), schema_bytes<Surcharge>()});
  CHECK(reader->header().number == 2);
}

TEST_CASE("a batch that waits for its segment to be made is counted") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  CHECK(acked(journal->append(Surcharge{*Key::of("K-1"), 7})) == 1);  // its segment was made when it was opened
  CHECK(journal->back_pressure() == BackPressure{});
  CHECK(acked(journal->append(Discount{*Key::of("K-2"), 7})) == 2);  // so soon there is no other one
  CHECK(journal->back_pressure() == BackPressure{.segments = 1});
  CHECK(journal->segment() == 3);
}

TEST_CASE("a group is records, spans of them, or what was built step by step, and comes back in that order") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  const std::vector<Surcharge> fees{{*Key::of("R-1"), 1}, {*Key::of("R-2"), 2}};
  CHECK(acked(journal->append(payment(1), std::span(fees))) == 1);
  RecordGroup group(512);
  REQUIRE(group.add(payment(2)));
  REQUIRE(group.add(fees[0]));
  CHECK(acked(journal->append(group, payment(3))) == 2);
  // What does not fit is refused, and the group is as it was.
  while (group.add(payment(4))) {
  }
  const std::size_t full = group.size();
  CHECK(group.add(payment(5)).error().id() == ErrorId::limit);
  CHECK(group.size() == full);
  group.clear();
  journal->append(group).match([](Acked<LocalDurable>) { FAIL(); },
                               [](NotWritten n) { CHECK(n.id == ErrorId::config); }, [](Unknown) { FAIL(); });
  const std::vector<Payment> many(2000, payment(6));
  journal->append(std::span(many))
      .match([](Acked<LocalDurable>) { FAIL(); }, [](NotWritten n) { CHECK(n.id == ErrorId::limit); },
             [](Unknown) { FAIL(); });

  auto reader = JournalReader::open(folder / "j");
  const auto numbers = [&] {
    std::vector<RecordNumber> found;
    const auto next = reader->next();
    REQUIRE(next);
    REQUIRE(*next);
    RecordsOfGroup records = (*next)->records();
    while (const auto record = records.next()) found.push_back(record->number);
    CHECK(records.good());
    return found;
  };
  constexpr RecordNumber p = record_number<Payment>();
  constexpr RecordNumber r = record_number<Surcharge>();
  CHECK(numbers() == std::vector<RecordNumber>{p, r, r});
  CHECK(numbers() == std::vector<RecordNumber>{p, r, p});
  CHECK_FALSE(*reader->next());
}

TEST_CASE("a value that could not be read again is not written") {
  const support::TempFolder folder;
  const auto refused = [](const AppendOutcome<LocalDurable>& outcome) {
    return outcome.match([](Acked<LocalDurable>) { return ErrorId{}; }, [](NotWritten n) { return n.id; },
                         [](Unknown u) { return u.id; });
  };
  Payment bad = payment(2);
  bad.amount.currency.letters[0] = 'e';
  const std::array two = {payment(1), bad};
  {
    const auto journal = open_journal(folder / "j");
    CHECK(refused(journal->append(bad)) == ErrorId::record_value);
    CHECK(refused(journal->append(payment(1), std::span(two))) == ErrorId::record_value);
    RecordGroup group;
    REQUIRE(group.add(payment(1)));
    const auto status = group.add(bad);
    REQUIRE_FALSE(status);
    CHECK(status.error().id() == ErrorId::record_value);
    CHECK_FALSE(group.try_add(bad));
    CHECK(group.size() == 1);
    CHECK(acked(journal->append(group)) == 1);
  }
  CHECK(keys(folder / "j") == std::vector<std::string>{"K-1"});
}

TEST_CASE("an event loop is woken when more is durable") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  const auto fd = journal->durable_fd();
  REQUIRE(fd);
  CHECK(*journal->durable_fd() == *fd);
  pollfd waiting{*fd, POLLIN, 0};
  CHECK(::poll(&waiting, 1, 0) == 0);
  REQUIRE(acked(journal->append(payment(1))) == 1);
  CHECK(::poll(&waiting, 1, 0) == 1);
}

TEST_CASE("a new epoch begins where the one before ended, or higher, and fences the one before") {
  const support::TempFolder folder;
  const auto open = [&](std::uint64_t epoch, std::uint64_t first) {
    return Journal::open({.folder = folder / "j",
                          .segment_length = 256U << 10U,
                          .queue_bytes = 32U << 10U,
                          .schemas = {schema_bytes<Payment>()},
                          .epoch = epoch,
                          .first_sequence = first});
  };
  for (std::uint64_t n = 1; n <= 3; ++n) REQUIRE(acked((*open(0, 0))->append(payment(n))) == n);
  {
    const auto second = open(2, 0);
    REQUIRE(second);
    CHECK((*second)->durable() == Position{2, 3});
    CHECK(acked((*second)->append(payment(4))) == 4);
  }
  {
    const auto third = open(3, 100);
    REQUIRE(third);
    CHECK(acked((*third)->append(payment(100))) == 100);
  }
  CHECK(open(2, 0).error().id() == ErrorId::fenced);
  const auto again = open(0, 0);
  REQUIRE(again);
  CHECK((*again)->epoch() == 3);
  CHECK(acked((*again)->append(payment(101))) == 101);

  auto reader = JournalReader::open(folder / "j");
  std::vector<Position> found;
  while (const auto group = *reader->next()) found.push_back(group->position);
  CHECK(found == std::vector<Position>{{1, 1}, {1, 2}, {1, 3}, {2, 4}, {3, 100}, {3, 101}});
  CHECK(JournalReader::open(folder / "j")->verify()->groups == 6);

  // What became of each is told by what stands there.
  const auto fate = [&](Position position) {
    return (*again)->fate(position).match([](Acked<LocalDurable>) { return 'a'; }, [](NotWritten) { return 'n'; },
                                          [](Unknown) { return 'u'; });
  };
  const auto waited = [&](Position position) { return told((*again)->wait(position)).front(); };
  for (const Position position : found) {
    CHECK(fate(position) == 'a');
    CHECK(waited(position) == 'a');
  }
  for (const Position position : {Position{1, 4}, Position{1, 50}, Position{2, 3}, Position{2, 5}, Position{3, 50},
                                  Position{3, 99}, Position{3, 102}, Position{3, 1000}}) {
    CHECK(fate(position) == 'n');
    CHECK(waited(position) == 'n');
  }
  // Whoever handed these out is another one: what became of them is not to be said here.
  for (const Position position : {Position{4, 1}, Position{7, 1}, Position{0, 1}, Position{}}) {
    CHECK(fate(position) == 'u');
    CHECK(waited(position) == 'u');
  }
}

TEST_CASE("the fate of a group of this run is what wait says of it, while its flush is to come and when it came") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  CHECK(acked(journal->append(payment(1))) == 1);
  const Deadline past = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  CHECK(told(journal->append_until(past, payment(2))) == "unknown 1:2 LB-INTERRUPTED");
  CHECK(told(journal->fate({1, 2})) == "unknown 1:2 LB-INTERRUPTED");  // it is in the queue, and will be written
  CHECK(told(journal->fate({1, 3})) == "not written LB-OBJECT-MISSING");
  CHECK(told(journal->wait({1, 2})) == "acked 1:2");
  CHECK(told(journal->fate({1, 2})) == "acked 1:2");
  CHECK(told(journal->fate({1, 1})) == "acked 1:1");
}

TEST_CASE("the fate of a group whose flush failed is unknown until the journal is opened again") {
  const support::TempFolder folder;
  const auto answer = support::in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const auto journal = open_journal(folder / "j");
    std::string text = told(journal->append(payment(1)));
    const rlimit none{100, 100};  // no segment may be written
    if (::setrlimit(RLIMIT_FSIZE, &none) != 0) return std::string("there are no limits here");
    for (const std::string& said :
         {told(journal->append(payment(2))), told(journal->fate({1, 2})), told(journal->wait({1, 2})),
          told(journal->fate({1, 1})), told(journal->append(payment(3))), told(journal->fate({1, 3}))})
      text += "; " + said;
    return text;
  });
  CHECK(answer.status == 0);
  CHECK(answer.text ==
        "acked 1:1; unknown 1:2 LB-MEDIUM-IO; unknown 1:2 LB-MEDIUM-IO; unknown 1:2 LB-MEDIUM-IO; acked 1:1; "
        "not written LB-STOPPED; not written LB-OBJECT-MISSING");
  const auto journal = open_journal(folder / "j");
  CHECK(told(journal->fate({1, 2})) == "not written LB-OBJECT-MISSING");
  CHECK(told(journal->fate({1, 1})) == "acked 1:1");
}

TEST_CASE("the last group of an earlier run is found while the next ones are written") {
  const support::TempFolder folder;
  CHECK(acked(open_journal(folder / "j")->append(payment(1))) == 1);
  const auto journal = open_journal(folder / "j");
  std::atomic<bool> stop{false};
  std::thread writes([&] {
    for (std::uint64_t n = 2; !stop; ++n) (void)journal->append(payment(n));
  });
  std::string wrong;
  for (int i = 0; i < 300; ++i)
    for (const std::string& said : {told(journal->fate({1, 1})), told(journal->wait({1, 1}))})
      if (said != "acked 1:1") wrong = said;
  stop = true;
  writes.join();
  CHECK(wrong.empty());
}

TEST_CASE("what lies before a journal that begins later is unknown, and not said to be missing") {
  const support::TempFolder folder;
  {
    const auto whole = open_journal(folder / "j", 256U << 10U);
    for (std::uint64_t n = 1; n <= 10; ++n) REQUIRE(acked(whole->append(payment(n))) == n);
  }
  {  // a journal of its own that begins behind group 7, as a restore makes one where the medium has no more
    auto reader = JournalReader::open(folder / "j");
    REQUIRE(reader);
    JournalHead at;
    for (int n = 1; n <= 7; ++n) {
      const auto batch = reader->next_batch();
      REQUIRE(batch);
      at = {{(*batch)->epoch, (*batch)->last}, (*batch)->chain};
    }
    REQUIRE(at.last == Position{1, 7});
    const auto replica =
        JournalReplica::open({.folder = folder / "later", .segment_length = 256U << 10U, .begins = at});
    REQUIRE(replica);
    REQUIRE(ship(*reader, **replica, {}));
  }
  const auto journal = open_journal(folder / "later", 256U << 10U);
  CHECK(told(journal->fate({1, 8})) == "acked 1:8");
  CHECK(told(journal->fate({1, 7})) == "unknown 1:7 LB-OBJECT-MISSING");
  CHECK(told(journal->wait({1, 1})) == "unknown 1:1 LB-OBJECT-MISSING");
}

}  // namespace test_journal
