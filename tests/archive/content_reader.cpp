// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/content_pump.hpp>

#include <mutex>

#include "catch.hpp"
#include "support/made_repository.hpp"

namespace test_content_reader {

using namespace lifeboat;
using namespace support;

namespace {

/// Takes the content of one file.
class Kept final : public FileOutput {
 public:
  explicit Kept(Bytes& into) : into_(into) {}
  Status write(std::uint64_t at, ByteView data) override {
    REQUIRE(at + data.size() <= into_.size());
    std::memcpy(into_.data() + at, data.data(), data.size());
    return ok();
  }
  Status finish() override { return ok(); }

 private:
  Bytes& into_;
};

struct Outcomes final : PumpSink {
  std::map<std::string, std::string> errors;
  std::uint64_t files = 0;
  Status failed(const ManifestEntry& m, const Error& error) override {
    errors[m.entry.path] = error.sentence();
    return ok();
  }
  void done(const ManifestEntry&, std::uint64_t) override { ++files; }
  void moved(const ManifestEntry& m, std::uint64_t bytes) override { steps[m.entry.path].push_back(bytes); }
  std::map<std::string, std::vector<std::uint64_t>> steps;
};

/// Everything of an archive, by path.
std::map<std::string, Bytes> read_all(MadeRepository& made, const ArchiveRecord& record, Outcomes& outcomes) {
  auto archive = ArchiveReader::open(made.repository, made.source(), record.facts);
  if (!archive) FAIL(archive.error().sentence());
  std::map<std::string, Bytes> contents;
  Workers workers(3);
  {
    Throttle throttle(0, {}, Error{ErrorId::interrupted, "stopped"});
    ContentPump pump(**archive, workers, Budgets{}, throttle, outcomes);
    auto walk = (*archive)->walk();
    REQUIRE(walk);
    while (true) {
      auto more = (*walk)->cursor.next();
      if (!more) FAIL(more.error().sentence());
      if (!*more) break;
      const ManifestEntry& m = (*walk)->cursor.current();
      if (m.entry.type != EntryType::file) continue;
      Bytes& into = contents[m.entry.path];
      into.resize(static_cast<std::size_t>(m.entry.size));
      REQUIRE(pump.add({m, std::make_unique<Kept>(into), {}}));
    }
    REQUIRE(pump.finish());
  }
  return contents;
}

void check_equal(const std::map<std::string, Bytes>& found, const MadeTree& tree) {
  std::size_t files = 0;
  for (const auto& [path, made] : tree.entries()) {
    if (made.entry.type != EntryType::file) continue;
    ++files;
    INFO(path);
    REQUIRE(found.count(path) == 1);
    CHECK((found.at(path) == made.data));
  }
  CHECK(found.size() == files);
}

MadeTree varied() {
  MadeTree tree;
  tree.file("empty", "");
  tree.file("small", "a payment of 12.50 EUR");
  tree.file("65535", noise_bytes(65535, 1));
  tree.file("65536", noise_bytes(65536, 2));
  tree.file("65537", noise_bytes(65537, 3));
  tree.file("large", noise_bytes(3'500'000, 4));
  MadeEntry& holes = tree.file("sparse", Bytes(1'000'000));
  holes.entry.sparse = true;
  holes.segments = {{8192, 4096}, {500'000, 100'000}};
  const Bytes some = noise_bytes(100'000, 5);
  std::memcpy(holes.data.data() + 8192, some.data(), 4096);
  std::memcpy(holes.data.data() + 500'000, some.data(), some.size());
  MadeEntry& hole = tree.file("hole", Bytes(300'000));
  hole.entry.sparse = true;
  hole.segments = {{300'000, 0}};
  tree.folder("d");
  for (int i = 0; i < 50; ++i)
    tree.file("d/" + std::to_string(i),
              noise_bytes(static_cast<std::size_t>(i) * 997, 10 + static_cast<std::uint64_t>(i)));
  return tree;
}

}  // namespace

TEST_CASE("every file of a full comes back byte for byte, whatever its length and holes") {
  for (const char* verifier : {"sha256", "sha512-256", "sm3", "blake2b", "xxh3"}) {
    INFO(verifier);
    auto known = open_verifier_by_name(verifier);
    if (!known) continue;
    MadeRepository made(StructuralId::sha256, verifier);
    const MadeTree tree = varied();
    const BackupReport report = made.backup(tree, StrategyId::full, 1U << 20U);
    Outcomes outcomes;
    check_equal(read_all(made, report.record, outcomes), tree);
    CHECK(outcomes.errors.empty());
  }
}

TEST_CASE("how far a pump is, is told while a large file goes through, and sums up to its size") {
  MadeRepository made;
  const MadeTree tree = varied();
  Outcomes outcomes;
  check_equal(read_all(made, made.backup(tree).record, outcomes), tree);
  CHECK(outcomes.steps["large"].size() > 3);
  for (const auto& [path, entry] : tree.entries()) {
    if (entry.entry.type != EntryType::file) continue;
    INFO(path);
    std::uint64_t sum = 0;
    for (const std::uint64_t bytes : outcomes.steps[path]) sum += bytes;
    CHECK(sum == entry.entry.size);
  }
}

TEST_CASE("a chain of increments comes back, leaf by leaf") {
  MadeRepository made;
  MadeTree tree = varied();
  std::vector<std::pair<ArchiveRecord, MadeTree>> points;
  points.emplace_back(made.backup(tree).record, tree);
  for (std::uint64_t round = 0; round < 6; ++round) {
    Bytes& data = tree.at("large").data;
    for (std::size_t at = round * 4096 * 7; at < data.size(); at += 700'001) data[at] ^= std::byte{0x55};
    tree.touch("large");
    tree.at("sparse").data[8192 + round] = static_cast<std::byte>(round);
    tree.touch("sparse");
    tree.file("new" + std::to_string(round), noise_bytes(70'000 + round, 900 + round));
    tree.remove("d/" + std::to_string(round));
    points.emplace_back(made.backup(tree, StrategyId::incremental).record, tree);
    CHECK(points.back().first.facts.strategy == StrategyId::incremental);
  }
  for (const auto& [record, then] : points) {
    Outcomes outcomes;
    check_equal(read_all(made, record, outcomes), then);
    CHECK(outcomes.errors.empty());
  }
}

TEST_CASE("damaged content is named with archive, path and bytes, and the rest still comes") {
  MadeRepository made;
  MadeTree tree = varied();
  const BackupReport report = made.backup(tree);
  const Bytes& large = tree.at("large").data;
  Bytes& stream = made.store->objects.at(volume_name(made.source(), report.record.facts.archive, 0));
  const auto at = std::search(stream.begin(), stream.end(), large.begin() + 2'000'000, large.begin() + 2'000'100);
  REQUIRE(at != stream.end());
  *at ^= std::byte{1};
  Outcomes outcomes;
  auto found = read_all(made, report.record, outcomes);
  REQUIRE(outcomes.errors.size() == 1);
  const std::string& said = outcomes.errors.at("large");
  CHECK(said.find(to_hex(report.record.facts.archive.view())) != std::string::npos);
  CHECK(said.find("bytes 1998848 to 2002943 of 'large'") != std::string::npos);
  MadeTree rest = tree;
  rest.remove("large");
  found.erase("large");
  check_equal(found, rest);
}

TEST_CASE("a table that is too long to keep is read twice and proved both times") {
  MadeRepository made;
  MadeTree tree;
  tree.file("ledger", noise_bytes(2'300'000, 77));
  const BackupReport report = made.backup(tree);
  auto archive = ArchiveReader::open(made.repository, made.source(), report.record.facts);
  REQUIRE(archive);
  auto walk = (*archive)->walk();
  REQUIRE(walk);
  REQUIRE((*walk)->cursor.find("ledger"));
  const ManifestEntry m = (*walk)->cursor.current();
  auto hash = made.repository.structural->begin();
  REQUIRE(hash);
  // The same content through a reader that keeps no table.
  auto small = BasicContentReader<>::open(**archive, m, **hash, 1024);
  REQUIRE(small);
  Bytes whole(m.entry.size);
  std::vector<SlicePiece> pieces;
  for (std::uint64_t slice = 0; slice < small->slices(); ++slice) {
    Bytes data(small->slice_bytes(slice));
    REQUIRE(small->read(slice, data, **hash));
    small->pieces(slice, pieces);
    for (const SlicePiece& piece : pieces)
      std::memcpy(whole.data() + piece.file_offset, data.data() + piece.at, piece.length);
  }
  CHECK((whole == tree.at("ledger").data));
  // A table that changes between the two readings is seen.
  Bytes& stream = made.store->objects.at(volume_name(made.source(), report.record.facts.archive, 0));
  stream[static_cast<std::size_t>(m.extents.front().table) + 300 * 32] ^= std::byte{1};
  Bytes data(small->slice_bytes(1));
  auto read = small->read(1, data, **hash);
  REQUIRE(!read);
  CHECK(read.error().id() == ErrorId::damage);
}

}  // namespace test_content_reader
