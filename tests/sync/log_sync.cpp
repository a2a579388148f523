// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/log_sync.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/temp_folder.hpp"

namespace test_log_sync {

using namespace lifeboat;

namespace {

Payment payment(std::uint64_t n) { return {*Key::of("K-" + std::to_string(n)), {n}, {n + 1}, {100, EUR}}; }

LogSync open_sync(const std::string& journal, const std::string& replica) {
  auto sync = LogSync::open({.journal = journal, .to = {.replica = replica}});
  INFO((sync ? std::string() : sync.error().sentence()));
  REQUIRE(sync);
  return std::move(*sync);
}

void pay(LogSync& sync, std::uint64_t from, std::uint64_t count) {
  for (std::uint64_t n = from; n < from + count; ++n)
    sync.log()
        .append<LocalDurable>({}, payment(n))
        .match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
}

}  // namespace

TEST_CASE("a pass brings the copy up to what is durable, and a verification proves it") {
  const support::TempFolder folder;
  Embedded copy = Embedded::open({.replica = folder / "replica"}, folder / "journal").value();
  LogSync sync = open_sync(folder / "journal", folder / "replica");
  CHECK(sync.keeps_copy());
  CHECK_FALSE(open_sync(folder / "alone", "").keeps_copy());
  std::uint64_t total = 0;
  for (const std::uint64_t more : {1U, 0U, 700U, 3U}) {
    pay(sync, total + 1, more);
    total += more;
    const auto report = copy.ship({});
    INFO((report ? std::string() : report.error().sentence()));
    REQUIRE(report);
    CHECK(report->items_sent == more);
    CHECK(report->position == Position{1, total});
    const auto verdict = copy.compare({});
    REQUIRE(verdict);
    CHECK(verdict->equal);
    CHECK(verdict->items == total);
    CHECK(verdict->moved_on_count == 0);
  }
  pay(sync, total + 1, 4);
  const auto verdict = copy.compare({});
  REQUIRE(verdict);
  CHECK(verdict->equal);
  CHECK(verdict->moved_on_count == 4);
}

TEST_CASE("a byte that rots in a copy is damage there, and not groups that have moved on") {
  const support::TempFolder folder;
  LogSync sync = open_sync(folder / "journal", folder / "replica");
  Embedded copy = Embedded::open({.replica = folder / "replica"}, folder / "journal").value();
  for (std::uint64_t n = 1; n <= 5; ++n) pay(sync, n, 1);
  REQUIRE(copy.ship({}));
  REQUIRE(copy.compare({})->equal);
  const std::string segment = folder / "replica/segment-0000000001";
  SECTION("in its middle") {
    std::fstream(segment, std::ios::in | std::ios::out | std::ios::binary).seekp(4500).put('x');
  }
  SECTION("in what the last flush wrote") {
    std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    file.seekp(static_cast<std::streamoff>(bytes.rfind("K-5"))).put('x');
  }
  const auto damaged = copy.compare({});
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().id() == ErrorId::corrupt);
  CHECK(damaged.error().sentence().find(folder / "replica") != std::string::npos);
}

TEST_CASE("a copy of another journal, or of another history, is refused and stays as it is") {
  const support::TempFolder folder;
  LogSync sync = open_sync(folder / "journal", folder / "replica");
  Embedded copy = Embedded::open({.replica = folder / "replica"}, folder / "journal").value();
  pay(sync, 1, 5);
  REQUIRE(copy.ship({}));
  LogSync other = open_sync(folder / "other", folder / "replica");
  Embedded other_copy = Embedded::open({.replica = folder / "replica"}, folder / "other").value();
  pay(other, 1, 9);
  const auto refused = other_copy.ship({});
  REQUIRE_FALSE(refused);
  CHECK((refused.error().id() == ErrorId::replica_strange || refused.error().id() == ErrorId::diverged));
  REQUIRE(copy.ship({}));
  CHECK(copy.compare({})->equal);
}

TEST_CASE("keys are kept over lives, and a journal needs a folder") {
  const support::TempFolder folder;
  CHECK(LogSync::open({}).error().id() == ErrorId::config);
  const auto once = [&](const Payment& p) {
    LogSync sync = open_sync(folder / "journal", "");
    return sync.log().append_once<LocalDurable>({}, p).match(
        [](Acked<LocalDurable>) { return 'n'; }, [](Already) { return 'a'; }, [](InDoubt) { return 'd'; },
        [](NotWritten) { return 'r'; }, [](Unknown) { return 'u'; });
  };
  CHECK(once(payment(1)) == 'n');
  CHECK(once(payment(1)) == 'a');
  CHECK(once(payment(2)) == 'n');
  Payment changed = payment(2);
  changed.amount.minor = 1;
  CHECK(once(changed) == 'r');
  // The keys can be made again from the journal.
  std::filesystem::remove_all(folder / "journal/keys");
  CHECK(once(payment(1)) == 'a');
}

}  // namespace test_log_sync
