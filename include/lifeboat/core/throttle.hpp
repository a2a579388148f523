// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <time.h>

#include <cstdint>
#include <mutex>
#include <stop_token>
#include <utility>

#include <lifeboat/core/result.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Keeps the readers of a verb within its bytes per second, together, and stops them when they are asked to. Any
/// thread.
template <class = void>
class BasicThrottle {
 public:
  /// 0: no limit. `stopped` is what a reader is told that was stopped.
  BasicThrottle(std::uint64_t bytes_per_second, std::stop_token stop, Error stopped) noexcept
      : rate_(bytes_per_second), stop_(std::move(stop)), stopped_(std::move(stopped)) {}

  /// Returns when so many bytes may be read. Errors: `stopped`.
  Status pass(std::uint64_t bytes) {
    if (stop_.stop_requested()) return stopped_;
    if (rate_ == 0) return ok();
    std::uint64_t until = 0;
    {
      const std::lock_guard lock(mutex_);
      const std::uint64_t now = monotonic();
      if (free_at_ < now) free_at_ = now;
      until = free_at_;
      free_at_ += static_cast<std::uint64_t>(static_cast<double>(bytes) * 1e9 / static_cast<double>(rate_));
    }
    for (;;) {
      const std::uint64_t now = monotonic();
      if (now >= until) return ok();
      if (stop_.stop_requested()) return stopped_;
      constexpr std::uint64_t longest = 50'000'000;
      const std::uint64_t left = until - now < longest ? until - now : longest;
      const timespec rest{0, static_cast<long>(left)};
      (void)::nanosleep(&rest, nullptr);
    }
  }

 private:
  static std::uint64_t monotonic() noexcept {
    timespec now{};
    (void)::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
  }

  const std::uint64_t rate_;
  const std::stop_token stop_;
  const Error stopped_;
  std::mutex mutex_;
  std::uint64_t free_at_ = 0;
};
using Throttle = BasicThrottle<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
