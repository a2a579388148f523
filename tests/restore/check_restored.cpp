// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/restore/check_restored.hpp>

#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/recycle.hpp>
#include <lifeboat/journal/replica.hpp>

#include "catch.hpp"
#include "support/temp_folder.hpp"

struct HeldCard {
  lifeboat::Key key;
  std::uint8_t state;  // 2: authorised, 3: captured
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(HeldCard, key, state, amount);
struct HeldPosting {
  lifeboat::DebitAccount from;
  lifeboat::CreditAccount to;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(HeldPosting, from, to, amount);
/// It has a money beside an account that is credited, and posts nothing.
struct HeldBalance {
  lifeboat::CreditAccount account;
  lifeboat::Money balance;
};
BOOST_HANA_ADAPT_STRUCT(HeldBalance, account, balance);

template <>
struct lifeboat::RecordTraits<HeldCard> {
  static constexpr RecordNumber number = 41;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "card";
  static constexpr std::array meanings{authorises().where("state", 2), captures().where("state", 3)};
};
template <>
struct lifeboat::RecordTraits<HeldBalance> {
  static constexpr RecordNumber number = 42;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "balance";
  static constexpr std::array meanings{states_balance("account", "balance")};
};

namespace test_check_restored {

using namespace lifeboat;

namespace {

std::unique_ptr<Journal> open_journal(const std::string& folder, std::uint64_t epoch = 0) {
  auto journal = Journal::open({.folder = folder,
                                .segment_length = 256U << 10U,
                                .queue_bytes = 64U << 10U,
                                .schemas = {schema_bytes<HeldPosting>()},
                                .epoch = epoch});
  INFO((journal ? std::string() : journal.error().sentence()));
  REQUIRE(journal);
  return std::move(*journal);
}
template <class... R>
void append(Journal& journal, const R&... records) {
  journal.append(records...)
      .match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL("not written"); }, [](Unknown) { FAIL("unknown"); });
}
std::vector<InvariantReport> checked(const std::string& folder, MakeInvariants own = nullptr) {
  auto reports = check_restored(folder, own);
  INFO((reports ? std::string() : reports.error().sentence()));
  REQUIRE(reports);
  return std::move(*reports);
}
std::vector<std::string> names_of(const std::vector<InvariantReport>& reports) {
  std::vector<std::string> names;
  for (const InvariantReport& report : reports) names.push_back(report.name);
  return names;
}
const std::vector<std::string> four{"gapless-sequence", "debits-equal-credits", "unique-keys",
                                    "nothing-goes-backwards"};

std::vector<std::string> with(std::vector<std::string> names, std::initializer_list<std::string> more) {
  names.insert(names.end(), more);
  return names;
}

/// All of a journal, to a replica.
void ship(const std::string& from, const std::string& to) {
  auto reader = JournalReader::open(from);
  REQUIRE(reader);
  auto replica = JournalReplica::open({.folder = to, .segment_length = 256U << 10U, .begins = reader->head()});
  REQUIRE(replica);
  for (auto batch = reader->next_batch(); batch && *batch != nullptr; batch = reader->next_batch()) {
    const ShippedBatch shipped(**batch);
    REQUIRE((*replica)->receive(reader->header(), std::span(&shipped, 1)));
  }
}

}  // namespace

TEST_CASE("a journal is asked for the four, and for what its newest schemas mean") {
  const support::TempFolder folder;
  {
    const auto journal = open_journal(folder / "j");
    append(*journal, HeldPosting{{1}, {2}, {50, EUR}});
    CHECK(names_of(checked(folder / "j")) == four);
    append(*journal, HeldCard{Key{"A"}, 2, {50, EUR}});
    append(*journal, HeldCard{Key{"A"}, 3, {50, EUR}}, HeldBalance{{2}, {50, EUR}});
  }
  ship(folder / "j", folder / "copy");
  for (const char* at : {"j", "copy"}) {
    const auto reports = checked(folder / at);
    CHECK(names_of(reports) == with(four, {"captures-within-authorised", "balances-equal-replay"}));
    for (const InvariantReport& report : reports) CHECK(report.proven());
    CHECK(reports[1].rows == 1);  // a balance that is stated is no posting
    CHECK(reports[4].rows == 2);
    CHECK(reports[5].rows == 1);
  }
  append(*open_journal(folder / "j"), HeldCard{Key{"A"}, 3, {1, EUR}}, HeldBalance{{2}, {51, EUR}});
  const auto broken = checked(folder / "j");
  CHECK(broken[1].holds);
  CHECK_FALSE(broken[4].holds);
  CHECK_FALSE(broken[5].holds);
  const auto refused = despite_invariants(broken, {"captures-within-authorised"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().sentence().starts_with("balances-equal-replay: broken at 1:4: "));
}

TEST_CASE("what the engine gives stands in place of what is declared by that name") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  append(*journal, HeldCard{Key{"A"}, 3, {50, EUR}}, HeldBalance{{2}, {51, EUR}});
  const MakeInvariants own = [](const std::string&) {
    const PaymentRecords sales{.authorised = {{.record = "card"}}, .captured = {{.record = "card"}}};
    return invariants_of(CapturesWithinAuthorised(sales));
  };
  CHECK_FALSE(checked(folder / "j")[4].holds);
  const auto reports = checked(folder / "j", own);
  CHECK(names_of(reports) == with(four, {"balances-equal-replay", "captures-within-authorised"}));
  CHECK_FALSE(reports[4].holds);
  CHECK(reports[5].holds);
}

TEST_CASE("where the first groups are gone, what was allowed by them is left out and said") {
  const support::TempFolder folder;
  {
    const auto journal = open_journal(folder / "j");
    append(*journal, HeldPosting{{1}, {2}, {50, EUR}}, HeldCard{Key{"A"}, 2, {50, EUR}});
  }
  {
    const auto journal = open_journal(folder / "j", 2);  // an epoch begins a segment
    append(*journal, HeldCard{Key{"A"}, 3, {50, EUR}}, HeldBalance{{2}, {50, EUR}});
    append(*journal, HeldPosting{{1}, {2}, {1, EUR}}, HeldBalance{{2}, {51, EUR}});
  }
  for (const InvariantReport& report : checked(folder / "j")) CHECK(report.proven());
  const auto gone = recycle_segments(folder / "j", {2, 1});
  REQUIRE(gone);
  REQUIRE(*gone != 0);
  ship(folder / "j", folder / "copy");
  for (const char* at : {"j", "copy"}) {
    const auto reports = checked(folder / at);
    REQUIRE(reports.size() == 6);
    CHECK(reports[4].holds);
    CHECK(reports[4].rows == 0);
    CHECK(reports[4].not_covered == 1);
    CHECK(reports[5].holds);
    CHECK(reports[5].rows == 1);
    CHECK(reports[5].not_covered == 1);
  }
}

TEST_CASE(
    "what was authorised before the cut and behind it breaks nothing; what append_once began behind it is judged") {
  const support::TempFolder folder;
  append(*open_journal(folder / "j"), HeldCard{Key{"A"}, 2, {100, EUR}});
  const auto journal = open_journal(folder / "j", 2);
  append(*journal, HeldCard{Key{"A"}, 2, {50, EUR}});
  append(*journal, HeldCard{Key{"A"}, 3, {150, EUR}});
  journal->submit_once(Deadline{}, HeldCard{Key{"B"}, 2, {50, EUR}})
      .match([](Position) {}, [](NotWritten) { FAIL("not written"); });
  append(*journal, HeldCard{Key{"B"}, 3, {50, EUR}});
  CHECK(checked(folder / "j")[4].proven());
  REQUIRE(recycle_segments(folder / "j", {2, 1}));
  const auto reports = checked(folder / "j");
  CHECK(reports[4].holds);
  CHECK(reports[4].rows == 2);
  CHECK(reports[4].not_covered == 2);
  append(*journal, HeldCard{Key{"B"}, 3, {1, EUR}});
  CHECK_FALSE(checked(folder / "j")[4].holds);
}

}  // namespace test_check_restored
