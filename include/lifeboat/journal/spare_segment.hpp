// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/segment.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The segment that is prepared before it is needed: a file of zeros, made a piece at a time, so that no append waits
/// for the whole of it and a full disk is met before a group is written. Allocates nothing once it is there.
class SpareSegment {
 public:
  /// Whether it only waits for its header.
  [[nodiscard]] bool complete() const noexcept { return file_ && at_ == length_; }

  /// Writes up to `bytes` more zeros; 0, or an errno: then it is begun anew by the next call.
  int prepare(int folder, std::uint64_t length, std::uint64_t bytes) noexcept {
    if (complete()) return 0;
    if (!file_) {
      auto file = open_at(folder, name, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
      if (!file) return file.error;
      file_ = std::move(file.value);
      length_ = length;
      at_ = 0;
    }
    for (const std::uint64_t end = std::min(length_, at_ + bytes); at_ < end;) {
      const std::uint64_t size = std::min<std::uint64_t>(zeros_.size(), end - at_);
      if (const int error = pwrite_full(file_.get(), at_, ByteView(zeros_).first(static_cast<std::size_t>(size)))) {
        file_ = FileDescriptor();
        return error;
      }
      at_ += size;
    }
    begin_write_back(file_.get(), 0, at_);  // little is left to wait for when it is needed
    return 0;
  }

  /// Makes it durable with this header, under the name of `number`; it is no spare any more. 0, or an errno.
  int place(int folder, ByteView header, std::uint64_t number, FileDescriptor& out) noexcept {
    if (const int error = pwrite_full(file_.get(), 0, header)) return error;
    if (const int error = sync_file(file_.get())) return error;
    if (const int error = rename_noreplace(folder, name, folder, SegmentName(number).c_str())) return error;
    if (const int error = sync_file(folder)) return error;
    out = std::move(file_);
    file_ = FileDescriptor();
    return 0;
  }

  [[nodiscard]] std::uint64_t length() const noexcept { return length_; }

 private:
  static constexpr const char* name = "spare";
  Bytes zeros_ = Bytes(256U << 10U);  // first writes of 64 KiB each take a third longer
  FileDescriptor file_;
  std::uint64_t length_ = 0;
  std::uint64_t at_ = 0;  ///< zeros so far
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
