// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <compare>
#include <cstdint>

#include <lifeboat/core/bytes.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A moment of the wall clock: seconds since 1970 in UTC, before it negative, and nanoseconds from 0 to 999,999,999.
struct Timestamp {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
  friend bool operator==(const Timestamp&, const Timestamp&) = default;
};

/// Whether the machine's clock was kept in step when it was read.
enum class ClockSync : std::uint8_t { no = 0, yes = 1, unknown = 2 };

/// What the machine's clocks said at one moment.
struct ClockReading {
  Timestamp wall;
  Id boot_id;
  std::uint64_t boot_nanoseconds = 0;  ///< since boot, suspended time included; comparable within one boot id only
  ClockSync synchronised = ClockSync::unknown;
};

/// Where time comes from. Tests put a clock of their own here (lifeboat/testing/fake_clock.hpp).
struct ClockPort {
  virtual ClockReading now() const = 0;
  virtual ~ClockPort() = default;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
