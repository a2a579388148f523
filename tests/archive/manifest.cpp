// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/manifest_reader.hpp>
#include <lifeboat/archive/manifest_writer.hpp>
#include <lifeboat/verifier/structural.hpp>

#include "catch.hpp"

namespace test_manifest {

using namespace lifeboat;

namespace {

/// Bytes of a spool, read anywhere.
class SpoolReader final : public RandomReader {
 public:
  explicit SpoolReader(const Spool& spool) : spool_(spool) {}
  Status read(std::uint64_t at, MutableBytes out) const override {
    LIFEBOAT_TRY(const std::size_t got, spool_.read(at, out));
    return got == out.size() ? ok() : Status(Error{ErrorId::corrupt, "the end"});
  }

 private:
  const Spool& spool_;
};

struct Written {
  Manifest manifest;
  Spool spool{"/tmp"};
  std::unique_ptr<VerifierPort> structural = std::move(*open_structural(StructuralId::sha256));
  std::unique_ptr<HashPort> hash = std::move(*structural->begin());

  explicit Written(const std::vector<ManifestEntry>& entries, std::vector<ReferredArchive> archives = {},
                   std::vector<Bytes> schemas = {}) {
    manifest.source = "s";
    manifest.schemas = std::move(schemas);
    manifest.salt.size = 32;
    manifest.verifier = 1;
    manifest.archives = std::move(archives);
    manifest.volume_length = 4096;
    ManifestWriter writer(manifest, *hash, spool, 32);
    REQUIRE(writer.begin());
    for (const ManifestEntry& entry : entries) {
      const auto added = writer.add(entry);
      INFO((added ? std::string() : added.error().sentence()));
      REQUIRE(added);
    }
    REQUIRE(writer.finish());
  }
};

ManifestEntry plain(std::string path, EntryType type = EntryType::directory) {
  ManifestEntry m;
  m.entry.path = std::move(path);
  m.entry.type = type;
  m.entry.mode = 0755;
  return m;
}

ManifestEntry file(std::string path, std::uint64_t size, std::uint8_t leaf) {
  ManifestEntry m = plain(std::move(path), EntryType::file);
  m.entry.size = size;
  m.leaf = leaf;
  m.digest.size = 32;
  return m;
}

void same(const ManifestEntry& a, const ManifestEntry& b) {
  CHECK(a.entry.path == b.entry.path);
  CHECK(a.entry.type == b.entry.type);
  CHECK(a.entry.mtime == b.entry.mtime);
  CHECK(a.entry.owner == b.entry.owner);
  CHECK(a.entry.target == b.entry.target);
  CHECK(a.entry.size == b.entry.size);
  CHECK((a.entry.attributes == b.entry.attributes));
  CHECK(a.leaf == b.leaf);
  CHECK((a.extents == b.extents));
}

}  // namespace

TEST_CASE("the schemas of record types are read as they were written") {
  const std::vector<Bytes> schemas{Bytes{std::byte{7}, std::byte{0}}, Bytes{}, Bytes(300, std::byte{1})};
  const Written w({plain("")}, {}, schemas);
  const auto manifest = read_manifest(SpoolReader(w.spool), w.spool.size(), w.manifest.digest, *w.hash, "m");
  REQUIRE(manifest);
  CHECK(manifest->schemas == schemas);
}

TEST_CASE("what is written is read, in order, over many pages") {
  std::vector<ManifestEntry> entries{plain("")};
  for (int i = 0; i < 3000; ++i) {
    std::string number = std::to_string(i);
    number.insert(0, 6 - number.size(), '0');
    ManifestEntry m = file("folder-with-a-name/" + number, 1000, 0);
    m.entry.owner = i % 2 == 0 ? "keeper" : "";
    m.entry.mtime = {-5, 999'999'999};
    m.extents.push_back({0, 1, 0, 4096ULL * static_cast<std::uint64_t>(i), 0});
    entries.push_back(std::move(m));
  }
  entries.insert(entries.begin() + 1, plain("folder-with-a-name"));
  Written w(entries);
  CHECK(w.manifest.pages.size() > 2);
  const SpoolReader in(w.spool);
  auto manifest = read_manifest(in, w.spool.size(), w.manifest.digest, *w.hash, "m");
  INFO((manifest ? std::string() : manifest.error().sentence()));
  REQUIRE(manifest);
  CHECK(manifest->entries == entries.size());
  ManifestCursor cursor(in, *manifest, *w.hash, 1ULL << 30U, 32, "m");
  for (const ManifestEntry& entry : entries) {
    const auto more = cursor.next();
    REQUIRE(more);
    REQUIRE(*more);
    same(cursor.current(), entry);
  }
  CHECK_FALSE(*cursor.next());
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}, std::size_t{1500}, entries.size() - 1}) {
    const auto found = cursor.find(entries[i].entry.path);
    REQUIRE(found);
    CHECK(*found);
    same(cursor.current(), entries[i]);
  }
  CHECK_FALSE(*cursor.find("folder-with-a-name/000000x"));
  CHECK_FALSE(*cursor.find("zzz"));
}

TEST_CASE("extents and attributes larger than a page continue on the next, and are found") {
  ManifestEntry big = file("b", 40000ULL * 8192, 12);
  for (std::uint64_t i = 0; i < 40000; ++i) big.extents.push_back({i * 2, 1, 1, i * 1'000'003, i * 999'983});
  ManifestEntry rich = file("c", 10, 0);
  rich.entry.attributes = {{"user.a", Bytes(65536, std::byte{1})}, {"user.b", Bytes()}, {"user.c", Bytes(40000)}};
  rich.extents.push_back({0, 1, 0, 512, 0});
  Written w({plain(""), file("a", 0, 0), big, rich, plain("d")}, {{ArchiveId{}, 1ULL << 40U, 1ULL << 32U}});
  const SpoolReader in(w.spool);
  const auto manifest = read_manifest(in, w.spool.size(), w.manifest.digest, *w.hash, "m");
  REQUIRE(manifest);
  CHECK(manifest->pages.size() > 5);
  ManifestCursor cursor(in, *manifest, *w.hash, 1ULL << 30U, 32, "m");
  for (const auto& [path, wanted] : {std::pair<std::string, const ManifestEntry&>{"c", rich}, {"b", big}}) {
    INFO(path);
    const auto found = cursor.find(path);
    INFO((found ? std::string() : found.error().sentence()));
    REQUIRE(found);
    REQUIRE(*found);
    same(cursor.current(), wanted);
  }
  REQUIRE(cursor.find("a"));
  CHECK(*cursor.find("d"));
  for (std::size_t page = 0; page < manifest->pages.size(); ++page) {  // from wherever a reader begins
    cursor.go_to_page(page);
    while (true) {
      const auto more = cursor.next();
      INFO("page " << page << (more ? std::string() : more.error().sentence()));
      REQUIRE(more);
      if (!*more) break;
    }
  }
}

TEST_CASE("every byte of a manifest that is changed is noticed") {
  ManifestEntry m = file("a", 70000, 12);
  m.extents.push_back({0, 18, 0, 4096, 80000});
  Written w({plain(""), m});
  Bytes whole(static_cast<std::size_t>(w.spool.size()));
  REQUIRE(w.spool.read(0, whole));
  struct Held final : RandomReader {
    Bytes bytes;
    Status read(std::uint64_t at, MutableBytes out) const override {
      if (at > bytes.size() || out.size() > bytes.size() - at) return Error{ErrorId::corrupt, "the end"};
      std::memcpy(out.data(), bytes.data() + at, out.size());
      return ok();
    }
  } held;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    held.bytes = whole;
    held.bytes[i] ^= std::byte{0x10};
    const auto manifest = read_manifest(held, held.bytes.size(), w.manifest.digest, *w.hash, "m");
    if (!manifest) continue;
    ManifestCursor cursor(held, *manifest, *w.hash, 1ULL << 30U, 32, "m");
    bool noticed = false;
    while (!noticed) {
      const auto more = cursor.next();
      noticed = !more;
      if (more && !*more) break;
    }
    INFO("byte " << i);
    CHECK(noticed);
  }
}

TEST_CASE("records that can not be are refused by the writer") {
  Manifest manifest;
  manifest.salt.size = 32;
  const auto structural = std::move(*open_structural(StructuralId::sha256));
  const auto hash = std::move(*structural->begin());
  Spool spool("/tmp");
  ManifestWriter writer(manifest, *hash, spool, 32);
  REQUIRE(writer.begin());
  REQUIRE(writer.add(plain("")));
  for (const char* path : {"/a", "a//b", "../a", "a/..", ".", "a/"}) CHECK_FALSE(writer.add(plain(path)));
  CHECK_FALSE(writer.add(plain(std::string(path_max + 1, 'x'))));
}

}  // namespace test_manifest
