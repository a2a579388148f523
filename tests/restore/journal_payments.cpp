// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/restore/journal_payments.hpp>

#include "catch.hpp"
#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_journal_payments {

using namespace lifeboat;

TEST_CASE("the payments of a journal are known by its schemas alone, at rest and while it is written") {
  const support::TempFolder folder;
  auto journal = support::open_journal(folder / "j");
  support::append_payments(*journal, 1, 3);
  for (const bool written : {true, false}) {
    std::string told;
    const auto first = each_payment(folder / "j", {}, [&](const StatementLine& line) {
      told += line.key + " " + to_text(*line.position) + " " + to_text(*line.amount) + "; ";
      return ok();
    });
    REQUIRE(first);
    CHECK(*first == Position{1, 1});
    CHECK(told == "K-1 1:1 1.00 EUR; K-2 1:2 1.00 EUR; K-3 1:3 1.00 EUR; ");
    if (written) journal.reset();
  }
}

TEST_CASE("whoever reads payments may end it, and a journal that is not there is an error") {
  const support::TempFolder folder;
  support::append_payments(*support::open_journal(folder / "j"), 1, 3);
  std::size_t calls = 0;
  const auto ended = each_payment(folder / "j", {}, [&](const StatementLine&) -> Status {
    ++calls;
    return Error{ErrorId::limit, "enough"};
  });
  REQUIRE_FALSE(ended);
  CHECK(ended.error().id() == ErrorId::limit);
  CHECK(calls == 1);
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = each_payment(folder / "j", stop.get_token(), [](const StatementLine&) { return ok(); });
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().id() == ErrorId::interrupted);
  const auto none = each_payment(folder / "none", {}, [](const StatementLine&) { return ok(); });
  REQUIRE_FALSE(none);
  CHECK(none.error().id() == ErrorId::object_missing);
}

}  // namespace test_journal_payments
