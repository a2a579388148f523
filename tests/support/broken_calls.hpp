// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <iterator>
#include <utility>

// A test that breaks one system call at a time defines the C library's functions itself and calls `around` in them.
namespace support {

/// What happens at one of the calls that change a file system, counted over all threads of this process.
enum class Breakage { none, die_before, die_after, fail, short_write, forget_flushes };

struct BrokenCalls {
  std::atomic<Breakage> breakage{Breakage::none};
  std::atomic<int> at{0};           ///< which call, from 1 on; 0: none
  std::atomic<int> error{0};        ///< of Breakage::fail
  std::atomic<int> seen{0};         ///< so many calls came
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
  if (mine && breakage == Breakage::die_before) ::_exit(died_as_planned);
  if (mine && breakage == Breakage::fail) {
    errno = plan.error;
    return static_cast<Returned>(-1);
  }
  const Returned answer = real(args...);
  if (mine && breakage == Breakage::die_after) ::_exit(died_as_planned);
  return answer;
}

/// What this process has written and not flushed since, by descriptor.
class Unflushed {
 public:
  void wrote(int fd) noexcept { of(fd) = true, ++writes_; }
  void flushed(int fd) noexcept { of(fd) = false; }
  [[nodiscard]] bool any() const noexcept {
    return std::any_of(std::begin(of_), std::end(of_), [](const std::atomic<bool>& one) { return one.load(); });
  }
  [[nodiscard]] int writes() const noexcept { return writes_; }

 private:
  std::atomic<bool>& of(int fd) noexcept { return of_[static_cast<unsigned>(fd) % 1024]; }
  std::atomic<bool> of_[1024]{};
  std::atomic<int> writes_{0};
};
inline Unflushed& unflushed() {
  static Unflushed all;
  return all;
}

/// Whether flushes are said to be done, and never are.
inline bool forgets_flushes() { return broken_calls().breakage == Breakage::forget_flushes; }

/// Whether the call that comes now is to be cut short.
inline bool cut_short() {
  BrokenCalls& plan = broken_calls();
  return plan.breakage == Breakage::short_write && plan.seen + 1 == plan.at;
}

}  // namespace support
