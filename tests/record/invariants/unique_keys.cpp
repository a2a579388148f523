// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/invariants/unique_keys.hpp>

#include "record/invariants/payments.hpp"
#include "support/temp_folder.hpp"

namespace test_unique_keys {

using namespace lifeboat;
using support::told;
using testing::MadeGroups;

TEST_CASE("unique keys: the laws, in memory and on disk") {
  MadeGroups good;
  for (std::uint64_t n = 1; n <= 4'000; ++n) good.add(support::transfer(n), Note{"x"});
  good.add(support::transfer(7));  // asked again, the same answer
  MadeGroups bad;
  bad.add(support::transfer(1)).add(support::transfer(2)).add(support::transfer(1, 101)).add(support::transfer(2, 101));
  REQUIRE_LAWS(testing::invariant_laws([] { return UniqueKeys(); }, {good.groups(), 4'001, bad.groups()}));
  const support::TempFolder folder;
  REQUIRE_LAWS(testing::invariant_laws([&] { return UniqueKeys({.space = {.folder = folder.path(), .memory = 1}}); },
                                       {good.groups(), 4'001, bad.groups()}));
}

TEST_CASE("a key that comes back with another content is found, at the later place") {
  MadeGroups made;
  made.add(support::transfer(1)).add(support::transfer(2)).add(support::transfer(1)).add(support::transfer(1, 5));
  const InvariantReport report = told(UniqueKeys(), made);
  REQUIRE(report.first_failure);
  CHECK(report.first_failure->position == Position{1, 4});
  CHECK(report.first_failure->sentence == "a key of this group stands at 1:1 already, with another content");
}

TEST_CASE("a payment goes on with its key: its stage tells it apart") {
  MadeGroups made;
  const Key key{"C"};
  made.add(CardPayment{key, {State::authorised}, {100, EUR}}).add(CardPayment{key, {State::captured}, {90, EUR}});
  CHECK(told(UniqueKeys(), made).proven());
  made.add(CardPayment{key, {State::captured}, {80, EUR}});
  CHECK_FALSE(told(UniqueKeys(), made).holds);
}

TEST_CASE("the records of one group that share a key are one content") {
  const auto of = [](std::int64_t second) {
    Transfer one = support::transfer(1, 1);
    Transfer two = support::transfer(1, second);
    return std::pair(one, two);
  };
  MadeGroups made;
  const auto [one, two] = of(2);
  made.add(one, two).add(one, two);
  CHECK(told(UniqueKeys(), made).proven());
  made.add(two, one);
  CHECK_FALSE(told(UniqueKeys(), made).holds);
}

TEST_CASE("only the types that are named, and a key that is not there is said") {
  MadeGroups made;
  made.add(support::transfer(1)).add(support::transfer(1, 5)).add(Batch{});
  CHECK_FALSE(told(UniqueKeys(), made).holds);
  const InvariantReport report = told(UniqueKeys({.records = {"batch"}}), made);
  CHECK(report.holds);
  CHECK(report.rows == 0);
  CHECK(report.not_covered == 1);  // its optional key is empty
}

TEST_CASE("more keys than memory holds are found on disk, and without a folder refused") {
  const support::TempFolder folder;
  constexpr std::uint64_t count = 20'000;
  MadeGroups made;
  for (std::uint64_t n = 0; n < count; ++n) made.add(support::transfer(n));
  made.add(support::transfer(4321)).add(support::transfer(1234, 77));
  const InvariantSpace little{.folder = folder.path(), .memory = 64U << 10U, .seed = 7};  // a fifteenth of them
  const InvariantReport report = told(UniqueKeys({.space = little}), made);
  REQUIRE(report.first_failure);
  CHECK(report.first_failure->position == Position{1, count + 2});
  CHECK(report.rows == count + 2);

  UniqueKeys in_memory({.space = {.memory = 64U << 10U}});
  Status seen = ok();
  for (const SeenGroup& group : made.groups())
    if (seen) seen = in_memory.see(group);
  REQUIRE_FALSE(seen);
  CHECK(seen.error().id() == ErrorId::limit);
}

TEST_CASE("a folder that can not be written is an error and no verdict") {
  MadeGroups made;
  for (std::uint64_t n = 0; n < 6'000; ++n) made.add(support::transfer(n));
  UniqueKeys keys({.space = {.folder = "/nowhere/at/all", .memory = 1}});
  Status seen = ok();
  for (const SeenGroup& group : made.groups())
    if (seen) seen = keys.see(group);
  REQUIRE_FALSE(seen);
  CHECK(seen.error().id() == ErrorId::state_folder);
}

TEST_CASE("a key that is sensitive is not told") {
  MadeGroups made;
  made.add(Secret{{Key{"4111-1111"}}, {{State::asked}}, {1}, {{1, EUR}}});
  made.add(Secret{{Key{"4111-1111"}}, {{State::asked}}, {1}, {{2, EUR}}});
  const InvariantReport report = told(UniqueKeys(), made);
  REQUIRE(report.first_failure);
  CHECK(to_text(report).find("4111") == std::string::npos);
}

}  // namespace test_unique_keys
