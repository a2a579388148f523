// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/take_backup.hpp>
#include <lifeboat/archive/verify.hpp>

#include "support/bench.hpp"

namespace test_take_backup {

using namespace lifeboat;
using support::Bench;
using support::noise;
using support::ScriptedFile;

TEST_CASE("an unchanged source is not read again and stores no content") {
  Bench b;
  b.source->file("a", "alpha");
  b.source->file("big", noise(300000, 1));
  const auto first = b.backup();
  CHECK(first.record.facts.strategy == StrategyId::full);
  CHECK(first.record.facts.entries == 3);
  const int reads = b.source->reads;
  const auto second = b.backup();
  CHECK(second.record.facts.strategy == StrategyId::incremental);
  CHECK(second.record.facts.base == first.record.facts.archive);
  CHECK(second.record.facts.window == first.record.facts.archive);
  CHECK(b.source->reads == reads);
  CHECK(second.read_bytes == 0);
  CHECK(second.reused_bytes == 300005);
  CHECK(second.changed_entries == 0);
}

TEST_CASE("a hundred changed bytes in a large file store one leaf") {
  Bench b;
  std::string content = noise(1U << 20U, 2);
  b.source->file("big", content);
  const auto first = b.backup();
  for (std::size_t i = 500000; i < 500100; ++i) content[i] = static_cast<char>(content[i] ^ 1);
  b.source->change("big", content);
  const auto second = b.backup();
  CHECK(second.reused_bytes == (1U << 20U) - 4096);
  CHECK(second.record.facts.stored_bytes < 16384);
  const ManifestEntry m = b.entry(second, "big");
  REQUIRE(m.extents.size() == 3);
  CHECK(m.extents[0].archive == 1);
  CHECK(m.extents[1] == Extent{500000 / 4096, 1, 0, m.extents[1].data, m.extents[1].table});
  CHECK(m.extents[2].archive == 1);
  const auto third = b.backup();  // references stay flat: what both hold is named, not passed through
  CHECK(third.record.facts.refers_to.size() == 2);
  CHECK(b.entry(third, "big").digest == m.digest);
}

TEST_CASE("a renamed file, small or large, stores no data again") {
  Bench b;
  b.source->folder("d");
  b.source->file("d/large", noise(200000, 3));
  b.source->file("d/small", noise(2000, 4));
  b.backup();
  b.source->rename("d/large", "d/larger");
  b.source->rename("d/small", "a-small");
  const auto second = b.backup();
  CHECK(second.reused_bytes == 202000);
  CHECK(second.removed_entries == 2);
  CHECK(b.entry(second, "a-small").extents.at(0).archive == 1);
  CHECK_FALSE(b.holds(second, "d/small"));
}

TEST_CASE("an unreadable file or folder is carried from the base, never taken for deleted") {
  Bench b;
  b.source->folder("d");
  b.source->file("d/one", "1");
  b.source->file("d/two", noise(100000, 5));
  b.source->file("e", "e");
  b.backup();
  b.source->unreadable["d"] = EACCES;
  b.source->unreadable["e"] = EIO;
  const auto second = b.backup();
  CHECK(second.gap_count == 2);
  CHECK(second.record.facts.unreadable == 4);
  CHECK(b.entry(second, "d/two").extents.at(0).archive == 1);
  CHECK((b.entry(second, "d/two").entry.flags & entry_flag::unreadable) != 0);
  CHECK((b.entry(second, "e").entry.flags & entry_flag::no_content) == 0);
  // Readable again: looked at, whatever its times say.
  b.source->unreadable.clear();
  const auto third = b.backup();
  CHECK(third.record.facts.unreadable == 0);
  CHECK(third.read_bytes == 1 + 100000 + 1);
  CHECK(third.reused_bytes == third.read_bytes);
}

TEST_CASE("a file that can be read in part only leaves nothing that no digest covers") {
  Bench b;
  const std::size_t size = 12U << 20U;
  b.source->file("big", noise(size, 8));
  const auto first = b.backup();
  b.source->change("big", noise(size, 9));
  b.source->at("big").read_error = EIO;
  SECTION("its first part is stored already") {
    b.source->at("big").readable = size - (2U << 20U);
    const auto second = b.backup();
    CHECK((b.entry(second, "big").entry.flags & entry_flag::torn) != 0);
    CHECK(second.record.facts.cut == CutKind::torn);
    CHECK(second.gaps.at(0).id == ErrorId::entry_unreadable);
  }
  SECTION("nothing of it is stored yet") {
    b.source->at("big").readable = 2U << 20U;
    const auto second = b.backup();
    CHECK((b.entry(second, "big").entry.flags & entry_flag::unreadable) != 0);
    CHECK(b.entry(second, "big").digest == b.entry(first, "big").digest);
  }
  const auto chain = b.core->catalog();
  REQUIRE(chain);
  VerifyInput input;
  input.repository = &b.core->repository();
  input.catalog = &*chain;
  const auto report = verify(input);
  REQUIRE(report);
  for (const VerifyFinding& finding : report->findings) FAIL_CHECK(finding.text);
}

TEST_CASE("another name of a file, in a folder that can not be read, keeps the content that it had") {
  Bench b;
  b.source->file("a", "the old a").entry.links = 2;
  b.source->folder("d");
  b.source->file("d/b", "two names in one folder").entry.links = 2;
  const auto link = [&](const std::string& path, const std::string& target) {
    ScriptedFile& file = b.source->file(path, "");
    file.entry.type = EntryType::hardlink;
    file.entry.target = target;
    file.entry.inode = b.source->at(target).entry.inode;
  };
  link("d/l", "a");
  link("d/m", "d/b");
  const auto first = b.backup();
  b.source->remove("a");
  SECTION("its first name is another file by now") { b.source->file("a", "a new file"); }
  SECTION("its first name is gone") {}
  b.source->unreadable["d"] = EACCES;
  const auto second = b.backup();
  const ManifestEntry carried = b.entry(second, "d/l");
  CHECK(carried.entry.type == EntryType::file);
  CHECK(carried.digest == b.entry(first, "a").digest);
  CHECK((carried.entry.flags & entry_flag::unreadable) != 0);
  CHECK(b.entry(second, "d/m").entry.target == "d/b");
}

TEST_CASE("an unreadable file without a base is known to exist, and no more") {
  Bench b("full");
  b.source->file("a", "alpha").read_error = EIO;
  const auto report = b.backup();
  CHECK(report.gap_count == 1);
  const ManifestEntry m = b.entry(report, "a");
  CHECK((m.entry.flags & entry_flag::no_content) != 0);
  CHECK(m.extents.empty());
}

TEST_CASE("a file that vanishes before it is read is left out; its other name brings the content") {
  Bench b;
  auto& first = b.source->file("a", "same");
  first.vanishes = true;
  first.entry.links = 2;
  auto& second = b.source->file("b", "same");
  second.entry.type = EntryType::hardlink;
  second.entry.target = "a";
  second.entry.links = 2;
  auto& third = b.source->file("c", "same");
  third.entry.type = EntryType::hardlink;
  third.entry.target = "a";
  third.entry.links = 2;
  const auto report = b.backup();
  CHECK(report.gap_count == 0);
  CHECK_FALSE(b.holds(report, "a"));
  CHECK(b.entry(report, "b").entry.type == EntryType::file);
  CHECK(b.entry(report, "c").entry.target == "b");
}

TEST_CASE("files that change while they are read are torn, and said") {
  Bench b;
  b.source->file("small", "s").always_changing = true;
  b.source->file("large", noise(100000, 6)).always_changing = true;
  b.source->file("shrinks", noise(100000, 7)).shrinks_to = 50000;
  b.source->file("log", noise(100000, 8)).grows_by = "more";
  b.source->at("log").entry.flags = entry_flag::prefix;
  const auto report = b.backup();
  CHECK(report.record.facts.cut == CutKind::torn);
  CHECK(report.record.facts.torn == 3);
  CHECK(report.gap_count == 3);
  CHECK((b.entry(report, "log").entry.flags & entry_flag::torn) == 0);
  CHECK(b.entry(report, "log").entry.size == 100000);
  CHECK(b.entry(report, "shrinks").entry.size == 100000);
  const auto again = b.backup();  // torn content is looked at again, whatever the times say
  CHECK(again.read_bytes >= 200000);
}

TEST_CASE("a small file that settles within three looks is whole") {
  Bench b;
  b.source->file("a", "one").grows_by = " two";
  const auto report = b.backup();
  CHECK(report.record.facts.torn == 0);
  CHECK(b.entry(report, "a").entry.size == 7);
}

TEST_CASE("an emptied source, or one that is no mount point any more, is refused") {
  Bench b;
  b.source->file("a", "alpha");
  b.source->is_mount = true;
  b.backup();
  b.source->remove("a");
  const auto before = b.store->objects;
  auto refused = b.core->backup({}, false, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::source_emptied);
  CHECK(refused.error().is_unchanged());
  CHECK(b.store->objects == before);
  b.source->file("a", "alpha");
  b.source->is_mount = false;
  refused = b.core->backup({}, false, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::source_not_mounted);
  CHECK(b.store->objects == before);
}

TEST_CASE("a source that lost more than half is backed up and marked") {
  Bench b;
  for (int i = 0; i < 10; ++i) b.source->file("f" + std::to_string(i), "x");
  b.backup();
  for (int i = 0; i < 8; ++i) b.source->remove("f" + std::to_string(i));
  const auto report = b.backup();
  CHECK(report.shrunken);
  CHECK((report.record.facts.flags & backup_flag::shrunken) != 0);
}

TEST_CASE("a base that lost an object makes a full, says why, and the chain keeps it") {
  Bench b;
  b.source->file("a", noise(100000, 9));
  const auto first = b.backup();
  b.store->objects.erase(volume_name("s", first.record.facts.archive, 0));
  const auto second = b.backup();
  CHECK(second.record.facts.strategy == StrategyId::full);
  CHECK(second.base_refused);
  CHECK(second.want_of_base.find("data.000000") != std::string::npos);
  const auto chain = b.core->catalog();
  REQUIRE(chain);
  CHECK(chain->archives.at(0).lost);
  CHECK(chain->findings.empty());
}

TEST_CASE("another verifier makes a full") {
  Bench b;
  b.source->file("a", "alpha");
  b.backup();
  Bench other("incremental", "blake2b");
  other.source->file("a", "alpha");
  other.store->objects = b.store->objects;
  Bench reopened("incremental", "blake2b");
  reopened.store->objects = b.store->objects;
  REQUIRE(reopened.core->open());
  reopened.source->file("a", "alpha");
  const auto report = reopened.backup();
  CHECK(report.record.facts.strategy == StrategyId::full);
  CHECK(report.base_refused);
}

TEST_CASE("volumes are cut anywhere and add up") {
  Bench b("full");
  const std::string content = noise(200001, 10);
  b.source->file("a", content);
  b.source->file("b", "");
  const auto report = b.backup();
  CHECK(report.record.facts.volumes() == 4);
  std::uint64_t sum = 0;
  for (std::uint64_t n = 0; n < 4; ++n) {
    const std::uint64_t length = b.store->objects.at(volume_name("s", report.record.facts.archive, n)).size();
    CHECK((n == 3 || length == 64 * 1024));
    sum += length;
  }
  CHECK(sum == report.record.facts.stream_length);
}

TEST_CASE("holes are no leaves and cost nothing") {
  Bench b("full");
  auto& f = b.source->file("sparse", std::string(1U << 20U, '\0'));
  f.entry.sparse = GENERATE(true, false);  // no more than a hint
  f.segments = {{8192, 100}, {900000, 5000}};
  const auto report = b.backup();
  const ManifestEntry m = b.entry(report, "sparse");
  REQUIRE(m.extents.size() == 2);
  CHECK(m.extents[0].first == 2);
  CHECK(m.extents[0].leaves == 1);
  CHECK(m.extents[1].first == 900000 / 4096);
  CHECK(m.extents[1].leaves == 2);
  CHECK(report.record.facts.stored_bytes < 40000);
}

TEST_CASE("a stopped backup leaves the repository as it was") {
  Bench b;
  b.source->file("a", noise(300000, 11));
  b.backup();
  const auto before = b.store->objects;
  b.source->change("a", noise(300000, 12));
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = b.core->backup({}, false, stop.get_token());
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().id() == ErrorId::interrupted);
  CHECK(b.store->objects == before);
}

}  // namespace test_take_backup
