// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include <lifeboat/journal/reservation.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Where a ceiling is reserved.
enum class CeilingCopy : std::uint8_t { standby, medium };

/// The writer's side of reservations: it holds back what lies above one that has not ended yet, until a higher one
/// stands at the copy, or it ends. Nothing is held back for longer than a reservation lasts: then the copy's bound is
/// over, and who asks it is told that the loss is unknown. Any thread; while nothing is near a ceiling, one atomic
/// load.
template <class = void>
class BasicSequenceCeiling {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// From here on `upto` holds for so long, beside what held before.
  void promise(CeilingCopy copy, std::uint64_t upto, Moment until) {
    const std::scoped_lock guard(mutex_);
    live_.push_back({copy, upto, until});
    settle(std::chrono::steady_clock::now());
  }
  /// The copy has the last one in place of those before.
  void confirm(CeilingCopy copy) {
    {
      const std::scoped_lock guard(mutex_);
      std::size_t later = 0;
      for (std::size_t i = live_.size(); i-- > 0;)
        if (live_[i].copy == copy && later++ != 0) live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(i));
      settle(std::chrono::steady_clock::now());
    }
    raised_.notify_all();
  }

  /// Waits until `sequence` may be handed out; false where that was not so at the deadline.
  bool wait(std::uint64_t sequence, const std::optional<Moment>& deadline) noexcept {
    if (sequence <= limit_.load(std::memory_order_acquire)) return true;
    return wait_below(sequence, deadline);
  }
  /// The lowest that may stand at one copy.
  [[nodiscard]] std::uint64_t limit_of(CeilingCopy copy) {
    const std::scoped_lock guard(mutex_);
    settle(std::chrono::steady_clock::now());
    std::uint64_t lowest = ~std::uint64_t{0};
    for (const Promise& one : live_)
      if (one.copy == copy) lowest = std::min(lowest, one.upto);
    return lowest;
  }
  /// Up to where nothing is held back now.
  [[nodiscard]] std::uint64_t limit() const noexcept { return limit_.load(std::memory_order_acquire); }

 private:
  struct Promise {
    CeilingCopy copy{};
    std::uint64_t upto = 0;
    Moment until;
  };

  [[gnu::noinline]] bool wait_below(std::uint64_t sequence, const std::optional<Moment>& wanted) noexcept {
    const Moment deadline = wanted.value_or(Moment::max());
    std::unique_lock guard(mutex_);
    while (true) {
      const Moment now = std::chrono::steady_clock::now();
      settle(now);
      if (sequence <= limit_.load(std::memory_order_relaxed)) return true;
      if (now >= deadline) return false;
      Moment until = deadline;
      for (const Promise& one : live_) until = std::min(until, one.until);
      raised_.wait_until(guard, until);
    }
  }

  void settle(Moment now) noexcept {
    std::erase_if(live_, [&](const Promise& one) { return one.until <= now; });
    std::uint64_t lowest = ~std::uint64_t{0};
    for (const Promise& one : live_) lowest = std::min(lowest, one.upto);
    limit_.store(lowest, std::memory_order_release);
  }

  std::atomic<std::uint64_t> limit_{~std::uint64_t{0}};
  std::mutex mutex_;
  std::condition_variable raised_;
  std::vector<Promise> live_;
};
using SequenceCeiling = BasicSequenceCeiling<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
