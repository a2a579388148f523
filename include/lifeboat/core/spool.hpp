// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include <lifeboat/core/bytes.hpp>
#include <lifeboat/core/posix.hpp>
#include <lifeboat/core/result.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Bytes that are appended and read back: in memory up to a limit, beyond it in a temporary file of `folder` that has
/// no name, so that nothing stays behind whatever happens to the process. One thread at a time.
/// Errors: medium_full where the folder's space, quota or the process's file size limit is used up; state_folder where
/// the folder can not be written or read. After a failed append the spool holds what it held before.
template <class = void>
class BasicSpool {
 public:
  static constexpr std::size_t default_limit = 4 * 1024 * 1024;

  explicit BasicSpool(std::string folder, std::size_t memory_limit = default_limit)
      : folder_(std::move(folder)), memory_limit_(memory_limit), limit_(memory_limit) {}

  Status append(ByteView data) {
    if (data.size() > limit_ - tail_.size()) {
      LIFEBOAT_CHECK(spill());
      if (data.size() > limit_) {
        LIFEBOAT_CHECK(write(data));
        in_file_ += data.size();
        return ok();
      }
    }
    tail_.insert(tail_.end(), data.begin(), data.end());
    return ok();
  }

  [[nodiscard]] std::uint64_t size() const noexcept { return in_file_ + tail_.size(); }

  /// Whether the memory did not suffice.
  [[nodiscard]] bool in_file() const noexcept { return static_cast<bool>(file_); }

  /// Reads from `at` into `out`; short only at the end.
  Result<std::size_t> read(std::uint64_t at, MutableBytes out) const {
    if (at >= size()) return std::size_t{0};
    if (out.size() > size() - at) out = out.first(static_cast<std::size_t>(size() - at));
    std::size_t done = 0;
    if (at < in_file_) {
      const std::uint64_t there = in_file_ - at;
      done = out.size() < there ? out.size() : static_cast<std::size_t>(there);
      const auto got = read_full(file_.get(), at, out.first(done));
      if (got.error != 0 || got.value != done)
        return Error{ErrorId::state_folder, "a temporary file in " + folder_ + " can not be read back"}.because(
            got.error != 0 ? got.error : EIO);
    }
    if (done < out.size())
      std::memcpy(out.data() + done, tail_.data() + (at + done - in_file_), out.size() - done);
    return out.size();
  }

  /// Forgets all bytes and gives the file's space back.
  void clear() noexcept {
    tail_.clear();
    in_file_ = 0;
    file_.reset();
    limit_ = memory_limit_;
  }

 private:
  /// Once there is a file, as much as makes a write worth its call.
  static constexpr std::size_t tail_limit = 256 * 1024;

  Status spill() {
    LIFEBOAT_CHECK(write(tail_));
    in_file_ += tail_.size();
    tail_.clear();
    if (limit_ > tail_limit) {
      limit_ = tail_limit;
      Bytes{}.swap(tail_);
    }
    return ok();
  }

  Status write(ByteView data) {
    if (data.empty()) return ok();
    if (!file_) LIFEBOAT_CHECK(open());
    // A write beyond the limit would raise SIGXFSZ, which ends the process.
    const bool beyond = in_file_ + data.size() > file_size_limit();
    const int error = beyond ? EFBIG : pwrite_full(file_.get(), in_file_, data);
    return error == 0 ? ok() : failed(error);
  }

  Status open() {
    auto made = open_at(AT_FDCWD, folder_.c_str(), O_TMPFILE | O_RDWR | O_EXCL, 0600);
    if (!made) {  // not every file system can have a file without a name
      std::string name = folder_ + "/.lifeboat-spool-XXXXXX";
      const int fd = ::mkostemp(name.data(), O_CLOEXEC);
      if (fd == -1) return failed(errno);
      made = {FileDescriptor{fd}, 0};
      if (::unlink(name.c_str()) == -1) return failed(errno);
    }
    file_ = std::move(made.value);
    return ok();
  }

  Status failed(int error) const {
    if (error == ENOSPC || error == EDQUOT || error == EFBIG)
      return Error{ErrorId::medium_full, "no space for a temporary file in " + folder_}.because(error);
    return Error{ErrorId::state_folder, "no temporary file can be written in " + folder_}.because(error);
  }

  std::string folder_;
  std::size_t memory_limit_;
  std::size_t limit_;  // of the tail: smaller once there is a file
  Bytes tail_;
  FileDescriptor file_;
  std::uint64_t in_file_ = 0;
};
using Spool = BasicSpool<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
