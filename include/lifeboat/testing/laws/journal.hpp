// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <lifeboat/journal/outcome.hpp>
#include <lifeboat/testing/laws/laws.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace testing {

/// What the laws ask to be appended, and what they read: one group, told by a number that comes once.
struct LawGroup {
  Position position;         ///< where it was read
  std::uint64_t number = 0;  ///< which one it is
  bool whole = true;         ///< every record of it is there, and as it was
};

/// A writer as the laws see it: each group is made of a number, and of as many records.
struct LawWriter {
  virtual SubmitOutcome submit(std::uint64_t number, std::size_t records) = 0;
  virtual AppendOutcome<LocalDurable> wait(Position position) = 0;
  [[nodiscard]] virtual Position durable() const = 0;
  virtual ~LawWriter() = default;
};

/// A journal as the laws see it: its one writer, and what any reader finds.
struct LawJournal {
  /// Makes the journal, or goes on in it.
  virtual Result<std::unique_ptr<LawWriter>> open() = 0;
  /// What a reader gives now, from a position on; from the beginning where none is named.
  virtual Result<std::vector<LawGroup>> read(Position from) = 0;
  virtual ~LawJournal() = default;
};

/// The laws of a journal: what is acknowledged is there, in order, once and whole, whoever reads, and after it was
/// opened again; what is refused is not there. `journal` leads to an empty one; some 300 groups are appended, and up to
/// eight threads are started and joined.
template <class = void>
class BasicJournalLaws {
 public:
  BasicJournalLaws(std::string subject, LawJournal& journal) : laws_("journal " + subject), journal_(journal) {}

  Laws run() && {
    if (!open()) return std::move(laws_);
    in_order();
    not_yet();
    unknown_positions();
    refused();
    one_writer();
    if (!again()) return std::move(laws_);
    at_once();
    from_a_position();
    again();
    return std::move(laws_);
  }

 private:
  bool open() {
    auto opened = journal_.open();
    if (!laws_.succeeds("it opens, and goes on where it was", opened)) return false;
    writer_ = std::move(*opened);
    return true;
  }

  Position submit(std::uint64_t number, std::size_t records = 1) {
    Position at{};
    writer_->submit(number, records).match([&](Position p) { at = p; }, [](NotWritten) {});
    return at;
  }
  bool acked(Position at) {
    return writer_->wait(at).match([&](Acked<LocalDurable> a) { return a.position == at; },
                                   [](NotWritten) { return false; }, [](Unknown) { return false; });
  }

  /// Everything that was acknowledged so far, and nothing else, is what a reader gives.
  void expect_read(std::string_view law) {
    const auto found = journal_.read({});
    if (!laws_.succeeds(law, found)) return;
    laws_.check("a group is whole, or it is not there",
                std::all_of(found->begin(), found->end(), [](const LawGroup& g) { return g.whole; }));
    std::vector<std::uint64_t> numbers;
    bool gapless = true;
    for (const LawGroup& group : *found) {
      const Position wanted{group.position.epoch, numbers.size() + 1};
      gapless = gapless && group.position == wanted;
      numbers.push_back(group.number);
    }
    laws_.check("positions count from 1 without a gap", gapless);
    laws_.check(law, numbers == expected_,
                std::to_string(numbers.size()) + " groups where " + std::to_string(expected_.size()) + " were");
  }

  void in_order() {
    Position last{};
    for (std::uint64_t n = 1; n <= 60; ++n) {
      const Position at = submit(n, 1 + n % 5);
      laws_.check("each position follows the one before", at.epoch >= last.epoch && at.sequence == last.sequence + 1);
      last = at;
      expected_.push_back(n);
      if (n % 4 != 0) continue;  // four are flushed together
      laws_.check("what is waited for is acknowledged at its position", acked(at));
      const Position durable = writer_->durable();
      laws_.check("durable covers what is acknowledged", durable >= at);
      laws_.check("durable never goes back", durable >= durable_);
      durable_ = durable;
    }
    expect_read("what is acknowledged is read, in order");
  }

  void not_yet() {
    const Position at = submit(next_number());
    laws_.check("what nobody waited for is not durable", writer_->durable() < at);
    expect_read("what nobody waited for is not read");
    laws_.check("what is waited for is acknowledged at its position", acked(at));
    expected_.push_back(number_);
    expect_read("what is acknowledged is read, in order");
  }

  void unknown_positions() {
    const Position last = writer_->durable();
    const bool refused = writer_->wait({last.epoch, last.sequence + 1000})
                             .match([](Acked<LocalDurable>) { return false; }, [](NotWritten) { return true; },
                                    [](Unknown) { return false; });
    laws_.check("a position that nobody was given never will be there", refused);
  }

  void refused() {
    const Position before = writer_->durable();
    const bool taken = writer_->submit(next_number(), 1U << 20U)
                           .match([](Position) { return true; }, [](NotWritten) { return false; });
    laws_.check("a group that is too large is refused", !taken);
    const bool empty =
        writer_->submit(number_, 0).match([](Position) { return true; }, [](NotWritten) { return false; });
    laws_.check("a group without records is refused", !empty);
    const Position at = submit(next_number());
    expected_.push_back(number_);
    laws_.check("what is refused takes no position", at.sequence == before.sequence + 1);
    laws_.check("what is waited for is acknowledged at its position", acked(at));
    expect_read("what is refused is not there");
  }

  void one_writer() {
    const auto second = journal_.open();
    laws_.fails("a second writer is refused", second, ErrorId::busy);
    expect_read("a second writer changes nothing");
  }

  bool again() {
    writer_.reset();
    expect_read("what is acknowledged is read when nobody writes");
    if (!open()) return false;
    laws_.check("after it is opened again all that was acknowledged is durable",
                writer_->durable().sequence == expected_.size());
    const Position at = submit(next_number());
    laws_.check("it opens, and goes on where it was", at.sequence == expected_.size() + 1);
    laws_.check("what is waited for is acknowledged at its position", acked(at));
    expected_.push_back(number_);
    expect_read("what is acknowledged is read, in order");
    return true;
  }

  void at_once() {
    constexpr std::uint64_t each = 25;
    std::atomic<std::uint64_t> refused{0};
    std::vector<std::vector<std::pair<Position, std::uint64_t>>> told(8);
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < told.size(); ++t)
      threads.emplace_back([&, t] {
        for (std::uint64_t i = 0; i < each; ++i) {
          const std::uint64_t number = 10'000 * (t + 1) + i;
          const Position at = submit(number, 2);
          if (at.sequence == 0 || !acked(at))
            ++refused;
          else
            told[t].emplace_back(at, number);
        }
      });
    for (std::thread& thread : threads) thread.join();
    laws_.check("any number of threads append", refused == 0);
    std::vector<std::pair<Position, std::uint64_t>> all;
    for (const auto& some : told) {
      laws_.check("a thread's groups keep their order", std::is_sorted(some.begin(), some.end()));
      all.insert(all.end(), some.begin(), some.end());
    }
    std::sort(all.begin(), all.end());
    for (const auto& [at, number] : all) {
      laws_.check("each group has a position of its own", at.sequence == expected_.size() + 1);
      expected_.push_back(number);
    }
    expect_read("what many threads append is there once, where they were told");
  }

  void from_a_position() {
    const auto all = journal_.read({});
    if (!laws_.succeeds("a reader begins where it is told", all) || all->empty()) return;
    const std::size_t middle = all->size() / 2;
    const auto found = journal_.read((*all)[middle].position);
    if (!laws_.succeeds("a reader begins where it is told", found)) return;
    const bool same = found->size() == all->size() - middle &&
                      std::equal(found->begin(), found->end(), all->begin() + static_cast<std::ptrdiff_t>(middle),
                                 [](const LawGroup& a, const LawGroup& b) {
                                   return a.position == b.position && a.number == b.number;
                                 });
    laws_.check("a reader begins where it is told", same);
  }

  std::uint64_t next_number() { return number_ = std::max<std::uint64_t>(number_, 1000) + 1; }

  Laws laws_;
  LawJournal& journal_;
  std::unique_ptr<LawWriter> writer_;
  std::vector<std::uint64_t> expected_;  ///< numbers of the groups that are acknowledged, in order
  std::uint64_t number_ = 0;
  Position durable_{};
};

/// Runs the laws of a journal: `REQUIRE(journal_laws("mine", journal).all_hold())`.
template <class = void>
Laws journal_laws(std::string subject, LawJournal& journal) {
  return BasicJournalLaws<>(std::move(subject), journal).run();
}

}  // namespace testing
}  // namespace lifeboat::inline LIFEBOAT_ABI
