// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/verify.hpp>

#include "catch.hpp"
#include "support/made_repository.hpp"

namespace test_verify {

using namespace lifeboat;
using namespace support;

namespace {

MadeTree ledger_tree() {
  MadeTree tree;
  tree.file("ledger", noise_bytes(900'000, 1));
  tree.file("notes.txt", "nothing yet");
  tree.folder("d");
  for (int i = 0; i < 20; ++i)
    tree.file("d/" + std::to_string(i), noise_bytes(3000, 20 + static_cast<std::uint64_t>(i)));
  return tree;
}

VerifyInput input_for(MadeRepository& made, Depth depth = Depth::digests) {
  made.reload();
  VerifyInput input;
  input.repository = &made.repository;
  input.catalog = &made.catalog;
  input.clock = &made.clock;
  input.depth = depth;
  input.budgets.threads = 2;
  return input;
}

VerifyReport verified(const VerifyInput& input) {
  auto report = verify(input);
  if (!report) FAIL(report.error().sentence());
  return std::move(*report);
}

std::string all_texts(const VerifyReport& report) {
  std::string text;
  for (const VerifyFinding& finding : report.findings) text += finding.text + "\n";
  return text;
}

Bytes& object(MadeRepository& made, const std::string& name) { return made.store->objects.at(name); }

/// Appends what a verification found to the chain.
void record(MadeRepository& made, const VerifyReport& report) {
  ChainEntry entry;
  entry.kind = EntryKind::verify;
  entry.clock = made.clock.now();
  entry.actor = "tests";
  entry.program = "tests";
  entry.configuration.size = structural_size;
  entry.verify = report.facts;
  REQUIRE(append_entry(made.repository, made.catalog, entry, [](const Catalog&) { return ok(); }));
}

struct Chain {
  MadeRepository made;
  MadeTree tree = ledger_tree();
  std::vector<ArchiveRecord> records;
  Chain() {
    records.push_back(made.backup(tree, StrategyId::full, 262'144).record);
    for (std::size_t i = 1; i < 4; ++i) {
      tree.at("ledger").data[i * 4096 * 5] ^= std::byte{1};
      tree.touch("ledger");
      tree.file("new" + std::to_string(i), noise_bytes(5000, 50 + i));
      records.push_back(made.backup(tree, StrategyId::incremental, 262'144).record);
    }
  }
};

}  // namespace

TEST_CASE("what is whole is found whole at every depth") {
  Chain chain;
  for (const Depth depth : {Depth::catalog, Depth::seals, Depth::digests, Depth::restore}) {
    const VerifyReport report = verified(input_for(chain.made, depth));
    CHECK(all_texts(report).empty());
    CHECK(report.good());
    CHECK(report.unanchored);
    CHECK(report.depth == depth);
    CHECK(report.facts.complete.size() == 4);
    CHECK(report.archives.size() == 4);
    for (const ArchiveVerdict& verdict : report.archives) {
      CHECK(verdict.checked);
      CHECK(verdict.restores_whole);
    }
    std::uint64_t stored = 0;
    for (const ArchiveRecord& record : chain.records)
      stored += record.facts.stream_length + record.facts.manifest_length;
    if (depth >= Depth::digests) {
      CHECK(report.unread == 0);
      CHECK(report.bytes >= stored);
    } else {
      CHECK(report.unread > stored / 2);
    }
  }
}

TEST_CASE("damaged content names archive, path and bytes, and which archives still restore whole") {
  Chain chain;
  const ArchiveId full = chain.records[0].facts.archive;
  // A leaf that the second archive replaced: only the full needs it.
  Bytes& volume = object(chain.made, volume_name("ledger", full, 0));
  const Bytes first = ledger_tree().at("ledger").data;
  const auto at = std::search(volume.begin(), volume.end(), first.begin() + 4096 * 5, first.begin() + 4096 * 5 + 64);
  REQUIRE(at != volume.end());
  *at ^= std::byte{4};
  const VerifyReport report = verified(input_for(chain.made));
  REQUIRE(report.finding_count == 1);
  const VerifyFinding& finding = report.findings[0];
  CHECK(finding.archive == full);
  CHECK(finding.path == "ledger");
  CHECK(finding.file_begin == 4096 * 5);
  CHECK(finding.file_end == 4096 * 6);
  CHECK(finding.id == ErrorId::damage);
  CHECK(finding.text.find("bytes 20480 to 24575 of 'ledger' do not fit their digests (data.000000, byte ") !=
        std::string::npos);
  CHECK_FALSE(report.archives[0].restores_whole);
  CHECK(report.archives[0].touched == 1);
  CHECK(report.archives[0].first_touched == "ledger");
  CHECK(report.archives[1].restores_whole);
  CHECK(report.archives[2].restores_whole);
  CHECK(report.archives[3].restores_whole);
}

TEST_CASE("damage in a full touches every increment that still refers to it") {
  Chain chain;
  const ArchiveId full = chain.records[0].facts.archive;
  Bytes& volume = object(chain.made, volume_name("ledger", full, 1));
  const Bytes first = ledger_tree().at("ledger").data;
  const auto at = std::search(volume.begin(), volume.end(), first.begin() + 400'000, first.begin() + 400'064);
  REQUIRE(at != volume.end());
  *at ^= std::byte{4};
  const VerifyReport report = verified(input_for(chain.made));
  CHECK(report.finding_count == 1);
  for (const ArchiveVerdict& verdict : report.archives) CHECK_FALSE(verdict.restores_whole);
  const VerifyReport deep = verified(input_for(chain.made, Depth::restore));
  CHECK(deep.finding_count == 4);  // the full's bytes, and each increment that could not be put together
}

TEST_CASE("a lost volume, manifest, seal: each is named, and the rest is judged") {
  Chain chain;
  const ArchiveId full = chain.records[0].facts.archive;
  const ArchiveId last = chain.records[3].facts.archive;
  const auto saved = chain.made.store->objects;
  SECTION("a volume of the full") {
    chain.made.store->objects.erase(volume_name("ledger", full, 1));
    for (const Depth depth : {Depth::catalog, Depth::digests}) {
      const VerifyReport report = verified(input_for(chain.made, depth));
      CHECK(all_texts(report).find("data.000001 is missing") != std::string::npos);
      CHECK_FALSE(report.archives[0].restores_whole);
      CHECK_FALSE(report.archives[3].restores_whole);
    }
    const VerifyReport report = verified(input_for(chain.made));
    CHECK(all_texts(report).find("of 'ledger' can not be read") != std::string::npos);
  }
  SECTION("a manifest: the copy at the end of the stream serves") {
    chain.made.store->objects.erase(manifest_name("ledger", last));
    const VerifyReport report = verified(input_for(chain.made));
    CHECK(report.finding_count == 1);
    CHECK(all_texts(report).find("manifest is missing") != std::string::npos);
    for (const ArchiveVerdict& verdict : report.archives) CHECK(verdict.restores_whole);
  }
  SECTION("a manifest and its copy") {
    chain.made.store->objects.erase(manifest_name("ledger", last));
    Bytes& volume = object(chain.made, volume_name("ledger", last, 0));
    volume.resize(volume.size() / 2);
    const VerifyReport report = verified(input_for(chain.made));
    CHECK_FALSE(report.good());
    CHECK_FALSE(report.archives[3].restores_whole);
    CHECK(report.archives[2].restores_whole);
  }
  SECTION("a seal") {
    chain.made.store->objects.erase(seal_name("ledger", last));
    const VerifyReport report = verified(input_for(chain.made, Depth::catalog));
    CHECK(report.finding_count == 1);
    CHECK(all_texts(report).find("seal is missing") != std::string::npos);
    for (const ArchiveVerdict& verdict : report.archives) CHECK(verdict.restores_whole);
  }
}

TEST_CASE("an anchor shows that the newest entries were removed, or replaced") {
  Chain chain;
  const Anchor anchor{1, chain.made.catalog.generation, chain.made.catalog.head};
  VerifyInput input = input_for(chain.made, Depth::catalog);
  input.anchor = anchor;
  CHECK(verified(input).anchored);
  CHECK(verified(input).good());

  input.anchor->digest.bytes[0] ^= std::byte{1};
  const VerifyReport other = verified(input);
  REQUIRE(other.finding_count == 1);
  CHECK(other.findings[0].id == ErrorId::chain_rolled_back);

  chain.made.store->objects.erase(chain_entry_name("ledger", 1, 4));
  VerifyInput after = input_for(chain.made, Depth::catalog);
  CHECK(verified(after).good());
  CHECK(verified(after).unanchored);
  after.anchor = anchor;
  const VerifyReport report = verified(after);
  REQUIRE(report.finding_count == 1);
  CHECK(report.findings[0].id == ErrorId::chain_rolled_back);
  CHECK_FALSE(report.anchored);
}

TEST_CASE("a budget goes on where the last run stopped, and gets around") {
  Chain chain;
  std::vector<ArchiveId> complete;
  std::uint64_t runs = 0;
  while (complete.size() < 4) {
    REQUIRE(++runs < 40);
    VerifyInput input = input_for(chain.made);
    input.budget_bytes = 200'000;
    const VerifyReport report = verified(input);
    REQUIRE(report.good());
    CHECK(report.bytes < 200'000 + 6 * (1U << 20U));
    complete.insert(complete.end(), report.facts.complete.begin(), report.facts.complete.end());
    record(chain.made, report);
  }
  CHECK(runs > 1);
  std::sort(complete.begin(), complete.end());
  CHECK(std::unique(complete.begin(), complete.end()) == complete.end());
  for (const ArchiveRecord& record : chain.made.catalog.archives) CHECK(record.verified == Depth::digests);
}

TEST_CASE("the second half of a volume that was verified in two runs is proved as well") {
  MadeRepository made;
  MadeTree tree;
  for (int i = 0; i < 60; ++i)
    tree.file("f" + std::to_string(100 + i), noise_bytes(60'000, 7 + static_cast<std::uint64_t>(i)));
  const ArchiveRecord full = made.backup(tree).record;
  VerifyInput input = input_for(made);
  input.budget_bytes = 1'500'000;
  const VerifyReport first = verified(input);
  REQUIRE(first.budget_ended);
  REQUIRE(first.facts.has_cursor);
  CHECK(first.facts.cursor_offset > 1'000'000);
  CHECK(first.unread > 0);
  record(made, first);
  SECTION("whole") {
    const VerifyReport second = verified([&] {
      VerifyInput next = input_for(made);
      next.budget_bytes = 1ULL << 40U;
      return next;
    }());
    CHECK(second.good());
    CHECK(second.facts.complete.size() == 1);
    CHECK(second.bytes < full.facts.stream_length - 1'000'000 + 500'000);
  }
  SECTION("a header of the first half damaged meanwhile") {
    Bytes& volume = object(made, volume_name("ledger", full.facts.archive, 0));
    volume[1] ^= std::byte{1};
    VerifyInput next = input_for(made);
    next.budget_bytes = 1ULL << 40U;
    const VerifyReport second = verified(next);
    CHECK(second.finding_count == 1);
  }
}

TEST_CASE("a budget gets around beside damage, and calls nothing whole of which it does not know") {
  Chain chain;
  object(chain.made, volume_name("ledger", chain.records[0].facts.archive, 1))[5000] ^= std::byte{1};
  std::map<ArchiveId, int> looked;
  for (int runs = 0; looked.size() < 3; ++runs) {
    REQUIRE(runs < 20);
    VerifyInput input = input_for(chain.made);
    input.budget_bytes = 200'000;
    const VerifyReport report = verified(input);
    for (const ArchiveId& id : report.facts.complete) ++looked[id];
    record(chain.made, report);
  }
  chain.made.reload();
  CHECK_FALSE(chain.made.catalog.archives[0].verified);
}

TEST_CASE("a budget of time is counted by the clock that is given") {
  Chain chain;
  VerifyInput input = input_for(chain.made);
  input.budget_ns = 1;
  chain.made.clock.pass(1);
  struct Passing final : ClockPort {
    testing::FakeClock& below;
    explicit Passing(testing::FakeClock& clock) : below(clock) {}
    ClockReading now() const override {
      below.pass(1);
      return below.now();
    }
  } passing(chain.made.clock);
  input.clock = &passing;
  const VerifyReport report = verified(input);
  CHECK(report.budget_ended);
  CHECK(report.facts.has_cursor);
}

TEST_CASE("a verification that is stopped says so") {
  Chain chain;
  std::stop_source stop;
  stop.request_stop();
  VerifyInput input = input_for(chain.made);
  input.stop = stop.get_token();
  const auto report = verify(input);
  REQUIRE(!report);
  CHECK(report.error().id() == ErrorId::interrupted);
}

TEST_CASE("an archive that is not there is refused by name") {
  Chain chain;
  VerifyInput input = input_for(chain.made);
  input.archives.push_back(ArchiveId{});
  const auto report = verify(input);
  REQUIRE(!report);
  CHECK(report.error().id() == ErrorId::archive_unknown);
}

}  // namespace test_verify
