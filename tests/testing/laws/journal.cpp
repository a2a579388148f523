// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/testing/laws/journal.hpp>

#include <array>

#include <lifeboat/journal/journal.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/temp_folder.hpp"

namespace test_journal {

using namespace lifeboat;
using testing::journal_laws;
using testing::LawGroup;
using testing::LawJournal;
using testing::LawWriter;

namespace {

/// What is wrong with a journal, so that each law is seen to be broken by something.
enum class Flaw {
  none,
  acks_early,     // acknowledges what it never writes
  reads_early,    // a reader gives what nobody waited for
  doubles,        // a group stands there twice
  halves,         // a group loses a record
  swaps,          // two groups change places
  forgets,        // what comes last is gone when it is opened again
  crowd,          // a second writer is let in
  knows_all,      // acknowledges positions that nobody was given
  swallows,       // takes what is too large
  takes_nothing,  // takes groups without records
  from_start,     // a reader begins at the beginning wherever it is told to
  goes_back       // durable goes back
};

/// The journal of the library, with a flaw.
class Flawed final : public LawJournal {
 public:
  Flawed(std::string folder, Flaw flaw) : folder_(std::move(folder)), flaw_(flaw) {}

  Result<std::unique_ptr<LawWriter>> open() override {
    if (opened_ != 0 && flaw_ == Flaw::forgets) hidden_ = 1;
    if (writers_ != 0 && flaw_ == Flaw::crowd) return std::unique_ptr<LawWriter>(std::make_unique<Nobody>());
    auto journal = Journal::open({.folder = folder_,
                                  .segment_length = 256U << 10U,
                                  .queue_bytes = 64U << 10U,
                                  .schemas = {schema_bytes<Payment>()}});
    if (!journal) return std::move(journal).error();
    ++opened_;
    return std::unique_ptr<LawWriter>(std::make_unique<Writer>(*this, std::move(*journal)));
  }

  Result<std::vector<LawGroup>> read(Position from) override {
    std::vector<LawGroup> all;
    if (flaw_ == Flaw::from_start) from = {};
    LIFEBOAT_TRY(JournalReader reader, JournalReader::open(folder_, from));
    while (true) {
      LIFEBOAT_TRY(const std::optional<JournalGroup> group, reader.next());
      if (!group) break;
      RecordsOfGroup records = group->records();
      LawGroup found{group->position};
      for (std::uint64_t i = 0;; ++i) {
        const auto record = records.next();
        if (!record) break;
        const auto payment = decode_record<Payment>(record->bytes);
        if (i == 0 && payment) found.number = payment->from.number;
        found.whole = found.whole && payment && payment->from.number == found.number && payment->to.number == i;
      }
      found.whole = found.whole && records.good();
      all.push_back(found);
    }
    if (flaw_ == Flaw::reads_early && early_ != 0) all.push_back({{1, all.size() + 1}, early_});
    if (flaw_ == Flaw::doubles && all.size() > 9) all.insert(all.begin() + 5, all[5]);
    if (flaw_ == Flaw::halves && all.size() > 9) all[7].whole = false;
    if (flaw_ == Flaw::swaps && all.size() > 9) std::swap(all[3].number, all[4].number);
    all.resize(all.size() - std::min<std::size_t>(all.size(), hidden_));
    return all;
  }

 private:
  struct Nobody final : LawWriter {
    SubmitOutcome submit(std::uint64_t, std::size_t) override { return NotWritten{ErrorId::stopped}; }
    AppendOutcome<LocalDurable> wait(Position) override { return NotWritten{ErrorId::stopped}; }
    [[nodiscard]] Position durable() const override { return {}; }
  };

  struct Writer final : LawWriter {
    Writer(Flawed& of, std::unique_ptr<Journal> mine) : flawed(of), journal(std::move(mine)) { ++flawed.writers_; }
    ~Writer() override { --flawed.writers_; }

    SubmitOutcome submit(std::uint64_t number, std::size_t records) override {
      if (flawed.flaw_ == Flaw::swallows) records = std::min<std::size_t>(records, 5);
      if (flawed.flaw_ == Flaw::takes_nothing) records = std::max<std::size_t>(records, 1);
      std::vector<Payment> all(std::min<std::size_t>(records, 5000));
      for (std::uint64_t i = 0; i < all.size(); ++i) all[i] = {Key{}, {number}, {i}, {1, EUR}};
      flawed.early_ = number;
      if (flawed.flaw_ == Flaw::acks_early && number == 13) return Position{1, 13};
      return journal->submit(std::span<const Payment>(all));
    }
    AppendOutcome<LocalDurable> wait(Position at) override {
      if (flawed.flaw_ == Flaw::knows_all) return Acked<LocalDurable>{at};
      auto outcome = journal->wait(at);
      flawed.early_ = 0;
      return outcome;
    }
    [[nodiscard]] Position durable() const override {
      const Position at = journal->durable();
      if (flawed.flaw_ == Flaw::goes_back && at.sequence > 40 && at.sequence < 50) return {at.epoch, 3};
      return at;
    }
    Flawed& flawed;
    std::unique_ptr<Journal> journal;
  };

  std::string folder_;
  Flaw flaw_;
  std::atomic<int> writers_{0};
  int opened_ = 0;
  std::size_t hidden_ = 0;
  std::atomic<std::uint64_t> early_{0};
};

}  // namespace

TEST_CASE("the journal of the library keeps the laws of a journal") {
  const support::TempFolder folder;
  Flawed journal(folder / "j", Flaw::none);
  const auto laws = journal_laws("lifeboat", journal);
  INFO(laws.report());
  CHECK(laws.all_hold());
}

TEST_CASE("each law of a journal is broken by what it is there for") {
  for (const auto& [flaw, law] : {
           std::pair{Flaw::acks_early, "what is acknowledged is read, in order"},
           std::pair{Flaw::acks_early, "each position follows the one before"},
           std::pair{Flaw::reads_early, "what nobody waited for is not read"},
           std::pair{Flaw::doubles, "positions count from 1 without a gap"},
           std::pair{Flaw::halves, "a group is whole, or it is not there"},
           std::pair{Flaw::swaps, "what is acknowledged is read, in order"},
           std::pair{Flaw::forgets, "what many threads append is there once, where they were told"},
           std::pair{Flaw::crowd, "a second writer is refused"},
           std::pair{Flaw::knows_all, "a position that nobody was given never will be there"},
           std::pair{Flaw::knows_all, "durable covers what is acknowledged"},
           std::pair{Flaw::swallows, "a group that is too large is refused"},
           std::pair{Flaw::takes_nothing, "a group without records is refused"},
           std::pair{Flaw::from_start, "a reader begins where it is told"},
           std::pair{Flaw::goes_back, "durable never goes back"},
       }) {
    const support::TempFolder folder;
    Flawed journal(folder / "j", flaw);
    const auto laws = journal_laws("flawed", journal);
    INFO("flaw " << static_cast<int>(flaw) << ": " << law << "\n" << laws.report());
    CHECK_FALSE(laws.all_hold());
    CHECK_FALSE(laws.holds(law));
  }
}

}  // namespace test_journal
