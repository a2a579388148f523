// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/query.hpp>

#include "catch.hpp"
#include "support/made_repository.hpp"

namespace test_query {

using namespace lifeboat;
using namespace support;

namespace {

std::unique_ptr<ArchiveReader> reader_of(MadeRepository& made, const ArchiveRecord& record) {
  auto archive = ArchiveReader::open(made.repository, made.source(), record.facts);
  if (!archive) FAIL(archive.error().sentence());
  return std::move(*archive);
}

Result<Bytes> catted(const ArchiveReader& archive, std::string_view path) {
  Bytes all;
  LIFEBOAT_CHECK(cat_file(archive, path, [&](ByteView piece) {
    all.insert(all.end(), piece.begin(), piece.end());
    return ok();
  }));
  return all;
}

MadeTree some_tree() {
  MadeTree tree;
  tree.file("a", "alpha");
  tree.file("large", noise_bytes(3'000'000, 9));
  MadeEntry& sparse = tree.file("sparse", Bytes(5'000'000));
  sparse.entry.sparse = true;
  sparse.segments = {{4096, 4096}, {2'000'000, 2'000'000}};
  const Bytes data = noise_bytes(2'000'000, 10);
  std::memcpy(sparse.data.data() + 4096, data.data(), 4096);
  std::memcpy(sparse.data.data() + 2'000'000, data.data(), data.size());
  tree.folder("d");
  tree.folder("d/e");
  tree.file("d/e/f", "deep");
  tree.link("d/l", "../a");
  tree.hardlink("z", "a");
  return tree;
}

}  // namespace

TEST_CASE("one file comes out by its path, and by another name of it") {
  MadeRepository made;
  const MadeTree tree = some_tree();
  const auto archive = reader_of(made, made.backup(tree).record);
  for (const char* path : {"a", "large", "sparse", "d/e/f"}) {
    INFO(path);
    const auto found = catted(*archive, path);
    REQUIRE(found);
    CHECK((*found == tree.entries().at(path).data));
  }
  const auto other_name = catted(*archive, "z");
  REQUIRE(other_name);
  CHECK((*other_name == tree.entries().at("a").data));
  for (const char* path : {"b", "d", "d/l", "d/e/f/g", ""}) {
    INFO(path);
    const auto found = catted(*archive, path);
    REQUIRE(!found);
    CHECK(found.error().id() == ErrorId::path_unknown);
  }
}

TEST_CASE("any range of a file can be read, holes as zeros") {
  MadeRepository made;
  const MadeTree tree = some_tree();
  const auto archive = reader_of(made, made.backup(tree).record);
  const Bytes& data = tree.entries().at("sparse").data;
  auto entry = find_entry(*archive, "sparse");
  REQUIRE(entry);
  auto file = FileBytes::open(*archive, std::move(*entry));
  REQUIRE(file);
  for (const std::uint64_t at : {0ULL, 1ULL, 4095ULL, 4096ULL, 8191ULL, 8192ULL, 1'999'999ULL, 2'900'000ULL,
                                 3'999'000ULL, 4'999'999ULL, 5'000'000ULL}) {
    for (const std::size_t length : {1U, 4096U, 10'000U, 1'500'000U}) {
      Bytes out(length);
      const auto got = (*file)->read(at, out);
      REQUIRE(got);
      CHECK(*got == std::min<std::uint64_t>(length, data.size() - at));
      CHECK(std::memcmp(out.data(), data.data() + at, *got) == 0);
    }
  }
}

TEST_CASE("a listing begins at any folder and ends behind it") {
  MadeRepository made;
  const auto archive = reader_of(made, made.backup(some_tree()).record);
  const auto listed = [&](std::string_view below) {
    std::string paths;
    const auto status = list_entries(*archive, below, [&](const ManifestEntry& m) {
      paths += m.entry.path + ";";
      return ok();
    });
    return status ? paths : std::string("error");
  };
  CHECK(listed("") == ";a;d;d/e;d/e/f;d/l;large;sparse;z;");
  CHECK(listed("d") == "d;d/e;d/e/f;d/l;");
  CHECK(listed("d/e/f") == "d/e/f;");
  CHECK(listed("nothing") == "error");
}

TEST_CASE("two archives are compared in one walk") {
  MadeRepository made;
  MadeTree tree = some_tree();
  const auto first = reader_of(made, made.backup(tree).record);
  tree.at("large").data[5000] ^= std::byte{1};
  tree.touch("large");
  tree.remove("d/e/f");
  tree.file("new", "new");
  tree.at("a").entry.mode = 0600;
  tree.at("a").entry.ctime.seconds += 10;
  tree.touch("sparse");
  const auto second = reader_of(made, made.backup(tree, StrategyId::incremental).record);
  std::string found;
  REQUIRE(diff_archives(*first, *second, {}, [&](const ArchiveDifference& d) {
    found += std::string(d.path) + ": " + difference_text(d.kinds) + "; ";
    return ok();
  }));
  CHECK(found == "a: mode; d/e/f: removed; large: content, mtime; new: added; sparse: mtime; ");
  found.clear();
  REQUIRE(diff_archives(*second, *second, {}, [&](const ArchiveDifference& d) {
    found += std::string(d.path);
    return ok();
  }));
  CHECK(found.empty());
}

TEST_CASE("content that is stored in two ways is compared by its bytes") {
  MadeRepository made;
  MadeTree tree = some_tree();
  const auto first = reader_of(made, made.backup(tree).record);
  tree.at("sparse").entry.sparse = false;  // the same bytes, with no hole
  tree.at("sparse").segments.clear();
  tree.touch("sparse");
  const auto second = reader_of(made, made.backup(tree).record);
  std::string found;
  REQUIRE(diff_archives(*first, *second, {}, [&](const ArchiveDifference& d) {
    found += std::string(d.path) + ": " + difference_text(d.kinds) + "; ";
    return ok();
  }));
  CHECK(found == "sparse: mtime; ");
}

TEST_CASE("the history of a path tells when it came, changed and went") {
  MadeRepository made;
  MadeTree tree = some_tree();
  tree.remove("z");
  made.backup(tree);
  tree.file("p", "one");
  made.backup(tree, StrategyId::incremental);
  tree.at("p").data = bytes_of("two");
  tree.touch("p");
  made.backup(tree, StrategyId::incremental);
  made.backup(tree, StrategyId::incremental);
  tree.remove("p");
  made.backup(tree, StrategyId::incremental);
  std::string found;
  REQUIRE(path_history(made.repository, made.catalog, "p", nullptr, [&](const HistoryPoint& point) {
    CHECK(!point.error);
    found += std::to_string(point.record->generation) + (point.entry != nullptr ? " there " : " - ") +
             difference_text(point.changes) + "; ";
    return ok();
  }));
  CHECK(found == "1 - ; 2 there added; 3 there content, mtime; 4 there ; 5 - removed; ");
}

}  // namespace test_query
