// SPDX-License-Identifier: BSL-1.0
// What is missing or damaged of a journal on the medium, as verify and status say it.
#include <lifeboat/cli/journal_gaps.hpp>

#include <filesystem>
#include <fstream>

#include <lifeboat/journal/ship_pieces.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/disk.hpp>

#include "catch.hpp"
#include "support/journals.hpp"
#include "support/program.hpp"

namespace test_journal_gaps {

using namespace lifeboat;
using support::ProgramAnswer;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A source that was backed up, and its journal beside it, on the medium in three pieces of five groups.
struct Bank : support::ProgramPlace {
  std::string journal = *this / "journal";
  std::string pieces = *this / "backup" + "/journal/ledger/";

  Bank() {
    REQUIRE(backup().status == 0);
    for (std::uint64_t n = 0; n < 3; ++n) ship(n * 5 + 1, n * 5 + 5);
  }
  void ship(std::uint64_t from, std::uint64_t to) {
    const auto log = support::open_journal(journal);
    if (from <= to) support::append_payments(*log, from, to);
    auto disk = open_medium<Disk>({.root = *this / "backup"});
    REQUIRE(disk);
    SystemRandom random;
    REQUIRE(ship_pieces(journal, log->durable(), **disk, "ledger", random));
  }
  std::string piece(std::uint64_t after) const {
    for (const auto& entry : std::filesystem::directory_iterator(pieces))
      if (has(entry.path().filename().string(), "-" + zero_padded(after, 20) + "-")) return entry.path().string();
    FAIL("no piece behind " << after);
    return {};
  }
  ProgramAnswer says(std::vector<std::string> words, int status, const std::vector<std::string>& parts) const {
    ProgramAnswer answer = call(std::move(words));
    INFO(answer.out << answer.err);
    CHECK(answer.status == status);
    for (const std::string& part : parts) {
      INFO(part);
      CHECK(has(answer.out + answer.err, part));
    }
    return answer;
  }
};

}  // namespace

TEST_CASE("verify reads the journal on the medium, and says what it read") {
  Bank bank;
  bank.says({"verify"}, 0, {"journal behind 1:0 to 1:15 | 3 pieces | 15 groups read", "verified | depth digests"});
  bank.says({"verify", "--depth", "catalog"}, 0, {"| 0 groups read, ", " unread\n"});
  const ProgramAnswer named = bank.says({"verify", "--archive", "latest"}, 0, {"journal not looked at"});
  std::fstream file(bank.piece(5), std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(300);
  const int byte = file.get();
  file.seekp(300);
  file.put(static_cast<char>(byte ^ 1));
  file.close();
  bank.says({"verify"}, 1,
            {"found LB-", "0000000001-00000000000000000005-00000000000000000010", "DAMAGED", "1 finding"});
  bank.says({"verify", "--depth", "restore", "--json"}, 1, {"\"after\":\"1:5\"", "\"upto\":\"1:10\"", "\"groups\":10"});
}

TEST_CASE("a piece that is gone is shown by verify and by status, until the sync brings it again") {
  Bank bank;
  std::filesystem::remove(bank.piece(5));
  bank.says({"verify"}, 1, {"found LB-OBJECT-MISSING: the medium lacks the groups behind 1:5 up to 1:10", "1 gap"});
  bank.says({"status"}, 1,
            {"journal here to 1:15", "gap     the medium lacks the groups behind 1:5 up to 1:10: no restore goes over",
             "next: lifeboat verify --id ledger"});
  bank.says({"status", "--json"}, 1, {"\"after\":\"1:5\"", "\"groups\":5"});
  bank.ship(1, 0);
  bank.says({"verify"}, 0, {"verified"});
  bank.says({"status"}, 0, {"journal here to 1:15"});
  // The last piece tells when its last group was paid; status goes on where that can not be read.
  std::filesystem::resize_file(bank.piece(10), 100);
  bank.says({"status"}, 1, {"journal here to 1:15, age unknown", "damaged ", "next: lifeboat verify --id ledger"});
}

TEST_CASE("a journal whose segments are gone is told so") {
  Bank bank;
  bank.says({"status", "--journal", bank.journal}, 0, {"lag     the medium lacks 0 groups"});
  for (const auto& entry : std::filesystem::directory_iterator(bank.journal))
    if (has(entry.path().filename().string(), "segment-")) std::filesystem::remove(entry.path());
  const ProgramAnswer answer =
      bank.says({"status", "--journal", bank.journal}, 1, {"there is no journal in " + bank.journal});
  CHECK_FALSE(has(answer.out, "lag "));
}

}  // namespace test_journal_gaps
