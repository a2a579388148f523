// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/ship_pieces.hpp>

#include <filesystem>
#include <random>

#include <lifeboat/core/random.hpp>
#include <lifeboat/journal/journal.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/temp_folder.hpp"

using namespace lifeboat;

struct Toll {
  std::uint64_t cents;
};
BOOST_HANA_ADAPT_STRUCT(Toll, cents);

namespace test_ship_pieces {

namespace {

struct Store {
  std::unique_ptr<MediumPort> medium = open_medium<Memory>({}).value();
  SystemRandom random;

  Result<PieceReport> ship(const Journal& journal) {
    return ship_pieces(journal.folder(), journal.durable(), *medium, "ledger", random);
  }
};

std::unique_ptr<Journal> open_journal(const std::string& folder, std::uint64_t epoch = 0, std::uint64_t first = 0) {
  auto journal = Journal::open({.folder = folder,
                                .segment_length = 256U << 10U,
                                .queue_bytes = 32U << 10U,
                                .schemas = {schema_bytes<Payment>()},
                                .epoch = epoch,
                                .first_sequence = first});
  INFO((journal ? std::string() : journal.error().sentence()));
  REQUIRE(journal);
  return std::move(*journal);
}

void append(Journal& journal, std::uint64_t groups, std::uint64_t in_a_batch = 1) {
  Position last{};
  for (std::uint64_t n = 1; n <= groups; ++n) {
    journal.submit(Payment{*Key::of("K-" + std::to_string(n)), {n}, {n + 1}, {100, EUR}})
        .match([&](Position p) { last = p; }, [](NotWritten) { FAIL(); });
    if (n % in_a_batch == 0 || n == groups)
      journal.wait(last).match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
  }
}

/// All groups of a reader: their positions and what the chain covers of them.
template <class Reader>
std::vector<std::pair<Position, std::string>> groups_of(Reader& reader) {
  std::vector<std::pair<Position, std::string>> found;
  while (true) {
    const auto batch = reader.next_batch();
    INFO((batch ? std::string() : batch.error().sentence()));
    REQUIRE(batch);
    if (*batch == nullptr) return found;
    for (std::size_t at = 0; at < (*batch)->frames.size();) {
      const ByteView frame =
          ByteView((*batch)->frames).subspan(at, load_le<std::uint32_t>((*batch)->frames.data() + at + 8));
      found.emplace_back(Position{(*batch)->epoch, load_le<std::uint64_t>(frame.data() + 16)},
                         std::string(as_text(frame.subspan(8))));
      at += frame.size();
    }
  }
}

auto read_all(Store& store, Position upto = {~std::uint64_t{0}, 0}) {
  auto history = list_journal(*store.medium, "ledger");
  REQUIRE(history);
  auto reader = PieceReader::open(*store.medium, "ledger", *history, {}, upto);
  REQUIRE(reader);
  return groups_of(*reader);
}

auto read_folder(const std::string& folder) {
  auto reader = JournalReader::open(folder);
  REQUIRE(reader);
  return groups_of(*reader);
}

}  // namespace

TEST_CASE("what is durable goes to the medium once, and reads there as it does here") {
  const support::TempFolder folder;
  Store store;
  const auto journal = open_journal(folder / "j");
  std::mt19937_64 random(Catch::rngSeed());
  std::uint64_t total = 0;
  for (int round = 0; round < 8; ++round) {
    const std::uint64_t more = random() % 900;
    append(*journal, more, 1 + random() % 20);
    total += more;
    const auto report = store.ship(*journal);
    INFO((report ? std::string() : report.error().sentence()));
    REQUIRE(report);
    CHECK(report->groups == more);
    CHECK(report->pieces == (more == 0 ? 0 : 1));
    CHECK((total == 0 || report->last == Position{1, total}));
    REQUIRE(read_all(store) == read_folder(folder / "j"));
  }
}

TEST_CASE("an epoch that leaves out sequences goes on where its first group brings a type that nobody named") {
  const support::TempFolder folder;
  Store store;
  {
    const auto journal = open_journal(folder / "j");
    append(*journal, 3);
    REQUIRE(store.ship(*journal));
  }
  const auto journal = open_journal(folder / "j", 2, 51);
  REQUIRE(store.ship(*journal));  // the epoch has no group yet
  journal->append(Toll{7}).match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
  append(*journal, 2);
  const auto report = store.ship(*journal);
  INFO((report ? std::string() : report.error().sentence()));
  REQUIRE(report);
  CHECK(report->groups == 3);
  const auto all = read_all(store);
  REQUIRE(all == read_folder(folder / "j"));
  REQUIRE(all.size() == 6);
  CHECK(all[3].first == Position{2, 51});
}

TEST_CASE("a journal is cut at any group, also within a batch, and the next epoch follows from there") {
  const support::TempFolder folder;
  Store store;
  {
    const auto journal = open_journal(folder / "j");
    append(*journal, 40, 7);
    REQUIRE(store.ship(*journal));
    append(*journal, 23, 5);
    REQUIRE(store.ship(*journal));
  }
  const auto all = read_all(store);
  REQUIRE(all.size() == 63);
  for (std::uint64_t upto = 0; upto <= 63; ++upto) {
    auto part = all;
    part.resize(upto);
    REQUIRE(read_all(store, {1, upto}) == part);
  }
}

TEST_CASE("an epoch that begins before the end of another leaves that one's rest behind") {
  const support::TempFolder folder;
  Store store;
  auto first = open_journal(folder / "a");
  append(*first, 30, 1);
  REQUIRE(store.ship(*first));
  first.reset();
  std::filesystem::copy(folder / "a", folder / "b");
  first = open_journal(folder / "a");
  append(*first, 20, 1);
  REQUIRE(store.ship(*first));
  append(*first, 20, 1);
  REQUIRE(store.ship(*first));

  const auto second = open_journal(folder / "b", 2, 100);
  append(*second, 5, 1);
  REQUIRE(store.ship(*second));
  const auto history = list_journal(*store.medium, "ledger");
  REQUIRE(history);
  CHECK(history->last() == Position{2, 104});
  CHECK(history->undone.size() == 2);
  CHECK(read_all(store) == read_folder(folder / "b"));

  // What the first one goes on to write is evidence at most.
  append(*first, 1, 1);
  CHECK(store.ship(*first).error().id() == ErrorId::fenced);
}

TEST_CASE("a record type that comes later begins a piece that has its schema") {
  const support::TempFolder folder;
  Store store;
  const auto journal = open_journal(folder / "j");
  append(*journal, 3);
  journal->append(Toll{7}).match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
  REQUIRE(store.ship(*journal)->pieces == 2);
  const auto history = list_journal(*store.medium, "ledger");
  auto reader = PieceReader::open(*store.medium, "ledger", *history);
  REQUIRE(reader);
  REQUIRE(groups_of(*reader).size() == 4);  // and stands in the piece of the last one
  CHECK(reader->header().schemas == std::vector<Bytes>{schema_bytes<Payment>(), schema_bytes<Toll>()});
  CHECK(read_all(store) == read_folder(folder / "j"));
}

TEST_CASE("another journal under the same name is told from the one that was shipped") {
  const support::TempFolder folder;
  Store store;
  const auto journal = open_journal(folder / "j");
  append(*journal, 30);
  REQUIRE(store.ship(*journal));
  const auto shorter = open_journal(folder / "shorter");
  append(*shorter, 3);
  CHECK(store.ship(*shorter).error().id() == ErrorId::diverged);
  const auto longer = open_journal(folder / "longer");
  append(*longer, 50);
  CHECK(store.ship(*longer).error().id() == ErrorId::diverged);
  CHECK(read_all(store) == read_folder(folder / "j"));
}

TEST_CASE("a gap, a fork and damage are named, and never read over") {
  const JournalPiece a{1, 0, 10, 0, 10}, b{1, 10, 20, 0, 20}, c{1, 20, 30, 0, 30}, forked{1, 10, 15, 0, 15};
  CHECK(journal_history("ledger", {c, a, b})->pieces.size() == 3);
  CHECK(journal_history("ledger", {a, c})->gaps.size() == 1);
  CHECK(journal_history("ledger", {a, b, forked, c}).error().id() == ErrorId::chain_fork);
  // A fork behind where a later epoch begins is nobody's history.
  CHECK(journal_history("ledger", {a, b, forked, c, {2, 10, 12, 0, 12}})->last() == Position{2, 12});

  const support::TempFolder folder;
  Store store;
  const auto journal = open_journal(folder / "j");
  append(*journal, 20, 3);
  REQUIRE(store.ship(*journal));
  const auto whole = read_all(store);
  const auto history = list_journal(*store.medium, "ledger");
  const std::string name = piece_name("ledger", history->pieces.front());
  Bytes bytes(history->pieces.front().length);
  REQUIRE(store.medium->read(name, 0, bytes));
  for (std::size_t at = 0; at < bytes.size(); at += at < 4000 ? 97 : 1) {
    Store other;
    Bytes flipped = bytes;
    flipped[at] ^= std::byte{0x10};
    auto writer = other.medium->create(name, {});
    REQUIRE((*writer)->write(flipped));
    REQUIRE((*writer)->commit(Publish::if_absent));
    auto reader = PieceReader::open(*other.medium, "ledger", *history);
    std::size_t groups = 0;
    while (true) {
      const auto batch = reader->next_batch();
      if (!batch || *batch == nullptr) {
        // The end frame alone stands behind all that counts.
        if (batch && at < bytes.size() - end_bytes) FAIL("byte " << at << " was not missed");
        break;
      }
      groups += (*batch)->last - (*batch)->after;
    }
    REQUIRE(groups <= whole.size());
  }
}

}  // namespace test_ship_pieces
