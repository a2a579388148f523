// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <mutex>

#include <lifeboat/core/time.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace testing {

/// A clock that stands still until a test moves it. Any thread may read it or move it.
template <class = void>
class BasicFakeClock final : public ClockPort {
 public:
  /// Starts at 2026-01-01T00:00:00Z, 1,000 s after a boot, synchronised.
  BasicFakeClock() noexcept {
    reading_.wall.seconds = 1'767'225'600;
    reading_.boot_id.bytes.fill(std::byte{0xB0});
    reading_.boot_nanoseconds = 1'000 * second;
    reading_.synchronised = ClockSync::yes;
  }
  explicit BasicFakeClock(Timestamp wall) noexcept : BasicFakeClock() { reading_.wall = wall; }

  [[nodiscard]] ClockReading now() const override {
    const std::lock_guard lock(mutex_);
    return reading_;
  }

  /// Time passes: both clocks go on.
  void pass(std::uint64_t nanoseconds) noexcept {
    const std::lock_guard lock(mutex_);
    reading_.boot_nanoseconds += nanoseconds;
    step(static_cast<std::int64_t>(nanoseconds));
  }
  void pass_seconds(std::uint64_t seconds) noexcept { pass(seconds * second); }

  /// Somebody sets the wall clock forward or back, and no time passes.
  void step_wall(std::int64_t nanoseconds) noexcept {
    const std::lock_guard lock(mutex_);
    step(nanoseconds);
  }
  void set_wall(Timestamp wall) noexcept {
    const std::lock_guard lock(mutex_);
    reading_.wall = wall;
  }

  /// The machine starts anew: another boot id, the boot clock at zero; the wall clock goes on.
  void reboot(Id boot_id) noexcept {
    const std::lock_guard lock(mutex_);
    reading_.boot_id = boot_id;
    reading_.boot_nanoseconds = 0;
  }
  void set_boot_nanoseconds(std::uint64_t nanoseconds) noexcept {
    const std::lock_guard lock(mutex_);
    reading_.boot_nanoseconds = nanoseconds;
  }
  void set_synchronised(ClockSync synchronised) noexcept {
    const std::lock_guard lock(mutex_);
    reading_.synchronised = synchronised;
  }

 private:
  static constexpr std::uint64_t second = 1'000'000'000;

  void step(std::int64_t nanoseconds) noexcept {
    constexpr auto whole = static_cast<std::int64_t>(second);
    const std::int64_t sum = reading_.wall.nanoseconds + nanoseconds % whole;
    reading_.wall.seconds += nanoseconds / whole + (sum < 0 ? -1 : sum / whole);
    reading_.wall.nanoseconds = static_cast<std::uint32_t>((sum + whole) % whole);
  }

  mutable std::mutex mutex_;
  ClockReading reading_;
};
using FakeClock = BasicFakeClock<>;

}  // namespace testing
}  // namespace lifeboat::inline LIFEBOAT_ABI
