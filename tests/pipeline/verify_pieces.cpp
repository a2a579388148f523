// SPDX-License-Identifier: BSL-1.0
// That what is missing or damaged of a journal on a medium is found, wherever it is.
#include <lifeboat/pipeline/verify_pieces.hpp>

#include <lifeboat/archive/state_folder.hpp>
#include <lifeboat/core/random.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>

#include "catch.hpp"
#include "support/chain_of.hpp"
#include "support/claimed.hpp"
#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_verify_pieces {

using namespace lifeboat;

namespace {

struct Bank {
  support::TempFolder folder;
  std::unique_ptr<MediumPort> medium = open_medium<Memory>({}).value();
  std::unique_ptr<Journal> journal = support::open_journal(folder / "j");
  SystemRandom random;
  SystemClock clock;
  std::optional<Repository> repository;
  Catalog catalog;
  VerifyReport report;

  Bank() {
    REQUIRE(create_repository(*medium, StructuralId::sha256, clock, random));
    repository = open_repository(*medium).value();
    catalog.source = "ledger";
    for (std::uint64_t n = 0; n < 5; ++n) ship(n * 10 + 1, n * 10 + 10);
  }
  void ship(std::uint64_t from, std::uint64_t to) {
    support::append_payments(*journal, from, to, 3);
    REQUIRE(ship_pieces(folder / "j", journal->durable(), *medium, "ledger", random));
  }
  ObjectName piece(std::size_t number) {
    return piece_name("ledger", list_journal(*medium, "ledger")->pieces.at(number));
  }
  void remove(const ObjectName& name) { REQUIRE(medium->remove(std::span(&name, 1))); }
  void damage(const ObjectName& name, std::size_t at) {
    Bytes bytes = read_small_object(*medium, name).value();
    bytes[at < bytes.size() ? at : bytes.size() / 2] ^= std::byte{0x20};
    remove(name);
    REQUIRE(publish_object(*medium, name, bytes));
  }
  JournalVerification verify(Depth depth = Depth::digests, std::uint64_t budget = 0) {
    VerifyInput input;
    input.repository = &*repository;
    input.catalog = &catalog;
    input.depth = depth;
    input.budget_bytes = budget;
    report = {};
    auto done = verify_pieces(input, "ledger.doubt", report);
    INFO((done ? std::string() : done.error().sentence()));
    REQUIRE(done);
    CHECK(report.objects == done->pieces);
    CHECK(report.bytes == done->bytes);
    CHECK(report.unread == done->unread);
    return *done;
  }
  /// What a run leaves in the chain.
  void remember(Depth depth) {
    ChainEntry& entry = catalog.entries.emplace_back();
    entry.kind = EntryKind::verify;
    entry.verify = report.facts;
    entry.verify.depth = depth;
  }
};

}  // namespace

TEST_CASE("a journal that is whole is read to its last byte, or what was not read is said") {
  Bank bank;
  const JournalVerification done = bank.verify();
  CHECK(bank.report.good());
  CHECK(done.pieces == 5);
  CHECK(done.groups == 50);
  CHECK(done.after == Position{1, 0});
  CHECK(done.last == Position{1, 50});
  CHECK(done.unread == 0);
  CHECK(done.bytes > 0);
  for (const Depth depth : {Depth::catalog, Depth::seals}) {
    const JournalVerification shallow = bank.verify(depth);
    CHECK(bank.report.good());
    CHECK(shallow.groups == 0);
    CHECK(shallow.unread == done.bytes);
  }
}

TEST_CASE("a piece that is missing is found at every depth, and what it lacks is named") {
  Bank bank;
  bank.remove(bank.piece(2));
  for (const Depth depth : {Depth::catalog, Depth::seals, Depth::digests, Depth::restore}) {
    const JournalVerification done = bank.verify(depth);
    REQUIRE(bank.report.finding_count == 1);
    CHECK(bank.report.findings[0].id == ErrorId::object_missing);
    CHECK(bank.report.findings[0].text ==
          "the medium lacks the groups behind 1:20 up to 1:30 of the journal of ledger");
    REQUIRE(done.gaps.size() == 1);
    CHECK(done.gaps[0].groups == 10);
    CHECK(done.groups == (depth < Depth::digests ? 0 : 40));
  }
}

TEST_CASE("a damaged piece is found, and does not hide what is behind it") {
  Bank bank;
  const ObjectName second = bank.piece(1);
  const ObjectName fourth = bank.piece(3);
  bank.damage(second, 5000);
  bank.damage(fourth, 9);  // its header
  const JournalVerification done = bank.verify();
  REQUIRE(bank.report.finding_count == 2);
  CHECK(bank.report.findings[0].object == second);
  CHECK(bank.report.findings[1].object == fourth);
  REQUIRE(done.gaps.size() == 2);
  CHECK(done.gaps[0].upto == Position{1, 20});
  CHECK(done.gaps[0].after >= Position{1, 10});
  CHECK(done.gaps[1].after == Position{1, 30});
  CHECK(done.gaps[1].groups == 10);
  CHECK(done.groups == 40 - done.gaps[0].groups);
  CHECK(done.unread == 0);
}

TEST_CASE("a piece that ends too soon is found by its receipt, without reading it") {
  Bank bank;
  const ObjectName name = bank.piece(4);
  Bytes bytes = read_small_object(*bank.medium, name).value();
  bytes.resize(bytes.size() - 8);
  bank.remove(name);
  REQUIRE(publish_object(*bank.medium, name, bytes));
  bank.verify(Depth::seals);
  REQUIRE(bank.report.finding_count == 1);
  CHECK(bank.report.findings[0].object == name);
}

TEST_CASE("a history that begins behind what an archive needs, and a window of doubt without its beginning") {
  Bank bank;
  bank.catalog.archives = chains::chain_of("F");
  bank.catalog.archives[0].facts.has_position = true;
  bank.catalog.archives[0].facts.position = {1, 7};
  bank.verify();
  CHECK(bank.report.good());
  bank.remove(bank.piece(0));
  const JournalVerification done = bank.verify();
  REQUIRE(bank.report.finding_count == 1);
  CHECK(bank.report.findings[0].text.find("behind 1:7 up to 1:10") != std::string::npos);
  CHECK(done.gaps.at(0).groups == 3);

  const auto doubt = support::open_journal(bank.folder / "d");
  for (std::uint64_t n = 1; n <= 2; ++n) {
    support::append_payments(*doubt, n, n);
    REQUIRE(ship_pieces(bank.folder / "d", doubt->durable(), *bank.medium, "ledger.doubt", bank.random));
  }
  CHECK(bank.verify().doubt == 2);
  CHECK(bank.report.finding_count == 1);
  bank.remove(piece_name("ledger.doubt", list_journal(*bank.medium, "ledger.doubt")->pieces[0]));
  bank.verify();
  REQUIRE(bank.report.finding_count == 2);
  CHECK(bank.report.findings[0].text == "the medium lacks the beginning of ledger.doubt, up to group 1");
}

TEST_CASE("with a budget each run goes on where the one before stopped, until all was read") {
  Bank bank;
  const std::uint64_t all = bank.verify().bytes;
  bank.damage(bank.piece(4), 5000);
  std::uint64_t groups = 0;
  std::uint64_t found = 0;
  int runs = 0;
  for (bool ended = true; ended && runs < 20; ++runs) {
    const JournalVerification done = bank.verify(Depth::digests, all / 2);  // half of it is the journal's
    ended = bank.report.budget_ended;
    CHECK(done.bytes + done.unread == all);
    groups += done.groups;
    found += bank.report.finding_count;
    bank.remember(Depth::digests);
    if (found != 0) break;
  }
  CHECK(runs > 1);
  CHECK(found == 1);
  CHECK(groups >= 40);
  CHECK(groups < 100);  // a run that came to the end begins anew with what is left of its budget
}

TEST_CASE("what a later epoch left is evidence, and is read as such") {
  Bank bank;
  support::claim(*bank.medium, "ledger", 2, {1, 25}, 51);
  const JournalVerification done = bank.verify();
  CHECK(bank.report.good());
  CHECK(done.last == Position{1, 25});
  CHECK(done.unread == 0);
  bank.damage(piece_name("ledger", list_journal(*bank.medium, "ledger")->undone[1]), 5000);
  bank.verify();
  CHECK(bank.report.finding_count == 1);
}

}  // namespace test_verify_pieces
