// SPDX-License-Identifier: BSL-1.0
// Keys are closed by one process while the engine of the window runs in another: it answers by that, all of it or
// nothing, whenever the process that closes dies. journal_crash.cpp defines the calls that break.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include <lifeboat/lifeboat.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/sync/log_sync.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/break_each.hpp"
#include "support/in_child.hpp"
#include "support/temp_folder.hpp"

namespace test_live_closing {

using namespace lifeboat;
using support::break_each;
using support::copy_over;
using support::Ran;

namespace {

using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256, With<Directory, Records<Payment>>>;

Result<Pipeline> open_engine(const std::string& folder) {
  std::filesystem::create_directory(folder + "/engine");
  return Pipeline::open({.source = {.id = "ledger", .root = folder + "/engine"},
                         .medium = {.root = folder + "/backup", .create = true},
                         .sync = {.journal = folder + "/engine/journal", .to = {.replica = folder + "/replica"}},
                         .keep_state = false});
}

std::string pay(Pipeline& engine, const std::string& key) {
  return engine.append_once(Payment{*Key::of(key), {1}, {2}, {100, EUR}})
      .match([](Acked<LocalDurable> a) { return "acked " + to_text(a.position); },
             [](Already a) { return "already " + to_text(a.position); },
             [](InDoubt) { return std::string("in doubt"); },
             [](NotWritten r) { return "not written " + std::string(to_string(r.id)); },
             [](Unknown) { return std::string("unknown"); });
}

Loss loss() { return {.after = {1, 2}, .fresh_epoch = 2, .since = {1'000'000, 0}, .by = "ann"}; }

/// Two keys of a rail that are settled, and one that is not decided.
Status close_rail(const std::string& journal, const std::string& file) {
  LIFEBOAT_TRY(const auto window, DoubtWindow::open({.folder = doubt_folder(journal)}));
  LIFEBOAT_TRY([[maybe_unused]] const StatementFacts facts,
               window->close_rail({.window = 1,
                                   .name = "sepa",
                                   .path = file,
                                   .from = {900'000, 0},
                                   .until = {4'000'000'000, 0},
                                   .evidence = {.by = "ann", .second = "bob"}}));
  return ok();
}

std::string statement_in(const support::TempFolder& folder) {
  std::ofstream(folder / "sepa.csv") << "key,state\nA-5,paid\nA-6,not_paid\nA-7,sent\n";
  return folder / "sepa.csv";
}

std::string told(DoubtWindow& window, const std::string& key) {
  const auto answer = window.ask(key);
  if (!answer) return answer.error().sentence();
  return answer->match([](Known) { return std::string("known"); }, [](New) { return std::string("new"); },
                       [](InDoubt) { return std::string("in doubt"); });
}

}  // namespace

TEST_CASE("an engine that runs pays what another process settled, and its copies hear of that") {
  const support::TempFolder folder;
  const std::string journal = folder / "engine/journal";
  const std::string file = statement_in(folder);
  {
    auto engine = open_engine(folder.path());
    INFO((engine ? std::string() : engine.error().sentence()));
    REQUIRE(engine);
    CHECK(pay(*engine, "A-1") == "acked 1:1");
    CHECK(pay(*engine, "A-2") == "acked 1:2");
  }
  REQUIRE(open_loss(journal, loss()));
  auto engine = open_engine(folder.path());
  REQUIRE(engine);
  for (const char* key : {"A-5", "A-6", "A-7"}) CHECK(pay(*engine, key) == "in doubt");
  CHECK(support::in_child([&] { return close_rail(journal, file) ? "closed" : "not"; }).text == "closed");
  std::this_thread::sleep_for(DoubtFollower::look_every);
  CHECK(pay(*engine, "A-5") == "already 0:0");
  CHECK(pay(*engine, "A-6") == "acked 1:3");
  CHECK(pay(*engine, "A-7") == "in doubt");
  REQUIRE(engine->doubt() != nullptr);
  CHECK(engine->doubt()->closings().size() == 1);
  REQUIRE(engine->sync());
  const auto replica = read_doubt(doubt_folder(folder / "replica"));
  REQUIRE(replica);
  CHECK(replica->closings().size() == 1);
  const auto end = journal_end(doubt_folder(journal));
  const auto medium = open_medium<Disk>({.root = folder / "backup"});
  REQUIRE((end && medium));
  const auto shipped = list_journal(**medium, "ledger.doubt");
  REQUIRE(shipped);
  CHECK(shipped->last() == end->last);
}

TEST_CASE("two engines on one journal: the second is refused, and has written no loss that is none") {
  const support::TempFolder folder;
  auto engine = open_engine(folder.path());
  REQUIRE(engine);
  CHECK(pay(*engine, "A-1") == "acked 1:1");
  const auto second = Pipeline::open({.source = {.id = "ledger", .root = folder / "engine"},
                                      .medium = {.root = folder / "backup"},
                                      .sync = {.journal = folder / "engine/journal", .epoch = 7},
                                      .keep_state = false});
  REQUIRE_FALSE(second);
  CHECK(second.error().id() == ErrorId::busy);
  CHECK_FALSE(has_doubt(folder / "engine/journal"));
}

TEST_CASE("a process that closes dies or fails at any call: the engine beside it answers by all of it or by nothing") {
  const support::TempFolder folder(support::fast_place());
  const std::string file = statement_in(folder);
  const std::string before = folder / "before";
  const std::string here = folder / "here";
  {
    const auto window = DoubtWindow::open({.folder = doubt_folder(before), .create = true});
    REQUIRE_FALSE(window);  // no journal to stand in
  }
  std::filesystem::create_directory(before);
  REQUIRE(open_loss(before, loss()));
  std::unique_ptr<DoubtWindow> engine;
  int in_doubt = 0;
  int closed = 0;
  const int calls = break_each(
      [&] {
        engine.reset();
        copy_over(before, here);
        auto opened = DoubtWindow::open({.folder = doubt_folder(here)});
        REQUIRE(opened);
        engine = std::move(*opened);
        REQUIRE(told(*engine, "A-5") == "in doubt");
      },
      [&] { return close_rail(here, file).has_value(); },
      [&](Ran ran) {
        std::this_thread::sleep_for(DoubtFollower::look_every);
        const std::string paid = told(*engine, "A-5");
        (paid == "known" ? closed : in_doubt) += 1;
        if (ran == Ran::done) REQUIRE(paid == "known");
        REQUIRE((paid == "known" || paid == "in doubt"));
        REQUIRE(told(*engine, "A-6") == (paid == "known" ? "new" : "in doubt"));
        REQUIRE(told(*engine, "A-7") == "in doubt");
        // Whoever opens it then hears the same, and it is closed by doing it again.
        {
          const auto fresh = DoubtWindow::open({.folder = doubt_folder(here)});
          INFO((fresh ? std::string() : fresh.error().sentence()));
          REQUIRE(fresh);
          REQUIRE(told(**fresh, "A-5") == told(*engine, "A-5"));
        }
        const Status again = close_rail(here, file);
        INFO((again ? std::string() : again.error().sentence()));
        REQUIRE(again);
        std::this_thread::sleep_for(DoubtFollower::look_every);
        REQUIRE(told(*engine, "A-5") == "known");
        REQUIRE(told(*engine, "A-6") == "new");
        REQUIRE(told(*engine, "A-7") == "in doubt");
        REQUIRE(engine->close_key("A-7", KeyVerdict::not_paid, {.by = "the engine"}));
        REQUIRE(told(*engine, "A-7") == "new");
        const auto read = read_doubt(doubt_folder(here));
        REQUIRE(read);
        REQUIRE(read->closings().size() == engine->closings().size());
      });
  CHECK(calls > 10);
  CHECK(in_doubt > 10);
  CHECK(closed > 3);
  std::cout << "a closing has " << calls << " calls: " << in_doubt << " times it came to nothing, " << closed
            << " times it counted\n";
}

}  // namespace test_live_closing
