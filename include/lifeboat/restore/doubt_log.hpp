// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <lifeboat/core/clock.hpp>
#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/journal_epoch.hpp>
#include <lifeboat/restore/doubt_reader.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The journal of the records of doubt, in a folder of its own (docs/journal.md), as its one writer has it: for as long
/// as this is there nobody else writes. One thread at a time.
template <class = void>
class BasicDoubtLog {
 public:
  /// How long another writer is waited for.
  static constexpr std::chrono::seconds patience{5};

  /// Opens it, and makes durable what a writer left that is gone; makes it only where `create` says so, for a folder
  /// that is gone would else answer that nothing ever was in doubt. Errors: object_missing, config, busy (another
  /// writer has it for longer than `patience`), corrupt, format_version, medium_io, medium_full.
  static Result<BasicDoubtLog> open(const std::string& folder, bool create, std::uint64_t above, const ClockPort* clock,
                                    RandomPort* random) {
    if (folder.empty()) return Error{ErrorId::config, "a doubt window needs a folder"}.unchanged();
    if (!create) LIFEBOAT_CHECK(detail::check_doubt_there(folder));
    for (const auto until = std::chrono::steady_clock::now() + patience;;) {
      auto log = open_now(folder, above, clock, random);
      if (log || log.error().id() != ErrorId::busy || std::chrono::steady_clock::now() >= until) return log;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  /// Appends one group; it is durable when this returns. Errors: stopped, medium_io where it may be there or not.
  template <class... Parts>
  Status put(const Parts&... parts) {
    return journal_->append(parts...).match(
        [this](Acked<LocalDurable> acked) {
          last_ = acked.position.sequence;
          return ok();
        },
        [&](NotWritten refused) { return failed("could not be written", refused.id, refused.system_error); },
        [&](Unknown unknown) {
          return failed("may have been written or not", ErrorId::medium_io, unknown.system_error);
        });
  }

  /// The last group that stands there; 0: none.
  [[nodiscard]] std::uint64_t last() const noexcept { return last_; }

 private:
  BasicDoubtLog() = default;

  static Result<BasicDoubtLog> open_now(const std::string& folder, std::uint64_t above, const ClockPort* clock,
                                        RandomPort* random) {
    BasicDoubtLog log;
    log.folder_ = folder;
    LIFEBOAT_TRY(const std::uint64_t epoch, first_epoch(folder, above, clock));
    LIFEBOAT_TRY(log.journal_, Journal::open({.folder = folder,
                                              .segment_length = 256U << 10U,
                                              .queue_bytes = 128U << 10U,
                                              .schemas = {schema_bytes<DoubtOpened>(), schema_bytes<DoubtListed>(),
                                                          schema_bytes<DoubtListEnd>(), schema_bytes<DoubtVerdict>(),
                                                          schema_bytes<DoubtClosed>(), schema_bytes<WentLive>()},
                                              .epoch = epoch,
                                              .clock = clock,
                                              .random = random}));
    log.last_ = log.journal_->recovery().last;
    return log;
  }

  /// One that is made begins in the minute of its making, or above `above`: above another that was here, and was lost,
  /// so that a medium which has that one takes this one for what goes on. 0: it is there.
  static Result<std::uint64_t> first_epoch(const std::string& folder, std::uint64_t above, const ClockPort* clock) {
    LIFEBOAT_TRY(const std::uint64_t there, journal_epoch(folder));
    if (there != 0) return std::uint64_t{0};
    const std::int64_t minutes = (clock != nullptr ? clock->now() : SystemClock().now()).wall.seconds / 60;
    return std::min(std::max(static_cast<std::uint64_t>(std::max<std::int64_t>(minutes, 1)), above + 1), epoch_max);
  }

  Status failed(const char* what, ErrorId id, int error) const {
    return Error{id, "a record of the doubt window " + folder_ + " " + what}.because(error).next("do it again");
  }

  std::string folder_;
  std::unique_ptr<Journal> journal_;
  std::uint64_t last_ = 0;
};
using DoubtLog = BasicDoubtLog<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
