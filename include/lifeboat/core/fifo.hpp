// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A queue that keeps its room: once it was so long, it allocates nothing until it is longer. (A std::deque allocates
/// and frees as it moves on.) What was taken out is left as it was moved from.
template <class T>
class Fifo {
 public:
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] T& front() noexcept { return ring_[first_]; }
  [[nodiscard]] const T& front() const noexcept { return ring_[first_]; }

  T& push(T value) {
    if (size_ == ring_.size()) grow();
    T& to = ring_[(first_ + size_) % ring_.size()];
    to = std::move(value);
    ++size_;
    return to;
  }
  /// Takes out the first; there is one.
  T pop() noexcept {
    T taken = std::move(ring_[first_]);
    first_ = (first_ + 1) % ring_.size();
    --size_;
    return taken;
  }
  void clear() noexcept {
    while (!empty()) (void)pop();
  }

 private:
  void grow() {
    std::vector<T> longer(ring_.empty() ? 4 : 2 * ring_.size());
    for (std::size_t i = 0; i != size_; ++i) longer[i] = std::move(ring_[(first_ + i) % ring_.size()]);
    ring_ = std::move(longer);
    first_ = 0;
  }

  std::vector<T> ring_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
