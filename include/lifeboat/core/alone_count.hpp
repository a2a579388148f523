// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Tells whether those who come to a place come one at a time, by the last of them: where many come at once, what suits
/// one alone may cost them all. Any thread; allocates nothing.
class AloneCount {
 public:
  /// While it lives, its thread is there.
  class Here {
   public:
    explicit Here(AloneCount& count) noexcept : count_(count) {
      if (count_.there_.fetch_add(1, std::memory_order_relaxed) != 0)
        count_.crowd_.store(remembered, std::memory_order_relaxed);
      else if (const unsigned crowd = count_.crowd_.load(std::memory_order_relaxed); crowd != 0)
        count_.crowd_.store(crowd - 1, std::memory_order_relaxed);
    }
    Here(const Here&) = delete;
    Here& operator=(const Here&) = delete;
    ~Here() { count_.there_.fetch_sub(1, std::memory_order_relaxed); }

    /// Nobody came while this one was there, nor while one of the last `remembered` was.
    [[nodiscard]] bool alone() const noexcept { return count_.crowd_.load(std::memory_order_relaxed) == 0; }

   private:
    AloneCount& count_;
  };

  static constexpr unsigned remembered = 16;

 private:
  std::atomic<unsigned> there_{0};
  std::atomic<unsigned> crowd_{0};
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
