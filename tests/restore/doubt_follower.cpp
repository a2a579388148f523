// SPDX-License-Identifier: BSL-1.0
// Several processes with one doubt window open: what one writes the others answer by.
#include <lifeboat/restore/doubt_follower.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include <lifeboat/restore/doubt.hpp>

#include "catch.hpp"
#include "support/in_child.hpp"
#include "support/temp_folder.hpp"

namespace test_doubt_follower {

struct OfALaterVersion {
  std::uint32_t window = 0;
};

}  // namespace test_doubt_follower

template <>
struct lifeboat::RecordTraits<test_doubt_follower::OfALaterVersion> {
  static constexpr RecordNumber number = doubt_record_last;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "doubt of a later version";
};
BOOST_HANA_ADAPT_STRUCT(test_doubt_follower::OfALaterVersion, window);

namespace test_doubt_follower {

using namespace lifeboat;

namespace {

std::unique_ptr<DoubtWindow> open_window(const std::string& folder) {
  auto window = DoubtWindow::open({.folder = folder, .create = true});
  INFO((window ? std::string() : window.error().sentence()));
  REQUIRE(window);
  return std::move(*window);
}

std::string told(DoubtWindow& window, const std::string& key, const Stamp& stamp = {}) {
  const Result<DoubtAnswer> answer = window.ask(key, stamp);
  if (!answer) return std::string(to_string(answer.error().id()));
  return answer->match([](Known) { return std::string("known"); }, [](New) { return std::string("new"); },
                       [](InDoubt) { return std::string("in doubt"); });
}

/// What it says of a key once nothing that was written before is too young to be in its answer.
std::string told_then(DoubtWindow& window, const std::string& key, const Stamp& stamp = {}) {
  std::this_thread::sleep_for(DoubtFollower::look_every);
  return told(window, key, stamp);
}

Loss loss(LossBasis basis, std::uint64_t after = 100) {
  return {.basis = basis, .after = {1, after}, .fresh_epoch = 2, .since = {1'000'000, 0}, .by = "ann"};
}

DoubtLog log_of(const std::string& folder) {
  auto log = DoubtLog::open(folder, false, 0, nullptr, nullptr);
  INFO((log ? std::string() : log.error().sentence()));
  REQUIRE(log);
  return std::move(*log);
}

}  // namespace

TEST_CASE("what one window writes another one answers by, whoever came first") {
  const support::TempFolder folder;
  const auto engine = open_window(folder / "d");
  CHECK(told(*engine, "A") == "new");
  const auto other = open_window(folder / "d");
  REQUIRE(*other->open_window(loss(LossBasis::unknown)) == 1);
  CHECK(told_then(*engine, "A") == "in doubt");
  CHECK(told(*engine, "A", {.epoch = 2}) == "new");
  REQUIRE(other->close_key("A", KeyVerdict::paid, {.by = "ann"}));
  CHECK(told_then(*engine, "A") == "known");
  REQUIRE(engine->close_key("B", KeyVerdict::not_paid, {.by = "bob"}));
  CHECK(told(*engine, "B") == "new");
  CHECK(told_then(*other, "B") == "new");
  REQUIRE(other->close_counter(1, "shop", 41, {.by = "ann", .second = "bob"}));
  CHECK(told_then(*engine, "C", {.client = "shop", .counter = 42}) == "new");
  CHECK(told(*engine, "C", {.client = "shop", .counter = 41}) == "in doubt");
  // Each took its number from all that stood there.
  const auto closings = engine->closings();
  REQUIRE(closings.size() == 3);
  for (std::uint32_t n = 1; n <= 3; ++n) CHECK(closings[n - 1].closing == n);
  // A settled key is settled for whoever comes later.
  CHECK(engine->close_key("A", KeyVerdict::not_paid, {.by = "bob"}).error().id() == ErrorId::evidence);
  CHECK(*engine->open_window(loss(LossBasis::unknown)) == 1);
  CHECK(*engine->open_window(loss(LossBasis::unknown, 200)) == 2);
  CHECK(other->windows() == 2);
}

TEST_CASE("what another process closes is answered by when that one ends, through many openings and segments") {
  const support::TempFolder folder;
  const auto engine = open_window(folder / "d");
  std::vector<StatementLine> lines;
  for (int i = 0; i < 4'000; ++i) lines.push_back({.key = "K-" + std::to_string(i)});
  CHECK(support::in_child([&] {
          const auto window = DoubtWindow::open({.folder = folder / "d"});
          return std::to_string(window && (*window)->open_window(loss(LossBasis::listed), lines));
        }).text == "1");
  CHECK(told_then(*engine, "K-0") == "in doubt");
  CHECK(told(*engine, "K-3999") == "in doubt");
  CHECK(told(*engine, "other") == "new");
  CHECK(std::filesystem::exists(folder / "d/" + segment_name(2)));
  for (int i = 0; i < 60; ++i) {
    const std::string key = "K-" + std::to_string(i);
    CHECK(support::in_child([&] {
            const auto window = DoubtWindow::open({.folder = folder / "d"});
            return std::to_string(window && (*window)->close_key(key, KeyVerdict::paid, {.by = "ann"}));
          }).text == "1");
    REQUIRE(told_then(*engine, key) == "known");
    REQUIRE(told(*engine, "K-" + std::to_string(i + 1)) == "in doubt");
  }
}

TEST_CASE("many ask while others close: no answer is of a half closing, and none goes back") {
  const support::TempFolder folder;
  const auto engine = open_window(folder / "d");
  std::vector<StatementLine> lines;
  for (int i = 0; i < 40; ++i) lines.push_back({.key = "K-" + std::to_string(i)});
  REQUIRE(engine->open_window(loss(LossBasis::listed), lines));
  std::atomic<int> closed{0};
  std::atomic<bool> wrong{false};
  std::vector<std::thread> askers;
  for (int asker = 0; asker < 3; ++asker)
    askers.emplace_back([&] {
      std::vector<bool> known(lines.size());
      for (bool last = false; !last;) {
        last = closed == 40;
        for (std::size_t i = 0; i < lines.size(); ++i) {
          const bool must = static_cast<int>(i) < closed && last;
          const std::string answer = last ? told_then(*engine, lines[i].key) : told(*engine, lines[i].key);
          if (answer == "known") known[i] = true;
          if ((known[i] || must) != (answer == "known")) wrong = true;
          if (answer != "known" && answer != "in doubt") wrong = true;
        }
      }
    });
  {
    const auto other = open_window(folder / "d");
    for (; closed < 40; ++closed) {
      DoubtWindow& writer = closed % 2 == 0 ? *other : *engine;
      CHECK(writer.close_key(lines[static_cast<std::size_t>(closed)].key, KeyVerdict::paid, {.by = "ann"}));
    }
  }
  for (std::thread& asker : askers) asker.join();
  CHECK_FALSE(wrong);
}

TEST_CASE("what a writer left that is gone closes nothing, and the next closing has another number") {
  const support::TempFolder folder;
  const auto engine = open_window(folder / "d");
  REQUIRE(engine->open_window(loss(LossBasis::unknown)));
  {
    DoubtLog log = log_of(folder / "d");
    REQUIRE(log.put(DoubtVerdict{1, KeyVerdict::paid, *Key::of("A")}));
    REQUIRE(log.put(DoubtVerdict{1, KeyVerdict::paid, *Key::of("B")}));
  }
  CHECK(told_then(*engine, "A") == "in doubt");
  REQUIRE(engine->close_key("B", KeyVerdict::not_paid, {.by = "ann"}));
  CHECK(told(*engine, "A") == "in doubt");
  CHECK(told(*engine, "B") == "new");
  REQUIRE(engine->closings().size() == 1);
  CHECK(engine->closings().front().closing == 2);
  const auto again = open_window(folder / "d");
  CHECK(told(*again, "A") == "in doubt");
  CHECK(told(*again, "B") == "new");
}

TEST_CASE("while somebody writes, nobody else does; a loss is in doubt at once nevertheless") {
  const support::TempFolder folder;
  const auto engine = open_window(folder / "d");
  REQUIRE(engine->open_window(loss(LossBasis::zero)));
  {
    const DoubtLog held = log_of(folder / "d");
    CHECK(told_then(*engine, "A") == "new");
    CHECK(engine->open_window(loss(LossBasis::unknown)).error().id() == ErrorId::busy);
    CHECK(told(*engine, "A") == "in doubt");
    CHECK(told(*engine, "A", {.epoch = 2}) == "new");
    CHECK(engine->windows() == 1);
  }
  CHECK(told_then(*engine, "A") == "in doubt");
  CHECK(open_window(folder / "d")->windows() == 0);  // nobody else heard of it
  REQUIRE(*engine->open_window(loss(LossBasis::unknown)) == 1);
  CHECK(engine->windows() == 1);
  CHECK(open_window(folder / "d")->windows() == 1);
  REQUIRE(engine->close_key("A", KeyVerdict::not_paid, {.by = "ann"}));
  CHECK(told(*engine, "A") == "new");
}

TEST_CASE("a writer that another one keeps waiting gets its turn") {
  const support::TempFolder folder;
  const auto engine = open_window(folder / "d");
  REQUIRE(engine->open_window(loss(LossBasis::unknown)));
  std::optional<DoubtLog> held(log_of(folder / "d"));
  std::thread late([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    held.reset();
  });
  CHECK(engine->close_key("A", KeyVerdict::paid, {.by = "ann"}));
  late.join();
  CHECK(told(*engine, "A") == "known");
}

TEST_CASE("a record that this version can not read is an error each time, and never an answer") {
  const support::TempFolder folder;
  const auto engine = open_window(folder / "d");
  REQUIRE(engine->open_window(loss(LossBasis::unknown)));
  {
    const auto journal = Journal::open({.folder = folder / "d",
                                        .segment_length = 256U << 10U,
                                        .queue_bytes = 64U << 10U,
                                        .schemas = {schema_bytes<OfALaterVersion>()}});
    REQUIRE(journal);
    CHECK((*journal)
              ->append(OfALaterVersion{1})
              .match([](Acked<LocalDurable>) { return true; }, [](NotWritten) { return false; },
                     [](Unknown) { return false; }));
  }
  for (int i = 0; i < 3; ++i) {
    CHECK(told_then(*engine, "A") == "LB-FORMAT-VERSION");
    CHECK(engine->close_key("A", KeyVerdict::paid, {.by = "ann"}).error().id() == ErrorId::format_version);
  }
}

TEST_CASE("a folder that an older copy replaced is an error, and never takes a closing back") {
  const support::TempFolder folder;
  const auto engine = open_window(folder / "d");
  REQUIRE(engine->open_window(loss(LossBasis::unknown)));
  std::filesystem::copy(folder / "d", folder / "old");
  REQUIRE(engine->close_key("A", KeyVerdict::paid, {.by = "ann"}));
  std::filesystem::rename(folder / "d", folder / "away");
  CHECK(engine->close_key("B", KeyVerdict::paid, {.by = "ann"}).error().id() == ErrorId::object_missing);
  CHECK(told_then(*engine, "A") == "known");  // what it had read stays open
  std::filesystem::rename(folder / "old", folder / "d");
  const Status refused = engine->close_key("B", KeyVerdict::paid, {.by = "ann"});
  INFO((refused ? std::string() : refused.error().sentence()));
  CHECK(refused.error().id() == ErrorId::corrupt);
  CHECK(told_then(*engine, "A") == "LB-CORRUPT");
  // The newest one back, at another place: the same window.
  std::filesystem::remove_all(folder / "d");
  std::filesystem::copy(folder / "away", folder / "d");
  REQUIRE(engine->close_key("B", KeyVerdict::paid, {.by = "ann"}));
  CHECK(told(*engine, "A") == "known");
  CHECK(told(*engine, "B") == "known");
}

}  // namespace test_doubt_follower
