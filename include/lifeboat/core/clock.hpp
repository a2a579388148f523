// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>
#include <sys/timex.h>
#include <time.h>

#include <cstdint>
#include <string_view>

#include <lifeboat/core/environment.hpp>
#include <lifeboat/core/posix.hpp>
#include <lifeboat/core/time.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The clocks of the machine. The boot id is read once, when it is made; all zeros where /proc does not show it, and
/// then boot times are comparable with no other. Any thread may ask.
template <class = void>
class BasicSystemClock final : public ClockPort {
 public:
  BasicSystemClock() noexcept : boot_id_(read_boot_id()) {}

  [[nodiscard]] ClockReading now() const override {
    ClockReading reading;
    reading.boot_id = boot_id_;
    timespec time{};
    if (::clock_gettime(CLOCK_REALTIME, &time) == 0)
      reading.wall = {time.tv_sec, static_cast<std::uint32_t>(time.tv_nsec)};
    if (::clock_gettime(CLOCK_BOOTTIME, &time) == 0)
      reading.boot_nanoseconds =
          static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(time.tv_nsec);
    reading.synchronised = synchronised();
    return reading;
  }

 private:
  /// What the kernel was told by whoever keeps its clock; unknown in a sandbox that forbids even to ask.
  static ClockSync synchronised() noexcept {
    timex state{};  // no mode set: nothing is changed
    const int answer = ::adjtimex(&state);
    if (answer == -1) return ClockSync::unknown;
    return answer == TIME_ERROR || (state.status & STA_UNSYNC) != 0 ? ClockSync::no : ClockSync::yes;
  }

  /// "0f0e0d0c-0b0a-...": 32 digits and four dashes.
  static Id read_boot_id() noexcept {
    Id id;
    const auto file = open_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY);
    if (!file) return id;
    std::byte text[64];
    const auto length = read_full(file.value.get(), text);
    std::size_t digits = 0;
    for (const char c : as_text({text, length.value})) {
      const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (value < 0 || digits == 32) continue;
      id.bytes[digits / 2] |= static_cast<std::byte>(digits % 2 == 0 ? value << 4 : value);
      ++digits;
    }
    return digits == 32 ? id : Id{};
  }

  Id boot_id_;
};
using SystemClock = BasicSystemClock<>;

/// What the clock of this environment says now, or the machine's.
template <class = void>
ClockReading clock_now(const Environment& environment) {
  return environment.clock != nullptr ? environment.clock->now() : SystemClock{}.now();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
