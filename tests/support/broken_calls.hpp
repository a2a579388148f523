// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <iterator>
#include <utility>

// A test that breaks one system call at a time defines the C library's functions itself and calls `around` in them.
namespace support {

/// What happens at one of the calls that change a file system, counted over all threads of this process.
/// `full`: that write is cut short, and no other one has room.
enum class Breakage { none, die_before, die_after, fail, short_write, full, forget_flushes };

struct BrokenCalls {
  std::atomic<Breakage> breakage{Breakage::none};
  std::atomic<int> at{0};                    ///< which call, from 1 on; 0: none
  std::atomic<int> error{0};                 ///< of Breakage::fail
  std::atomic<int> seen{0};                  ///< so many calls came
  std::atomic<const char*> broken{nullptr};  ///< the name of the one that broke
  std::atomic<bool> spared{false};  ///< the one that broke was a write that may fail: whoever defines the calls says so
};

/// The plan of this process.
inline BrokenCalls& broken_calls() {
  static BrokenCalls calls;
  return calls;
}

/// A process that died by its plan ends with this status.
inline constexpr int died_as_planned = 99;

/// Runs the C library's own function around what is planned.
template <class Function, class... Args>
auto around(const char* name, Args... args) -> decltype(std::declval<Function>()(args...)) {
  using Returned = decltype(std::declval<Function>()(args...));
  // Looked up each time: a lock around a static would be held over a fork.
  const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
  BrokenCalls& plan = broken_calls();
  const Breakage breakage = plan.breakage.load();
  const bool mine = breakage != Breakage::none && ++plan.seen == plan.at;
  if (mine) plan.broken = name;
  if (mine && breakage == Breakage::die_before) ::_exit(died_as_planned);
  if (mine && breakage == Breakage::fail) {
    errno = plan.error;
    return static_cast<Returned>(-1);
  }
  const Returned answer = real(args...);
  if (mine && breakage == Breakage::die_after) ::_exit(died_as_planned);
  return answer;
}

/// A mark of a journal is a commit frame alone; it may be lost.
inline constexpr std::size_t mark_bytes = 64;

/// What this process has written and not flushed since, by file: whichever descriptor it was written by.
class Unflushed {
 public:
  void wrote(int fd) noexcept { of(fd) = true, ++writes_; }
  void flushed(int fd) noexcept { of(fd) = false; }
  /// What a parent left, say.
  void forget() noexcept {
    for (std::atomic<bool>& one : of_) one = false;
  }
  [[nodiscard]] bool any() const noexcept {
    return std::any_of(std::begin(of_), std::end(of_), [](const std::atomic<bool>& one) { return one.load(); });
  }
  [[nodiscard]] int writes() const noexcept { return writes_; }

 private:
  std::atomic<bool>& of(int fd) noexcept {
    struct stat file {};
    (void)::fstat(fd, &file);
    return of_[file.st_ino % std::size(of_)];
  }
  std::atomic<bool> of_[4096]{};
  std::atomic<int> writes_{0};
};
inline Unflushed& unflushed() {
  static Unflushed all;
  return all;
}

/// Looks at a write before it is done: notes it, and whether a writer of a journal does without it, if it is the one
/// that breaks: a mark, or zeros of a segment to come.
inline void look_at_write(int fd, const void* data, std::size_t size) noexcept {
  const auto* const bytes = static_cast<const unsigned char*>(data);
  const bool without = size == mark_bytes
                           ? bytes[12] == 2  // a commit that stands alone
                           : size >= 4096 && std::all_of(bytes, bytes + size, [](int b) { return b == 0; });
  BrokenCalls& plan = broken_calls();
  if (plan.at != 0 && plan.seen + 1 == plan.at) plan.spared = without;
  if (!without) unflushed().wrote(fd);
}

/// A flush that is done, or broken by plan.
inline int flush_around(const char* name, int fd) {
  const int answer = around<int (*)(int)>(name, fd);
  if (answer == 0) unflushed().flushed(fd);
  return answer;
}

/// Whether flushes are said to be done, and never are.
inline bool forgets_flushes() { return broken_calls().breakage == Breakage::forget_flushes; }

/// Whether the call that comes now is to be cut short.
inline bool cut_short() {
  BrokenCalls& plan = broken_calls();
  const bool cuts = plan.breakage == Breakage::short_write || plan.breakage == Breakage::full;
  return cuts && plan.seen + 1 == plan.at;
}

/// Whether a write that comes now finds no room: errno says so.
inline bool no_room() {
  BrokenCalls& plan = broken_calls();
  if (plan.breakage != Breakage::full || plan.seen < plan.at) return false;
  ++plan.seen;
  errno = ENOSPC;
  return true;
}

}  // namespace support
