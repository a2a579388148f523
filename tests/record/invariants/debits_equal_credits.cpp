// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/invariants/debits_equal_credits.hpp>

#include "record/invariants/payments.hpp"

namespace test_debits_equal_credits {

using namespace lifeboat;
using support::told;
using testing::MadeGroups;

TEST_CASE("debits equal credits: the laws") {
  MadeGroups good;
  good.add(support::transfer(1))
      .add(DebitEntry{{1}, {300, EUR}}, CreditEntry{{2}, {200, EUR}}, CreditEntry{{3}, {100, EUR}}, Note{"x"})
      .add(Note{"y"});
  MadeGroups bad;
  bad.add(support::transfer(1)).add(DebitEntry{{1}, {300, EUR}}, CreditEntry{{2}, {200, EUR}});
  REQUIRE_LAWS(testing::invariant_laws([] { return DebitsEqualCredits(); }, {good.groups(), 4, bad.groups()}));
}

TEST_CASE("a group balances in each currency, not across them") {
  MadeGroups made;
  made.add(DebitEntry{{1}, {300, EUR}}, CreditEntry{{2}, {300, EUR}}, DebitEntry{{1}, {5, JPY}},
           CreditEntry{{1}, {5, JPY}});
  CHECK(told(DebitsEqualCredits(), made).proven());
  made.add(DebitEntry{{1}, {300, EUR}}, CreditEntry{{2}, {300, USD}});
  const InvariantReport report = told(DebitsEqualCredits(), made);
  REQUIRE(report.first_failure);
  CHECK(report.first_failure->position == Position{1, 2});
  CHECK(report.first_failure->sentence == "debits are 3.00 EUR, credits are 0.00 EUR");
}

TEST_CASE("two groups that only balance together do not") {
  MadeGroups made;
  made.add(DebitEntry{{1}, {300, EUR}}).add(CreditEntry{{2}, {300, EUR}});
  const InvariantReport report = told(DebitsEqualCredits(), made);
  REQUIRE(report.first_failure);
  CHECK(report.first_failure->position == Position{1, 1});
}

TEST_CASE("lists, options and nested structs post what is in them") {
  Batch batch{Key{"B"}, {1}, {30, EUR}, {}, std::nullopt, {}};
  REQUIRE(batch.parts.push_back({{2}, {10, EUR}}));
  REQUIRE(batch.parts.push_back({{3}, {15, EUR}}));
  MadeGroups made;
  made.add(batch);
  const InvariantReport lacking = told(DebitsEqualCredits(), made);
  REQUIRE(lacking.first_failure);
  CHECK(lacking.first_failure->sentence == "debits are 0.30 EUR, credits are 0.25 EUR");
  batch.fee = Fee{{9}, {5, EUR}};
  MadeGroups whole;
  whole.add(batch);
  CHECK(told(DebitsEqualCredits(), whole).proven());
}

TEST_CASE("a group with unknown records is not judged, and said") {
  MadeGroups made;
  made.add(DebitEntry{{1}, {300, EUR}}).unknown(1).add(support::transfer(1));
  const InvariantReport report = told(DebitsEqualCredits(), made);
  CHECK(report.holds);
  CHECK(report.rows == 1);
  CHECK(report.not_covered == 2);
}

TEST_CASE("types that are excepted post nothing") {
  MadeGroups made;
  made.add(DebitEntry{{1}, {300, EUR}});
  CHECK_FALSE(told(DebitsEqualCredits(), made).holds);
  CHECK(told(DebitsEqualCredits({.except = {"debit"}}), made).rows == 0);
  CHECK(told(DebitsEqualCredits({.except = {"debit"}}), made).holds);
}

TEST_CASE("an amount that is sensitive is not told") {
  MadeGroups made;
  made.add(Secret{{Key{"S"}}, {{State::asked}}, {1}, {{98'765'43, EUR}}});
  const InvariantReport report = told(DebitsEqualCredits(), made);
  REQUIRE(report.first_failure);
  CHECK(report.first_failure->sentence == "debits and credits differ in EUR (the amounts are sensitive)");
}

// 2^64 of the largest amounts fit: what can not be reached in a test is reached from beside the end.
TEST_CASE("a sum that overflows is a failure and no balance") {
  TwoSidesByCurrency sums;
  TwoSides& eur = sums.of(EUR);
  eur.debits.minor = ~(MoneySum::Wide{1} << 127U);
  CHECK_FALSE(sums.add(Posting{{1, EUR}, nullptr, 1, 0, false}));
  CHECK(sums.add(Posting{{-1, EUR}, nullptr, 1, 0, false}));
}

TEST_CASE("the largest amounts add up beyond 64 bits") {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  MadeGroups made;
  made.add(DebitEntry{{1}, {most, EUR}}, DebitEntry{{1}, {most, EUR}}, DebitEntry{{1}, {2, EUR}});
  const InvariantReport report = told(DebitsEqualCredits(), made);
  REQUIRE(report.first_failure);
  CHECK(report.first_failure->sentence == "debits are 184467440737095516.16 EUR, credits are 0.00 EUR");
}

}  // namespace test_debits_equal_credits
