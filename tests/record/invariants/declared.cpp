// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/invariants/declared.hpp>

#include "record/invariants/payments.hpp"

/// A card's payment before anybody had said what it means, and with another name.
struct CardPlain {
  lifeboat::Key key;
  lifeboat::Stage<State> state;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(CardPlain, key, state, amount);
/// The same version, when it was said.
struct CardMeant {
  lifeboat::Key key;
  lifeboat::Stage<State> state;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(CardMeant, key, state, amount);
/// The next version, under another name: what it captures is told apart from what was asked for.
struct CardNext {
  lifeboat::Key key;
  lifeboat::Stage<State> state;
  lifeboat::Money amount;
  lifeboat::Money taken;
};
BOOST_HANA_ADAPT_STRUCT(CardNext, key, state, amount, taken);
struct Repaid {
  lifeboat::Key key;
  lifeboat::Key payment;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Repaid, key, payment, amount);
struct Owed {
  lifeboat::DebitAccount account;
  lifeboat::Money sum;
};
BOOST_HANA_ADAPT_STRUCT(Owed, account, sum);

LIFEBOAT_TESTS_TRAITS(CardPlain, 31, "paid");
template <>
struct lifeboat::RecordTraits<CardMeant> {
  static constexpr RecordNumber number = 31;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "paid";
  static constexpr std::array meanings{authorises().where("state", State::authorised),
                                       captures().where("state", State::captured)};
};
template <>
struct lifeboat::RecordTraits<CardNext> {
  static constexpr RecordNumber number = 31;
  static constexpr std::uint16_t version = 2;
  static constexpr std::string_view name = "card_payment";
  static constexpr std::array meanings{captures().where("state", State::captured).of_amount("taken")};
};
template <>
struct lifeboat::RecordTraits<Repaid> {
  static constexpr RecordNumber number = 32;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "repaid";
  static constexpr std::array meanings{refunds().by_key("payment")};
};
template <>
struct lifeboat::RecordTraits<Owed> {
  static constexpr RecordNumber number = 33;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "owed";
  static constexpr std::array meanings{states_balance("account", "sum").as_debits()};
};

namespace test_declared {

using namespace lifeboat;
using testing::MadeGroups;

namespace {

std::vector<std::string> names_of(const Invariants& all) {
  std::vector<std::string> names;
  for (const auto& one : all) names.emplace_back(one->name());
  return names;
}

std::vector<InvariantReport> told_by(const std::vector<Bytes>& schemas, const MadeGroups& made,
                                     bool from_start = true) {
  const Invariants all = declared_invariants(declared_books(schemas), from_start, {});
  std::vector<InvariantReport> reports;
  for (const auto& one : all) {
    for (const SeenGroup& group : made.groups()) REQUIRE(one->see(group));
    auto report = one->finish();
    REQUIRE(report);
    reports.push_back(*report);
  }
  return reports;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a journal asks for what its record types mean, and for nothing else") {
  const auto asked = [](std::vector<Bytes> schemas) {
    return names_of(declared_invariants(declared_books(schemas), true, {}));
  };
  CHECK(asked({}).empty());
  CHECK(asked({schema_bytes<Transfer>(), schema_bytes<CardPlain>(), Bytes(7)}).empty());
  CHECK(asked({schema_bytes<CardMeant>()}) == Names{"captures-within-authorised"});
  CHECK(asked({schema_bytes<CardNext>()}).empty());  // captures, and nobody says what is authorised or refunded
  CHECK(asked({schema_bytes<Repaid>(), schema_bytes<CardNext>()}) == Names{"refunds-within-captured"});
  CHECK(asked({schema_bytes<Owed>(), schema_bytes<CardMeant>(), schema_bytes<Repaid>()}) ==
        Names{"captures-within-authorised", "refunds-within-captured", "balances-equal-replay"});
  CHECK(declared_books(std::vector<Bytes>{schema_bytes<Owed>()}).stating() == Names{"owed"});
}

TEST_CASE("records of before are judged by what is said later, in either order of the schemas") {
  MadeGroups made;
  made.add(CardPlain{Key{"A"}, {State::authorised}, {100, EUR}})
      .add(CardPlain{Key{"A"}, {State::captured}, {60, EUR}})
      .add(CardMeant{Key{"A"}, {State::captured}, {41, EUR}});
  for (const std::vector<Bytes>& schemas : {std::vector<Bytes>{schema_bytes<CardPlain>(), schema_bytes<CardMeant>()},
                                            std::vector<Bytes>{schema_bytes<CardMeant>(), schema_bytes<CardPlain>()}}) {
    const auto reports = told_by(schemas, made);
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].rows == 3);
    REQUIRE(reports[0].first_failure);
    CHECK(reports[0].first_failure->position == Position{1, 3});
  }
}

TEST_CASE("the highest version says what a type means; what a name of before says for itself stays") {
  // Under its earlier name the type said nothing: its records have no field that is meant now, and are not covered.
  const std::vector<Bytes> renamed{schema_bytes<CardNext>(), schema_bytes<CardPlain>(), schema_bytes<Repaid>()};
  const DeclaredBooks books = declared_books(renamed);
  REQUIRE(books.payments.captured.size() == 2);
  CHECK(books.payments.captured[0].record == "card_payment");
  CHECK(books.payments.captured[1].record == "paid");
  CHECK(books.payments.captured[1].amount == "taken");
  MadeGroups made;
  made.add(CardNext{Key{"A"}, {State::captured}, {100, EUR}, {60, EUR}})
      .add(Repaid{Key{"R"}, Key{"A"}, {60, EUR}})
      .add(CardPlain{Key{"B"}, {State::captured}, {1, EUR}});
  auto reports = told_by(renamed, made);
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].holds);
  CHECK(reports[0].rows == 2);
  CHECK(reports[0].not_covered == 1);
  made.add(Repaid{Key{"R"}, Key{"A"}, {1, EUR}});
  CHECK_FALSE(told_by(renamed, made)[0].holds);

  std::vector<Bytes> both = renamed;
  both.push_back(schema_bytes<CardMeant>());
  const DeclaredBooks said = declared_books(both);
  REQUIRE(said.payments.captured.size() == 2);
  CHECK(said.payments.captured[1].amount.empty());
  CHECK(said.payments.authorised.size() == 1);
}

TEST_CASE("seen from the middle, what was allowed before is left out, and a balance is taken") {
  const std::vector<Bytes> schemas{schema_bytes<CardMeant>(), schema_bytes<Owed>()};
  MadeGroups made;
  made.add(CardMeant{Key{"A"}, {State::captured}, {60, EUR}}).add(Owed{{1}, {70, EUR}}).add(Owed{{1}, {70, EUR}});
  const auto middle = told_by(schemas, made, false);
  REQUIRE(middle.size() == 2);
  CHECK(middle[0].holds);
  CHECK(middle[0].not_covered == 1);
  CHECK(middle[1].holds);
  CHECK(middle[1].rows == 1);
  CHECK(middle[1].not_covered == 1);
  for (const InvariantReport& report : told_by(schemas, made)) CHECK_FALSE(report.holds);
}

TEST_CASE("of what is made by hand and of what is declared the laws are the same") {
  const std::vector<Bytes> schemas{schema_bytes<CardMeant>(), schema_bytes<Repaid>()};
  MadeGroups good;
  good.add(CardMeant{Key{"A"}, {State::captured}, {60, EUR}}).add(Repaid{Key{"R"}, Key{"A"}, {60, EUR}});
  MadeGroups bad;
  bad.add(CardMeant{Key{"A"}, {State::captured}, {60, EUR}}).add(Repaid{Key{"R"}, Key{"A"}, {61, EUR}});
  REQUIRE_LAWS(testing::invariant_laws([&] { return RefundsWithinCaptured(declared_books(schemas).payments); },
                                       {good.groups(), 2, bad.groups()}));
}

}  // namespace test_declared
