// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/guard.hpp>
#include <lifeboat/journal/reader.hpp>
#include <lifeboat/record/engine_group.hpp>
#include <lifeboat/record/schema.hpp>

// A state brought up to date by the groups of a journal.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What a replay did.
struct ReplayReport {
  Position from;  ///< where the state was
  Position to;    ///< where it is: the last group that it holds
  std::uint64_t groups = 0;
  std::uint64_t records = 0;
};

/// A state that `replay<Records<...>>` brings up to date.
template <class S, class List>
concept AppliesGroups = requires(S& state, const typename List::Group& group, Position position) {
  { state.apply(group, position, Replaying{}) } -> std::same_as<Status>;
};

namespace detail {

/// "posting (type 2)", by the schema in the journal where it has one.
template <class = void>
std::string record_title(const SegmentHeader& header, RecordNumber number) {
  std::string title = "type " + std::to_string(number);
  for (const Bytes& bytes : header.schemas)
    if (const auto schema = read_schema(bytes); schema && schema->number == number && !schema->name.empty())
      return schema->name + " (" + title + ")";
  return title;
}

template <class = void>
std::string group_title(Position position) {
  return "group " + to_text(position) + " of the journal";
}

/// Whether a batch goes on where a state is: no group between is missing, and the state holds none that the journal's
/// history has not.
template <class = void>
Status check_goes_on(const JournalBatch& batch, Position at) {
  const auto refused = [&](const char* what, std::uint64_t after) {
    return Error{ErrorId::not_replayable, "the state is at " + to_text(at) + ", and the journal's epoch " +
                                              std::to_string(batch.epoch) + " goes on after " + std::to_string(after) +
                                              ": " + what};
  };
  if (batch.after > at.sequence) return refused("groups between are missing", batch.after);
  if (batch.epoch > at.epoch && at.sequence > batch.after)
    return refused("the state holds groups that are not in its history", batch.after);
  return ok();
}

/// The same where nothing stands behind the state yet: an epoch may have begun that has no group.
template <class = void>
Status check_in_history(const SegmentHeader& header, Position at) {
  if (header.epoch <= at.epoch || at.sequence <= header.after) return ok();
  return Error{ErrorId::not_replayable, "the state is at " + to_text(at) + ", and the journal's epoch " +
                                            std::to_string(header.epoch) + " goes on after " +
                                            std::to_string(header.after) +
                                            ": the state holds groups that are not in its history"};
}

}  // namespace detail

/// Decodes one group whole and gives it to the state; counts its records. Errors: feature_unknown, corrupt,
/// format_version, the state's own, callback_threw.
template <class List, class State>
Status replay_group(State& state, GroupDecoder<List>& decoder, const JournalGroup& group, const SegmentHeader& header,
                    std::uint64_t& count) {
  const Position position = group.position;
  decoder.begin();
  RecordsOfGroup records = group.records();
  while (const auto record = records.next()) {
    const auto taken = decoder.take(record->number, record->version, record->bytes);
    if (!taken)
      return Error{taken.error().id(), detail::group_title(position) + ": " + std::string(taken.error().sentence())};
    if (!*taken)
      return Error{ErrorId::feature_unknown, detail::group_title(position) + " holds a record of " +
                                                 detail::record_title(header, record->number) +
                                                 ", which this program does not know"};
    ++count;
  }
  if (!records.good())
    return Error{ErrorId::corrupt, detail::group_title(position) + ": its records do not fill it as they should"};
  return guarded("apply of the engine's state",
                 [&] { return state.apply(decoder.group(group.time), position, Replaying{}); });
}

/// Applies every group behind `from`, the position of the state, up to `to`, or to the last that is durable:
/// `replay<Records<Payment, Posting>>(state, reader, from)`. Groups up to `from` are passed over, so that a replay that
/// is asked for twice does nothing twice; a group is decoded whole before the state sees it.
///
/// Errors: not_replayable (a gap behind `from`, or a state that has left the journal's history), feature_unknown (a
/// record of a type that is not among the Records, by its name), corrupt, format_version, the state's own,
/// callback_threw, the reader's. After an error the state holds every group before the one that is named.
template <class List, class State>
Result<ReplayReport> replay(State& state, JournalReader& reader, Position from, std::optional<Position> to = {}) {
  static_assert(
      AppliesGroups<State, List>,
      "lifeboat: a state that is replayed has `Status apply(const Records<...>::Group&, Position, Applying)`");
  ReplayReport report{from, from};
  GroupDecoder<List> decoder;
  while (true) {
    LIFEBOAT_TRY(const JournalBatch* const batch, reader.next_batch());
    if (batch == nullptr) {
      LIFEBOAT_CHECK(detail::check_in_history(reader.header(), report.to));
      return report;
    }
    if (Position{batch->epoch, batch->last} <= report.to) continue;
    LIFEBOAT_CHECK(detail::check_goes_on(*batch, report.to));
    BatchGroups groups(*batch);
    while (const auto group = groups.next()) {
      const Position position = group->position;
      if (position <= report.to) continue;
      if (to && position > *to) return report;
      LIFEBOAT_CHECK(replay_group<List>(state, decoder, *group, reader.header(), report.records));
      report.to = position;
      ++report.groups;
    }
  }
}

/// Brings what an engine keeps elsewhere, such as a database of its own, up to its journal when it starts: applies all
/// that is durable behind `applied`, which was stored in the transaction of its effects. To be asked before the first
/// append, of the journal that is open for writing (a Journal), which has settled what a crash left.
///
/// Errors: those of `replay` and of JournalReader::open; not_replayable also where the state is ahead of the journal.
template <class List, class State, class Writer>
Result<ReplayReport> replay_from(State& state, const Writer& journal, Position applied) {
  const Position end = journal.durable();
  if (applied > end)
    return Error{ErrorId::not_replayable, "the state is at " + to_text(applied) + ", and the journal " +
                                              journal.folder() + " ends at " + to_text(end)}
        .next("bring the state and the journal back to the same time: one of the two is older")
        .unchanged();
  LIFEBOAT_TRY(JournalReader reader, JournalReader::open(journal.folder(), applied));
  reader.trust(end);
  return replay<List>(state, reader, applied, end);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
