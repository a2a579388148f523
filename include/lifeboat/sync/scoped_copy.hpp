// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/beside.hpp>
#include <lifeboat/journal/newest_header.hpp>
#include <lifeboat/journal/part_reader.hpp>
#include <lifeboat/journal/take_pieces.hpp>
#include <lifeboat/sync/verdict_of.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Keeps a part of a journal in a folder of its own in step, for somebody who is to have these groups and no others: a
/// journal with the same positions and times, in which each group is whole or left out (docs/journal.md, section 9). It
/// only reads its origin, an engine's journal or a whole copy of one, from any process and beside whoever writes there.
///
/// A part never goes live. What it lacks of its scope only who has the origin can prove: `verify`.
template <class = void>
class BasicScopedCopy {
 public:
  struct Config {
    std::string journal{};               ///< of what it is a part
    std::string folder{};                ///< where it is; made where it is not there, none above it
    std::vector<std::string> only{};     ///< a group is in it where a record fits one of these, or there are none,
    std::vector<std::string> exclude{};  ///< and no record fits one of these
    std::uint64_t segment_length = 16ULL << 20U;
    /// Where the journal keeps its first groups no more: a folder that holds nothing begins at the oldest that is kept.
    bool from_oldest = true;
    RandomPort* random = nullptr;
  };

  /// Errors: config, usage and path_unknown, for conditions that can not be met; those of JournalReader.
  static Result<BasicScopedCopy> open(Config config) {
    if (config.journal.empty() || config.folder.empty())
      return Error{ErrorId::config, "a part of a journal needs that journal, and a folder of its own"}.unchanged();
    BasicScopedCopy copy(std::move(config));
    LIFEBOAT_CHECK(copy.begin());
    return copy;
  }

  [[nodiscard]] const std::string& folder() const noexcept { return config_.folder; }
  /// Config::from_oldest, for the passes from now on.
  void begin_at_oldest(bool wanted) noexcept { config_.from_oldest = wanted; }

  /// Brings the part up to what is durable in the journal. Errors: those of `open`, of the reader and of
  /// JournalReplica; replica_strange for a folder that is something else, another part too; diverged; object_missing
  /// where the journal keeps what comes next no more; interrupted.
  Result<SyncReport> sync(std::stop_token stop) {
    LIFEBOAT_TRY(Work work, begin());
    LIFEBOAT_TRY(const bool fresh, is_fresh(work));
    if (fresh) {
      LIFEBOAT_TRY(JournalReader reader, JournalReader::open(config_.journal));
      const SegmentHeader& oldest = reader.header();
      if (oldest.after != 0 && !config_.from_oldest)
        return way_out(Error{ErrorId::object_missing, "the journal " + config_.journal + " begins at " +
                                                          to_text(Position{oldest.epoch, oldest.first}) +
                                                          ", and the part " + config_.folder + " holds nothing yet"}
                           .unchanged());
      const std::uint64_t epoch = oldest.first == oldest.after + 1 ? oldest.epoch : oldest.epoch - 1;
      LIFEBOAT_TRY(const JournalHead begins, begins_at(work, {{epoch, oldest.after}, oldest.chain}));
      LIFEBOAT_TRY(const auto replica, replica_at(begins));
      return ship_from(work, reader, *replica, {begins.chain, nullptr}, std::move(stop));
    }
    LIFEBOAT_TRY(const auto replica, replica_at({}));
    LIFEBOAT_TRY(const std::optional<PartNote> note, note_for(work, *replica));
    if (note) {
      Status asked;
      const auto same = [&](const ChainValue& chain) {
        const auto anchor = work.origin.anchor(chain, *work.sha256);
        if (!anchor) asked = anchor.error();
        return anchor && *anchor == note->anchor;
      };
      auto reader =
          reader_behind(config_.journal, note->position, same,
                        to_text(note->position) + " (anchor " + to_hex(ByteView(note->anchor).first(8)) + ")");
      LIFEBOAT_CHECK(asked);
      if (reader) return ship_from(work, *reader, *replica, {note->chain, nullptr}, std::move(stop));
      if (reader.error().id() != ErrorId::object_missing) return std::move(reader).error();
    }
    LIFEBOAT_TRY(JournalReader reader, JournalReader::open(config_.journal));
    auto start = meet(work, reader, replica->last());
    if (!start) return way_out(start.error());
    return ship_from(work, reader, *replica, *start, std::move(stop));
  }

  /// Brings the part up to what a medium has of the journal, where that keeps what comes next no more; one that holds
  /// nothing begins where the medium's pieces do. Errors: as `sync`, and those of list_journal and PieceReader.
  Result<SyncReport> take_pieces(MediumPort& medium, const std::string& source, std::stop_token stop) {
    LIFEBOAT_TRY(Work work, begin());
    LIFEBOAT_TRY(const bool fresh, is_fresh(work));
    LIFEBOAT_TRY(JournalHistory history, list_journal(medium, source));
    if (history.empty()) return SyncReport{};
    JournalHead begins;
    if (fresh) {
      LIFEBOAT_TRY(const JournalHead oldest, pieces_begin(medium, source));
      LIFEBOAT_TRY(begins, begins_at(work, oldest));
    }
    LIFEBOAT_TRY(const auto replica, replica_at(begins));
    LIFEBOAT_TRY(const std::optional<PartNote> note, note_for(work, *replica));
    const Position from = note ? note->position : Position{};
    if (const JournalGap* const gap = history.gap_between(from, history.last()))
      return missing_groups(source, *gap).next("lifeboat verify --id " + source).unchanged();
    LIFEBOAT_TRY(PieceReader reader, PieceReader::open(medium, source, std::move(history), from));
    if (fresh) return ship_from(work, reader, *replica, {begins.chain, nullptr}, std::move(stop));
    auto start = note ? meet_note(reader, *note, work.origin, config_.folder, *work.sha256)
                      : meet(work, reader, replica->last());
    if (!start) return way_out(start.error());
    return ship_from(work, reader, *replica, *start, std::move(stop));
  }

  /// Makes the part anew from the journal, in memory, and compares it with the folder's: all that both keep. Errors:
  /// those of the readers, so corrupt where the part is damaged; interrupted.
  Result<SyncVerdict> verify(std::stop_token stop) {
    LIFEBOAT_TRY(Work work, begin());
    LIFEBOAT_TRY(const bool fresh, is_fresh(work));
    if (fresh) return Error{ErrorId::object_missing, "there is no part of a journal in " + config_.folder}.unchanged();
    LIFEBOAT_TRY(JournalReader here, JournalReader::open(config_.journal));
    LIFEBOAT_TRY(const std::optional<PartNote> note, read_part_note(config_.folder));
    const Position durable = note && note->part == work.origin.part() ? note->position : Position{};
    const auto start = meet(work, here, durable);
    SyncVerdict verdict;
    if (!start && start.error().id() != ErrorId::diverged) return start.error();
    if (!start) {
      verdict.differences = 1;
      verdict.first_difference = start.error().sentence();
      return verdict;
    }
    if (start->first == nullptr) return verdict;  // neither has a group
    LIFEBOAT_TRY(JournalReader there, JournalReader::open(config_.folder, {start->first->epoch, start->first->first}));
    there.trust(durable);
    PartReader<JournalReader> part(here, work.scope, work.origin, *work.sha256, *start);
    Stoppable<PartReader<JournalReader>> left{part, std::move(stop)};
    LIFEBOAT_TRY(const JournalComparison found, compare_journals(left, there));
    if (found.sentence.empty()) {
      LIFEBOAT_CHECK(check_replica_end(there, config_.folder, durable));
      if (!note && !is_held(config_.folder)) LIFEBOAT_CHECK(there.verify());
    }
    return verdict_of(found, "the part");
  }

 private:
  explicit BasicScopedCopy(Config config) : config_(std::move(config)) {}

  /// What one call works with.
  struct Work {
    RecordScope scope;
    PartOrigin origin;
    std::unique_ptr<VerifierPort> structural;
    std::unique_ptr<HashPort> sha256;
  };

  /// A reader that a stop token ends.
  template <class Reader>
  struct Stoppable {
    Reader& reader;
    std::stop_token stop;
    Result<const JournalBatch*> next_batch() {
      if (stop.stop_requested()) return Error{ErrorId::interrupted, "the comparison of a part was stopped"};
      return reader.next_batch();
    }
  };

  /// The scope, and whether the journal's newest record types could meet it.
  Result<Work> begin() const {
    LIFEBOAT_TRY(const SegmentHeader newest, newest_header(config_.journal));
    LIFEBOAT_TRY(Work work, with_digest(RecordScope::parse(config_.only, config_.exclude)));
    work.scope.learn(newest.schemas);
    if (const Status met = work.scope.check(); !met)
      return Error(met.error()).next("lifeboat records --limit 3 --journal " + shell_quoted(config_.journal));
    LIFEBOAT_TRY(work.origin, PartOrigin::of(newest.journal, work.scope.text(), *work.sha256));
    return work;
  }
  static Result<Work> with_digest(Result<RecordScope> scope) {
    if (!scope) return std::move(scope).error();
    Work work{std::move(*scope), {}, nullptr, nullptr};
    LIFEBOAT_TRY(work.structural, open_structural(StructuralId::sha256));
    LIFEBOAT_TRY(work.sha256, work.structural->begin());
    return work;
  }

  /// Whether the folder holds no group yet; before anything in it is opened for writing. Errors: replica_strange.
  Result<bool> is_fresh(const Work& work) const {
    const auto there = JournalReader::open(config_.folder);
    if (!there && there.error().id() == ErrorId::object_missing) return true;
    if (!there) return there.error();
    if (there->header().journal == work.origin.part()) return false;
    const bool whole = !is_part(there->header().schemas);
    LIFEBOAT_TRY(const std::optional<PartNote> note, read_part_note(config_.folder));
    std::string lines = note && !whole ? note->scope : "";
    for (std::size_t at = lines.find('\n'); at != std::string::npos; at = lines.find('\n', at))
      lines.replace(at, 1, at + 1 == lines.size() ? "" : ", ");
    return Error{ErrorId::replica_strange,
                 config_.folder + (whole ? " is a journal, and no part of one"
                                         : " is a part of another journal, or by another scope" +
                                               (lines.empty() ? "" : ": " + lines))}
        .next(whole ? "name another folder for the part"
                    : "mv " + shell_quoted(config_.folder) + " " + shell_quoted(config_.folder + ".old") +
                          "    # or name another folder: each scope has one of its own")
        .unchanged();
  }

  Result<std::unique_ptr<JournalReplica>> replica_at(const JournalHead& begins) const {
    return JournalReplica::open({.folder = config_.folder,
                                 .segment_length = config_.segment_length,
                                 .begins = begins,
                                 .random = config_.random});
  }

  /// What a part begins with behind that head of its origin.
  static Result<JournalHead> begins_at(const Work& work, const JournalHead& head) {
    if (head.last.sequence == 0) return JournalHead{};
    LIFEBOAT_TRY(const ChainValue anchor, work.origin.anchor(head.chain, *work.sha256));
    return JournalHead{head.last, anchor};
  }

  /// The note, where it is of this part and of what that has.
  Result<std::optional<PartNote>> note_for(const Work& work, const JournalReplica& replica) const {
    LIFEBOAT_TRY(std::optional<PartNote> note, read_part_note(config_.folder));
    const JournalHead own = replica.head();
    const bool fits = note && note->part == work.origin.part() && note->position <= own.last &&
                      (note->position != own.last || note->chain == own.chain);
    if (!fits) note.reset();
    return note;
  }

  /// Both from their oldest group on; what the part has up to `durable` is, whatever its watermarks say.
  template <class Reader>
  Result<PartStart> meet(const Work& work, Reader& whole, Position durable) const {
    LIFEBOAT_TRY(JournalReader part, JournalReader::open(config_.folder));
    part.trust(durable);
    return meet_part(whole, part, work.origin, config_.folder, durable, *work.sha256);
  }

  template <class Reader>
  Result<SyncReport> ship_from(Work& work, Reader& from, JournalReplica& replica, const PartStart& start,
                               std::stop_token stop) const {
    PartReader<Reader> part(from, work.scope, work.origin, *work.sha256, start);
    const auto shipped = ship(part, replica, {.stop = std::move(stop)});
    if (!shipped && shipped.error().id() != ErrorId::interrupted) return shipped.error();
    if (const JournalHead head = part.head(); head.last.sequence != 0) {
      LIFEBOAT_TRY(const ChainValue anchor, work.origin.anchor(part.origin_chain(), *work.sha256));
      LIFEBOAT_CHECK(
          write_part_note(config_.folder, {work.origin.part(), head.last, anchor, head.chain, work.scope.text()}));
    }
    if (!shipped) return shipped.error();
    if constexpr (requires { from.head(); })
      if (from.head().last < replica.last())
        return Error{ErrorId::diverged, "the journal " + config_.journal + " ends at " + to_text(from.head().last) +
                                            ", and its part " + config_.folder + " at " + to_text(replica.last())}
            .next("the journal lost its end, or was put back: what goes on from there is another history")
            .unchanged();
    SyncReport report;
    report.position = shipped->last;
    report.items_sent = shipped->groups;
    report.bytes_read = report.bytes_sent = shipped->bytes;
    return report;
  }

  Error way_out(const Error& error) const {
    if (error.id() != ErrorId::object_missing) return error;
    return Error(error).next("mv " + shell_quoted(config_.folder) + " " + shell_quoted(config_.folder + ".old") +
                             "    # the next pass makes it anew, from the oldest group that is kept");
  }

  Config config_;
};
using ScopedCopy = BasicScopedCopy<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
