// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <lifeboat/journal/reader.hpp>
#include <lifeboat/restore/doubt_state.hpp>

// A doubt window as whoever only looks reads it: beside its writer, which is not disturbed.
namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// A folder that is gone would else answer that nothing ever was in doubt.
template <class = void>
Status check_doubt_there(const std::string& folder) {
  const auto opened = open_at(AT_FDCWD, folder.c_str(), O_RDONLY | O_DIRECTORY);
  bool there = false;
  if (opened.error != 0 && opened.error != ENOENT && opened.error != ENOTDIR) return no_journal(folder, opened.error);
  if (opened) {
    LIFEBOAT_TRY(const std::vector<std::uint64_t> segments, list_segments(opened.value.get(), folder));
    there = !segments.empty();
  }
  if (there) return ok();
  return Error{ErrorId::object_missing, "the doubt window " + folder + " is not there"}
      .because(opened.error)
      .next("mount or restore it; only where there never was one, open it with .create = true")
      .unchanged();
}

/// Feeds the state with all groups that the reader gives; the sequence of the last one.
template <class = void>
Result<std::uint64_t> read_doubt_records(JournalReader& reader, const std::string& folder, DoubtState& state) {
  std::uint64_t last = 0;
  // What is gone from its beginning on opened windows, for all that anybody knows.
  if (reader.header().after != 0)
    return Error{ErrorId::corrupt, "the doubt window " + folder + " begins behind its group " +
                                       std::to_string(reader.header().after) + ": what came before is not there"}
        .unchanged();
  while (true) {
    LIFEBOAT_TRY(const std::optional<JournalGroup> group, reader.next());
    if (!group) return last;
    last = group->position.sequence;
    RecordsOfGroup records = group->records();
    while (const auto record = records.next())
      if (!state.apply(*record))
        return Error{ErrorId::format_version, "the doubt window " + folder + " has a record at " +
                                                  to_text(group->position) + " that this version can not read"}
            .unchanged();
    if (!records.good()) return Error{ErrorId::corrupt, "the doubt window " + folder + " has a group that is none"};
  }
}

template <class = void>
Result<DoubtState> read_doubt_once(const std::string& folder) {
  constexpr std::uint64_t any = std::numeric_limits<std::uint64_t>::max();
  DoubtState state;
  LIFEBOAT_TRY(JournalReader reader, JournalReader::open(folder));
  // What is whole counts: whoever opens the window next makes it durable, and answers by it.
  reader.trust({any, any});
  LIFEBOAT_TRY([[maybe_unused]] const std::uint64_t last, read_doubt_records(reader, folder, state));
  LIFEBOAT_TRY([[maybe_unused]] const JournalVerdict verdict, reader.verify());
  state.drop_pending();
  return state;
}

}  // namespace detail

/// What a doubt window says, also while somebody writes it; nothing is locked, nothing is changed. Errors:
/// object_missing (it is not there), corrupt, format_version, medium_io.
template <class = void>
Result<DoubtState> read_doubt(const std::string& folder) {
  LIFEBOAT_CHECK(detail::check_doubt_there(folder));
  // A walk that the writer overtakes looks like damage: that is what two walks tell, one begun after the other ended.
  std::string told;
  while (true) {
    Result<DoubtState> state = detail::read_doubt_once(folder);
    if (state || state.error().id() != ErrorId::corrupt || state.error().sentence() == told) return state;
    told = state.error().sentence();
  }
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
