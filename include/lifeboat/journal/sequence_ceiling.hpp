// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <optional>
#include <vector>

#include <lifeboat/core/position.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Where a ceiling is reserved: at a standby over a link, on a medium, or in the folder of a replica.
enum class CeilingCopy : std::uint8_t { standby, medium, replica };
inline constexpr CeilingCopy ceiling_copies[] = {CeilingCopy::standby, CeilingCopy::medium, CeilingCopy::replica};

/// Who hands out what a ceiling holds back.
struct SequencePort {
  /// Whoever looked at the ceiling before this call has no number above it, and gets none. Epoch 0: nothing is
  /// reserved. Takes no lock.
  [[nodiscard]] virtual Position handed_out() const noexcept = 0;

 protected:
  ~SequencePort() = default;
};

/// The writer's side of reservations: it holds back what lies above one that has not ended yet, until a higher one
/// stands at the copy, or it ends. Nothing is held back for longer than a reservation lasts: then the copy's bound is
/// over, and who asks it is told that the loss is unknown. Any thread; while nothing is near a ceiling, one atomic
/// load.
template <class = void>
class BasicSequenceCeiling {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// `numbers` outlives it.
  explicit BasicSequenceCeiling(const SequencePort& numbers) : numbers_(numbers) {}

  /// Promises to a copy so many groups above all that are handed out, or eight times what came since its last promise:
  /// from here on that holds, beside what held before. None where nothing is reserved.
  std::optional<Position> promise(CeilingCopy copy, std::uint64_t groups, Moment until) {
    const std::scoped_lock guard(mutex_);
    Position from = numbers_.handed_out();
    if (from.epoch == 0) return std::nullopt;
    Position& last = promised_from_[static_cast<std::size_t>(copy)];
    if (last.epoch == from.epoch) groups = std::max(groups, 8 * (from.sequence - last.sequence));
    last = from;
    Position upto = from;
    do {
      upto.sequence = from.sequence > no_limit - groups ? no_limit : from.sequence + groups;
      // Lowered first, looked at then: who did not see it had looked at what is durable before, and is counted.
      limit_.store(std::min(limit_.load(), upto.sequence));
      from = numbers_.handed_out();
    } while (from.sequence > upto.sequence);
    live_.push_back({copy, upto.sequence, until});
    settle(std::chrono::steady_clock::now());
    return upto;
  }
  /// What a process before this one promised holds until then.
  void hold(CeilingCopy copy, std::uint64_t upto, Moment until) {
    const std::scoped_lock guard(mutex_);
    live_.push_back({copy, upto, until});
    settle(std::chrono::steady_clock::now());
  }
  /// The copy has the last promise in place of those before.
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
  /// A promise that ends then can not have come to the copy.
  void withdraw(CeilingCopy copy, Moment until) {
    {
      const std::scoped_lock guard(mutex_);
      std::erase_if(live_, [&](const Promise& one) { return one.copy == copy && one.until == until; });
      settle(std::chrono::steady_clock::now());
    }
    raised_.notify_all();
  }

  /// Waits until `sequence` may be handed out; false where that was not so at the deadline.
  bool wait(std::uint64_t sequence, const std::optional<Moment>& deadline) noexcept {
    if (sequence <= limit_.load()) return true;
    return wait_below(sequence, deadline);
  }
  /// What may stand at one copy: the lowest, and when the last of them ends.
  struct Held {
    std::uint64_t upto = no_limit;
    Moment until{};
  };
  [[nodiscard]] Held held_of(CeilingCopy copy) {
    const std::scoped_lock guard(mutex_);
    settle(std::chrono::steady_clock::now());
    Held held;
    for (const Promise& one : live_)
      if (one.copy == copy) held = {std::min(held.upto, one.upto), std::max(held.until, one.until)};
    return held;
  }
  [[nodiscard]] Position handed_out() const noexcept { return numbers_.handed_out(); }
  /// Up to where nothing is held back now.
  [[nodiscard]] std::uint64_t limit() const noexcept { return limit_.load(); }

 private:
  static constexpr std::uint64_t no_limit = ~std::uint64_t{0};

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
      if (sequence <= limit_.load()) return true;
      if (now >= deadline) return false;
      Moment until = deadline;
      for (const Promise& one : live_) until = std::min(until, one.until);
      raised_.wait_until(guard, until);
    }
  }

  void settle(Moment now) noexcept {
    std::erase_if(live_, [&](const Promise& one) { return one.until <= now; });
    std::uint64_t lowest = no_limit;
    for (const Promise& one : live_) lowest = std::min(lowest, one.upto);
    limit_.store(lowest);
  }

  const SequencePort& numbers_;
  std::atomic<std::uint64_t> limit_{no_limit};
  std::mutex mutex_;
  std::condition_variable raised_;
  std::vector<Promise> live_;
  std::array<Position, std::size(ceiling_copies)> promised_from_{};
};
using SequenceCeiling = BasicSequenceCeiling<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
