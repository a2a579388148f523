// SPDX-License-Identifier: BSL-1.0
// A part of a journal, by chance: what is in it is what the scope says, byte for byte, at the same positions; and pass
// by pass it becomes what one pass makes from nothing.
#include <lifeboat/sync/scoped_copy.hpp>

#include <lifeboat/core/random.hpp>
#include <lifeboat/journal/invariant_run.hpp>
#include <lifeboat/journal/ship_pieces.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/record/invariants/debits_equal_credits.hpp>
#include <lifeboat/record/invariants/gapless_sequence.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "support/booked.hpp"
#include "support/journals.hpp"
#include "support/rounds.hpp"
#include "support/temp_folder.hpp"

namespace test_scoped_copy {

using namespace lifeboat;
using support::BookedGroup;
using support::BookedJournal;

namespace {

/// A scope, and what it means, said in another way.
struct Meaning {
  std::vector<std::string> only;
  std::vector<std::string> exclude;
  bool (*takes)(const BookedGroup&);
};

const Meaning meanings[] = {
    {{"account=42"}, {}, [](const BookedGroup& g) { return g.accounts.contains(42); }},
    {{"account=42", "to=51"},
     {},
     [](const BookedGroup& g) { return g.accounts.contains(42) || g.accounts.contains(51); }},
    {{}, {"remark"}, [](const BookedGroup& g) { return !g.remarked; }},
    {{"amount>=100.00 EUR"}, {}, [](const BookedGroup& g) { return g.highest >= 10'000; }},
    {{"booking"},
     {"account=43", "remark"},
     [](const BookedGroup& g) { return g.highest != 0 && !g.accounts.contains(43) && !g.remarked; }},
    {{"remark"}, {"booking"}, [](const BookedGroup& g) { return g.remarked && g.highest == 0; }},
    {{"account>40"},
     {"account!=44"},
     [](const BookedGroup& g) {
       return std::any_of(g.accounts.begin(), g.accounts.end(), [](auto a) { return a > 40; }) &&
              std::all_of(g.accounts.begin(), g.accounts.end(), [](auto a) { return a == 44; });
     }},
};

ScopedCopy copy_of(const std::string& journal, const std::string& folder, std::vector<std::string> only,
                   std::vector<std::string> exclude = {}) {
  auto copy = ScopedCopy::open({.journal = journal,
                                .folder = folder,
                                .only = std::move(only),
                                .exclude = std::move(exclude),
                                .segment_length = 256U << 10U});
  INFO((copy ? std::string() : copy.error().sentence()));
  REQUIRE(copy);
  return std::move(*copy);
}
ScopedCopy copy_of(const std::string& journal, const std::string& folder, const Meaning& meaning) {
  return copy_of(journal, folder, meaning.only, meaning.exclude);
}

SyncReport pass(ScopedCopy& copy) {
  const auto report = copy.sync({});
  INFO((report ? std::string() : report.error().sentence()));
  REQUIRE(report);
  return *report;
}

SyncVerdict verified(ScopedCopy& copy) {
  const auto verdict = copy.verify({});
  INFO((verdict ? std::string() : verdict.error().sentence()));
  REQUIRE(verdict);
  return *verdict;
}

JournalHead end_of(const std::string& folder) {
  const auto end = journal_end(folder);
  REQUIRE(end);
  return *end;
}

/// Each group of the part against the journal's, and against what is known of it.
void check_part(const BookedJournal& origin, const std::string& part, const Meaning& meaning) {
  auto all = JournalReader::open(origin.folder());
  auto own = JournalReader::open(part);
  REQUIRE(all);
  REQUIRE(own);
  for (const BookedGroup& known : origin.groups()) {
    INFO("group " << to_text(known.position));
    const auto theirs = all->next();
    const auto mine = own->next();
    REQUIRE((theirs && *theirs));
    REQUIRE((mine && *mine));
    REQUIRE((*theirs)->position == known.position);
    REQUIRE((*mine)->position == known.position);
    REQUIRE((*mine)->time == (*theirs)->time);
    const ByteView bytes = (*mine)->frame.chained();
    if (meaning.takes(known)) {
      REQUIRE(
          std::equal(bytes.begin(), bytes.end(), (*theirs)->frame.chained().begin(), (*theirs)->frame.chained().end()));
      continue;
    }
    REQUIRE((*mine)->frame.bytes.size() == left_out_bytes);
    REQUIRE((*mine)->frame.bytes.size() <= (*theirs)->frame.bytes.size());
    REQUIRE((*mine)->frame.flag() == GroupFlag::none);
    RecordsOfGroup records = (*mine)->records();
    const auto record = records.next();
    REQUIRE(record);
    REQUIRE(record->number == record_number<LeftOut>());
    REQUIRE(decode_record<LeftOut>(record->bytes)->records == known.records);
    REQUIRE_FALSE(records.next());
    REQUIRE(records.good());
  }
  REQUIRE_FALSE(*own->next());
  CHECK(JournalReader::open(part)->verify()->groups == origin.groups().size());
  auto reader = JournalReader::open(part);
  DebitsEqualCredits debits;
  GaplessSequence sequence;
  const auto reports = run_invariants(*reader, debits, sequence);
  REQUIRE(reports);
  CHECK(reports->at(0).holds);
  CHECK(reports->at(1).proven());
  std::uint64_t left_out = 0;
  for (const BookedGroup& known : origin.groups()) left_out += meaning.takes(known) ? 0 : known.records;
  CHECK(reports->at(0).not_covered == left_out);
}

std::uint64_t seed_here() {
  static std::uint64_t seed = support::seed_or_any();
  return seed;
}

}  // namespace

TEST_CASE("a part has what its scope says, and becomes pass by pass what one pass makes") {
  INFO("LIFEBOAT_SEED=" << seed_here());
  std::mt19937_64 random(seed_here());
  for (std::uint64_t round = 0; round != support::rounds_or(4); ++round) {
    const support::TempFolder folder;
    BookedJournal origin(folder / "j", random());
    origin.append(1 + origin.below(300));
    std::vector<ScopedCopy> copies;
    for (std::size_t i = 0; i != std::size(meanings); ++i) {
      copies.push_back(copy_of(folder / "j", folder / ("part-" + std::to_string(i)), meanings[i]));
      (void)pass(copies.back());
    }
    for (int step = 0; step != 6; ++step) {
      switch (origin.below(4)) {
        case 0: origin.next_epoch(origin.below(3) * 7); break;
        case 1: origin.begin_paying_back(); break;
        default: break;
      }
      origin.append(origin.below(400));
      for (std::size_t i = 0; i != copies.size(); ++i) {
        if (origin.below(3) == 0) continue;
        // Now and then it is another process that goes on.
        if (origin.below(2) == 0)
          copies[i] = copy_of(folder / "j", folder / ("part-" + std::to_string(i)), meanings[i]);
        CHECK(pass(copies[i]).position == origin.groups().back().position);
        CHECK(pass(copies[i]).items_sent == 0);
      }
    }
    for (std::size_t i = 0; i != copies.size(); ++i) {
      INFO("scope " << i);
      (void)pass(copies[i]);
      check_part(origin, copies[i].folder(), meanings[i]);
      ScopedCopy anew = copy_of(folder / "j", folder / ("anew-" + std::to_string(i)), meanings[i]);
      CHECK(pass(anew).position == origin.groups().back().position);
      CHECK(end_of(anew.folder()) == end_of(copies[i].folder()));
      const SyncVerdict verdict = verified(copies[i]);
      CHECK(verdict.equal);
      CHECK(verdict.items == origin.groups().size());
      CHECK(verdict.differences == 0);
    }
  }
}

namespace {

/// A journal and a part of it, in step.
struct InStep {
  support::TempFolder folder;
  std::string journal = folder / "j";
  std::string part = folder / "part";
  BookedJournal origin{journal, seed_here()};

  explicit InStep(std::size_t groups = 400) {
    origin.append(groups);
    ScopedCopy copy = open();
    (void)pass(copy);
  }
  [[nodiscard]] ScopedCopy open() const { return copy_of(journal, part, meanings[0]); }
  /// What one pass would make from nothing.
  [[nodiscard]] JournalHead anew() const {
    const std::string there = folder / "anew";
    std::filesystem::remove_all(there);
    ScopedCopy copy = copy_of(journal, there, meanings[0]);
    (void)pass(copy);
    return end_of(there);
  }
  void goes_on() {
    ScopedCopy copy = open();
    (void)pass(copy);
    CHECK(end_of(part) == anew());
    check_part(origin, part, meanings[0]);
  }
  [[nodiscard]] Error refused() const {
    const JournalHead before = end_of(part);
    ScopedCopy copy = open();
    const auto report = copy.sync({});
    REQUIRE_FALSE(report);
    CHECK(end_of(part) == before);
    return report.error();
  }
};

void put_byte(const std::string& file, std::uint64_t at) {
  std::fstream f(file, std::ios::in | std::ios::out | std::ios::binary);
  f.seekg(static_cast<std::streamoff>(at));
  const char was = static_cast<char>(f.get());
  f.seekp(static_cast<std::streamoff>(at));
  f.put(static_cast<char>(was ^ 1));
}

std::string content(const std::string& file) {
  std::ifstream f(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(f), {}};
}

}  // namespace

TEST_CASE("a part whose note is gone, damaged, old or of another part goes on, and is compared") {
  INFO("LIFEBOAT_SEED=" << seed_here());
  InStep s;
  const std::string note = s.part + "/scope";
  const std::string first = content(note);
  s.origin.append(50);
  std::filesystem::remove(note);
  s.goes_on();
  s.origin.append(50);
  for (const std::size_t at : {std::size_t{0}, first.size() / 2, first.size() - 1}) {
    put_byte(note, at);
    CHECK_FALSE(*read_part_note(s.part));
    s.goes_on();
  }
  s.origin.append(50);
  std::ofstream(note, std::ios::binary) << first.substr(0, 40);
  s.goes_on();
  s.origin.append(50);
  std::ofstream(note, std::ios::binary) << first;  // of the first pass
  REQUIRE(*read_part_note(s.part));
  s.goes_on();
  // Of another scope, and of a part that is further.
  ScopedCopy other = copy_of(s.journal, s.folder / "other", {"account=43"});
  (void)pass(other);
  std::filesystem::copy_file(s.folder / "other" + "/scope", note, std::filesystem::copy_options::overwrite_existing);
  s.goes_on();
  const std::string old_part = s.folder / "old";
  std::filesystem::copy(s.part, old_part, std::filesystem::copy_options::recursive);
  s.origin.append(50);
  s.goes_on();
  const std::string ahead = content(note);
  std::filesystem::remove_all(s.part);
  std::filesystem::rename(old_part, s.part);
  std::ofstream(note, std::ios::binary) << ahead;
  s.goes_on();
}

TEST_CASE("another scope, another origin and a whole journal are told from a part, with nothing changed") {
  INFO("LIFEBOAT_SEED=" << seed_here());
  InStep s;
  const auto refusal = [&](const std::string& journal, const std::string& folder, std::vector<std::string> only) {
    ScopedCopy copy = copy_of(journal, folder, std::move(only));
    const auto report = copy.sync({});
    REQUIRE_FALSE(report);
    CHECK(report.error().id() == ErrorId::replica_strange);
    CHECK(report.error().is_unchanged());
    CHECK_FALSE(report.error().next().empty());
    return report.error().sentence();
  };
  CHECK(refusal(s.journal, s.part, {"account=43"}).find("only account=42") != std::string::npos);
  CHECK(refusal(s.journal, s.part, {"account=42", "account=43"}).find("another scope") != std::string::npos);
  BookedJournal another(s.folder / "j2", seed_here());
  another.append(10);
  CHECK(refusal(s.folder / "j2", s.part, {"account=42"}).find("another journal") != std::string::npos);
  CHECK(refusal(s.journal, s.folder / "j2", {"account=42"}).find("no part") != std::string::npos);
  CHECK(refusal(s.journal, s.journal, {"account=42"}).find("no part") != std::string::npos);
  // The order of conditions, and one that is said twice, make no other scope.
  ScopedCopy two = copy_of(s.journal, s.folder / "two", {"account=43", "account=42"});
  (void)pass(two);
  ScopedCopy same = copy_of(s.journal, s.folder / "two", {"account=42", "account=43", "account=42"});
  CHECK(pass(same).items_sent == 0);
}

TEST_CASE("conditions that no record could meet are refused before anything is made") {
  InStep s;
  const auto refusal = [&](std::vector<std::string> only, std::vector<std::string> exclude) {
    const auto copy = ScopedCopy::open(
        {.journal = s.journal, .folder = s.folder / "none", .only = std::move(only), .exclude = std::move(exclude)});
    REQUIRE_FALSE(copy);
    CHECK_FALSE(std::filesystem::exists(s.folder / "none"));
    return copy.error();
  };
  CHECK(refusal({}, {}).id() == ErrorId::config);
  CHECK(refusal({"bookings"}, {}).sentence().find("booking, remark") != std::string::npos);
  CHECK(refusal({}, {"acount=42"}).sentence().find("key, from, to, amount") != std::string::npos);
  CHECK(refusal({"amount>100"}, {}).id() == ErrorId::path_unknown);
  CHECK(refusal({"account=42", ""}, {}).id() == ErrorId::usage);
  CHECK(ScopedCopy::open({.journal = s.folder / "nowhere", .folder = s.folder / "none", .only = {"booking"}})
            .error()
            .id() == ErrorId::object_missing);
  // A type that the engine does not know yet, and then does.
  CHECK(refusal({"paid back"}, {}).id() == ErrorId::path_unknown);
  s.origin.begin_paying_back();
  s.origin.append(50);
  ScopedCopy copy = copy_of(s.journal, s.folder / "none", {"paid back"});
  (void)pass(copy);
  check_part(s.origin, s.folder / "none", {{"paid back"}, {}, [](const BookedGroup& g) { return g.paid_back; }});
}

TEST_CASE("two histories are found, also where what differs is left out") {
  INFO("LIFEBOAT_SEED=" << seed_here());
  InStep s(100);
  s.origin.close();
  const std::string before = s.folder / "before";
  std::filesystem::copy(s.journal, before, std::filesystem::copy_options::recursive);
  s.origin.open();
  s.origin.append(3);
  ScopedCopy copy = s.open();
  (void)pass(copy);
  s.origin.close();
  // The engine's disk is put back, and it goes on with others.
  for (const bool noted : {true, false}) {
    INFO("noted " << noted);
    std::filesystem::remove_all(s.journal);
    std::filesystem::copy(before, s.journal, std::filesystem::copy_options::recursive);
    if (!noted) std::filesystem::remove(s.part + "/scope");
    CHECK(s.refused().id() == ErrorId::diverged);  // the journal ends before the part
    auto other = Journal::open({.folder = s.journal,
                                .segment_length = 256U << 10U,
                                .queue_bytes = 32U << 10U,
                                .schemas = schemas_of<Booking, Remark>()});
    REQUIRE(other);
    for (int i = 0; i < 9; ++i)
      (void)(*other)->append(Booking{Key{"other"}, {1}, {2}, {5, EUR}}).match([](auto) { return 0; });
    CHECK(s.refused().id() == ErrorId::diverged);
    const SyncVerdict verdict = verified(copy);
    CHECK(verdict.differences == 1);
    CHECK_FALSE(verdict.equal);
    CHECK_FALSE(verdict.first_difference.empty());
  }
}

TEST_CASE("a part goes on behind an origin that was recycled, or says what it lacks") {
  INFO("LIFEBOAT_SEED=" << seed_here());
  InStep s(3000);
  const Position then = end_of(s.part).last;
  const std::string old_part = s.folder / "old";
  std::filesystem::copy(s.part, old_part, std::filesystem::copy_options::recursive);
  s.origin.append(3000);
  s.origin.next_epoch();
  // All that the part has goes at the origin, but for the segment that goes on from it.
  REQUIRE(s.origin.journal().recycle(then));
  ScopedCopy copy = s.open();
  (void)pass(copy);
  const JournalHead whole = end_of(s.part);
  CHECK(whole.last == s.origin.groups().back().position);
  CHECK(verified(copy).equal);
  // Without its note it meets the journal at the oldest group that this keeps.
  std::filesystem::remove(s.part + "/scope");
  s.origin.append(100);
  (void)pass(copy);
  CHECK(verified(copy).equal);
  // What it needs is gone.
  s.origin.append(3000);
  s.origin.next_epoch();
  const Position last = s.origin.groups().back().position;
  s.origin.append(10);
  REQUIRE(*s.origin.journal().recycle({last.epoch + 1, last.sequence}) > 0);
  for (const bool noted : {true, false}) {
    if (!noted) std::filesystem::remove(s.part + "/scope");
    const Error refused = s.refused();
    CHECK(refused.id() == ErrorId::object_missing);
    CHECK(refused.next().find("mv ") != std::string::npos);
  }
  // A folder that holds nothing begins where the journal does, and is proved from there on.
  std::filesystem::rename(s.part, s.folder / "gone");
  (void)pass(copy);
  const SyncVerdict verdict = verified(copy);
  CHECK(verdict.equal);
  CHECK(verdict.items == 10);
  CHECK(JournalReader::open(s.part)->next()->value().position == Position{3, last.sequence + 1});
  std::filesystem::remove(s.part + "/scope");
  s.origin.append(10);
  (void)pass(copy);
  CHECK(verified(copy).items == 20);
  // Where that is not wanted it is refused.
  auto strict = ScopedCopy::open({.journal = s.journal,
                                  .folder = s.folder / "strict",
                                  .only = {"account=42"},
                                  .segment_length = 256U << 10U,
                                  .from_oldest = false});
  REQUIRE(strict);
  CHECK(strict->sync({}).error().id() == ErrorId::object_missing);
}

TEST_CASE("no file of a part has the origin's id, a chain of it, or a byte of what is left out") {
  INFO("LIFEBOAT_SEED=" << seed_here());
  InStep s(60);
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator(s.part)) all += content(entry.path());
  const auto has = [&](ByteView bytes) { return all.find(as_text(bytes)) != std::string::npos; };
  CHECK(has(support::header_of(s.part).journal.view()));
  CHECK_FALSE(has(support::header_of(s.journal).journal.view()));
  for (const JournalBatch& batch : support::batches_of(s.part)) CHECK(has(batch.chain));
  // Up to the first group that is left out the two are one, and so are their chains.
  const auto left_out = std::find_if(s.origin.groups().begin(), s.origin.groups().end(),
                                     [](const BookedGroup& group) { return !meanings[0].takes(group); });
  REQUIRE(left_out != s.origin.groups().end());
  for (const JournalBatch& batch : support::batches_of(s.journal))
    CHECK(has(batch.chain) == (Position{batch.epoch, batch.last} < left_out->position));
  auto reader = JournalReader::open(s.journal);
  REQUIRE(reader);
  for (const BookedGroup& known : s.origin.groups()) {
    const auto group = reader->next();
    REQUIRE((group && *group));
    RecordsOfGroup records = (*group)->records();
    while (const auto record = records.next())
      if (record->number == record_number<Booking>()) CHECK(has(record->bytes) == meanings[0].takes(known));
  }
}

TEST_CASE("what is changed in a part is found, also where it is whole") {
  INFO("LIFEBOAT_SEED=" << seed_here());
  InStep s(50);
  ScopedCopy copy = s.open();
  CHECK(verified(copy).equal);
  // A bit that flips.
  put_byte(s.part + "/segment-0000000001", 4096 + 700);
  const auto damaged = copy.verify({});
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().id() == ErrorId::corrupt);
  // Somebody who makes it anew, with a chain that fits.
  std::filesystem::remove_all(s.part);
  (void)pass(copy);
  std::vector<JournalBatch> forged = support::batches_of(s.part);
  const SegmentHeader header = support::header_of(s.part);
  std::filesystem::remove_all(s.part);
  const auto structural = open_structural(StructuralId::sha256);
  const auto sha256 = (*structural)->begin();
  ChainValue chain{};
  bool changed = false;
  for (JournalBatch& batch : forged) {
    batch.before = chain;
    for (std::size_t at = 0; at != batch.frames.size();) {
      const std::size_t length = load_le<std::uint32_t>(batch.frames.data() + at + 8);
      if (!changed && length > left_out_bytes) {
        batch.frames[at + length - 20] ^= std::byte{1};
        changed = true;
      }
      at += length;
    }
    REQUIRE((*sha256)->update(chain));
    for (std::size_t at = 0; at != batch.frames.size();) {
      const std::size_t length = load_le<std::uint32_t>(batch.frames.data() + at + 8);
      REQUIRE((*sha256)->update(ByteView(batch.frames).subspan(at + 8, length - 8)));
      at += length;
    }
    REQUIRE((*sha256)->finish(chain));
    batch.chain = chain;
  }
  REQUIRE(changed);
  {
    const auto replica = support::open_replica(s.part);
    REQUIRE(replica->receive(header, support::shipped(forged)));
  }
  const SyncVerdict verdict = verified(copy);
  CHECK(verdict.differences == 1);
  CHECK_FALSE(verdict.equal);
  CHECK(verdict.first_difference.find("is not the same") != std::string::npos);
  CHECK(s.refused().id() == ErrorId::diverged);
}

TEST_CASE("a part of a medium's pieces is the part of the journal") {
  INFO("LIFEBOAT_SEED=" << seed_here());
  InStep s(3000);
  std::unique_ptr<MediumPort> medium = std::move(*open_medium<Memory>({}));
  SystemRandom random;
  const auto to_medium = [&] {
    const auto done = ship_pieces(s.journal, s.origin.journal().durable(), *medium, "ledger", random);
    INFO((done ? std::string() : done.error().sentence()));
    REQUIRE(done);
  };
  const auto from_medium = [&](ScopedCopy& copy) {
    const auto taken = copy.take_pieces(*medium, "ledger", {});
    INFO((taken ? std::string() : taken.error().sentence()));
    REQUIRE(taken);
    return taken->position;
  };
  ScopedCopy copy = s.open();
  CHECK(from_medium(copy) == Position{});
  to_medium();
  s.origin.append(3000);
  s.origin.begin_paying_back();
  s.origin.append(100);
  s.origin.next_epoch(12);
  s.origin.append(100);
  to_medium();
  const JournalHead whole = s.anew();
  for (const bool noted : {true, false}) {
    std::filesystem::copy(s.part, s.folder / "here", std::filesystem::copy_options::recursive);
    if (!noted) std::filesystem::remove(s.folder / "here" + "/scope");
    ScopedCopy here = copy_of(s.journal, s.folder / "here", meanings[0]);
    CHECK(from_medium(here) == s.origin.groups().back().position);
    CHECK(end_of(s.folder / "here") == whole);
    CHECK(from_medium(here) == s.origin.groups().back().position);
    CHECK(pass(here).items_sent == 0);
    std::filesystem::remove_all(s.folder / "here");
  }
  ScopedCopy fresh = copy_of(s.journal, s.folder / "fresh", meanings[0]);
  CHECK(from_medium(fresh) == s.origin.groups().back().position);
  CHECK(end_of(s.folder / "fresh") == whole);
  CHECK(verified(fresh).equal);
  // The journal keeps too little, and the medium has the rest.
  const Position last = s.origin.groups().back().position;
  s.origin.next_epoch();
  s.origin.append(10);
  to_medium();
  REQUIRE(*s.origin.journal().recycle({last.epoch + 1, last.sequence}) > 0);
  CHECK(s.refused().id() == ErrorId::object_missing);
  CHECK(from_medium(copy) == s.origin.groups().back().position);
  CHECK(pass(copy).items_sent == 0);
  CHECK(verified(copy).equal);
}

TEST_CASE("a part of a part, and of a replica, are parts like others; a pass and a comparison can be stopped") {
  INFO("LIFEBOAT_SEED=" << seed_here());
  InStep s;
  // What was left out stays as it was.
  ScopedCopy second = copy_of(s.part, s.folder / "second", {}, {"remark"});
  (void)pass(second);
  check_part(s.origin, s.folder / "second",
             {{}, {}, [](const BookedGroup& g) { return g.accounts.contains(42) && !g.remarked; }});
  CHECK(verified(second).equal);
  // A whole replica has the same part.
  {
    const auto replica = support::open_replica(s.folder / "r");
    auto reader = JournalReader::open(s.journal);
    REQUIRE(ship(*reader, *replica));
  }
  ScopedCopy of_replica = copy_of(s.folder / "r", s.folder / "of-replica", meanings[0]);
  (void)pass(of_replica);
  CHECK(end_of(s.folder / "of-replica") == end_of(s.part));
  ScopedCopy moved = copy_of(s.folder / "r", s.part, meanings[0]);
  CHECK(pass(moved).items_sent == 0);
  std::stop_source stop;
  stop.request_stop();
  s.origin.append(10);
  ScopedCopy copy = s.open();
  CHECK(copy.sync(stop.get_token()).error().id() == ErrorId::interrupted);
  CHECK(copy.verify(stop.get_token()).error().id() == ErrorId::interrupted);
  CHECK(verified(copy).moved_on_count == 10);
  s.goes_on();
}

}  // namespace test_scoped_copy
