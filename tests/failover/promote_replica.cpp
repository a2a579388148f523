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
