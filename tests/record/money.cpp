// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/money.hpp>

#include "catch.hpp"

namespace test_money {

using namespace lifeboat;

TEST_CASE("money is printed with the digits of its currency") {
  CHECK(to_text(Money{12'500, EUR}) == "125.00 EUR");
  CHECK(to_text(Money{-5, EUR}) == "-0.05 EUR");
  CHECK(to_text(Money{0, EUR}) == "0.00 EUR");
  CHECK(to_text(Money{1'200, JPY}) == "1200 JPY");
  CHECK(to_text(Money{0, JPY}) == "0 JPY");
  CHECK(to_text(Money{1'234, KWD}) == "1.234 KWD");
  CHECK(to_text(Money{std::numeric_limits<std::int64_t>::min(), EUR}) == "-92233720368547758.08 EUR");
  CHECK(to_text(Money{7, Currency{"ETH", 18}}) == "0.000000000000000007 ETH");
}

TEST_CASE("sums are exact beyond 64 bits, and never mix currencies") {
  MoneySum sum{EUR};
  for (int i = 0; i < 4; ++i) CHECK(sum.add({std::numeric_limits<std::int64_t>::max(), EUR}));
  CHECK(to_text(sum) == "368934881474191032.28 EUR");
  for (int i = 0; i < 4; ++i) CHECK(sum.subtract({std::numeric_limits<std::int64_t>::max(), EUR}));
  CHECK(sum == MoneySum{EUR});
  CHECK_FALSE(sum.add({1, USD}));
  CHECK_FALSE(sum.add({1, Currency{"EUR", 3}}));
  CHECK(sum == MoneySum{EUR});
}

TEST_CASE("a sum that would overflow stays what it was") {
  MoneySum sum{EUR, MoneySum::Wide{1} << 126};
  CHECK(sum.add({1, EUR}));
  MoneySum most{EUR, ~(MoneySum::Wide{1} << 127)};
  const MoneySum before = most;
  CHECK_FALSE(most.add({1, EUR}));
  CHECK(most == before);
}

TEST_CASE("a currency is three capital letters and at most 18 digits") {
  STATIC_REQUIRE(EUR.valid());
  STATIC_REQUIRE_FALSE(Currency{"eur", 2}.valid());
  STATIC_REQUIRE_FALSE(Currency{"EUR", 19}.valid());
}

}  // namespace test_money
