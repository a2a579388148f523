// SPDX-License-Identifier: BSL-1.0
// Every call with which an adoption changes a file system, one at a time: the process dies before it, dies after it, or
// the call fails. It is done again, and the copy is one engine's, with all its groups and keys. journal_crash.cpp
// defines the calls that break. Some are left out, but with LIFEBOAT_EVERY_CALL, as tests/nightly sets it.
#include <filesystem>
#include <iostream>

#include <lifeboat/lifeboat.hpp>
#include <lifeboat/sync/log_sync.hpp>

#include "record/records.hpp"
#include "support/break_each.hpp"
#include "support/rounds.hpp"
#include "support/temp_folder.hpp"

namespace test_adopt_crash {

using namespace lifeboat;
using support::break_each;
using support::copy_over;
using support::Ran;

namespace {

Payment payment(std::uint64_t n) {
  return {*Key::of("A-" + std::to_string(n)), {1}, {2}, {static_cast<std::int64_t>(n) * 100, EUR}};
}

using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256, With<Directory, Records<Payment>>>;

/// Says that its state holds what it was told.
struct AppliedTo final : FreezeHook {
  Position applied{};
  Result<Frozen> freeze(std::chrono::steady_clock::time_point) override {
    return Frozen{.cut = {.kind = CutKind::frozen, .has_position = true, .position = applied}};
  }
  void thaw() noexcept override {}
};

Result<Pipeline> open_pipeline(const std::string& here, const std::string& root, AppliedTo* engine) {
  return Pipeline::open(
      {.source = {.id = "ledger", .root = here + "/" + root, .freeze = engine},
       .medium = {.root = here + "/backup", .create = true},
       .sync = {.journal = here + "/" + root + "/journal", .segment_length = 256U << 10U, .queue_bytes = 64U << 10U},
       .keep_state = false});
}

std::string told(Pipeline& pipeline, std::uint64_t n) {
  return pipeline.append_once(payment(n))
      .match([](Acked<LocalDurable> a) { return "acked " + to_text(a.position); },
             [](Already a) { return "already " + to_text(a.position); },
             [](InDoubt) { return std::string("in doubt"); },
             [](NotWritten r) { return "not written " + std::string(to_string(r.id)); },
             [](Unknown) { return std::string("unknown"); });
}

}  // namespace

TEST_CASE("an adoption that dies or fails at any call is done again, and the copy is one engine's with all its keys") {
  const support::TempFolder folder(support::fast_place());
  const std::string before = folder / "before";
  const std::string here = folder / "here";
  std::filesystem::create_directories(before + "/engine");
  {
    AppliedTo engine;
    auto bank = open_pipeline(before, "engine", &engine);
    INFO((bank ? std::string() : bank.error().sentence()));
    REQUIRE(bank);
    for (std::uint64_t n = 1; n <= 25; ++n) {
      REQUIRE(told(*bank, n) == "acked 1:" + std::to_string(n));
      engine.applied = {1, n};
      if (n == 10) REQUIRE(bank->backup());
    }
    REQUIRE(bank->sync());
    REQUIRE(
        bank->restore({.target = before + "/again", .point = RestorePoint::at_position({1, 20}), .accept_undone = 5}));
  }
  const auto adopt = [&](bool nothing_lost) {
    auto bank = open_pipeline(here, "engine", nullptr);
    if (!bank) return Result<AdoptReport>(std::move(bank).error());
    return bank->adopt({.target = here + "/again", .nothing_lost = nothing_lost});
  };
  for (const bool nothing_lost : {true, false}) {
    int again = 0;
    int whole = 0;
    const int calls = break_each(
        [&] { copy_over(before, here); }, [&] { return adopt(nothing_lost).has_value(); },
        [&](Ran ran) {
          const bool waits = std::filesystem::exists(here + "/again/journal/restored");
          if (ran == Ran::done) CHECK_FALSE(waits);
          if (waits) {
            // Nobody writes it before the adoption came to its end.
            const auto early = open_pipeline(here, "again", nullptr);
            REQUIRE_FALSE(early);
            CHECK((early.error().id() == ErrorId::not_adopted || early.error().id() == ErrorId::object_missing));
          }
          const auto done = adopt(nothing_lost);
          INFO((done ? std::string() : done.error().sentence()));
          if (waits) {
            REQUIRE(done);
            ++again;
            CHECK(done->undone_keys == 5);
          } else {
            REQUIRE_FALSE(done);
            CHECK(done.error().id() == ErrorId::object_missing);
            ++whole;
          }
          auto copy = open_pipeline(here, "again", nullptr);
          INFO((copy ? std::string() : copy.error().sentence()));
          REQUIRE(copy);
          const std::uint64_t epoch = copy->durable().epoch;
          CHECK(epoch >= 2);
          CHECK(epoch == copy->list()->epoch);
          CHECK(JournalReader::open(here + "/again/journal")->verify()->groups == 20);
          CHECK(told(*copy, 7) == "already 1:7");
          CHECK(told(*copy, 20) == "already 1:20");
          for (std::uint64_t n = 21; n <= 25; ++n) CHECK(told(*copy, n) == "in doubt");
          const std::string next = "acked " + std::to_string(epoch) + ":26";
          if (nothing_lost) {
            CHECK(told(*copy, 100) == next);
          } else {
            CHECK(told(*copy, 100) == "in doubt");
            REQUIRE(copy->doubt()->close_key("A-100", KeyVerdict::not_paid, {.by = "alice"}));
            CHECK(told(*copy, 100) == next);
          }
          // A verdict on a key holds, however often its window was opened.
          REQUIRE(copy->doubt()->close_key("A-23", KeyVerdict::not_paid, {.by = "alice"}));
          CHECK(told(*copy, 23) == "acked " + std::to_string(epoch) + ":27");
          CHECK(told(*copy, 24) == "in doubt");
          const auto shipped = copy->sync();
          INFO((shipped ? std::string() : shipped.error().sentence()));
          REQUIRE(shipped);
          CHECK(shipped->medium_position == Position{epoch, 27});
          auto old = open_pipeline(here, "engine", nullptr);
          REQUIRE(old);
          CHECK(told(*old, 26) == "acked 1:26");
          CHECK(old->sync().error().id() == ErrorId::fenced);
        },
        support::every_call_or(17), support::every_call_or(61));
    std::cout << "an adoption: " << calls << " calls\n";
    CHECK(calls > 30);
    CHECK(again > 10);
    CHECK(whole > 0);
  }
}

}  // namespace test_adopt_crash
