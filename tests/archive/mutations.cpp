// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "support/made_repository.hpp"
#include "support/read_any.hpp"

namespace test_mutations {

// The fuzzers' readers, with mutations that are the same in every run: for machines with no fuzzer, and for sanitizers.

using namespace lifeboat;
using namespace support;

namespace {

struct Seeds {
  MadeRepository made;
  Seeds() {
    MadeTree tree;
    tree.file("a", noise_bytes(100'000, 1)).entry.attributes = {{"user.note", bytes_of("x")},
                                                                {"user.other", noise_bytes(3000, 2)}};
    tree.folder("d");
    tree.file("d/small", "payment");
    tree.link("d/link", "../a");
    tree.hardlink("z", "a");
    made.backup(tree);
    tree.at("a").data[5000] ^= std::byte{1};
    tree.touch("a");
    made.backup(tree, StrategyId::incremental);
    ChainEntry entry;
    entry.kind = EntryKind::verify;
    entry.configuration.size = structural_size;
    entry.verify.complete.push_back(made.catalog.archives[0].facts.archive);
    entry.verify.finding_texts = {"one", "two"};
    REQUIRE(append_entry(made.repository, made.catalog, entry, [](const Catalog&) { return ok(); }));
    entry.kind = EntryKind::prune;
    entry.prune.plan.size = structural_size;
    entry.prune.goes = entry.verify.complete;
    REQUIRE(append_entry(made.repository, made.catalog, entry, [](const Catalog&) { return ok(); }));
  }
  std::vector<Bytes> objects(std::string_view prefix, std::string_view end) const {
    std::vector<Bytes> found;
    for (const auto& [name, bytes] : made.store->objects)
      if (name.starts_with(prefix) && name.ends_with(end)) found.push_back(bytes);
    return found;
  }
};

}  // namespace

TEST_CASE("a mutated manifest with right digests is read within its promises, or refused") {
  const Seeds seeds;
  const auto hash = structural_hash();
  REQUIRE(hash);
  std::uint64_t whole = 0;
  const std::vector<Bytes> manifests = seeds.objects("archive/", "manifest");
  for (const Bytes& manifest : manifests) CHECK(read_any_manifest(manifest, *hash, &whole).empty());
  CHECK(whole == 12);
  std::uint64_t read = 0;
  for (std::uint64_t round = 0; round < 20'000; ++round) {
    Mutations mutations(round);
    Bytes bytes = manifests[round % manifests.size()];
    mutations.change(bytes);
    if (round % 8 != 0) mend_manifest(bytes, *hash);
    const std::string mistake = read_any_manifest(bytes, *hash, &read);
    if (!mistake.empty()) FAIL("round " << round << ": " << mistake);
  }
  CHECK(read > 1000);  // the mutations reach what reads the records
}

TEST_CASE("a mutated chain entry with a right digest is read and written alike, or refused") {
  const Seeds seeds;
  const auto hash = structural_hash();
  REQUIRE(hash);
  const std::vector<Bytes> entries = seeds.objects("chain/", "");
  REQUIRE(entries.size() == 4);
  for (std::uint64_t round = 0; round < 20'000; ++round) {
    Mutations mutations(round);
    Bytes bytes = entries[round % entries.size()];
    mutations.change(bytes);
    if (round % 8 != 0) mend_object(bytes, *hash);
    const std::string mistake = read_any_chain_entry(bytes, *hash);
    if (!mistake.empty()) FAIL("round " << round << ": " << mistake);
  }
}

}  // namespace test_mutations
