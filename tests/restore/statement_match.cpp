// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/restore/statement_match.hpp>

#include <fstream>
#include <stdexcept>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_statement_match {

using namespace lifeboat;

namespace {

StatementLine line(std::string key, std::int64_t cents = 100) {
  return {.key = std::move(key), .amount = Money{cents, EUR}, .client = "shop", .state = "in-doubt"};
}

}  // namespace

TEST_CASE("a statement is matched with ours, and every difference is listed in both formats") {
  const support::TempFolder folder;
  std::ofstream(folder / "s.csv") << "key,amount,currency,state\n"
                                     "same,1.00,EUR,paid\n"
                                     "digits,1,EUR,paid\n"
                                     "amount,2.00,EUR,paid\n"
                                     "currency,1.00,USD,paid\n"
                                     "none,,,paid\n"
                                     "unknown,5.00,EUR,paid\n"
                                     "index,1.00,EUR,paid\n"
                                     "index-amount,1.00,EUR,paid\n"
                                     "index-alone,1.00,EUR,paid\n"
                                     "same,1.00,EUR,paid\n";
  StatementMatch match;
  for (const char* key : {"same", "digits", "amount", "currency", "none", "missing"}) match.add_ours(line(key));
  const auto known = [](const StatementLine& theirs) -> Result<std::optional<StatementLine>> {
    if (theirs.key == "index") return std::optional(line("index"));
    if (theirs.key == "index-amount") return std::optional(line("index-amount", 99));
    if (theirs.key == "index-alone") return std::optional(StatementLine{.key = "index-alone"});
    return std::optional<StatementLine>();
  };
  for (int round = 0; round < 2; ++round) {  // it can be asked again
    std::string csv;
    std::string jsonl;
    const auto facts = match.run(folder / "s.csv", StatementFormat::csv, known, [&](const Difference& difference) {
      difference.each_line([&](const StatementLine& l) {
        csv += csv_line(l);
        jsonl += *jsonl_line(l);
      });
    });
    REQUIRE(facts);
    CHECK(facts->lines == 10);
    CHECK(csv ==
          "amount,,,2.00,EUR,,amount-there\n"
          "amount,,,1.00,EUR,shop,amount-here\n"
          "currency,,,1.00,USD,,amount-there\n"
          "currency,,,1.00,EUR,shop,amount-here\n"
          "none,,,,,,amount-there\n"
          "none,,,1.00,EUR,shop,amount-here\n"
          "unknown,,,5.00,EUR,,unknown-here\n"
          "index-amount,,,1.00,EUR,,amount-there\n"
          "index-amount,,,0.99,EUR,shop,amount-here\n"
          "same,,,1.00,EUR,,twice-there\n"
          "same,,,1.00,EUR,shop,twice-here\n"
          "missing,,,1.00,EUR,shop,missing-there\n");
    CHECK(jsonl.find(R"({"key":"unknown","amount":"5.00","currency":"EUR","state":"unknown-here"})") !=
          std::string::npos);
  }
}

TEST_CASE("an error of the file or of the lookup ends a match") {
  const support::TempFolder folder;
  std::ofstream(folder / "bad.csv") << "key\nA\nB,C\n";
  std::ofstream(folder / "good.csv") << "key\nA\n";
  StatementMatch match;
  const auto none = [](const StatementLine&) -> Result<std::optional<StatementLine>> {
    return std::optional<StatementLine>();
  };
  const auto ignore = [](const Difference&) {};
  CHECK(match.run(folder / "bad.csv", StatementFormat::csv, none, ignore).error().id() == ErrorId::statement);
  const auto throws = [](const StatementLine&) -> Result<std::optional<StatementLine>> {
    throw std::runtime_error("gone");
  };
  CHECK(match.run(folder / "good.csv", StatementFormat::csv, throws, ignore).error().id() == ErrorId::callback_threw);
}

}  // namespace test_statement_match
