// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/invariant_run.hpp>

#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/newest_header.hpp>
#include <lifeboat/journal/replica.hpp>
#include <lifeboat/record/invariants/balances_equal_replay.hpp>
#include <lifeboat/record/invariants/captures_within_authorised.hpp>
#include <lifeboat/record/invariants/debits_equal_credits.hpp>
#include <lifeboat/record/invariants/declared.hpp>
#include <lifeboat/record/invariants/gapless_sequence.hpp>
#include <lifeboat/record/invariants/nothing_goes_backwards.hpp>
#include <lifeboat/record/invariants/refunds_within_captured.hpp>
#include <lifeboat/record/invariants/unique_keys.hpp>

#include "record/invariants/payments.hpp"
#include "support/temp_folder.hpp"

/// A sale, before its engine said what it means, and after; the same version.
struct SaleBefore {
  lifeboat::Key key;
  lifeboat::Stage<State> state;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(SaleBefore, key, state, amount);
struct Sale {
  lifeboat::Key key;
  lifeboat::Stage<State> state;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Sale, key, state, amount);
LIFEBOAT_TESTS_TRAITS(SaleBefore, 21, "sale");
template <>
struct lifeboat::RecordTraits<Sale> {
  static constexpr RecordNumber number = 21;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "sale";
  static constexpr std::array meanings{captures().where("state", State::captured),
                                       refunds().where("state", State::refunded)};
};

namespace test_invariant_run {

using namespace lifeboat;

namespace {

template <class... R>
std::unique_ptr<Journal> open_journal(const std::string& folder) {
  auto journal = Journal::open(
      {.folder = folder, .segment_length = 256U << 10U, .queue_bytes = 64U << 10U, .schemas = {schema_bytes<R>()...}});
  INFO((journal ? std::string() : journal.error().sentence()));
  REQUIRE(journal);
  return std::move(*journal);
}

template <class... R>
void append(Journal& journal, const R&... records) {
  journal.append(records...)
      .match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL("not written"); }, [](Unknown) { FAIL("unknown"); });
}

JournalReader read(const std::string& folder) {
  auto reader = JournalReader::open(folder);
  REQUIRE(reader);
  return std::move(*reader);
}

}  // namespace

TEST_CASE("all invariants look at a journal in one walk, by its schemas alone") {
  const support::TempFolder folder;
  {
    const auto journal = open_journal<Transfer, CardPayment, Balance>(folder / "j");
    for (std::uint64_t n = 1; n <= 2'000; ++n) {  // over several segments
      append(*journal, support::transfer(n));
      if (n % 50 == 0) append(*journal, Balance{n + 1, {100, EUR}});
    }
    append(*journal, CardPayment{Key{"C"}, {State::authorised}, {5, EUR}});
    append(*journal, CardPayment{Key{"C"}, {State::captured}, {6, EUR}});
  }
  JournalReader reader = read(folder / "j");
  const PaymentRecords cards{.authorised = {{.record = "card", .field = "state", .value = 2}},
                             .captured = {{.record = "card", .field = "state", .value = 3}},
                             .refunded = {{.record = "card", .field = "state", .value = 4}}};
  DebitsEqualCredits debits;
  GaplessSequence sequence(Position{1, 0});
  UniqueKeys keys;
  NothingGoesBackwards stages;
  CapturesWithinAuthorised captures(cards);
  RefundsWithinCaptured refunds(cards);
  BalancesEqualReplay balances({.record = "balance"});
  const auto reports = run_invariants(reader, debits, sequence, keys, stages, captures, refunds, balances);
  INFO((reports ? std::string() : reports.error().sentence()));
  REQUIRE(reports);
  std::string text;
  for (const InvariantReport& report : *reports) text.append(to_text(report)).append("\n");
  CHECK(text ==
        "debits-equal-credits: holds for 2000 rows\n"
        "gapless-sequence: holds for 2042 rows\n"
        "unique-keys: holds for 2002 rows\n"
        "nothing-goes-backwards: holds for 2 rows\n"
        "captures-within-authorised: broken at 1:2042: of a key of this group, 0.06 EUR was captured and 0.05 EUR "
        "authorised; 2 rows\n"
        "refunds-within-captured: holds for 1 row\n"
        "balances-equal-replay: holds for 40 rows\n");
  CHECK_FALSE(*reader.next());
}

TEST_CASE("records whose schema can not be read are counted, never passed over") {
  const support::TempFolder folder;
  {
    const auto journal = open_journal<Note, Transfer>(folder / "written");
    append(*journal, Note{"a"});
    append(*journal, support::transfer(1), Note{"b"});
    append(*journal, support::transfer(2));
  }
  {
    Bytes of_later = schema_bytes<Transfer>();
    of_later.back() = std::byte{99};  // its money is of a kind that this version does not know
    const std::vector<Bytes> schemas{schema_bytes<Note>(), of_later};
    JournalReader written = read(folder / "written");
    auto replica = JournalReplica::open({.folder = folder / "j", .segment_length = 256U << 10U});
    REQUIRE(replica);
    for (auto batch = written.next_batch(); batch && *batch != nullptr; batch = written.next_batch()) {
      const ShippedBatch shipped(**batch);
      REQUIRE((*replica)->receive(ShippedOrigin(written.header().journal, schemas), std::span(&shipped, 1)));
    }
  }
  JournalReader reader = read(folder / "j");
  DebitsEqualCredits debits;
  GaplessSequence sequence;
  const auto reports = run_invariants(reader, debits, sequence);
  REQUIRE(reports);
  CHECK((*reports)[0].holds);
  CHECK((*reports)[0].rows == 0);
  CHECK((*reports)[0].not_covered == 2);
  CHECK_FALSE((*reports)[0].proven());
  CHECK((*reports)[1].proven());
}

TEST_CASE("a type that is announced later is known from there on") {
  const support::TempFolder folder;
  append(*open_journal<Note>(folder / "j"), Note{"a"});
  append(*open_journal<Transfer>(folder / "j"), support::transfer(1));
  JournalReader reader = read(folder / "j");
  DebitsEqualCredits debits;
  const auto reports = run_invariants(reader, debits);
  REQUIRE(reports);
  CHECK((*reports)[0].rows == 1);
  CHECK((*reports)[0].proven());
}

TEST_CASE("records of before are judged by the meanings that their type was given later, whoever names it") {
  for (const bool named : {true, false}) {
    INFO("named when it is opened: " << named);
    const support::TempFolder folder;
    {
      const auto journal = open_journal<SaleBefore>(folder / "j");
      append(*journal, SaleBefore{Key{"A"}, {State::captured}, {50, EUR}});
      append(*journal, SaleBefore{Key{"A"}, {State::refunded}, {30, EUR}});
    }
    CHECK(declared_books(newest_header(folder / "j")->schemas).payments.refunded.empty());
    {
      const auto journal = named ? open_journal<Sale>(folder / "j") : open_journal<Note>(folder / "j");
      append(*journal, Sale{Key{"A"}, {State::refunded}, {21, EUR}});
      append(*journal, Sale{Key{"B"}, {State::captured}, {1, EUR}});
    }
    const auto judged = [&] {
      const auto newest = newest_header(folder / "j");
      REQUIRE(newest);
      JournalReader reader = read(folder / "j");
      RefundsWithinCaptured refunds(declared_books(newest->schemas).payments);
      const auto reports = run_invariants(reader, refunds);
      REQUIRE(reports);
      CHECK((*reports)[0].rows == 4);
      CHECK((*reports)[0].not_covered == 0);
      REQUIRE((*reports)[0].first_failure);
      CHECK((*reports)[0].first_failure->position == Position{1, 3});
      return newest->schemas.size();
    };
    const std::size_t schemas = judged();
    const std::uint64_t segment = newest_header(folder / "j")->number;
    // The program of before comes back: nothing is announced again, and what was said stays.
    append(*open_journal<SaleBefore>(folder / "j"), Note{"x"});
    CHECK(judged() == schemas + (named ? 1 : 0));  // the note's
    CHECK(newest_header(folder / "j")->number == segment + (named ? 1 : 0));
  }
}

TEST_CASE("a walk ends where it is told to") {
  const support::TempFolder folder;
  {
    const auto journal = open_journal<Transfer>(folder / "j");
    for (std::uint64_t n = 1; n <= 10; ++n) append(*journal, support::transfer(n));
  }
  JournalReader reader = read(folder / "j");
  GaplessSequence sequence;
  InvariantAdapter<GaplessSequence> port(sequence);
  InvariantPort* const ports[] = {&port};
  const auto reports = run_invariants(reader, std::span<InvariantPort* const>(ports), Position{1, 4});
  REQUIRE(reports);
  CHECK(reports->front().rows == 4);
}

TEST_CASE("a group whose records break the rules of their type is named") {
  SegmentHeader header;
  header.schemas = {schema_bytes<Transfer>()};
  Bytes frame(frame_head_bytes + group_head_bytes + record_head_bytes + encoded_size<Transfer>());
  std::byte* const record = frame.data() + frame_head_bytes + group_head_bytes;
  store_le(record, record_number<Transfer>());
  store_le(record + 4, record_version<Transfer>());
  store_le(record + 6, static_cast<std::uint16_t>(encoded_size<Transfer>()));
  encode_record(support::transfer(1), record + record_head_bytes);
  const auto look = [&] {
    SeenGroups groups;
    return groups.see({{3, 14}, {}, {FrameType::group, 1, frame}}, header);
  };
  const auto good = look();
  REQUIRE(good);
  CHECK(good->records.size() == 1);
  record[record_head_bytes] = std::byte{99};
  const auto bad = look();
  REQUIRE_FALSE(bad);
  CHECK(bad.error().id() == ErrorId::corrupt);
  CHECK(bad.error().sentence() ==
        "group 3:14 of the journal: a record of transfer has bytes that break a rule of its type");
  store_le(record + 6, static_cast<std::uint16_t>(encoded_size<Transfer>() + 1));
  CHECK(look().error().sentence() == "group 3:14 of the journal: its records do not fill it as they should");
}

}  // namespace test_invariant_run
