// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <bit>
#include <span>
#include <vector>

#include <lifeboat/journal/keys.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A key with what is known of it.
struct KeyEntry {
  KnownKey known;
  std::uint8_t length = 0;
  char text[key_bytes_max + 1]{};  ///< the last is not used

  [[nodiscard]] std::string_view key() const noexcept { return {text, length}; }
  void set(std::string_view key, const KnownKey& what) noexcept {
    known = what;
    length = static_cast<std::uint8_t>(key.size());
    if (!key.empty()) std::memcpy(text, key.data(), key.size());
  }
};
static_assert(sizeof(KeyEntry) == 96);

/// The order of keys: by their hash, so that a run is spread evenly, then by their text.
inline std::uint64_t key_hash(std::string_view key, std::uint64_t seed) noexcept {
  return xxh3_64(as_bytes(key), seed);
}

inline bool key_before(std::uint64_t a_hash, std::string_view a, std::uint64_t b_hash, std::string_view b) noexcept {
  return a_hash != b_hash ? a_hash < b_hash : a < b;
}

/// Keys in memory, in a room that is allocated once. One thread at a time.
template <class = void>
class BasicKeyTable {
 public:
  /// Bytes that a key takes, at most.
  static constexpr std::size_t bytes_per_key = sizeof(KeyEntry) + 4 * sizeof(std::uint32_t);

  BasicKeyTable(std::size_t capacity, std::uint64_t seed)
      : entries_(capacity), slots_(std::bit_ceil(capacity * 2)), seed_(seed) {}

  [[nodiscard]] const KeyEntry* find(std::string_view key) const noexcept {
    const std::uint32_t slot = slots_[slot_of(key)];
    return slot == 0 ? nullptr : &entries_[slot - 1];
  }
  /// Adds a key, or keeps the first of its positions. The caller asked `full` before.
  void learn(std::string_view key, const KnownKey& known) noexcept {
    const std::size_t slot = slot_of(key);
    if (slots_[slot] != 0) {
      KnownKey& before = entries_[slots_[slot] - 1].known;
      if (known.position < before.position) before = known;
      return;
    }
    entries_[used_++].set(key, known);
    slots_[slot] = static_cast<std::uint32_t>(used_);
  }
  [[nodiscard]] bool full() const noexcept { return used_ == entries_.size(); }
  [[nodiscard]] bool empty() const noexcept { return used_ == 0; }
  [[nodiscard]] std::span<KeyEntry> entries() noexcept { return {entries_.data(), used_}; }

  void clear() noexcept {
    std::fill(slots_.begin(), slots_.end(), 0);
    used_ = 0;
  }
  /// Forgets the keys up to a position.
  void keep_above(Position position) noexcept {
    const std::size_t all = used_;
    clear();
    for (std::size_t i = 0; i < all; ++i) {
      const KeyEntry entry = entries_[i];
      if (entry.known.position > position) learn(entry.key(), entry.known);
    }
  }

 private:
  /// Where a key is, or would be put. There is always an empty slot.
  [[nodiscard]] std::size_t slot_of(std::string_view key) const noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = static_cast<std::size_t>(key_hash(key, seed_)) & mask;
    while (slots_[slot] != 0 && entries_[slots_[slot] - 1].key() != key) slot = (slot + 1) & mask;
    return slot;
  }

  std::vector<KeyEntry> entries_;
  std::size_t used_ = 0;
  std::vector<std::uint32_t> slots_;  ///< 0: empty; else an entry's number, from 1 on
  std::uint64_t seed_;
};
using KeyTable = BasicKeyTable<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
