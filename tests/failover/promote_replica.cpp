// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/failover/promote_replica.hpp>

#include <filesystem>

#include "catch.hpp"
#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_promote_replica {

using namespace lifeboat;

namespace {

/// A primary's journal of so many payments, and a replica of the first of them, whose process is gone.
struct Left {
  support::TempFolder folder;
  std::string replica = folder / "r";

  explicit Left(std::uint64_t groups = 10) {
    const auto journal = support::open_journal(folder / "j");
    support::append_payments(*journal, 1, groups);
    auto reader = JournalReader::open(folder / "j");
    REQUIRE(reader);
    REQUIRE(ship(*reader, *support::open_replica(replica)));
  }
  static StandbyNote heard_of(Position durable) {
    StandbyNote note;
    note.durable = durable;
    note.durable_time = {1'764'136'800, 0};
    note.heard = Timestamp{1'764'136'801, 0};
    return note;
  }
  static PromoteRequest request() {
    PromoteRequest wanted;
    wanted.by = "ann";
    wanted.reason = "site lost";
    return wanted;
  }
};

struct NeverHolds {
  static constexpr std::string_view name = "never-holds";
  Status see(const SeenGroup& group) {
    tally.rows();
    tally.fails(group.position, [] { return std::string(300, 'x'); });
    return ok();
  }
  Result<InvariantReport> finish() { return tally.report(name); }
  InvariantTally tally;
};

constexpr Timestamp now{1'764'136'900, 0};

}  // namespace

TEST_CASE("a plan says what may be lost, by what was heard, and changes nothing") {
  const Left left;
  const auto plan = plan_promotion(left.replica, Left::heard_of({1, 13}), nullptr, {}, now);
  INFO((plan ? std::string() : plan.error().sentence()));
  REQUIRE(plan);
  CHECK(plan->here == Position{1, 10});
  CHECK(plan->loss.possibly == 3);
  CHECK(plan->loss.possibly_upto == Position{1, 13});
  REQUIRE(plan->loss.silent_from);
  CHECK(*plan->loss.silent_from == Timestamp{1'764'136'801, 0});
  CHECK(plan->epoch == 2);
  CHECK(plan->first == 14);
  CHECK(plan->invariants.size() == 4);
  CHECK_FALSE(plan->doubt);
  const auto unheard = plan_promotion(left.replica, {}, nullptr, {}, now);
  REQUIRE(unheard);
  CHECK_FALSE(unheard->loss.heard);
  CHECK(*unheard->loss.silent_from == now);
  CHECK(unheard->first == 11);
  CHECK(journal_end(left.replica)->last == Position{1, 10});
  CHECK_FALSE(std::filesystem::exists(doubt_folder(left.replica)));
}

TEST_CASE("a replica whose process is gone goes on in the next epoch, above all that the primary said it had") {
  const Left left;
  REQUIRE(write_standby_note(left.replica, Left::heard_of({1, 13})));
  const auto note = read_standby_note(left.replica);
  REQUIRE(note);
  auto promotion = promote_replica(left.replica, *note, Left::request());
  INFO((promotion ? std::string() : promotion.error().sentence()));
  REQUIRE(promotion);
  CHECK(promotion->epoch == 2);
  CHECK(promotion->first == 14);
  CHECK(promotion->loss.possibly == 3);
  CHECK(promotion->window == 1);
  CHECK_FALSE(promotion->claimed);
  CHECK_FALSE(std::filesystem::exists(left.replica + "/" + standby_note_name));
  support::append_payments(*promotion->journal, 14, 15);
  promotion->journal.reset();
  CHECK(journal_end(left.replica)->last == Position{2, 15});
}

TEST_CASE(
    "what a replica lacks of what its primary said is not stated away; one more name is needed for a lost holder") {
  const Left left;
  PromoteRequest request = Left::request();
  request.nothing_lost = true;
  const auto refused = promote_replica(left.replica, Left::heard_of({1, 13}), request);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::undone);
  CHECK(refused.error().sentence().find("so 3 groups are lacking") != std::string::npos);
  request.lost = {"host-a"};
  const auto alone = promote_replica(left.replica, Left::heard_of({1, 10}), request);
  REQUIRE_FALSE(alone);
  CHECK(alone.error().id() == ErrorId::second_name);
  CHECK(journal_end(left.replica)->last == Position{1, 10});
  CHECK_FALSE(std::filesystem::exists(doubt_folder(left.replica)));
  request.second = "bo";
  request.ticket = "OPS-9";
  const auto promotion = promote_replica(left.replica, Left::heard_of({1, 10}), request);
  INFO((promotion ? std::string() : promotion.error().sentence()));
  REQUIRE(promotion);
  CHECK(promotion->window == 0);
  const auto doubt = read_doubt(doubt_folder(left.replica));
  REQUIRE(doubt);
  REQUIRE(doubt->went_live().size() == 1);
  const WentLive& live = doubt->went_live()[0];
  CHECK(live.epoch == 2);
  CHECK(live.after_sequence == 10);
  CHECK(live.first == 11);
  CHECK(live.by.view() == "ann");
  CHECK(live.second.view() == "bo");
  CHECK(live.ticket.view() == "OPS-9");
  CHECK(live.reason.view() == "lost host-a: site lost");
}

TEST_CASE("an invariant that is overridden is journaled whole, with a window and without one") {
  for (const bool nothing_lost : {false, true}) {
    const Left left;
    PromoteRequest request = Left::request();
    request.nothing_lost = nothing_lost;
    request.reason = std::string(100, 'r');
    request.invariants = [](const std::string&) { return invariants_of(NeverHolds()); };
    request.override = {"never-holds"};
    const auto promotion = promote_replica(left.replica, Left::heard_of({1, 10}), request);
    INFO((promotion ? std::string() : promotion.error().sentence()));
    REQUIRE(promotion);
    const auto doubt = read_doubt(doubt_folder(left.replica));
    REQUIRE(doubt);
    CHECK(doubt->windows() == (nothing_lost ? 0 : 1));
    REQUIRE(doubt->went_live().size() == 1);
    const std::string reason(doubt->went_live()[0].reason.view());
    CHECK(reason.starts_with(request.reason + "; despite never-holds: "));
    CHECK(reason.find(std::string(300, 'x')) != std::string::npos);
    CHECK(reason == promotion->reason);
    if (!nothing_lost) {
      const std::string why(doubt->window_of(1)->why.view());
      CHECK(why.size() == 128);
      CHECK(why.ends_with("..."));
    }
  }
  const Left left;
  PromoteRequest request = Left::request();
  request.reason = std::string(WentLive::reason_max + 1, 'r');
  const auto refused = promote_replica(left.replica, Left::heard_of({1, 10}), request);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::config);
  CHECK_FALSE(std::filesystem::exists(doubt_folder(left.replica)));
}

TEST_CASE("a replica that is received into, or holds nothing, is not promoted") {
  const Left left;
  {
    const auto living = support::open_replica(left.replica);
    const auto busy = promote_replica(left.replica, {}, Left::request());
    REQUIRE_FALSE(busy);
    CHECK(busy.error().id() == ErrorId::busy);
  }
  const support::TempFolder empty;
  (void)support::open_replica(empty / "r");
  const auto none = plan_promotion(empty / "r", {}, nullptr, {}, now);
  REQUIRE_FALSE(none);
  CHECK(none.error().id() == ErrorId::object_missing);
  CHECK_FALSE(promote_replica(empty / "r", {}, Left::request()));
}

}  // namespace test_promote_replica
