// SPDX-License-Identifier: BSL-1.0
// Captures, refunds and balances, declared with the record types or given to a pipeline, are asked for by each restore,
// adoption and promotion.
#include <filesystem>

#include <lifeboat/failover/promote_replica.hpp>
#include <lifeboat/lifeboat.hpp>
#include <lifeboat/record/invariants/balances_equal_replay.hpp>
#include <lifeboat/record/invariants/captures_within_authorised.hpp>
#include <lifeboat/record/invariants/refunds_within_captured.hpp>

#include "catch.hpp"
#include "support/temp_folder.hpp"

struct BookedCard {
  lifeboat::Key key;
  std::uint8_t state;  // 2: authorised, 3: captured, 4: refunded
  lifeboat::Money amount;
};
struct BookedPosting {
  lifeboat::DebitAccount from;
  lifeboat::CreditAccount to;
  lifeboat::Money amount;
};
struct BookedBalance {
  std::uint64_t account;
  lifeboat::Money balance;
};
BOOST_HANA_ADAPT_STRUCT(BookedCard, key, state, amount);
BOOST_HANA_ADAPT_STRUCT(BookedPosting, from, to, amount);
BOOST_HANA_ADAPT_STRUCT(BookedBalance, account, balance);
template <>
struct lifeboat::RecordTraits<BookedCard> {
  static constexpr RecordNumber number = 11;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "card";
  static constexpr std::array meanings{authorises().where("state", 2), captures().where("state", 3),
                                       refunds().where("state", 4)};
};
template <>
struct lifeboat::RecordTraits<BookedBalance> {
  static constexpr RecordNumber number = 12;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "balance";
  static constexpr std::array meanings{states_balance("account", "balance")};
};

namespace test_books {

using namespace lifeboat;

namespace {

using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256>;

/// The same by hand: in place of what the types declare.
Invariants of_the_books(const std::string& folder) {
  const auto in_state = [](std::int64_t state) {
    return std::vector<RecordsWhere>{{.record = "card", .field = "state", .value = state}};
  };
  const PaymentRecords cards{
      .authorised = in_state(2), .captured = in_state(3), .refunded = in_state(4), .space = {.folder = folder}};
  return invariants_of(CapturesWithinAuthorised(cards), RefundsWithinCaptured(cards),
                       BalancesEqualReplay({.record = "balance"}));
}

struct Stands final : FreezeHook {
  Position applied{};
  Result<Frozen> freeze(std::chrono::steady_clock::time_point) override {
    return Frozen{.cut = {.kind = CutKind::frozen, .has_position = true, .position = applied}};
  }
  void thaw() noexcept override {}
};

/// A card that was authorised for 50.00, captured for 30.00 and refunded for 20.00, and a balance of 10.00, backed up
/// in between; the medium and a copy have all of it.
struct Bank {
  support::TempFolder folder;
  Stands hook;
  std::optional<Pipeline> pipeline;

  explicit Bank(MakeInvariants by_hand = nullptr) {
    std::filesystem::create_directory(folder / "engine");
    auto opened = Pipeline::open({.source = {.id = "bank", .root = folder / "engine", .freeze = &hook},
                                  .medium = {.root = folder / "backup", .create = true},
                                  .sync = {.journal = folder / "engine/journal", .to = {.replica = folder / "copy"}},
                                  .keep_state = false,
                                  .invariants = by_hand});
    REQUIRE(opened);
    pipeline.emplace(std::move(*opened));
    log(BookedCard{Key{"C-1"}, 2, {50'00, EUR}});
    log(BookedCard{Key{"C-1"}, 3, {30'00, EUR}}, BookedPosting{{1}, {2}, {30'00, EUR}});
    hook.applied = {1, 2};
    REQUIRE(pipeline->backup());
    log(BookedCard{Key{"C-1"}, 4, {20'00, EUR}}, BookedPosting{{2}, {1}, {20'00, EUR}});
    log(BookedBalance{2, {10'00, EUR}});
    REQUIRE(pipeline->sync());
  }
  template <class... Records>
  void log(const Records&... records) {
    pipeline->append(records...).match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
  }
  /// What a restore of all says of the three.
  std::vector<InvariantReport> restored(const std::string& name) {
    const auto done = pipeline->restore({.target = folder / name});
    INFO((done ? std::string() : done.error().sentence()));
    REQUIRE(done);
    REQUIRE(done->invariants.size() == 7);
    return {done->invariants.end() - 3, done->invariants.end()};
  }
};

/// What is logged behind books that add up, and what that breaks.
struct Broken {
  const char* name;
  std::size_t at;
  const char* says;
  void (*log)(Bank& bank);
};
constexpr Broken broken[] = {
    {"captures-within-authorised", 0, "60.00 EUR was captured and 50.00 EUR authorised",
     [](Bank& bank) {
       bank.log(BookedCard{Key{"C-1"}, 3, {30'00, EUR}});
     }},
    {"refunds-within-captured", 1, "40.00 EUR was refunded and 30.00 EUR captured",
     [](Bank& bank) {
       bank.log(BookedCard{Key{"C-1"}, 4, {20'00, EUR}});
     }},
    {"balances-equal-replay", 2, "the balance of account 2 is stated as 9.00 EUR, and its postings add up to 10.00 EUR",
     [](Bank& bank) {
       bank.log(BookedBalance{2, {9'00, EUR}});
     }},
};

}  // namespace

TEST_CASE("books that add up are proven by a restore, and a copy with them goes live") {
  const MakeInvariants by_hand = GENERATE(as<MakeInvariants>(), nullptr, &of_the_books);
  Bank bank(by_hand);
  const auto reports = bank.restored("again");
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(reports[i].name == broken[i].name);
    CHECK(reports[i].holds);
    CHECK(reports[i].rows == (i == 2 ? 1 : 2));
  }
  PromoteRequest request{.by = "ann", .reason = "site lost", .invariants = by_hand};
  const auto promoted = promote_replica(bank.folder / "copy", {}, request);
  INFO((promoted ? std::string() : promoted.error().sentence()));
  REQUIRE(promoted);
  CHECK(promoted->invariants.size() == 7);
  REQUIRE(bank.pipeline->adopt({.target = bank.folder / "again"}));
}

TEST_CASE("books that do not add up are told by a restore, and keep a copy from going live, unless by name") {
  const MakeInvariants by_hand = GENERATE(as<MakeInvariants>(), nullptr, &of_the_books);
  for (const Broken& one : broken) {
    INFO(one.name);
    Bank bank(by_hand);
    one.log(bank);
    REQUIRE(bank.pipeline->sync());
    const auto reports = bank.restored("again");
    for (std::size_t i = 0; i < 3; ++i) CHECK(reports[i].holds == (i != one.at));
    REQUIRE(reports[one.at].first_failure);
    CHECK(reports[one.at].first_failure->position == Position{1, 5});
    CHECK(reports[one.at].first_failure->sentence.find(one.says) != std::string::npos);

    const auto not_adopted = bank.pipeline->adopt({.target = bank.folder / "again"});
    REQUIRE_FALSE(not_adopted);
    CHECK(not_adopted.error().id() == ErrorId::invariant);
    CHECK(not_adopted.error().sentence() == to_text(reports[one.at]));
    PromoteRequest request{.by = "ann", .reason = "site lost", .invariants = by_hand};
    const auto not_promoted = promote_replica(bank.folder / "copy", {}, request);
    REQUIRE_FALSE(not_promoted);
    CHECK(not_promoted.error().id() == ErrorId::invariant);
    CHECK(not_promoted.error().next().starts_with(std::string("--override ") + one.name));
    CHECK_FALSE(has_doubt(bank.folder / "copy"));

    request.override = {one.name};
    REQUIRE(promote_replica(bank.folder / "copy", {}, request));
    const auto state = read_doubt(doubt_folder(bank.folder / "copy"));
    REQUIRE(state);
    REQUIRE(state->went_live().size() == 1);
    CHECK(state->went_live()[0].reason.view() == "site lost; despite " + to_text(reports[one.at]));
    // Back to before it, all of it holds.
    const auto before = bank.pipeline->restore(
        {.target = bank.folder / "before", .point = RestorePoint::at_position({1, 4}), .accept_undone = 1});
    REQUIRE(before);
    for (const InvariantReport& report : before->invariants) CHECK(report.holds);
    REQUIRE(bank.pipeline->adopt({.target = bank.folder / "again", .override = {one.name}}));
  }
}

}  // namespace test_books
