// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/take_backup.hpp>
#include <lifeboat/core/random.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/testing/fake_clock.hpp>
#include <lifeboat/verifier/known.hpp>

#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/text.hpp"

// Repositories in memory, of trees that exist in memory alone, made by real backups.
namespace support {

using namespace lifeboat;

/// Bytes that repeat nowhere, the same for one seed.
inline Bytes noise_bytes(std::size_t size, std::uint64_t seed) {
  Bytes out(size);
  std::uint64_t state = seed * 0x9E3779B97F4A7C15ULL + 1;
  for (std::byte& b : out) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    b = static_cast<std::byte>(state >> 24U);
  }
  return out;
}

/// A file, folder or link of a made-up tree. Content is only where `segments` say, if there are any.
struct MadeEntry {
  Entry entry;
  Bytes data;
  std::vector<Segment> segments;
};

class MadeContent final : public Content {
 public:
  explicit MadeContent(MadeEntry from) : from_(std::move(from)) {}
  Status details(Entry& entry) override {
    entry.target = from_.entry.target;
    entry.attributes = from_.entry.attributes;
    return ok();
  }
  Status open() override { return ok(); }
  Result<FileStamp> stamp() override { return stamp_of(from_.entry); }
  Status segments(FunctionRef<Status(Segment)> each) override {
    if (from_.segments.empty()) return from_.data.empty() ? ok() : each({0, from_.data.size()});
    for (const Segment& segment : from_.segments) LIFEBOAT_CHECK(each(segment));
    return ok();
  }
  Result<std::size_t> read(std::uint64_t at, MutableBytes out) override {
    if (at >= from_.data.size()) return std::size_t{0};
    const std::size_t count = std::min(out.size(), from_.data.size() - static_cast<std::size_t>(at));
    std::memcpy(out.data(), from_.data.data() + at, count);
    return count;
  }
  void close() noexcept override {}

 private:
  MadeEntry from_;
};

/// A tree, by path.
class MadeTree {
 public:
  MadeTree() { folder(""); }
  MadeEntry& folder(const std::string& path) {
    MadeEntry& made = add(path, EntryType::directory);
    made.entry.mode = 0755;
    return made;
  }
  MadeEntry& file(const std::string& path, Bytes data) {
    MadeEntry& made = add(path, EntryType::file);
    made.entry.size = data.size();
    made.data = std::move(data);
    return made;
  }
  MadeEntry& file(const std::string& path, std::string_view text) { return file(path, bytes_of(text)); }
  MadeEntry& link(const std::string& path, const std::string& target) {
    MadeEntry& made = add(path, EntryType::symlink);
    made.entry.mode = 0777;
    made.entry.target = target;
    return made;
  }
  MadeEntry& hardlink(const std::string& path, const std::string& target) {
    MadeEntry& made = add(path, EntryType::hardlink);
    made.entry.target = target;
    made.entry.inode = entries_.at(target).entry.inode;
    return made;
  }
  void remove(const std::string& path) { entries_.erase(path); }
  MadeEntry& at(const std::string& path) { return entries_.at(path); }
  void touch(const std::string& path) { entries_.at(path).entry.mtime.seconds += 10; }

  Status scan(EntrySink& sink) const {
    std::vector<const MadeEntry*> sorted;
    for (const auto& [path, made] : entries_) sorted.push_back(&made);
    std::sort(sorted.begin(), sorted.end(), [](const MadeEntry* a, const MadeEntry* b) {
      return compare_paths(a->entry.path, b->entry.path) == std::strong_ordering::less;
    });
    for (const MadeEntry* made : sorted) {
      Entry entry = made->entry;
      LIFEBOAT_CHECK(sink.entry(std::move(entry), std::make_unique<MadeContent>(*made)));
    }
    return ok();
  }

  [[nodiscard]] const std::map<std::string, MadeEntry>& entries() const { return entries_; }

 private:
  MadeEntry& add(const std::string& path, EntryType type) {
    MadeEntry made;
    made.entry.path = path;
    made.entry.type = type;
    made.entry.mode = 0644;
    made.entry.inode = next_inode_++;
    made.entry.mtime = {1'700'000'000, 5};
    made.entry.ctime = {1'700'000'000, 5};
    return entries_[path] = std::move(made);
  }

  std::map<std::string, MadeEntry> entries_;
  std::uint64_t next_inode_ = 100;
};

/// Bits that are the same in every run.
class MadeRandom final : public RandomPort {
 public:
  explicit MadeRandom(std::uint64_t seed = 1) : seed_(seed) {}
  void fill(MutableBytes out) override {
    const Bytes bits = noise_bytes(out.size(), ++seed_ * 7919);
    std::memcpy(out.data(), bits.data(), out.size());
  }

 private:
  std::uint64_t seed_;
};

/// A repository over Memory, and backups into it.
class MadeRepository {
 public:
  explicit MadeRepository(StructuralId structural = StructuralId::sha256, std::string_view verifier_name = "sha256",
                          std::string source = "ledger")
      : source_(std::move(source)) {
    auto model = Memory::open({store});
    REQUIRE(model);
    medium_ = std::make_unique<MediumAdapter<Memory>>(std::move(*model));
    REQUIRE(create_repository(*medium_, structural, clock, random));
    auto opened = open_repository(*medium_);
    REQUIRE(opened);
    repository = std::move(*opened);
    auto v = open_verifier_by_name(verifier_name);
    REQUIRE(v);
    verifier = std::move(*v);
    reload();
  }

  void reload() {
    auto loaded = load_catalog(repository, source_);
    REQUIRE(loaded);
    catalog = std::move(*loaded);
  }

  /// Takes an archive of `tree`, a full where there is none before; ten minutes pass.
  BackupReport backup(const MadeTree& tree, StrategyId strategy = StrategyId::full,
                      std::uint64_t volume = volume_length_default) {
    clock.pass_seconds(600);
    BackupInput input;
    input.repository = &repository;
    input.catalog = &catalog;
    input.verifier = verifier.get();
    input.clock = &clock;
    input.random = &random;
    input.budgets.threads = 2;
    input.spool_folder = "/tmp";
    input.strategy = strategy;
    if (strategy != StrategyId::full) input.base = catalog.view().latest();
    input.times_prove = true;
    input.cut_began = clock.now().wall;
    input.volume_length = volume;
    input.actor = "tests";
    auto report = take_backup(input, [&](EntrySink& sink) -> Result<Cut> {
      LIFEBOAT_CHECK(tree.scan(sink));
      return Cut{CutKind::frozen, false, {}};
    });
    if (!report) FAIL(report.error().sentence());
    return std::move(*report);
  }

  [[nodiscard]] const std::string& source() const noexcept { return source_; }
  [[nodiscard]] MediumPort& medium() { return *medium_; }

  std::shared_ptr<MemoryStore> store = std::make_shared<MemoryStore>();
  testing::FakeClock clock;
  MadeRandom random;
  Repository repository;
  Catalog catalog;
  std::unique_ptr<VerifierPort> verifier;

 private:
  std::string source_;
  std::unique_ptr<MediumAdapter<Memory>> medium_;
};

}  // namespace support
