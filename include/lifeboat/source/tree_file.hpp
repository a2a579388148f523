// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/statvfs.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <lifeboat/source/metadata.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace detail {

/// What a writer of trees and the files that it handed out share.
template <class = void>
struct BasicTreeWriterShared {
  explicit BasicTreeWriterShared(MetadataPolicy policy) noexcept : metadata(policy, missing) {}
  NotRestoredList missing;
  MetadataWriter metadata;
};
using TreeWriterShared = BasicTreeWriterShared<>;

/// The error for a write that failed. A full disk is said with what is missing and what is there.
template <class = void>
Error target_error(const std::string& path, std::string_view what, int error, int descriptor, std::uint64_t wanted) {
  std::string sentence = std::string(what) + " '" + path + "' in the target failed";
  if (error == ENOSPC || error == EDQUOT) {
    struct statvfs found {};
    sentence += ": " + std::to_string(wanted) + " more bytes of it were to be written";
    if (error == ENOSPC && ::fstatvfs(descriptor, &found) == 0)
      sentence += ", " + std::to_string(found.f_bavail * found.f_frsize) + " are free";
  }
  return Error{ErrorId::target_io, std::move(sentence)}.because(error);
}

/// One file of a tree being built, open for writing.
template <class = void>
class BasicTreeFile final : public FileOutput {
 public:
  BasicTreeFile(std::shared_ptr<TreeWriterShared> shared, FileDescriptor file, const Entry& entry, std::uint64_t size)
      : shared_(std::move(shared)), file_(std::move(file)), entry_(entry), end_(size) {}

  Status write(std::uint64_t at, ByteView data) override {
    if (at > entry_.size || data.size() > entry_.size - at)
      return Error{ErrorId::corrupt, "'" + entry_.path + "' was given content beyond its size"};
    if (const int error = pwrite_full(file_.get(), at, data))
      return target_error(entry_.path, "writing", error, file_.get(), entry_.size - at);
    // A small file is written back soon enough with all others.
    if (data.size() >= write_back_min) begin_write_back(file_.get(), at, data.size());
    std::uint64_t end = end_.load(std::memory_order_relaxed);
    while (end < at + data.size() && !end_.compare_exchange_weak(end, at + data.size(), std::memory_order_relaxed)) {
    }
    return ok();
  }

  Status finish() override {
    if (end_.load(std::memory_order_relaxed) != entry_.size) {
      const auto size = static_cast<off_t>(entry_.size);
      if (const int error = errno_of([&] { return ::ftruncate(file_.get(), size); }))
        return target_error(entry_.path, "setting the size of", error, file_.get(), 0);
    }
    shared_->metadata.apply({file_.get(), ""}, entry_);
    file_.reset();
    return ok();
  }

 private:
  static constexpr std::size_t write_back_min = std::size_t{1} << 18U;

  std::shared_ptr<TreeWriterShared> shared_;
  FileDescriptor file_;
  Entry entry_;
  std::atomic<std::uint64_t> end_;  ///< of what was written
};
using TreeFile = BasicTreeFile<>;

}  // namespace detail
}  // namespace lifeboat::inline LIFEBOAT_ABI
