// SPDX-License-Identifier: BSL-1.0
// Parts of an archive and of a journal, brought out by a program that was never compiled with the record types.
#include <filesystem>

#include <lifeboat/adapter/nlohmann_json.hpp>
#include <lifeboat/journal/ship_pieces.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/disk.hpp>

#include "catch.hpp"
#include "support/journals.hpp"
#include "support/program.hpp"

namespace test_extract {

using namespace lifeboat;
using support::call_lifeboat;
using support::ProgramAnswer;
using support::read_text;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A source that was backed up, and its journal beside it: K-1 to K-6, 1.00 EUR from account n to n + 1, whose first
/// five groups are on the medium.
struct Bank : support::ProgramPlace {
  std::string journal = *this / "journal";
  std::unique_ptr<Journal> log = support::open_journal(journal);

  Bank() {
    REQUIRE(backup().status == 0);
    support::append_payments(*log, 1, 5);
    auto disk = open_medium<Disk>({.root = *this / "backup"});
    REQUIRE(disk);
    SystemRandom random;
    REQUIRE(ship_pieces(journal, {1, 5}, **disk, "ledger", random, {}));
    support::append_payments(*log, 6, 6);
  }
  [[nodiscard]] std::string target() const { return *this / "look"; }
  [[nodiscard]] ProgramAnswer extract(std::vector<std::string> words) const {
    words.insert(words.begin(), {"extract", "--target", target()});
    return call(std::move(words));
  }
  void refused(const std::vector<std::string>& words, int status, const std::string& said) const {
    const ProgramAnswer answer = extract(words);
    INFO(answer.out << answer.err);
    CHECK(answer.status == status);
    CHECK(has(answer.err, said));
    CHECK_FALSE(std::filesystem::exists(target()));
  }
  void check_not_adopted() const {
    const ProgramAnswer adopted = call({"adopt", target(), "--by", "ann"});
    CHECK(adopted.status == 3);
    CHECK(has(adopted.err, "refused LB-COMBINATION: " + target() + " is an extract: for looking, never the state"));
  }
};

}  // namespace

TEST_CASE("extract: the records of one account, of what the medium has, with an entry in the chain") {
  const Bank bank;
  const std::vector<std::string> words = {"--where", "account=3", "--as", "csv", "--by", "ann", "--ticket", "OPS-17"};
  std::vector<std::string> dry = words;
  dry.emplace_back("--dry-run");
  const ProgramAnswer plan = bank.extract(dry);
  INFO(plan.out << plan.err);
  CHECK(plan.status == 0);
  CHECK(has(plan.out, "would extract 2 records of 2 groups | read to 1:5\n"));
  CHECK_FALSE(std::filesystem::exists(bank.target()));

  const ProgramAnswer done = bank.extract(words);
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  CHECK(has(done.out, "extracted 2 records of 2 groups to " + bank.target() + "/records.csv, "));
  CHECK(has(done.out, " amount: 2.00 EUR in 2 amounts\n"));
  const std::string csv = read_text(bank.target() + "/records.csv");
  CHECK(has(csv, "group,group_time,record_number,record_version,record_type,key,from,to,amount,amount.currency,"));
  CHECK(has(csv, ",K-2,2,3,1.00,EUR,\n"));
  CHECK(has(csv, ",K-3,3,4,1.00,EUR,\n"));
  CHECK_FALSE(has(csv, "K-4"));
  CHECK(
      has(read_text(bank.target() + "/.lifeboat-extract"), "source ledger\nposition 1:5\nwhere account=3\nitems 2\n"));
  const ProgramAnswer log = bank.call({"log"});
  CHECK(has(log.out, " extract: 2 of the journal up to 1:5: where account=3\n    by ann@"));
  CHECK(has(log.out, " | ticket OPS-17\n"));
  bank.check_not_adopted();
  const ProgramAnswer again = bank.extract(words);
  CHECK(again.status == 3);
  CHECK(has(again.err, "LB-TARGET-EXISTS"));
}

TEST_CASE("extract: records between positions and times, as JSON lines") {
  const Bank bank;
  const ProgramAnswer done = bank.extract({"--since", "1:2", "--position", "1:4", "--json"});
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  const auto json = Json::parse(done.out);
  CHECK(json["kind"] == "records");
  CHECK(json["record_count"] == 3);
  CHECK(json["group_count"] == 3);
  CHECK(json["file"] == "records.jsonl");
  CHECK(json["recorded"] == true);
  CHECK(json["sums"][0]["sum"] == "3.00");
  const std::string rows = read_text(bank.target() + "/records.jsonl");
  CHECK(json["bytes"] == rows.size());
  const auto row = Json::parse(rows.substr(0, rows.find('\n')));
  CHECK(row["group"] == "1:2");
  CHECK(row["fields"]["key"] == "K-2");
  const ProgramAnswer none = call_lifeboat(
      {"extract", "--medium", bank.medium(), "--target", bank / "none", "--before", "2020-01-01T00:00:00Z"});
  CHECK(none.status == 0);
  CHECK(has(none.out, "extracted 0 records of 0 groups"));
}

TEST_CASE("extract: of a journal that is written, beside its engine; without a medium there is no chain") {
  const Bank bank;
  const ProgramAnswer done =
      call_lifeboat({"extract", "--target", bank.target(), "--journal", bank.journal, "--since", "1:1"});
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  CHECK(has(done.out, "extracted 6 records of 6 groups"));
  CHECK(has(done.out, "not in a chain: no medium is named\n"));
  bank.check_not_adopted();
}

TEST_CASE("extract: files are a restore with a scope, marked and in the chain") {
  const Bank bank;
  const ProgramAnswer done = bank.extract({"--only", "/sub", "--reason", "to look"});
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  CHECK(std::filesystem::exists(bank.target() + "/sub/b.bin"));
  CHECK_FALSE(std::filesystem::exists(bank.target() + "/a.txt"));
  CHECK(has(read_text(bank.target() + "/.lifeboat-extract"), "only /sub\n"));
  const ProgramAnswer log = bank.call({"log", "--json"});
  const auto entries = Json::parse(log.out)["entries"];
  CHECK(entries.back()["kind"] == "extract");
  CHECK(entries.back()["scope"] == "only /sub");
  CHECK(entries.back()["upto"] == nullptr);
  CHECK(entries.back()["reason"] == "to look");
  bank.check_not_adopted();
  CHECK(bank.call_with_source({"backup"}).status == 0);
  CHECK(bank.call({"verify"}).status == 0);
}

TEST_CASE("extract: what is no part, or of both kinds, is refused, and nothing is made") {
  const Bank bank;
  bank.refused({}, 2, "an extract is of a part");
  bank.refused({"--only", "/a.txt", "--where", "account=3"}, 2, "do not go together");
  bank.refused({"--where", "acount=3"}, 3, "no record type of this journal has a field 'acount'");
  bank.refused({"--where", "account"}, 2, "is no condition");
  bank.refused({"--position", "four"}, 2, "is no position");
  bank.refused({"--position", "four"}, 2, " --dry-run    # it says which there are\n");
  bank.refused({"--before", "14:03"}, 3, "LB-TIME-ZONE");
  bank.refused({"--only", "/none"}, 3, "has nothing that '/none' names");
  bank.refused({"--where", "account=3", "--journal", bank / "no"}, 3, "there is no journal");
  bank.refused({"--where", "account=3", "--as", "xml"}, 2, "--as takes csv or jsonl");
  const support::ProgramPlace plain;
  REQUIRE(plain.backup().status == 0);
  const ProgramAnswer none = plain.call({"extract", "--target", plain / "look", "--where", "account=3"});
  CHECK(none.status == 3);
  CHECK(has(none.err, "has no journal of ledger"));
}

}  // namespace test_extract
