// SPDX-License-Identifier: BSL-1.0
// What an adoption rests on: the medium as the restore saw it, and the list of what is undone, whole.
#include <lifeboat/pipeline/adopt.hpp>

#include <filesystem>
#include <fstream>

#include <lifeboat/lifeboat.hpp>
#include <lifeboat/sync/log_sync.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/temp_folder.hpp"

namespace test_adopt_rests_on {

using namespace lifeboat;

namespace {

using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256>;

struct Stands final : FreezeHook {
  Position applied{};
  Result<Frozen> freeze(std::chrono::steady_clock::time_point) override {
    return Frozen{.cut = {.kind = CutKind::frozen, .has_position = true, .position = applied}};
  }
  void thaw() noexcept override {}
};

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Paid 1.00 to 30.00 EUR, backed up behind the tenth, shipped all.
struct Bank {
  support::TempFolder folder;
  Stands hook;
  std::string again = folder / "again";
  std::optional<Pipeline> pipeline;

  Bank() {
    std::filesystem::create_directory(folder / "engine");
    open("engine");
    pay(1, 10);
    REQUIRE(pipeline->backup());
    pay(11, 30);
    REQUIRE(pipeline->sync());
  }
  void open(const std::string& root) {
    pipeline.reset();
    auto opened = Pipeline::open({.source = {.id = "bank", .root = folder / root, .freeze = &hook},
                                  .medium = {.root = folder / "backup", .create = true},
                                  .sync = {.journal = folder / root + "/journal"},
                                  .keep_state = false});
    INFO((opened ? std::string() : opened.error().sentence()));
    REQUIRE(opened);
    pipeline.emplace(std::move(*opened));
  }
  std::string told(std::uint64_t n) const {
    const Payment payment{*Key::of("A-" + std::to_string(n)), {1}, {2}, {static_cast<std::int64_t>(n) * 100, EUR}};
    return const_cast<Pipeline&>(*pipeline).append_once(payment).match(
        [](Acked<LocalDurable> a) { return "acked " + to_text(a.position); },
        [](Already a) { return "already " + to_text(a.position); }, [](InDoubt) { return std::string("in doubt"); },
        [](NotWritten r) { return "not written " + std::string(to_string(r.id)); },
        [](Unknown) { return std::string("unknown"); });
  }
  void pay(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t n = from; n <= to; ++n) {
      REQUIRE(told(n) == "acked 1:" + std::to_string(n));
      hook.applied = {1, n};
    }
  }
  void back_to(std::uint64_t n, const std::string& target) {
    const auto done = pipeline->restore(
        {.target = target, .point = RestorePoint::at_position({1, n}), .accept_undone = hook.applied.sequence - n});
    INFO((done ? std::string() : done.error().sentence()));
    REQUIRE(done);
  }
  Result<AdoptReport> adopt(const std::string& target, bool nothing_lost = true) {
    return pipeline->adopt({.target = target, .nothing_lost = nothing_lost});
  }
  /// Nothing was claimed, and the copy waits as before.
  Error refused(const std::string& target, ErrorId id) {
    auto done = adopt(target);
    REQUIRE_FALSE(done);
    INFO(done.error().sentence());
    CHECK(done.error().id() == id);
    CHECK(done.error().is_unchanged());
    CHECK(pipeline->list()->epoch == 1);
    CHECK(std::filesystem::exists(target + "/journal/restored"));
    return std::move(done).error();
  }
};

}  // namespace

TEST_CASE(
    "where the medium moved on since the restore, the copy is not adopted: what would be undone is restored anew") {
  Bank bank;
  SECTION("back to a group") {
    bank.back_to(20, bank.again);
    bank.pay(31, 40);
    REQUIRE(bank.pipeline->sync());
    const Error error = bank.refused(bank.again, ErrorId::undone);
    CHECK(has(error.sentence(), "10 groups behind 1:30, up to 1:40, 355.00 EUR"));
    CHECK(error.next() == "lifeboat restore --target " + bank.again + ".again --position 1:20 --dry-run");

    const std::string third = bank.folder / "third";
    bank.back_to(20, third);
    const auto adopted = bank.adopt(third);
    INFO((adopted ? std::string() : adopted.error().sentence()));
    REQUIRE(adopted);
    CHECK(adopted->undone_keys == 20);
    CHECK(adopted->first == 41);
    bank.open("third");
    for (const std::uint64_t n : {21U, 30U, 31U, 40U}) CHECK(bank.told(n) == "in doubt");
    CHECK(bank.told(20) == "already 1:20");
    CHECK(bank.told(41) == "acked 2:41");
  }
  SECTION("the latest") {
    REQUIRE(bank.pipeline->restore({.target = bank.again}));
    bank.pay(31, 31);
    REQUIRE(bank.pipeline->sync());
    const Error error = bank.refused(bank.again, ErrorId::undone);
    CHECK(has(error.sentence(), "1 group behind 1:30, 31.00 EUR"));
    CHECK(error.next() == "lifeboat restore --target " + bank.again + ".again");
  }
}

TEST_CASE("the list of what is undone is the restore's own, wherever the copy is moved to, or nothing is adopted") {
  Bank bank;
  bank.back_to(20, bank.again);
  const std::string beside = bank.again + ".undone.jsonl";
  const std::string within = bank.again + "/journal/restored.undone.jsonl";
  const std::string list = text_of(beside);
  CHECK(std::count(list.begin(), list.end(), '\n') == 10);
  CHECK(text_of(within) == list);
  const std::string mark = text_of(bank.again + "/journal/restored");
  CHECK(has(mark, "\nundone 10\nundone_lines 10\nundone_sha256 "));
  const std::string three = list.substr(0, list.find("\"1:24\"") - std::string("{\"position\":").size());
  const auto cut = [&](const std::string& path) { std::ofstream(path, std::ios::trunc) << three; };
  SECTION("cut in one place, the other has it") {
    cut(GENERATE(0, 1) == 0 ? beside : within);
    REQUIRE(bank.adopt(bank.again)->undone_keys == 10);
    bank.open("again");
    for (std::uint64_t n = 21; n <= 30; ++n) CHECK(bank.told(n) == "in doubt");
  }
  SECTION("cut in both") {
    cut(beside);
    cut(within);
    const Error error = bank.refused(bank.again, ErrorId::damage);
    CHECK(has(error.sentence(), "is not the list of 10 lines that the restore wrote"));
    CHECK(error.next() == "lifeboat restore --target " + bank.again + ".again --position 1:20 --dry-run");
  }
  SECTION("torn in one, gone in the other") {
    std::ofstream(within, std::ios::trunc) << list.substr(0, list.size() - 7);
    std::filesystem::remove(beside);
    CHECK(has(bank.refused(bank.again, ErrorId::damage).next(), ".again --position 1:20"));
  }
  SECTION("gone") {
    std::filesystem::remove(beside);
    std::filesystem::remove(within);
    CHECK(has(bank.refused(bank.again, ErrorId::object_missing).next(), ".again --position 1:20"));
  }
  SECTION("with records that no schema describes") {
    const std::string more = list + "{\"position\":\"1:31\",\"state\":\"undone\",\"unknown_records\":2}\n";
    std::ofstream(within, std::ios::trunc) << more;
    std::string other = mark;
    other.replace(other.find("undone_sha256 ") + 14, 64, *file_sha256(within));
    std::ofstream(bank.again + "/journal/restored", std::ios::trunc) << other;
    const Error error = bank.refused(bank.again, ErrorId::undone);
    CHECK(has(error.sentence(), "2 records behind 1:20 are of types that no schema describes"));
    CHECK(error.next() == "the same line without --nothing-lost");
    REQUIRE(bank.adopt(bank.again, false)->undone_keys == 10);
    bank.open("again");
    for (const std::uint64_t n : {21U, 30U, 99U}) CHECK(bank.told(n) == "in doubt");
  }
  SECTION("the mark says nothing of it") {
    std::ofstream(bank.again + "/journal/restored", std::ios::trunc) << mark.substr(0, mark.find("undone_lines"));
    CHECK(has(bank.refused(bank.again, ErrorId::damage).next(), ".again"));
  }
  SECTION("moved") {
    std::filesystem::remove_all(bank.folder / "other");
    std::filesystem::rename(bank.again, bank.folder / "other");
    REQUIRE(bank.adopt(bank.folder / "other")->undone_keys == 10);
  }
}

TEST_CASE("what earlier epochs left behind the copy is in doubt with what is undone now") {
  Bank bank;
  bank.back_to(20, bank.again);
  REQUIRE(bank.adopt(bank.again)->undone_keys == 10);
  bank.open("again");
  CHECK(bank.told(50) == "acked 2:31");
  REQUIRE(bank.pipeline->sync());
  const std::string third = bank.folder / "third";
  REQUIRE(bank.pipeline->restore({.target = third, .point = RestorePoint::at_position({1, 15}), .accept_undone = 6}));
  const auto adopted = bank.adopt(third);
  INFO((adopted ? std::string() : adopted.error().sentence()));
  REQUIRE(adopted);
  CHECK(adopted->undone_keys == 16);  // which the second epoch had left
  CHECK(adopted->first == 32);
  bank.open("third");
  for (const std::uint64_t n : {16U, 20U, 21U, 30U, 50U}) CHECK(bank.told(n) == "in doubt");
  CHECK(bank.told(15) == "already 1:15");
}

TEST_CASE("a copy that is lost before anything of its epoch was shipped leaves nothing that is paid twice") {
  Bank bank;
  bank.back_to(20, bank.again);
  REQUIRE(bank.adopt(bank.again)->undone_keys == 10);
  bank.open("again");  // and lost, with its window
  const std::string third = bank.folder / "third";
  REQUIRE(bank.pipeline->restore({.target = third})->position == Position{1, 20});
  CHECK(bank.adopt(third)->undone_keys == 10);
  bank.open("third");
  for (const std::uint64_t n : {21U, 23U, 30U}) CHECK(bank.told(n) == "in doubt");
  CHECK(bank.told(31) == "acked 3:31");
}

TEST_CASE("a window of doubt is on the medium before the first group behind its loss") {
  Bank bank;
  bank.back_to(20, bank.again);
  REQUIRE(bank.adopt(bank.again));
  bank.open("again");
  CHECK(bank.told(31) == "acked 2:31");
  // Where the first piece of its epoch would go, something stands.
  const std::string first = bank.folder / "backup/journal/bank/0000000002-00000000000000000020-00000000000000000031";
  std::filesystem::create_directory(first);
  CHECK_FALSE(bank.pipeline->sync());
  const auto medium = open_medium<Disk>({.root = bank.folder / "backup"});
  REQUIRE(medium);
  CHECK(list_journal(**medium, "bank")->last() == Position{1, 20});
  CHECK_FALSE(list_journal(**medium, doubt_source("bank"))->empty());
}

TEST_CASE("an epoch is claimed for nothing where the medium moved on while it was") {
  Bank bank;
  const auto medium = open_medium<Disk>({.root = bank.folder / "backup"});
  REQUIRE(medium);
  const auto repository = open_repository(**medium);
  REQUIRE(repository);
  const EpochClaim claim{{1, 30}, {1, 30}, Position{1, 30}};
  bool moves = true;
  const auto claim_it = [&] {
    ChainEntry entry;
    sign_entry(entry, {"alice", {}, {}, {}}, {});
    return claim_epoch(*repository, "bank", claim, entry, [&](Catalog& chain, ChainEntry& one) {
      if (moves) bank.pay(31, 32);
      if (moves) REQUIRE(bank.pipeline->sync());
      return append_entry(*repository, chain, one, [](const Catalog&) { return ok(); });
    });
  };
  const auto late = claim_it();
  REQUIRE_FALSE(late);
  CHECK(late.error().id() == ErrorId::undone);
  CHECK_FALSE(late.error().is_unchanged());
  CHECK(has(late.error().sentence(), "up to 1:32, and had it up to 1:30"));
  CHECK(bank.pipeline->list()->epoch == 2);
  // What came is what that epoch left: evidence, whose keys the next adoption puts in doubt.
  moves = false;
  const auto again = claim_it();
  REQUIRE(again);
  CHECK(again->epoch == 3);
  CHECK(again->first == 33);
  const auto evidence = evidence_behind(**medium, "bank", *list_journal(**medium, "bank"), claim.after);
  REQUIRE(evidence);
  REQUIRE(evidence->lines.size() == 2);
  CHECK(evidence->unknown == 0);
  CHECK(evidence->lines.back().key == "A-32");
  CHECK(evidence->lines.back().position == Position{1, 32});
  CHECK(to_text(*evidence->lines.back().amount) == "32.00 EUR");
}

TEST_CASE("nothing is claimed where the medium has more than a claim knows of") {
  Bank bank;
  const auto medium = open_medium<Disk>({.root = bank.folder / "backup"});
  REQUIRE(medium);
  const auto repository = open_repository(**medium);
  REQUIRE(repository);
  ChainEntry entry;
  const auto early =
      claim_epoch(*repository, "bank", {{1, 20}, {1, 29}, Position{1, 29}}, entry, [](Catalog&, ChainEntry&) -> Status {
        FAIL();
        return ok();
      });
  REQUIRE_FALSE(early);
  CHECK(early.error().id() == ErrorId::undone);
  CHECK(early.error().is_unchanged());
}

TEST_CASE("a path with slashes behind it is the same path") {
  Bank bank;
  SECTION("a new place") {}
  SECTION("an empty folder") { std::filesystem::create_directory(bank.again); }
  bank.back_to(20, bank.again + "//");
  CHECK(std::filesystem::exists(bank.again + ".undone.jsonl"));
  CHECK_FALSE(std::filesystem::exists(bank.again + "/.undone.jsonl"));
  std::filesystem::remove(bank.again + "/journal/restored.undone.jsonl");
  const auto adopted = bank.adopt(bank.again + "/");
  INFO((adopted ? std::string() : adopted.error().sentence()));
  REQUIRE(adopted);
  CHECK(adopted->undone_keys == 10);
  CHECK(adopted->journal == bank.again + "/journal");
}

TEST_CASE("a copy that does not end where it was restored to is not adopted") {
  Bank bank;
  bank.back_to(20, bank.again);
  const std::string path = bank.again + "/journal/restored";
  std::string mark = text_of(path);
  mark.replace(mark.find("position 1:20"), 13, "position 1:21");
  std::ofstream(path, std::ios::trunc) << mark;
  const Error error = bank.refused(bank.again, ErrorId::damage);
  CHECK(has(error.sentence(), "ends at 1:20, and was restored to 1:21"));
  std::ofstream(path, std::ios::trunc) << "source bank\n";
  CHECK(has(bank.refused(bank.again, ErrorId::damage).next(), ".again"));
}

}  // namespace test_adopt_rests_on
