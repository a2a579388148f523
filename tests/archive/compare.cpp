// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/compare.hpp>

#include "catch.hpp"
#include "support/made_repository.hpp"

namespace test_compare {

using namespace lifeboat;
using namespace support;

namespace {

std::string compared(MadeRepository& made, const ArchiveRecord& record, const MadeTree& living,
                     CompareReport* report = nullptr) {
  auto archive = ArchiveReader::open(made.repository, made.source(), record.facts);
  REQUIRE(archive);
  auto sink = CompareSink::open(**archive, Budgets{.threads = 2}, {}, {});
  REQUIRE(sink);
  REQUIRE(living.scan(**sink));
  REQUIRE((*sink)->settle());
  std::string text;
  for (const LivingDifference& d : (*sink)->report().list)
    text += d.path + ": " + difference_text(d.kinds) + (d.moved_on ? " since; " : "; ");
  if (report != nullptr) *report = (*sink)->report();
  return text;
}

MadeTree living_tree() {
  MadeTree tree;
  tree.file("a", "alpha");
  tree.file("large", noise_bytes(3'000'000, 9));
  MadeEntry& sparse = tree.file("sparse", Bytes(5'000'000));
  sparse.entry.sparse = true;
  sparse.segments = {{4096, 4096}};
  const Bytes data = noise_bytes(4096, 10);
  std::memcpy(sparse.data.data() + 4096, data.data(), 4096);
  tree.folder("d");
  tree.file("d/f", "deep");
  tree.link("d/l", "../a");
  return tree;
}

}  // namespace

TEST_CASE("a source that did not change has no difference") {
  MadeRepository made;
  const MadeTree tree = living_tree();
  const ArchiveRecord record = made.backup(tree).record;
  CompareReport report;
  CHECK(compared(made, record, tree, &report).empty());
  CHECK(report.entries == 7);
  CHECK(report.bytes >= 3'004'096);
  CHECK(report.different == 0);
}

TEST_CASE("differences are found whatever the times say, and told from later changes by them") {
  MadeRepository made;
  MadeTree tree = living_tree();
  const ArchiveRecord record = made.backup(tree).record;
  tree.at("large").data[1'234'567] ^= std::byte{1};  // times as before: this is damage
  tree.at("a").data = bytes_of("alphA");
  tree.at("a").entry.mtime.seconds = tree.at("a").entry.ctime.seconds = record.facts.cut_ended.seconds + 100;
  tree.at("sparse").data[4'000'000] = std::byte{1};
  tree.at("sparse").segments.push_back({3'997'696, 4096});
  tree.remove("d/f");
  tree.file("old", "as old as the rest");
  MadeEntry& fresh = tree.file("fresh", "x");
  fresh.entry.ctime.seconds = record.facts.cut_ended.seconds + 1;
  tree.at("d/l").entry.target = "../b";
  CHECK(compared(made, record, tree) ==
        "a: content, mtime since; d/f: removed; d/l: content; fresh: added since; large: content; old: added; sparse: "
        "content; ");
  tree.at("d").entry.mtime.seconds = record.facts.cut_ended.seconds + 1;
  CHECK(compared(made, record, tree).find("d: mtime since; d/f: removed since; ") != std::string::npos);
}

TEST_CASE("files of many holes on either side are compared in one walk") {
  MadeRepository made;
  MadeTree tree;
  MadeEntry& sparse = tree.file("sparse", Bytes(60'000'000));
  sparse.entry.sparse = true;
  for (std::uint64_t at = 0; at < 60'000'000 - 8192; at += 16384) {
    sparse.segments.push_back({at, 8192});
    sparse.data[static_cast<std::size_t>(at)] = std::byte{1};
  }
  const ArchiveRecord record = made.backup(tree).record;
  CHECK(compared(made, record, tree).empty());
  MadeTree whole = tree;
  whole.at("sparse").segments.clear();
  CHECK(compared(made, record, whole).empty());
  // Where the archive has a hole: behind data of the same segment, in a segment of its own, at the end.
  for (const std::size_t at : {std::size_t{12'000}, std::size_t{16384 * 100 + 12'000}, std::size_t{59'999'999}}) {
    INFO(at);
    whole.at("sparse").data[at] = std::byte{1};
    CHECK(compared(made, record, whole) == "sparse: content; ");
    whole.at("sparse").data[at] = std::byte{0};
    MadeTree more = tree;
    more.at("sparse").data[at] = std::byte{1};
    auto& segments = more.at("sparse").segments;
    const Segment added{at / 4096 * 4096, std::min<std::uint64_t>(4096, 60'000'000 - at / 4096 * 4096)};
    segments.insert(std::lower_bound(segments.begin(), segments.end(), added,
                                     [](const Segment& a, const Segment& b) { return a.offset < b.offset; }),
                    added);
    CHECK(compared(made, record, more) == "sparse: content; ");
  }
}

}  // namespace test_compare
