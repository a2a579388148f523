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

TEST_CASE("seen from the middle, keys whose payment is not seen to begin are left out and said") {
  PaymentRecords from_middle = mapping();
  from_middle.from_start = false;
  const auto middle = [&](const MadeGroups& made) { return told(CapturesWithinAuthorised(from_middle), made); };
  MadeGroups made;
  made.add(card("A", State::captured, 60))
      .add(card("B", State::authorised, 10))
      .once()
      .add(card("B", State::authorised, 5))
      .add(card("B", State::captured, 15));
  const InvariantReport report = middle(made);
  CHECK(report.holds);
  CHECK(report.rows == 3);
  CHECK(report.not_covered == 1);

  SECTION("more than was allowed of one that is seen to begin") {
    made.add(card("B", State::captured, 1));
    REQUIRE(middle(made).first_failure);
    CHECK(middle(made).first_failure->position == Position{1, 5});
  }
  SECTION("allowed before, and again behind") {
    // Of 100 that nobody sees, 60 are left: by what is seen, 110 were captured of 50.
    made.add(card("C", State::authorised, 50)).add(card("C", State::captured, 110));
    const InvariantReport both = middle(made);
    CHECK(both.holds);
    CHECK(both.rows == 3);
    CHECK(both.not_covered == 3);
    from_middle.from_start = true;
    CHECK_FALSE(middle(made).holds);
  }
  SECTION("a group decides on the key of its first record with one, and on no other") {
    made.add(Note{"x"}, card("D", State::authorised, 10), card("E", State::authorised, 10)).once();
    made.add(card("E", State::captured, 11));
    CHECK(middle(made).holds);
    CHECK(middle(made).not_covered == 3);
    made.add(card("D", State::captured, 11));
    CHECK_FALSE(middle(made).holds);
  }
  SECTION("rows from before a decision stay what they are") {
    made.add(card("F", State::captured, 11)).add(card("F", State::authorised, 10)).once();
    CHECK(middle(made).holds);
    CHECK(middle(made).not_covered == 3);
  }
}

TEST_CASE("seen from the middle, what is refunded is judged where the payment is seen to begin, captured or not") {
  PaymentRecords from_middle = mapping();
  from_middle.from_start = false;
  MadeGroups made;
  made.add(card("A", State::authorised, 100)).once().add(card("A", State::captured, 60));
  made.add(card("B", State::captured, 60)).add(refund("R1", "B", 61)).once();  // a key of its own, not the payment's
  made.add(refund("R2", "A", 60)).once();
  const InvariantReport report = told(RefundsWithinCaptured(from_middle), made);
  CHECK(report.holds);
  CHECK(report.rows == 2);
  CHECK(report.not_covered == 2);
  made.add(refund("R3", "A", 1)).once();
  const InvariantReport broken = told(RefundsWithinCaptured(from_middle), made);
  REQUIRE(broken.first_failure);
  CHECK(broken.first_failure->position == Position{1, 6});
}

TEST_CASE("seen from the middle, the key of another type begins no payment") {
  // Orders are numbered, and so are their payments: payment 7 is of order 3, and says nothing of order 7.
  PaymentRecords orders{.authorised = {{.record = "refund", .key = "payment"}},
                        .captured = {{.record = "card", .field = "state", .value = 3}},
                        .from_start = false};
  MadeGroups made;
  made.add(refund("7", "3", 10)).once().add(refund("8", "7", 10)).once().add(card("7", State::captured, 15));
  const InvariantReport report = told(CapturesWithinAuthorised(orders), made);
  CHECK(report.holds);
  CHECK(report.rows == 0);
  CHECK(report.not_covered == 3);
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
