// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>

#include <lifeboat/core/clock.hpp>
#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/journal_epoch.hpp>
#include <lifeboat/restore/doubt_reader.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The journal of the records of doubt, in a folder of its own (docs/journal.md). One thread at a time.
template <class = void>
class BasicDoubtLog {
 public:
  /// Opens it and reads all of it into `state`; makes it only where `create` says so, for a folder that is gone would
  /// else answer that nothing ever was in doubt. Errors: object_missing, config, busy, corrupt, format_version,
  /// medium_io, medium_full.
  static Result<BasicDoubtLog> open(const std::string& folder, bool create, std::uint64_t above, const ClockPort* clock,
                                    RandomPort* random, DoubtState& state) {
    if (folder.empty()) return Error{ErrorId::config, "a doubt window needs a folder"}.unchanged();
    if (!create) LIFEBOAT_CHECK(detail::check_doubt_there(folder));
    BasicDoubtLog log;
    log.folder_ = folder;
    LIFEBOAT_TRY(const std::uint64_t epoch, first_epoch(folder, above, clock));
    LIFEBOAT_TRY(log.journal_, Journal::open({.folder = folder,
                                              .segment_length = 1U << 20U,
                                              .queue_bytes = 256U << 10U,
                                              .schemas = {schema_bytes<DoubtOpened>(), schema_bytes<DoubtListed>(),
                                                          schema_bytes<DoubtListEnd>(), schema_bytes<DoubtVerdict>(),
                                                          schema_bytes<DoubtClosed>(), schema_bytes<WentLive>()},
                                              .epoch = epoch,
                                              .clock = clock,
                                              .random = random}));
    LIFEBOAT_CHECK(log.read(state));
    return log;
  }

  /// Appends one group; it is durable when this returns. Errors: stopped, medium_io where it may be there or not.
  template <class... Parts>
  Status put(const Parts&... parts) {
    return journal_->append(parts...).match(
        [](Acked<LocalDurable>) { return ok(); },
        [&](NotWritten refused) { return failed("could not be written", refused.id, refused.system_error); },
        [&](Unknown unknown) {
          return failed("may have been written or not", ErrorId::medium_io, unknown.system_error);
        });
  }

 private:
  BasicDoubtLog() = default;

  /// One that is made begins in the minute of its making, or above `above`: above another that was here, and was lost,
  /// so that a medium which has that one takes this one for what goes on. 0: it is there.
  static Result<std::uint64_t> first_epoch(const std::string& folder, std::uint64_t above, const ClockPort* clock) {
    LIFEBOAT_TRY(const std::uint64_t there, journal_epoch(folder));
    if (there != 0) return std::uint64_t{0};
    const std::int64_t minutes = (clock != nullptr ? clock->now() : SystemClock().now()).wall.seconds / 60;
    return std::min(std::max(static_cast<std::uint64_t>(std::max<std::int64_t>(minutes, 1)), above + 1), epoch_max);
  }

  Status failed(const char* what, ErrorId id, int error) const {
    return Error{id, "a record of the doubt window " + folder_ + " " + what}.because(error).next(
        "open the window again, and do it again");
  }

  Status read(DoubtState& state) {
    LIFEBOAT_TRY(JournalReader reader, JournalReader::open(folder_));
    LIFEBOAT_TRY(const std::uint64_t last, detail::read_doubt_records(reader, folder_, state));
    if (last < journal_->recovery().last)
      return Error{ErrorId::corrupt, "the doubt window " + folder_ + " can be read up to " + std::to_string(last) +
                                         " only, and has " + std::to_string(journal_->recovery().last) + " groups"};
    state.drop_pending();
    return ok();
  }

  std::string folder_;
  std::unique_ptr<Journal> journal_;
};
using DoubtLog = BasicDoubtLog<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
