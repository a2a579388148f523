// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/archive_despite.hpp>
#include <lifeboat/archive/content_pump.hpp>
#include <lifeboat/archive/verify.hpp>

#include "catch.hpp"
#include "support/made_repository.hpp"

namespace test_every_byte {

// Whatever happens to whatever byte of a repository: verify names it, and nobody is given wrong data.

using namespace lifeboat;
using namespace support;

namespace {

using Objects = std::map<ObjectName, Bytes>;

struct Small {
  MadeRepository made;
  MadeTree first;
  MadeTree second;
  std::vector<ArchiveRecord> records;
  Anchor anchor;
  Objects whole;

  Small() {
    first.file("a", "one payment");
    first.folder("d");
    first.link("d/l", "../a");
    second = first;
    records.push_back(made.backup(first).record);
    second.file("a", "two payments");
    second.touch("a");
    records.push_back(made.backup(second, StrategyId::incremental).record);
    verified();
    anchor = {made.catalog.epoch, made.catalog.generation, made.catalog.head};
    whole = made.store->objects;
  }
  /// An entry of another kind stands last.
  void verified() {
    ChainEntry entry;
    entry.kind = EntryKind::verify;
    entry.configuration.size = structural_size;
    for (const ArchiveRecord& record : records) entry.verify.complete.push_back(record.facts.archive);
    REQUIRE(append_entry(made.repository, made.catalog, entry, [](const Catalog&) { return ok(); }));
  }
  [[nodiscard]] std::size_t size() const {
    std::size_t sum = 0;
    for (const auto& [name, bytes] : whole) sum += bytes.size();
    return sum;
  }
};

/// Opens, loads and verifies; gives the sentences of everything that is wrong.
std::string wrong(MadeRepository& made, const std::optional<Anchor>& anchor) {
  auto repository = open_repository(made.medium());
  if (!repository) return repository.error().sentence();
  auto catalog = load_catalog(*repository, made.source());
  if (!catalog) return catalog.error().sentence();
  VerifyInput input;
  input.repository = &*repository;
  input.catalog = &*catalog;
  input.anchor = anchor;
  input.budgets.threads = 1;
  const auto report = verify(input);
  if (!report) return report.error().sentence();
  std::string text;
  for (const VerifyFinding& finding : report->findings) text += finding.object + ": " + finding.text + "\n";
  return text;
}

class Into final : public FileOutput {
 public:
  explicit Into(Bytes& into) : into_(into) {}
  Status write(std::uint64_t at, ByteView data) override {
    std::memcpy(into_.data() + at, data.data(), data.size());
    return ok();
  }
  Status finish() override { return ok(); }

 private:
  Bytes& into_;
};

struct Strict final : PumpSink {
  Status failed(const ManifestEntry&, const Error& error) override { return error; }
  void done(const ManifestEntry&, std::uint64_t) override {}
};

/// Reads an archive whole: an error, or exactly what `tree` has.
bool right_or_error(const ArchiveReader::Opened& archive, const MadeTree& tree) {
  if (!archive) return true;
  auto walk = (*archive)->walk();
  if (!walk) return true;
  std::map<std::string, Bytes> contents;
  std::vector<Entry> entries;
  Strict sink;
  Workers workers(1);
  {
    Throttle throttle(0, {}, Error{ErrorId::interrupted, "stopped"});
    ContentPump pump(**archive, workers, Budgets{}, throttle, sink);
    while (true) {
      auto more = (*walk)->cursor.next();
      if (!more) return true;
      if (!*more) break;
      const ManifestEntry& m = (*walk)->cursor.current();
      entries.push_back(m.entry);
      if (m.entry.type != EntryType::file) continue;
      Bytes& into = contents[m.entry.path];
      into.resize(static_cast<std::size_t>(m.entry.size));
      if (!pump.add({m, std::make_unique<Into>(into), {}})) return true;
    }
    if (!pump.finish()) return true;
  }
  if (entries.size() != tree.entries().size()) return false;
  for (const Entry& e : entries) {
    const auto found = tree.entries().find(e.path);
    if (found == tree.entries().end()) return false;
    const Entry& was = found->second.entry;
    if (e.type != was.type || e.mode != was.mode || e.mtime != was.mtime || e.target != was.target) return false;
    if (e.type == EntryType::file && contents[e.path] != found->second.data) return false;
  }
  return true;
}

/// Archive `i` as a restore gets at it: by the entry that was committed, by what the chain says now, and despite it.
bool right_or_error(Small& small, std::size_t i) {
  auto repository = open_repository(small.made.medium());
  if (!repository) return true;
  const std::string& source = small.made.source();
  const MadeTree& tree = i == 0 ? small.first : small.second;
  const ArchiveId& id = small.records[i].facts.archive;
  if (!right_or_error(ArchiveReader::open(*repository, source, small.records[i].facts), tree)) return false;
  const auto chain = load_catalog(*repository, source);
  const ArchiveRecord* named = chain ? chain->view().find(id) : nullptr;
  if (named != nullptr && !right_or_error(ArchiveReader::open(*repository, source, named->facts), tree)) return false;
  return right_or_error(open_despite_chain(*repository, source, id), tree);
}

void check(Small& small, const std::string& what) {
  const std::string said = wrong(small.made, small.anchor);
  if (said.empty()) FAIL("nobody noticed: " + what);
  for (std::size_t i = 0; i < 2; ++i)
    if (!right_or_error(small, i)) FAIL("wrong data after " + what);
  small.made.store->objects = small.whole;
}

}  // namespace

TEST_CASE("the repository is small and whole") {
  Small small;
  CHECK(small.size() <= 17 * 1024);
  CHECK(wrong(small.made, small.anchor).empty());
  CHECK(right_or_error(small, 0));
  CHECK(right_or_error(small, 1));
  std::swap(small.first, small.second);
  CHECK_FALSE(right_or_error(small, 0));
  CHECK_FALSE(right_or_error(small, 1));
}

TEST_CASE("every byte flipped is named, and gives right data or an error") {
  Small small;
  std::size_t flipped = 0;
  for (const auto& [name, bytes] : small.whole)
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      small.made.store->objects.at(name)[at] ^= static_cast<std::byte>(1U << (flipped % 8));
      ++flipped;
      const std::string said = wrong(small.made, std::nullopt);
      // What is damaged is said by its name, or by that of the archive it is part of.
      const std::string archive = name.starts_with("archive/") ? name.substr(0, name.rfind('/')) : name;
      if (said.find(archive) == std::string::npos) FAIL(name + " byte " + std::to_string(at) + ": " + said);
      check(small, name + " byte " + std::to_string(at) + " flipped");
    }
  CHECK(flipped == small.size());
}

TEST_CASE("every object cut at every length is named") {
  Small small;
  for (const auto& [name, bytes] : small.whole)
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      small.made.store->objects.at(name).resize(length);
      check(small, name + " cut to " + std::to_string(length));
    }
}

TEST_CASE("every object with a byte more is named") {
  Small small;
  for (const auto& [name, bytes] : small.whole) {
    small.made.store->objects.at(name).push_back(std::byte{0});
    check(small, name + " with a byte more");
  }
}

TEST_CASE("every object removed is named") {
  Small small;
  for (const auto& [name, bytes] : small.whole) {
    small.made.store->objects.erase(name);
    check(small, name + " removed");
  }
}

TEST_CASE("every object swapped with its neighbour is named") {
  Small small;
  for (auto at = small.whole.begin(); std::next(at) != small.whole.end(); ++at) {
    std::swap(small.made.store->objects.at(at->first), small.made.store->objects.at(std::next(at)->first));
    check(small, at->first + " swapped with " + std::next(at)->first);
  }
}

TEST_CASE("without an anchor a removed newest entry can not be seen, and that is said") {
  Small small;
  small.made.store->objects.erase(chain_entry_name(small.made.source(), 1, 3));
  CHECK(wrong(small.made, std::nullopt).empty());
  small.made.reload();
  VerifyInput input;
  input.repository = &small.made.repository;
  input.catalog = &small.made.catalog;
  const auto report = verify(input);
  REQUIRE(report);
  CHECK(report->unanchored);
}

}  // namespace test_every_byte
