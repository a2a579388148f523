// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/journal_lag.hpp>

#include "catch.hpp"
#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_journal_lag {

using namespace lifeboat;

TEST_CASE("what a copy lacks is counted and summed, while the journal is written") {
  const support::TempFolder folder;
  const auto journal = support::open_journal(folder / "j");
  support::append_payments(*journal, 1, 5);
  const auto behind = [&](Position position) {
    const auto lag = journal_lag(folder / "j", position);
    INFO((lag ? std::string() : lag.error().sentence()));
    REQUIRE(lag);
    return *lag;
  };
  const JournalLag all = behind({});
  CHECK(all.groups == 5);
  CHECK(all.upto == Position{1, 5});
  REQUIRE(all.sums.size() == 1);
  CHECK(to_text(all.sums.begin()->second) == "5.00 EUR");
  CHECK(all.unknown_records == 0);
  const JournalLag two = behind({1, 3});
  CHECK(two.groups == 2);
  CHECK(to_text(two.sums.begin()->second) == "2.00 EUR");
  CHECK(two.oldest != Timestamp{});
  const JournalLag none = behind({1, 5});
  CHECK(none.groups == 0);
  CHECK(none.sums.empty());
  CHECK(none.upto == Position{});
}

TEST_CASE("a copy that lacks what the journal keeps no more, and a journal that is not there, are errors") {
  const support::TempFolder folder;
  const auto none = journal_lag(folder / "none", {});
  REQUIRE_FALSE(none);
  CHECK(none.error().id() == ErrorId::object_missing);
}

}  // namespace test_journal_lag
