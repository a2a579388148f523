// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdio.h>

#include <memory>
#include <string>

#include <lifeboat/journal/beside.hpp>
#include <lifeboat/journal/replica.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The copy of the doubt window of a journal, in the folder of that journal's replica. Its folder appears with its
/// first records: an empty one would be taken for a window that was lost. One thread.
template <class = void>
class BasicDoubtCopy {
 public:
  /// Opens the copy where there is one; makes none. Errors: those of JournalReplica::open.
  static Result<BasicDoubtCopy> open(const std::string& replica) {
    BasicDoubtCopy copy;
    copy.replica_ = replica;
    if (has_doubt(replica)) {
      LIFEBOAT_TRY(copy.window_, open_at_path(doubt_folder(replica)));
    }
    return copy;
  }

  /// Where it stands; empty where there is none.
  [[nodiscard]] JournalHead head() const noexcept { return window_ != nullptr ? window_->head() : JournalHead{}; }

  /// Takes batches, as JournalReplica::receive does. Errors: those of it and of its opening.
  Result<Position> receive(const ShippedOrigin& origin, std::span<const ShippedBatch> batches) {
    if (window_ != nullptr) return window_->receive(origin, batches);
    const std::string fresh = doubt_folder(replica_) + ".new";
    LIFEBOAT_TRY(std::unique_ptr<JournalReplica> made, open_at_path(fresh));
    LIFEBOAT_CHECK(made->receive(origin, batches));
    made.reset();
    int error = ::rename(fresh.c_str(), doubt_folder(replica_).c_str()) == 0 ? 0 : errno;
    if (error == 0) {
      const auto folder = open_at(AT_FDCWD, replica_.c_str(), O_RDONLY | O_DIRECTORY);
      error = folder ? sync_file(folder.value.get()) : folder.error;
    }
    if (error != 0)
      return Error{ErrorId::medium_io, "the doubt window " + doubt_folder(replica_) + " can not be put in place"}
          .because(error);
    LIFEBOAT_TRY(window_, open_at_path(doubt_folder(replica_)));
    return window_->last();
  }

 private:
  BasicDoubtCopy() = default;

  static Result<std::unique_ptr<JournalReplica>> open_at_path(const std::string& folder) {
    return JournalReplica::open({.folder = folder, .segment_length = 1U << 20U});
  }

  std::string replica_;
  std::unique_ptr<JournalReplica> window_;
};
using DoubtCopy = BasicDoubtCopy<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
