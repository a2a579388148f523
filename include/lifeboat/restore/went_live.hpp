// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>

#include <lifeboat/restore/doubt_records.hpp>

// What a promotion leaves in the journal of the doubt window, whether a window opened or not (docs/doubt.md, section
// 4).
namespace lifeboat::inline LIFEBOAT_ABI {

/// A copy went live: who decided it, with whom, why, and despite what. It puts nothing in doubt.
struct WentLive {
  static constexpr std::size_t ticket_max = 128;
  static constexpr std::size_t said_max = 1024;    ///< of the reason as it is said
  static constexpr std::size_t reason_max = 8192;  ///< and with the invariants that were overridden

  std::uint64_t epoch = 0;
  std::uint64_t after_epoch = 0;
  std::uint64_t after_sequence = 0;
  std::uint64_t first = 0;
  Timestamp at{};
  DoubtName by;
  DoubtName second;
  FixedString<ticket_max> ticket;
  FixedString<reason_max> reason;
};

template <>
struct RecordTraits<WentLive> {
  static constexpr RecordNumber number = 0x7fff'ff06U;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "went live";
};

}  // namespace lifeboat::inline LIFEBOAT_ABI

BOOST_HANA_ADAPT_STRUCT(lifeboat::WentLive, epoch, after_epoch, after_sequence, first, at, by, second, ticket, reason);
