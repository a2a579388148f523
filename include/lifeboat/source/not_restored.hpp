// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lifeboat/core/error_id.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The part of an entry that a restore could not bring back.
enum class RestorePart : std::uint8_t { entry, owner, mode, attribute, times };

/// The part for people ("owner").
constexpr std::string_view to_string(RestorePart part) noexcept {
  constexpr std::string_view names[] = {"entry", "owner", "mode", "attribute", "times"};
  return names[static_cast<std::size_t>(part)];
}

/// One thing that a restore could not bring back though it was asked for.
struct NotRestored {
  std::string path;
  RestorePart part = RestorePart::entry;
  std::string what;  ///< "user 1000 (alice)", "attribute user.x", "device 8:1"
  int error = 0;     ///< the errno; 0 where the system took it and kept something else
};

/// Collects what could not be restored: exact counts by part, and the first `kept` of each part in full, so that a
/// restore of millions of files without the right to give them away needs no memory for each. Any thread may add.
template <class = void>
class BasicNotRestoredList {
 public:
  static constexpr std::size_t parts = 5;
  static constexpr std::size_t kept = 1000;

  void add(NotRestored one) {
    const std::lock_guard lock(mutex_);
    if (counts_[static_cast<std::size_t>(one.part)]++ < kept) list_.push_back(std::move(one));
  }
  [[nodiscard]] std::uint64_t count(RestorePart part) const {
    const std::lock_guard lock(mutex_);
    return counts_[static_cast<std::size_t>(part)];
  }
  [[nodiscard]] std::uint64_t total() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts_) sum += count;
    return sum;
  }
  /// A copy of what is kept, in the order in which it happened.
  [[nodiscard]] std::vector<NotRestored> list() const {
    const std::lock_guard lock(mutex_);
    return list_;
  }

 private:
  mutable std::mutex mutex_;
  std::array<std::uint64_t, parts> counts_{};
  std::vector<NotRestored> list_;
};
using NotRestoredList = BasicNotRestoredList<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
