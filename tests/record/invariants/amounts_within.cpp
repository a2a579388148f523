// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/invariants/captures_within_authorised.hpp>
#include <lifeboat/record/invariants/refunds_within_captured.hpp>

#include "record/invariants/payments.hpp"

using namespace lifeboat;
using support::told;
using testing::MadeGroups;

/// A refund has a key of its own, and names the payment that it gives back.
struct Refund {
  Key key;
  Key payment;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Refund, key, payment, amount);
LIFEBOAT_TESTS_TRAITS(Refund, 20, "refund");

namespace test_amounts_within {

namespace {

CardPayment card(const char* key, State state, std::int64_t minor, Currency currency = EUR) {
  return {*Key::of(key), {state}, {minor, currency}};
}
Refund refund(const char* key, const char* payment, std::int64_t minor) {
  return {*Key::of(key), *Key::of(payment), {minor, EUR}};
}

PaymentRecords mapping() {
  return {.authorised = {{.record = "card", .field = "state", .value = 2}},
          .captured = {{.record = "card", .field = "state", .value = 3}},
          .refunded = {{.record = "refund", .key = "payment"}}};
}

}  // namespace

TEST_CASE("captures within authorised: the laws") {
  MadeGroups good;
  good.add(card("A", State::asked, 900))
      .add(card("A", State::authorised, 100), Note{"x"})
      .add(card("B", State::authorised, 50))
      .add(card("A", State::captured, 60))
      .add(card("A", State::captured, 40))
      .add(card("B", State::captured, 50));
  MadeGroups bad;
  bad.add(card("A", State::authorised, 100)).add(card("A", State::captured, 101));
  REQUIRE_LAWS(
      testing::invariant_laws([] { return CapturesWithinAuthorised(mapping()); }, {good.groups(), 5, bad.groups()}));
}

TEST_CASE("refunds within captured: the laws") {
  MadeGroups good;
  good.add(card("A", State::authorised, 100))
      .add(card("A", State::captured, 60))
      .add(refund("R1", "A", 10), refund("R2", "A", 50));
  MadeGroups bad;
  bad.add(card("A", State::captured, 60)).add(refund("R1", "A", 10)).add(refund("R2", "A", 51));
  REQUIRE_LAWS(
      testing::invariant_laws([] { return RefundsWithinCaptured(mapping()); }, {good.groups(), 3, bad.groups()}));
  const InvariantReport report = told(RefundsWithinCaptured(mapping()), bad);
  REQUIRE(report.first_failure);
  CHECK(report.first_failure->position == Position{1, 3});
  CHECK(report.first_failure->sentence == "of a key of this group, 0.61 EUR was refunded and 0.60 EUR captured");
}

TEST_CASE("the order counts, and each currency alone") {
  MadeGroups early;
  early.add(card("A", State::captured, 60)).add(card("A", State::authorised, 100));
  const InvariantReport report = told(CapturesWithinAuthorised(mapping()), early);
  REQUIRE(report.first_failure);
  CHECK(report.first_failure->position == Position{1, 1});
  CHECK(report.first_failure->sentence == "of a key of this group, 0.60 EUR was captured and 0.00 EUR authorised");
  MadeGroups mixed;
  mixed.add(card("A", State::authorised, 100, EUR), card("A", State::authorised, 10, USD))
      .add(card("A", State::captured, 11, USD));
  CHECK_FALSE(told(CapturesWithinAuthorised(mapping()), mixed).holds);
}

TEST_CASE("seen from the middle, keys that were allowed before are left out and said") {
  MadeGroups made;
  made.add(card("A", State::captured, 60)).add(card("B", State::authorised, 10)).add(card("B", State::captured, 10));
  PaymentRecords from_middle = mapping();
  from_middle.from_start = false;
  const InvariantReport report = told(CapturesWithinAuthorised(from_middle), made);
  CHECK(report.holds);
  CHECK(report.rows == 2);
  CHECK(report.not_covered == 1);
}

TEST_CASE("a record without the fields that it is to have is not covered") {
  MadeGroups made;
  made.add(refund("R", "A", 1)).add(card("A", State::authorised, 1));
  PaymentRecords wrong = mapping();
  wrong.refunded = {{.record = "refund", .field = "amount", .value = 1},  // no number
                    {.record = "refund", .key = "amount"},
                    {.record = "refund", .amount = "nothing"}};
  const InvariantReport report = told(RefundsWithinCaptured(wrong), made);
  CHECK(report.rows == 0);
  CHECK(report.not_covered == 1);
}

TEST_CASE("a sale authorises and captures at once") {
  PaymentRecords sales;
  sales.authorised = {{.record = "transfer"}};
  sales.captured = {{.record = "transfer"}};
  MadeGroups made;
  made.add(support::transfer(1)).add(support::transfer(2));
  const InvariantReport report = told(CapturesWithinAuthorised(sales), made);
  CHECK(report.proven());
  CHECK(report.rows == 2);
}

TEST_CASE("amounts that are sensitive are not told") {
  PaymentRecords secrets;
  secrets.authorised = {{.record = "secret", .field = "state", .value = 2}};
  secrets.captured = {{.record = "secret", .field = "state", .value = 3}};
  MadeGroups made;
  made.add(Secret{{Key{"S"}}, {{State::authorised}}, {1}, {{98'76, EUR}}});
  made.add(Secret{{Key{"S"}}, {{State::captured}}, {1}, {{98'77, EUR}}});
  const InvariantReport report = told(CapturesWithinAuthorised(secrets), made);
  REQUIRE(report.first_failure);
  CHECK(report.first_failure->sentence == "of a key of this group, more was captured than authorised");
}

}  // namespace test_amounts_within
