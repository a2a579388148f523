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

/// A reader at the beginning of a window. What is whole counts, before it is known to be durable: a closing that its
/// writer was not told to be done may be answered by, and be forgotten when the power fails; that pays nothing twice.
/// Errors: object_missing, corrupt, medium_io.
template <class = void>
Result<JournalReader> open_doubt_reader(const std::string& folder) {
  constexpr std::uint64_t any = std::numeric_limits<std::uint64_t>::max();
  LIFEBOAT_CHECK(check_doubt_there(folder));
  LIFEBOAT_TRY(JournalReader reader, JournalReader::open(folder));
  // What is gone from its beginning on opened windows, for all that anybody knows.
  if (reader.header().after != 0)
    return Error{ErrorId::corrupt, "the doubt window " + folder + " begins behind its group " +
                                       std::to_string(reader.header().after) + ": what came before is not there"}
        .unchanged();
  reader.trust({any, any});
  return reader;
}

/// Feeds `apply` with the records of all groups that the reader gives; false where it can not read one. The sequence of
/// the last group; 0: none came.
template <class = void>
Result<std::uint64_t> read_doubt_records(JournalReader& reader, const std::string& folder,
                                         FunctionRef<bool(const StoredRecord&)> apply) {
  std::uint64_t last = 0;
  while (true) {
    LIFEBOAT_TRY(const std::optional<JournalGroup> group, reader.next());
    if (!group) return last;
    last = group->position.sequence;
    RecordsOfGroup records = group->records();
    while (const auto record = records.next())
      if (!apply(*record))
        return Error{ErrorId::format_version, "the doubt window " + folder + " has a record at " +
                                                  to_text(group->position) + " that this version can not read"}
            .unchanged();
    if (!records.good()) return Error{ErrorId::corrupt, "the doubt window " + folder + " has a group that is none"};
  }
}

/// The error for a window that does not end where it is known to end.
template <class = void>
Error doubt_cut(const std::string& folder, std::uint64_t readable, std::uint64_t last) {
  return Error{ErrorId::corrupt, "the doubt window " + folder + " can be read up to its group " +
                                     std::to_string(readable) + ", and is known to end with " + std::to_string(last)};
}

template <class = void>
Result<DoubtState> read_doubt_once(const std::string& folder) {
  DoubtState state;
  LIFEBOAT_TRY(JournalReader reader, open_doubt_reader(folder));
  const auto apply = [&state](const StoredRecord& record) { return state.apply(record); };
  LIFEBOAT_TRY([[maybe_unused]] const std::uint64_t last, read_doubt_records(reader, folder, apply));
  LIFEBOAT_TRY([[maybe_unused]] const JournalVerdict verdict, reader.verify());
  state.drop_pending();
  return state;
}

}  // namespace detail

/// What a doubt window says, also while somebody writes it; nothing is locked, nothing is changed. Errors:
/// object_missing (it is not there), corrupt, format_version, medium_io.
template <class = void>
Result<DoubtState> read_doubt(const std::string& folder) {
  // A walk that the writer overtakes looks like damage: that is what two walks tell, one begun after the other ended.
  std::string told;
  while (true) {
    Result<DoubtState> state = detail::read_doubt_once(folder);
    if (state || state.error().id() != ErrorId::corrupt || state.error().sentence() == told) return state;
    told = state.error().sentence();
  }
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
