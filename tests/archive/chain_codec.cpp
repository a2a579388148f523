// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/catalog.hpp>
#include <lifeboat/archive/chain_append.hpp>
#include <lifeboat/archive/chain_codec.hpp>

#include "support/bench.hpp"

namespace test_chain_codec {

using namespace lifeboat;
using support::Bench;

namespace {

ChainEntry full_of_everything() {
  ChainEntry e;
  e.source = "ledger";
  e.epoch = 3;
  e.generation = 9;
  e.previous.size = e.configuration.size = 32;
  e.clock = {{-1, 5}, {}, 77, ClockSync::yes};
  e.actor = "a";
  e.host = "h";
  e.program = "p";
  e.reason = "r";
  e.ticket = "T-1";
  e.second = "b";
  e.backup.strategy = StrategyId::differential;
  e.backup.has_base = true;
  e.backup.base.bytes[0] = std::byte{4};
  e.backup.manifest_digest.size = e.backup.seal_digest.size = 32;
  e.backup.volume_length = 4096;
  e.backup.stream_length = 4097;
  e.backup.has_position = true;
  e.backup.position = {3, 12};
  e.backup.refers_to = {ArchiveId{}, e.backup.base};
  e.backup.flags = 7;
  return e;
}

}  // namespace

TEST_CASE("a chain entry comes back as it was written") {
  const auto structural = std::move(*open_structural(StructuralId::sm3));
  const auto hash = std::move(*structural->begin());
  ChainEntry e = full_of_everything();
  const auto object = encode_chain_entry(e, *hash);
  REQUIRE(object);
  const auto back = decode_chain_entry(*object, *hash, "entry");
  REQUIRE(back);
  CHECK(back->digest == e.digest);
  CHECK(back->epoch == 3);
  CHECK(back->generation == 9);
  CHECK(back->clock.wall == e.clock.wall);
  CHECK(back->second == "b");
  CHECK(back->backup.strategy == StrategyId::differential);
  CHECK(back->backup.base == e.backup.base);
  CHECK((back->backup.position == e.backup.position));
  CHECK((back->backup.refers_to == e.backup.refers_to));
  CHECK(back->backup.volumes() == 2);
  for (const EntryKind kind :
       {EntryKind::prune, EntryKind::verify, EntryKind::lost, EntryKind::accept, EntryKind::extract}) {
    e.kind = kind;
    e.prune.plan.size = 32;
    e.prune.clocks_accepted = {4, 5};
    e.verify.has_cursor = true;
    e.verify.cursor_offset = 99;
    e.verify.finding_texts = {"x", "y"};
    e.verify.journal_cursor = {2, 40};
    e.lost.objects = {"o"};
    e.extract = {"where account=42", e.backup.archive, {2, 7}, 11};
    const auto other = encode_chain_entry(e, *hash);
    REQUIRE(other);
    const auto read = decode_chain_entry(*other, *hash, "entry");
    INFO((read ? std::string() : read.error().sentence()));
    REQUIRE(read);
    CHECK(read->kind == kind);
    if (kind == EntryKind::prune) CHECK((read->prune.clocks_accepted == e.prune.clocks_accepted));
    if (kind == EntryKind::extract) {
      CHECK(read->extract.scope == "where account=42");
      CHECK(read->extract.archive == e.backup.archive);
      CHECK(read->extract.upto == Position{2, 7});
      CHECK(read->extract.items == 11);
    }
    if (kind == EntryKind::verify) CHECK((read->verify.finding_texts == e.verify.finding_texts));
    if (kind == EntryKind::verify) CHECK(read->verify.journal_cursor == e.verify.journal_cursor);
  }
  e.kind = EntryKind::drill;
  CHECK_FALSE(encode_chain_entry(e, *hash));
}

TEST_CASE("a chain with a gap, a stray byte or a fork is read as far as it goes, and said") {
  Bench b("full");
  b.source->file("a", "x");
  for (int i = 0; i < 4; ++i) b.backup();
  const auto whole = b.store->objects;
  const auto name = [](std::uint64_t generation) { return chain_entry_name("s", 1, generation); };

  b.store->objects.erase(name(2));
  auto chain = b.core->catalog();
  REQUIRE(chain);
  CHECK(chain->archives.size() == 3);
  REQUIRE(chain->findings.size() == 1);
  CHECK(chain->findings[0].id == ErrorId::chain_broken);

  b.store->objects = whole;
  b.store->objects[name(3)][100] ^= std::byte{1};
  chain = b.core->catalog();
  REQUIRE(chain);
  CHECK(chain->archives.size() == 3);
  CHECK(chain->generation == 4);
  REQUIRE(chain->findings.size() == 1);
  CHECK(chain->findings[0].object == name(3));

  b.store->objects = whole;
  std::swap(b.store->objects[name(2)], b.store->objects[name(3)]);
  chain = b.core->catalog();
  REQUIRE(chain);
  CHECK_FALSE(chain->findings.empty());

  b.store->objects = whole;
  b.store->objects[chain_entry_name("s", 2, 4)] = whole.at(name(4));
  chain = b.core->catalog();
  REQUIRE(chain);
  REQUIRE_FALSE(chain->findings.empty());
  CHECK(chain->findings[0].id == ErrorId::chain_fork);
  ChainEntry entry;
  b.core->sign(entry, {});
  entry.kind = EntryKind::verify;
  const auto refused = append_entry(b.core->repository(), *chain, entry, [](const Catalog&) { return ok(); });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::chain_fork);

  b.store->objects = whole;
  b.store->objects["chain/s/notes"] = Bytes(3);  // no entry's name: not ours
  chain = b.core->catalog();
  REQUIRE(chain);
  CHECK(chain->findings.empty());
}

TEST_CASE("a broken chain is no obstacle to a backup: a full is taken, and says why") {
  Bench b;
  b.source->file("a", "x");
  b.backup();
  b.backup();
  b.store->objects[chain_entry_name("s", 1, 2)][80] ^= std::byte{1};
  const auto report = b.backup();
  CHECK(report.record.facts.strategy == StrategyId::full);
  CHECK(report.base_refused);
  CHECK(report.record.generation == 3);
  CHECK(report.record.reason.find("00000001-0000000002") != std::string::npos);
}

TEST_CASE("an entry that is far too long is damage, and hinders nobody") {
  Bench b("full");
  b.source->file("a", "x");
  for (int i = 0; i < 3; ++i) b.backup();
  b.store->objects.at(chain_entry_name("s", 1, 3)).resize(small_object_max + 1);
  const auto chain = b.core->catalog();
  REQUIRE(chain);
  CHECK(chain->archives.size() == 2);
  REQUIRE(chain->findings.size() == 1);
  CHECK(chain->findings[0].id == ErrorId::corrupt);
  CHECK(b.backup().record.generation == 4);
}

TEST_CASE("an entry that can not be read is said; nothing follows it blindly") {
  Bench b("full");
  b.source->file("a", "x");
  for (int i = 0; i < 3; ++i) b.backup();
  b.script->fail(testing::MediumCall::read, 2, ErrorId::medium_io, EIO);
  auto chain = b.core->catalog();
  REQUIRE(chain);
  CHECK(chain->archives.size() == 2);
  REQUIRE(chain->findings.size() == 1);
  CHECK(chain->findings[0].id == ErrorId::medium_io);
  CHECK(check_appendable(*chain));

  const int reads = b.source->reads;
  b.script->fail(testing::MediumCall::read, 3, ErrorId::medium_io, EIO);
  const auto refused = b.core->backup({}, false, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::medium_io);
  CHECK(refused.error().is_unchanged());
  CHECK(b.source->reads == reads);
  b.backup();
  chain = b.core->catalog();
  REQUIRE(chain);
  CHECK(chain->findings.empty());
}

TEST_CASE("behind the last name that a chain has, nothing is committed that nobody would find") {
  Bench b("full");
  b.source->file("a", "x");
  b.backup();
  b.store->objects[chain_entry_name("s", 1, generation_max)] = Bytes(3);
  const auto refused = b.core->backup({}, false, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::limit);
  CHECK(refused.error().sentence().find("9999999999") != std::string::npos);
}

TEST_CASE("an entry that claims more volumes than there are names for is damage") {
  auto structural = open_structural(StructuralId::sha256);
  REQUIRE(structural);
  auto hash = (*structural)->begin();
  REQUIRE(hash);
  ChainEntry e;
  e.configuration.size = e.previous.size = structural_size;
  e.backup.manifest_digest.size = e.backup.seal_digest.size = structural_size;
  e.backup.volume_length = 4096;
  for (const std::uint64_t length : {4096 * volumes_max, 4096 * volumes_max + 1, ~std::uint64_t{0}}) {
    e.backup.stream_length = length;
    const auto object = encode_chain_entry(e, **hash);
    REQUIRE(object);
    CHECK(decode_chain_entry(*object, **hash, "it").has_value() == (length == 4096 * volumes_max));
  }
}

TEST_CASE("a second writer that comes between is followed, and the recheck decides") {
  Bench b("full");
  b.source->file("a", "x");
  b.backup();
  auto stale = b.core->catalog();
  REQUIRE(stale);
  b.backup();
  ChainEntry entry;
  b.core->sign(entry, {});
  entry.kind = EntryKind::verify;
  int asked = 0;
  REQUIRE(append_entry(b.core->repository(), *stale, entry, [&](const Catalog& now) {
    ++asked;
    CHECK(now.generation == 2);
    return ok();
  }));
  CHECK(asked == 1);
  CHECK(entry.generation == 3);
  const auto chain = b.core->catalog();
  REQUIRE(chain);
  CHECK(chain->findings.empty());
  CHECK(chain->generation == 3);
}

TEST_CASE("sources on one medium are listed, and archives found by the first digits of their id") {
  Bench b("full");
  b.source->file("a", "x");
  const auto id = to_hex(b.backup().record.facts.archive.view());
  b.store->objects["chain/other/00000001-0000000001"] = Bytes(1);
  const auto sources = list_sources(*b.core->parts().medium);
  REQUIRE(sources);
  CHECK((*sources == std::vector<std::string>{"other", "s"}));
  const auto chain = b.core->catalog();
  REQUIRE(chain);
  CHECK(find_archive(*chain, "latest"));
  CHECK(find_archive(*chain, id.substr(0, 6)));
  CHECK(find_archive(*chain, "zz").error().id() == ErrorId::archive_unknown);
  CHECK(find_archive(*chain, "").error().id() == ErrorId::archive_unknown);
}

}  // namespace test_chain_codec
