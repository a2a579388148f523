// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/archive_despite.hpp>
#include <lifeboat/archive/query.hpp>

#include "catch.hpp"
#include "support/made_repository.hpp"

namespace test_archive_despite {

using namespace lifeboat;
using namespace support;

namespace {

MadeTree tree_of(std::uint64_t version) {
  MadeTree tree;
  tree.file("ledger", noise_bytes(500'000, 1));
  tree.at("ledger").data[version * 4096] ^= static_cast<std::byte>(version);
  tree.at("ledger").entry.mtime.seconds += static_cast<std::int64_t>(version);
  tree.file("version", std::to_string(version));
  tree.at("version").entry.mtime.seconds += static_cast<std::int64_t>(version);
  return tree;
}

void check(const ArchiveReader& archive, std::uint64_t version) {
  const MadeTree tree = tree_of(version);
  for (const char* path : {"ledger", "version"}) {
    Bytes all;
    const auto status = cat_file(archive, path, [&](ByteView piece) {
      all.insert(all.end(), piece.begin(), piece.end());
      return ok();
    });
    INFO((status ? std::string() : status.error().sentence()));
    CHECK(status);
    CHECK((all == tree.entries().at(path).data));
  }
}

struct Chain {
  MadeRepository made;
  std::vector<ArchiveId> ids;
  Chain() {
    for (std::uint64_t version = 0; version < 3; ++version) {
      const StrategyId strategy = version == 0 ? StrategyId::full : StrategyId::incremental;
      ids.push_back(made.backup(tree_of(version), strategy, 65536).record.facts.archive);
    }
    // The chain is gone altogether.
    for (std::uint64_t g = 1; g <= 3; ++g) made.store->objects.erase(chain_entry_name("ledger", 1, g));
  }
};

}  // namespace

TEST_CASE("archives are found and read with no chain at all") {
  Chain chain;
  auto listed = list_archive_ids(chain.made.medium(), "ledger");
  REQUIRE(listed);
  std::vector<ArchiveId> sorted = chain.ids;
  std::sort(sorted.begin(), sorted.end());
  CHECK((*listed == sorted));
  for (std::uint64_t version = 0; version < 3; ++version) {
    auto archive = open_despite_chain(chain.made.repository, "ledger", chain.ids[version]);
    INFO((archive ? std::string() : archive.error().sentence()));
    REQUIRE(archive);
    CHECK((*archive)->from() == ManifestFrom::object);
    CHECK((*archive)->facts().entries == 3);
    check(**archive, version);
  }
}

TEST_CASE("a manifest that is lost too is read from the end of the stream") {
  Chain chain;
  for (std::uint64_t version = 0; version < 3; ++version) {
    chain.made.store->objects.erase(manifest_name("ledger", chain.ids[version]));
    auto archive = open_despite_chain(chain.made.repository, "ledger", chain.ids[version]);
    INFO((archive ? std::string() : archive.error().sentence()));
    REQUIRE(archive);
    CHECK((*archive)->from() == ManifestFrom::stream);
    check(**archive, version);
  }
}

TEST_CASE("what was in volumes that are gone is named when it is read, the rest is read") {
  Chain chain;
  chain.made.store->objects.erase(volume_name("ledger", chain.ids[0], 7));
  chain.made.store->objects.erase(volume_name("ledger", chain.ids[0], 8));
  auto archive = open_despite_chain(chain.made.repository, "ledger", chain.ids[2]);
  REQUIRE(archive);
  const auto lost = cat_file(**archive, "ledger", [](ByteView) { return ok(); });
  REQUIRE(!lost);
  CHECK(lost.error().id() == ErrorId::damage);
  CHECK(lost.error().sentence().find(to_hex(chain.ids[0].view())) != std::string::npos);
  CHECK(cat_file(**archive, "version", [](ByteView) { return ok(); }));
}

TEST_CASE("an archive that is not there at all is refused by its id") {
  Chain chain;
  const auto none = open_despite_chain(chain.made.repository, "ledger", ArchiveId{});
  REQUIRE(!none);
  CHECK(none.error().id() == ErrorId::archive_unknown);
}

}  // namespace test_archive_despite
