// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The first name of each file that has several, until all of its names were seen. Grows only with the files whose
/// names were not all met yet. Open addressing; O(1).
template <class = void>
class BasicLinkTable {
 public:
  /// The first name of this inode, or null when `path` is the first. `links` is how many names it has. The view lives
  /// until the next call.
  const std::string* seen(std::uint64_t device, std::uint64_t inode, std::uint64_t links, std::string_view path) {
    if ((used_ + 1) * 4 > slots_.size() * 3) grow();
    std::size_t at = place(device, inode);
    if (slots_[at].left == 0) {
      slots_[at] = {device, inode, links - 1, std::string(path)};
      ++used_;
      return nullptr;
    }
    if (--slots_[at].left > 0) return &slots_[at].path;
    last_ = std::move(slots_[at].path);
    erase(at);
    return &last_;
  }
  [[nodiscard]] std::size_t size() const noexcept { return used_; }

 private:
  struct Slot {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t left = 0;  ///< names not seen yet; 0: the slot is free
    std::string path;
  };
  [[nodiscard]] std::size_t home(std::uint64_t device, std::uint64_t inode) const noexcept {
    std::uint64_t mixed = (inode ^ (device << 32U) ^ (device >> 32U)) * 0x9E3779B97F4A7C15ULL;
    mixed ^= mixed >> 29U;
    return static_cast<std::size_t>(mixed) & (slots_.size() - 1);
  }
  [[nodiscard]] std::size_t place(std::uint64_t device, std::uint64_t inode) const noexcept {
    std::size_t at = home(device, inode);
    while (slots_[at].left != 0 && (slots_[at].device != device || slots_[at].inode != inode))
      at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  void grow() {
    std::vector<Slot> old(slots_.empty() ? 64 : slots_.size() * 2);
    old.swap(slots_);
    for (Slot& slot : old)
      if (slot.left != 0) slots_[place(slot.device, slot.inode)] = std::move(slot);
  }
  void erase(std::size_t hole) {
    const std::size_t mask = slots_.size() - 1;
    slots_[hole] = Slot{};
    --used_;
    for (std::size_t at = (hole + 1) & mask; slots_[at].left != 0; at = (at + 1) & mask) {
      const std::size_t wanted = home(slots_[at].device, slots_[at].inode);
      if (((at - wanted) & mask) < ((at - hole) & mask))
        continue;  // it sits between its home and the hole's right side
      slots_[hole] = std::move(slots_[at]);
      slots_[at] = Slot{};
      hole = at;
    }
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  std::string last_;
};
using LinkTable = BasicLinkTable<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
