// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <optional>

#include <lifeboat/journal/key_table.hpp>

// The pages of a run of keys (docs/keys.md, section 3).
namespace lifeboat::inline LIFEBOAT_ABI {

inline constexpr std::size_t key_page_bytes = 4096;
inline constexpr std::size_t key_page_head = 16;      ///< of leaves and fences: check, kind, count, zeros
inline constexpr std::size_t key_entry_fixed = 33;    ///< an entry's bytes but for its key
inline constexpr std::size_t fences_per_page = 510;   ///< leaves that one page of fences is for
inline constexpr std::uint32_t filter_bits = 32'704;  ///< of a page of the filter, behind its check
inline constexpr unsigned filter_probes = 7;
inline constexpr std::uint64_t filter_bits_per_key = 10;

using KeyPage = std::array<std::byte, key_page_bytes>;

enum class KeyPageKind : std::uint16_t { leaf = 1, fence = 2 };

/// What a run is: how its pages are found, and what they hold.
struct KeyRunInfo {
  std::uint64_t number = 0;
  std::uint64_t keys = 0;
  std::uint64_t leaves = 0;
  std::uint64_t filters = 0;
  std::uint64_t salt = 0;
  Position low;
  Position high;
  friend bool operator==(const KeyRunInfo&, const KeyRunInfo&) = default;

  [[nodiscard]] std::uint64_t fences() const noexcept { return (leaves + fences_per_page - 1) / fences_per_page; }
  [[nodiscard]] std::uint64_t pages() const noexcept { return leaves + fences() + filters; }
  [[nodiscard]] std::uint64_t leaf_page(std::uint64_t leaf) const noexcept { return leaf + leaf / fences_per_page; }
  [[nodiscard]] std::uint64_t fence_page(std::uint64_t fence) const noexcept {
    const std::uint64_t before = (fence + 1) * fences_per_page;
    return (before < leaves ? before : leaves) + fence;
  }
  [[nodiscard]] std::uint64_t filter_page(std::uint64_t filter) const noexcept { return leaves + fences() + filter; }
};

inline std::uint64_t key_page_check(const KeyPage& page, std::uint64_t salt, std::uint64_t index) noexcept {
  return xxh3_64(ByteView(page).subspan(8), salt + index);
}
/// Completes a page for its place.
inline void seal_key_page(KeyPage& page, std::uint64_t salt, std::uint64_t index) noexcept {
  store_le(page.data(), key_page_check(page, salt, index));
}
inline bool key_page_fits(const KeyPage& page, std::uint64_t salt, std::uint64_t index) noexcept {
  return load_le<std::uint64_t>(page.data()) == key_page_check(page, salt, index);
}

/// Whether all of some pages are whole, and of that run and place.
template <class = void>
bool key_pages_fit(ByteView pages, std::uint64_t salt, std::uint64_t offset) noexcept {
  for (; pages.size() >= key_page_bytes; pages = pages.subspan(key_page_bytes), offset += key_page_bytes) {
    const std::uint64_t check = xxh3_64(pages.subspan(8, key_page_bytes - 8), salt + offset / key_page_bytes);
    if (load_le<std::uint64_t>(pages.data()) != check) return false;
  }
  return pages.empty();
}

inline void set_page_head(KeyPage& page, KeyPageKind kind, std::uint16_t count) noexcept {
  store_le(page.data() + 8, static_cast<std::uint16_t>(kind));
  store_le(page.data() + 10, count);
  store_le(page.data() + 12, std::uint32_t{0});
}
/// How many a page of that kind holds; none where it is of another kind.
inline std::optional<std::uint16_t> page_count(const KeyPage& page, KeyPageKind kind) noexcept {
  if (load_le<std::uint16_t>(page.data() + 8) != static_cast<std::uint16_t>(kind)) return std::nullopt;
  return load_le<std::uint16_t>(page.data() + 10);
}

/// Where a hash falls among `count` things, evenly.
inline std::uint64_t spread(std::uint64_t hash, std::uint64_t count) noexcept {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((Wide{hash} * count) >> 64U);
}

/// The bits of a filter's page that a hash sets.
class FilterBits {
 public:
  explicit FilterBits(std::uint64_t hash) noexcept {
    hash *= 0x9e37'79b9'7f4a'7c15U;  // the upper bits chose the page
    hash ^= hash >> 32U;
    hash *= 0xd6e8'feb8'6659'fd93U;
    step_ = static_cast<std::uint32_t>(hash >> 32U) | 1U;
    at_ = static_cast<std::uint32_t>(hash);
  }
  std::uint32_t next() noexcept {
    at_ += step_;
    return static_cast<std::uint32_t>((std::uint64_t{at_} * filter_bits) >> 32U);
  }

 private:
  std::uint32_t at_;
  std::uint32_t step_;
};

inline void filter_add(KeyPage& page, std::uint64_t hash) noexcept {
  FilterBits bits(hash);
  for (unsigned i = 0; i < filter_probes; ++i) {
    const std::uint32_t bit = bits.next();
    page[8 + bit / 8] |= static_cast<std::byte>(1U << bit % 8);
  }
}
inline bool filter_has(const KeyPage& page, std::uint64_t hash) noexcept {
  FilterBits bits(hash);
  for (unsigned i = 0; i < filter_probes; ++i) {
    const std::uint32_t bit = bits.next();
    if ((page[8 + bit / 8] & static_cast<std::byte>(1U << bit % 8)) == std::byte{0}) return false;
  }
  return true;
}

inline std::byte* put_key_entry(std::byte* at, const KeyEntry& entry) noexcept {
  at[0] = static_cast<std::byte>(entry.length);
  std::memcpy(at + 1, entry.text, entry.length);
  at += 1 + entry.length;
  store_le(at, entry.known.position.epoch);
  store_le(at + 8, entry.known.position.sequence);
  std::memcpy(at + 16, entry.known.content.data(), entry.known.content.size());
  return at + 32;
}

/// Walks through the entries of a leaf whose check fits.
class LeafWalk {
 public:
  explicit LeafWalk(const KeyPage& page) noexcept
      : page_(&page), left_(page_count(page, KeyPageKind::leaf).value_or(0)) {}

  /// False at the end, and where an entry breaks a rule.
  bool next(KeyEntry& entry) noexcept {
    if (left_ == 0) return false;
    const std::size_t length = at_ < key_page_bytes ? std::to_integer<std::size_t>((*page_)[at_]) : 0;
    if (length == 0 || length > key_bytes_max || at_ + key_entry_fixed + length > key_page_bytes) return false;
    const std::byte* const from = page_->data() + at_ + 1;
    entry.length = static_cast<std::uint8_t>(length);
    std::memcpy(entry.text, from, length);
    entry.known.position = {load_le<std::uint64_t>(from + length), load_le<std::uint64_t>(from + length + 8)};
    std::memcpy(entry.known.content.data(), from + length + 16, entry.known.content.size());
    at_ += key_entry_fixed + length;
    --left_;
    return true;
  }
  /// Whether all of it was walked through.
  [[nodiscard]] bool done() const noexcept { return left_ == 0; }

 private:
  const KeyPage* page_;
  std::size_t at_ = key_page_head;
  std::uint16_t left_;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
