// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/verify_gaps.hpp>
#include <lifeboat/journal/piece_walk.hpp>
#include <lifeboat/journal/ship_pieces.hpp>
#include <lifeboat/pipeline/values.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// The verification of what a medium has of a journal: that nothing is missing between its pieces, that each is as its
/// name and its chain say, and follows the one before it.
template <class = void>
class BasicPieceCheck {
 public:
  BasicPieceCheck(const VerifyInput& input, const ClockReading& began, VerifyReport& report, JournalVerification& done)
      : input_(input),
        began_(began),
        medium_(*input.repository->medium),
        report_(report),
        findings_(report),
        done_(done) {}

  /// The journal itself. Where a budget ended in it before, what lies behind that comes first.
  Status journal() {
    const std::string& source = input_.catalog->source;
    LIFEBOAT_TRY(const JournalHistory history, listed(source));
    if (!history.empty()) {
      done_.after = {history.pieces.front().epoch, history.pieces.front().after};
      done_.last = history.last();
    }
    check_archives(history);
    const Position from = cursor();
    LIFEBOAT_CHECK(read(source, history, from, {~std::uint64_t{0}, 0}));
    if (from != Position{} && !ended_) LIFEBOAT_CHECK(read(source, history, {}, from));
    for (JournalPiece piece : history.undone) {
      piece.upto = piece.last;  // evidence is kept whole, too
      LIFEBOAT_CHECK(read(source, JournalHistory::of(piece), {}, {~std::uint64_t{0}, 0}));
    }
    for (const JournalPiece& piece : history.pieces) done_.unread += piece.length;
    for (const JournalPiece& piece : history.undone) done_.unread += piece.length;
    return ok();
  }

  /// The window of doubt: a journal of its own, which nobody prunes.
  Status doubt(const std::string& source) {
    LIFEBOAT_TRY(const JournalHistory history, listed(source));
    if (history.empty()) return ok();
    if (history.pieces.front().after != 0)
      add(ErrorId::object_missing, piece_prefix(source),
          "the medium lacks the beginning of " + source + ", up to group " +
              std::to_string(history.pieces.front().after));
    const std::uint64_t before = done_.groups;
    LIFEBOAT_CHECK(read(source, history, {}, {~std::uint64_t{0}, 0}));
    done_.doubt = done_.groups - before;
    for (const JournalPiece& piece : history.pieces) done_.unread += piece.length;
    return ok();
  }

  void finish() {
    done_.unread -= std::min(done_.unread, done_.bytes);
    report_.objects = done_.pieces;
    report_.unread = done_.unread;
    report_.budget_ended = ended_;
    if (ended_) report_.facts.journal_cursor = reached_;
  }

 private:
  void add(ErrorId id, const std::string& object, std::string text) { findings_.add(id, object, std::move(text)); }

  /// A fork is a finding; nothing more can be said of what has one.
  Result<JournalHistory> listed(const std::string& source) {
    auto history = list_journal(medium_, source);
    if (!history && history.error().id() == ErrorId::chain_fork) {
      add(ErrorId::chain_fork, piece_prefix(source), history.error().sentence());
      return JournalHistory{};
    }
    if (!history) return history;
    done_.pieces += history->pieces.size() + history->undone.size();
    for (const JournalGap& gap : history->gaps) {
      add(ErrorId::object_missing, piece_prefix(source), missing_groups(source, gap).sentence());
      done_.gaps.push_back(gap);
    }
    if (history->unproven() != 0)
      add(ErrorId::chain_broken, chain_prefix(source),
          "epoch " + std::to_string(history->unproven()) + " of " + source +
              " was claimed, and the entry can not be read that says which groups it left");
    return history;
  }

  /// What stands behind an archive must be there from its position on.
  void check_archives(const JournalHistory& history) {
    if (history.empty()) return;
    const Position begins{history.pieces.front().epoch, history.pieces.front().after};
    for (const ArchiveRecord& record : input_.catalog->archives) {
      const Position at = record.facts.position;
      if (!record.facts.has_position || at >= begins || history.left_by(at) != 0 || history.holds(at)) continue;
      const JournalGap gap{at, begins, groups_between(history.begun, at, begins)};
      if (gap.groups == 0) continue;
      add(ErrorId::object_missing, piece_prefix(input_.catalog->source),
          missing_groups(input_.catalog->source, gap).sentence() + ", which follow archive " +
              to_hex(record.facts.archive.view()));
      done_.gaps.push_back(gap);
      return;  // one line for all of them: the oldest needs the most
    }
  }

  /// Behind which group the last run at this depth stopped for its budget.
  Position cursor() const {
    if (!has_budget()) return {};
    Position at{};
    for (const ChainEntry& entry : input_.catalog->entries)
      if (entry.kind == EntryKind::verify && entry.verify.depth == input_.depth) at = entry.verify.journal_cursor;
    return at;
  }
  [[nodiscard]] bool has_budget() const noexcept { return input_.budget_bytes != 0 || input_.budget_ns != 0; }
  [[nodiscard]] bool used_up() const {
    if (input_.budget_bytes != 0 && report_.bytes >= input_.budget_bytes) return true;
    return input_.budget_ns != 0 && input_.clock != nullptr &&
           input_.clock->now().boot_nanoseconds - began_.boot_nanoseconds >= input_.budget_ns;
  }

  Status read(const std::string& source, const JournalHistory& history, Position after, Position upto) {
    if (input_.depth < Depth::digests) return input_.depth < Depth::seals ? ok() : ends(source, history);
    if (ended_) return ok();
    ObjectName last;
    const auto reading = [&](const JournalPiece& piece) {
      const ObjectName name = piece_name(source, piece);
      if (name == last) return true;
      const Position behind{piece.epoch, piece.after};
      if (behind >= upto) return false;
      if (used_up()) {
        ended_ = true;
        reached_ = behind;
        return false;
      }
      last = name;
      done_.bytes += piece.length;
      report_.bytes += piece.length;
      return true;
    };
    if (used_up()) {
      ended_ = !history.empty();
      reached_ = after;
      return ok();
    }
    return walk_pieces(
        medium_, source, history, after, input_.stop,
        [&](const WalkedBatch& walked) -> Result<bool> {
          if (!reading(walked.piece)) return false;
          done_.groups += walked.batch.last - walked.batch.first + 1;
          return true;
        },
        [&](const JournalGap& gap, const Error& why) -> Result<bool> {
          for (const JournalPiece& piece : history.pieces)
            if (piece.epoch == gap.upto.epoch && piece.upto == gap.upto.sequence && piece.after <= gap.after.sequence &&
                gap.after.epoch == piece.epoch) {  // damaged: the others were said when they were listed
              if (!reading(piece)) return false;
              add(why.id(), piece_name(source, piece), why.sentence());
              done_.gaps.push_back(gap);
            }
          return true;
        });
  }

  Status ends(const std::string& source, const JournalHistory& history) {
    for (const JournalPiece& piece : history.pieces) {
      const auto chain = piece_chain(medium_, source, piece);
      if (chain) continue;
      if (!is_lost_piece(chain.error().id())) return chain.error();
      add(chain.error().id(), piece_name(source, piece), chain.error().sentence());
    }
    return ok();
  }

  const VerifyInput& input_;
  ClockReading began_;
  MediumPort& medium_;
  VerifyReport& report_;
  FindingList findings_;
  JournalVerification& done_;
  bool ended_ = false;
  Position reached_;
};

}  // namespace detail

/// Verifies what the medium has of the journal of a source and of its window of doubt: at the depth of digests and of
/// a restore every piece is read, with a budget as far as half of it goes, for archives are waiting; at the depths
/// before, what was not read is said. `report` is one that is empty. Errors: interrupted, and those of the medium which
/// say nothing of one object.
template <class = void>
Result<JournalVerification> verify_pieces(VerifyInput input, const std::string& doubt, VerifyReport& report) {
  JournalVerification done;
  done.asked = true;
  if (input.budget_bytes != 0) input.budget_bytes = std::max<std::uint64_t>(input.budget_bytes / 2, 1);
  if (input.budget_ns != 0) input.budget_ns = std::max<std::uint64_t>(input.budget_ns / 2, 1);
  const ClockReading began = input.clock != nullptr ? input.clock->now() : ClockReading{};
  detail::BasicPieceCheck<> check(input, began, report, done);
  LIFEBOAT_CHECK(check.doubt(doubt));
  LIFEBOAT_CHECK(check.journal());
  check.finish();
  return done;
}

/// Adds what was found of the journal to a report of the archives, and to what the chain keeps of it.
template <class = void>
void add_pieces(VerifyReport& report, VerifyReport&& journal) {
  report.objects += journal.objects;
  report.bytes += journal.bytes;
  report.unread += journal.unread;
  report.finding_count += journal.finding_count;
  report.budget_ended = report.budget_ended || journal.budget_ended;
  VerifyFacts& facts = report.facts;
  facts.objects = report.objects;
  facts.bytes = report.bytes;
  facts.unread = report.unread;
  facts.findings = report.finding_count;
  facts.journal_cursor = journal.facts.journal_cursor;
  constexpr std::size_t texts_max = 100;
  for (VerifyFinding& finding : journal.findings) {
    if (facts.finding_texts.size() < texts_max) facts.finding_texts.push_back(finding.text);
    if (report.findings.size() < VerifyReport::findings_max) report.findings.push_back(std::move(finding));
  }
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
