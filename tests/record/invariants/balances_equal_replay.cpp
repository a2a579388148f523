// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/invariants/balances_equal_replay.hpp>

#include "record/invariants/payments.hpp"

namespace test_balances_equal_replay {

using namespace lifeboat;
using support::told;
using testing::MadeGroups;

namespace {
BalanceRecords stated() { return {.record = "balance"}; }
}  // namespace

TEST_CASE("balances equal replay: the laws") {
  MadeGroups good;
  good.add(support::transfer(1), Balance{1, {-100, EUR}})
      .add(DebitEntry{{2}, {30, EUR}}, CreditEntry{{1}, {30, EUR}})
      .add(Balance{2, {70, EUR}}, Balance{1, {-70, EUR}}, Balance{9, {0, JPY}});
  MadeGroups bad;
  bad.add(support::transfer(1)).add(Balance{2, {100, EUR}}).add(Balance{1, {100, EUR}}).add(Balance{2, {1, EUR}});
  REQUIRE_LAWS(testing::invariant_laws([] { return BalancesEqualReplay(stated()); }, {good.groups(), 4, bad.groups()}));
  const InvariantReport report = told(BalancesEqualReplay(stated()), bad);
  REQUIRE(report.first_failure);
  CHECK(report.first_failure->position == Position{1, 3});
  CHECK(report.first_failure->sentence ==
        "the balance of account 1 is stated as 1.00 EUR, and its postings add up to -1.00 EUR");
}

TEST_CASE("an engine states its balances itself when all was replayed") {
  MadeGroups made;
  made.add(support::transfer(1)).add(support::transfer(2, 40));
  BalancesEqualReplay balances;
  CHECK(told(balances, made).rows == 0);
  REQUIRE(balances.states(2, {60, EUR}));
  REQUIRE(balances.states(3, {40, EUR}));
  CHECK(balances.finish()->rows == 2);
  CHECK(balances.finish()->holds);
  REQUIRE(balances.states(2, {60, USD}));
  const auto report = balances.finish();
  CHECK(report->rows == 3);
  REQUIRE(report->first_failure);
  CHECK(report->first_failure->position == Position{1, 2});
}

TEST_CASE("debits may add, and seen from the middle the first statement is taken") {
  MadeGroups made;
  made.add(support::transfer(1)).add(Balance{1, {100, EUR}});
  BalanceRecords assets = stated();
  assets.credits_add = false;
  CHECK(told(BalancesEqualReplay(assets), made).proven());

  MadeGroups middle;
  middle.add(support::transfer(1)).add(Balance{1, {5000, EUR}}).add(support::transfer(1)).add(Balance{1, {4900, EUR}});
  BalanceRecords later = stated();
  later.from_start = false;
  const InvariantReport report = told(BalancesEqualReplay(later), middle);
  CHECK(report.holds);
  CHECK(report.rows == 1);
  CHECK(report.not_covered == 1);
}

TEST_CASE("a statement without its fields is not covered, and one that uses roles posts nothing") {
  MadeGroups made;
  made.add(Note{"x"}).add(DebitEntry{{1}, {100, EUR}});
  CHECK(told(BalancesEqualReplay({.record = "note"}), made).not_covered == 1);
  const BalanceRecords by_entry{.record = "debit", .account = "account", .balance = "amount"};
  const InvariantReport report = told(BalancesEqualReplay(by_entry), made);
  REQUIRE(report.first_failure);
  CHECK(report.first_failure->sentence ==
        "the balance of account 1 is stated as 1.00 EUR, and its postings add up to 0.00 EUR");
}

TEST_CASE("up to the accounts that were allowed the table grows; those beyond are not covered") {
  BalancesEqualReplay balances({.accounts = 10'000});
  MadeGroups made;
  for (std::uint64_t n = 0; n < 9'999; ++n) made.add(support::transfer(n, static_cast<std::int64_t>(n)));
  for (const SeenGroup& group : made.groups()) REQUIRE(balances.see(group));
  for (std::uint64_t n = 1; n < 9'999; ++n) REQUIRE(balances.states(n, {-1, EUR}));
  CHECK(balances.finish()->proven());
  MadeGroups more;
  more.add(support::transfer(99'999));
  REQUIRE(balances.see(more.groups().front()));
  REQUIRE(balances.states(99'999, {0, EUR}));
  const auto report = balances.finish();
  CHECK(report->holds);
  CHECK(report->rows == 9'998);
  CHECK(report->not_covered == 1);
}

TEST_CASE("several types state balances, each in its way, and post nothing in each other") {
  MadeGroups made;
  made.add(support::transfer(1))
      .add(Balance{2, {100, EUR}}, DebitEntry{{1}, {100, EUR}})
      .add(CreditEntry{{1}, {100, EUR}});
  const auto balances = [](bool entries_as_debits) {
    return BalancesEqualReplay(
        std::vector<BalanceRecords>{{.record = "balance"},
                                    {.record = "debit", .balance = "amount", .credits_add = !entries_as_debits},
                                    {.record = "credit", .balance = "amount", .credits_add = false}});
  };
  CHECK(told(balances(true), made).rows == 3);
  CHECK(told(balances(true), made).proven());
  const InvariantReport report = told(balances(false), made);
  REQUIRE(report.first_failure);
  CHECK(report.first_failure->position == Position{1, 2});
  MadeGroups wrong;
  wrong.add(support::transfer(1)).add(DebitEntry{{1}, {99, EUR}});
  CHECK(told(balances(true), wrong).first_failure->sentence ==
        "the balance of account 1 is stated as 0.99 EUR, and its postings add up to 1.00 EUR");
}

TEST_CASE("a balance that is sensitive is not told") {
  MadeGroups made;
  made.add(Secret{{Key{"S"}}, {{State::asked}}, {1}, {{98'765, EUR}}}).add(Balance{1, {0, EUR}});
  const InvariantReport report = told(BalancesEqualReplay(stated()), made);
  REQUIRE(report.first_failure);
  CHECK(report.first_failure->sentence ==
        "a balance in EUR is stated that its postings do not add up to (it is sensitive)");
}

TEST_CASE("a balance that would overflow says so and stays") {
  AccountSum sum;
  sum.minor = ~(MoneySum::Wide{1} << 127U);
  const MoneySum::Wide most = sum.minor;
  CHECK_FALSE(sum.add(1));
  CHECK(sum.minor == most);
  CHECK(sum.add(-1));
  CHECK(sum.minor == most - 1);
}

}  // namespace test_balances_equal_replay
