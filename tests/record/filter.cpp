// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/filter.hpp>

#include "catch.hpp"
#include "record/records.hpp"

namespace test_filter {

using namespace lifeboat;

namespace {

template <class R>
bool fits_text(const R& record, const char* condition) {
  const auto schema = read_schema(schema_bytes<R>());
  const Bytes bytes = encoded(record);
  const auto filter = parse_filter(condition);
  REQUIRE(schema);
  REQUIRE(filter);
  return fits(*filter, *record_value(*schema, bytes));
}

}  // namespace

TEST_CASE("records are chosen by conditions on their fields") {
  const Payment payment{Key{"A-1001"}, {1}, {2}, {125'00, EUR}};
  for (const char* yes :
       {"key=A-1001", "key!=A-1002", "key>A-1000", "from=1", "from<2", "account=1", "account=2", "amount=125.00 EUR",
        "amount=125 EUR", "amount>=125.00 EUR", "amount<125.01 EUR", "amount!=125.00 USD"})
    CHECK((fits_text(payment, yes) || (UNSCOPED_INFO(yes), false)));
  for (const char* no : {"key=A-1002", "from=2", "account=3", "amount=125.00 USD", "amount>125.00 EUR", "amount=125",
                         "amount=125.001 EUR", "amount=much", "nothing=1", "from=one", "key.text=A-1001"})
    CHECK_FALSE((fits_text(payment, no) && (UNSCOPED_INFO(no), true)));
}

TEST_CASE("every kind of field has an order, but for what is sensitive or holds many") {
  const Everything e = everything();
  for (const char* yes : {"flag=true", "i8=-1", "i64<0", "u64=8", "channel=2", "text=abc", "fee=-0.05 EUR", "fee<0 EUR",
                          "stage>=3", "card.expires=2712", "time<1970-01-01T00:00:00Z", "time>1969-12-31T23:59:59Z",
                          "time<1970-01-01T01:00:00+01:00", "text>abb"})
    CHECK((fits_text(e, yes) || (UNSCOPED_INFO(yes), false)));
  for (const char* no : {"flag=false", "card.number=4111111111111111", "card.number!=1", "three=1", "list=9", "card=1",
                         "fee=none", "u64=-8", "time>1970-01-01T01:00:00+01:00", "time<1970", "time>1970"})
    CHECK_FALSE((fits_text(e, no) && (UNSCOPED_INFO(no), true)));
  CHECK(fits_text(Everything{}, "fee=none"));
}

TEST_CASE("what is no condition is refused") {
  for (const char* text : {"", "key", "=1", "key!1", "!=1"}) {
    const auto filter = parse_filter(text);
    REQUIRE_FALSE(filter);
    CHECK(filter.error().id() == ErrorId::usage);
  }
}

}  // namespace test_filter
