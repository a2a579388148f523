// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <string>
#include <string_view>

#include <lifeboat/core/posix.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// Where a program's words go: what was asked for to stdout, all else to stderr. The writer answers 0 or an errno.
struct Streams {
  void* context = nullptr;
  int (*write)(void* context, bool to_stderr, std::string_view text) = nullptr;
  bool terminal = false;  ///< stderr is one, so that a line may be written over
  unsigned columns = 80;
};

/// The one thing that writes. Any thread may call it. On a terminal it keeps one live line at the bottom of stderr.
class Output {
 public:
  explicit Output(const Streams& streams) : streams_(streams) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { flush(); }

  [[nodiscard]] bool terminal() const noexcept { return streams_.terminal; }

  /// Adds to stdout; buffered.
  void out(std::string_view text) {
    const std::lock_guard lock(mutex_);
    buffer_.append(text);
    if (buffer_.size() >= std::size_t{1} << 16U) flush_locked();
  }
  void err(std::string_view text) {
    const std::lock_guard lock(mutex_);
    flush_locked();
    clear_live();
    (void)streams_.write(streams_.context, true, text);
  }
  /// Writes the live line anew; nothing where stderr is no terminal.
  void live(std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (!streams_.terminal) return;
    std::string line = "\r\x1b[K";
    line.append(text.substr(0, streams_.columns > 1 ? streams_.columns - 1 : 79));
    live_ = true;
    (void)streams_.write(streams_.context, true, line);
  }
  void flush() {
    const std::lock_guard lock(mutex_);
    flush_locked();
    clear_live();
  }
  /// The first error of stdout: 0 where everything was taken, EPIPE where the reader had enough.
  [[nodiscard]] int failed() const {
    const std::lock_guard lock(mutex_);
    return failed_;
  }

 private:
  void flush_locked() {
    if (buffer_.empty()) return;
    clear_live();
    if (failed_ == 0) failed_ = streams_.write(streams_.context, false, buffer_);
    buffer_.clear();
  }
  void clear_live() {
    if (!live_) return;
    live_ = false;
    (void)streams_.write(streams_.context, true, "\r\x1b[K");
  }

  Streams streams_;
  mutable std::mutex mutex_;
  std::string buffer_;
  bool live_ = false;
  int failed_ = 0;
};

namespace detail {

/// Writes all; a pipe that is full is waited for, in small steps.
template <class = void>
int write_patiently(int fd, std::string_view text) {
  struct stat found {};
  const bool piece_by_piece = ::fstat(fd, &found) == 0 && !S_ISREG(found.st_mode);
  while (!text.empty()) {
    const std::size_t most = piece_by_piece && text.size() > 4096 ? 4096 : text.size();
    const ssize_t n = ::write(fd, text.data(), most);
    if (n > 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
    } else if (n < 0 && errno == EAGAIN) {
      struct pollfd ready {
        fd, POLLOUT, 0
      };
      (void)::poll(&ready, 1, 100);
    } else if (n == 0 || errno != EINTR) {
      return n == 0 ? EIO : errno;
    }
  }
  return 0;
}

}  // namespace detail

/// For a program's main alone, before it opens anything: a standard stream that is closed becomes one that fails, so
/// that no file of ours gets its number and is written into by a message.
template <class = void>
void hold_standard_streams() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(number, F_GETFD) == -1 && errno == EBADF)
      (void)::open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/// The streams of this process.
template <class = void>
Streams standard_streams() {
  Streams streams;
  streams.write = [](void*, bool to_stderr, std::string_view text) {
    return detail::write_patiently(to_stderr ? STDERR_FILENO : STDOUT_FILENO, text);
  };
  streams.terminal = ::isatty(STDERR_FILENO) == 1;
  struct winsize size {};
  if (streams.terminal && ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
    streams.columns = size.ws_col;
  return streams;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
