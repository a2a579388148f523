// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>

#include <lifeboat/archive/chain_view.hpp>
#include <lifeboat/core/elapsed.hpp>
#include <lifeboat/strategy/limits.hpp>

// What strategies ask of a chain: its newest recovery window, and whether that has come to its end.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The full that begins the newest recovery window; null where there is none.
constexpr const ArchiveRecord* newest_full(const ChainView& chain) noexcept {
  const ArchiveRecord* newest = nullptr;
  for (const ArchiveRecord& record : chain.archives)
    if (record.facts.window == record.facts.archive) newest = &record;
  return newest;
}

/// Whether an archive can serve as a base: neither it nor an archive that holds data of it is known to be lost.
constexpr bool can_be_built_on(const ChainView& chain, const ArchiveRecord& base) noexcept {
  if (base.lost) return false;
  for (const ArchiveId& id : base.facts.refers_to) {
    const ArchiveRecord* referred = chain.find(id);
    if (referred == nullptr || referred->lost) return false;
  }
  return true;
}

/// Whether an archive is of a source that had shrunk, which nobody has accepted by name.
constexpr bool is_shrunken(const ArchiveRecord& record) noexcept {
  return (record.facts.flags & backup_flag::shrunken) != 0 && !record.shrunken_accepted;
}

/// Why a full is due, whatever the strategy.
enum class FullDue : std::uint8_t { no, first, chain_length, increments_size, age };

/// For the reason in a chain entry and for people.
constexpr std::string_view to_string(FullDue due) noexcept {
  switch (due) {
    case FullDue::no: return "";
    case FullDue::first: return "there is no full to build on";
    case FullDue::chain_length: return "the chain is as long as its limit";
    case FullDue::increments_size: return "the increments have outgrown their full";
    case FullDue::age: return "the full is as old as its limit";
  }
  return "";
}

/// A share of a number; what does not fit is the largest that does.
constexpr std::uint64_t percent_of(std::uint64_t number, std::uint32_t percent) noexcept {
  std::uint64_t whole = 0;
  if (__builtin_mul_overflow(number / 100, percent, &whole) ||
      __builtin_add_overflow(whole, number % 100 * percent / 100, &whole))
    return ~std::uint64_t{0};
  return whole;
}

/// Whether the newest window has come to its end by one of the limits. Linear in the archives.
constexpr FullDue full_due(const ChainView& chain, const Limits& limits) noexcept {
  const ArchiveRecord* full = newest_full(chain);
  if (full == nullptr) return FullDue::first;
  std::uint64_t archives = 0;
  std::uint64_t increments = 0;
  for (const ArchiveRecord& record : chain.archives) {
    if (record.facts.window != full->facts.archive) continue;
    ++archives;
    if (&record != full && __builtin_add_overflow(increments, record.facts.stored_bytes, &increments))
      return FullDue::increments_size;
  }
  if (archives >= limits.longest_chain) return FullDue::chain_length;
  if (increments >= limits.increments_ignored &&
      increments > percent_of(full->facts.stored_bytes, limits.increments_percent))
    return FullDue::increments_size;
  if (limits.now) {
    const auto age = elapsed(full->clock, *limits.now);
    if (age && *age >= limits.oldest_full) return FullDue::age;
  }
  return FullDue::no;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
