// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/invariant.hpp>

#include "record/invariants/payments.hpp"

namespace test_invariant {

using namespace lifeboat;
using testing::MadeGroups;

namespace {

/// An invariant of a user's own: no transfer is above a limit.
struct NothingAboveLimit {
  static constexpr std::string_view name = "nothing-above-limit";

  Status see(const SeenGroup& group) {
    for (const SeenRecord& record : group.records) {
      if (record.schema->name != "transfer") continue;
      tally.rows();
      const Money money = value_at(record.value, "amount")->as_money();
      if (money.minor > 1'000'00) tally.fails(group.position, [&] { return to_text(money) + " is above the limit"; });
    }
    return ok();
  }
  Result<InvariantReport> finish() { return tally.report(name); }

  InvariantTally tally;
};
static_assert(Invariant<NothingAboveLimit>);

struct Throws {
  static constexpr std::string_view name = "throws";
  Status see(const SeenGroup&) { throw std::runtime_error("no such account"); }
  Result<InvariantReport> finish() { return InvariantReport{}; }
};

/// Breaks every law there is.
struct Lawless {
  static constexpr std::string_view name = "lawless";
  static inline int counter = 0;
  Status see(const SeenGroup&) { return ok(); }
  Result<InvariantReport> finish() {
    ++counter;
    InvariantReport report{"another", static_cast<std::uint64_t>(counter), 0, counter % 2 == 0, {}};
    return report;
  }
};

}  // namespace

TEST_CASE("an invariant of one's own is a struct with see and finish") {
  MadeGroups good;
  good.add(support::transfer(1), Note{"x"}).add(support::transfer(2)).add(Note{"y"});
  MadeGroups bad;
  bad.add(support::transfer(1)).add(support::transfer(2, 1'000'01)).add(support::transfer(3, 5'000'00));
  REQUIRE_LAWS(testing::invariant_laws([] { return NothingAboveLimit(); }, {good.groups(), 2, bad.groups()}));

  const InvariantReport report = support::told(NothingAboveLimit(), bad);
  CHECK(to_text(report) == "nothing-above-limit: broken at 1:2: 1000.01 EUR is above the limit; 3 rows");
  CHECK(to_text(support::told(NothingAboveLimit(), good)) == "nothing-above-limit: holds for 2 rows");
  CHECK(to_text(support::told(NothingAboveLimit(), MadeGroups())) ==
        "nothing-above-limit: there was nothing to look at");
}

TEST_CASE("records of unknown types are said, and nothing is proven then") {
  MadeGroups made;
  made.add(support::transfer(1)).unknown(2);
  const InvariantReport report = support::told(NothingAboveLimit(), made);
  CHECK(report.holds);
  CHECK_FALSE(report.proven());
  CHECK(to_text(report) == "nothing-above-limit: holds for 1 row; 2 not covered");
}

TEST_CASE("what an invariant throws is an error that names it") {
  MadeGroups made;
  made.add(Note{"x"});
  Throws model;
  InvariantAdapter<Throws> port(model);
  const Status seen = port.see(made.groups().front());
  REQUIRE_FALSE(seen);
  CHECK(seen.error().id() == ErrorId::callback_threw);
  CHECK(seen.error().sentence() == "throws threw: no such account");
}

TEST_CASE("the laws find one that breaks them") {
  MadeGroups made;
  made.add(Note{"x"});
  const testing::Laws laws = testing::invariant_laws([] { return Lawless(); }, {made.groups(), 1, made.groups()});
  for (const char* law :
       {"on nothing, no row is covered and it holds", "a report has the invariant's name",
        "the same groups give the same verdict", "finish asked twice gives the same answer",
        "the rows covered are those fed that it speaks of", "a failure stays, whatever comes behind it",
        "what does not hold has a first failure, and nothing else has"}) {
    INFO(law);
    CHECK_FALSE(laws.holds(law));
  }
}

}  // namespace test_invariant
