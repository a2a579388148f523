// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

#include <lifeboat/core/bytes.hpp>
#include <lifeboat/core/environment.hpp>
#include <lifeboat/core/posix.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The kernel's random bits: getrandom(2), or /dev/urandom where a sandbox forbids that. Where both are forbidden, bits
/// mixed from the clocks, the process and its own random seed: unlike all others, as ids must be, but no secret.
/// Lifeboat makes no key from any of them. Any thread may call it.
template <class = void>
class BasicSystemRandom final : public RandomPort {
 public:
  void fill(MutableBytes out) override {
    if (fill_random(out) == 0) return;
    const auto device = open_at(AT_FDCWD, "/dev/urandom", O_RDONLY);
    if (device) {
      const auto done = read_full(device.value.get(), out);
      if (done && done.value == out.size()) return;
    }
    mix(out);
  }

 private:
  /// SplitMix64 over a state that no two calls share.
  static void mix(MutableBytes out) noexcept {
    std::uint64_t state = 0;
    const auto stir = [&state](std::uint64_t with) {
      state = (state ^ with) * 0x9E3779B97F4A7C15ULL;
      state ^= state >> 29U;
    };
    if (const auto* seed = reinterpret_cast<const std::byte*>(::getauxval(AT_RANDOM)); seed != nullptr) {
      stir(load_le<std::uint64_t>(seed));
      stir(load_le<std::uint64_t>(seed + 8));
    }
    for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_BOOTTIME, CLOCK_THREAD_CPUTIME_ID}) {
      timespec now{};
      (void)::clock_gettime(clock, &now);
      stir(static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec));
    }
    stir(static_cast<std::uint64_t>(::getpid()));
    stir(reinterpret_cast<std::uintptr_t>(&state));  // threads that ask in the same nanosecond have other stacks
    for (std::byte& b : out) {
      state += 0x9E3779B97F4A7C15ULL;
      std::uint64_t bits = state;
      bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9ULL;
      bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBULL;
      b = static_cast<std::byte>((bits ^ (bits >> 31U)) >> 56U);
    }
  }
};
using SystemRandom = BasicSystemRandom<>;

/// A new random id.
template <class = void>
Id random_id(RandomPort& random) {
  Id id;
  random.fill(id.bytes);
  return id;
}

/// A new random id from what the pipeline was given, or the machine's own bits.
template <class = void>
Id random_id(const Environment& environment) {
  if (environment.random != nullptr) return random_id(*environment.random);
  SystemRandom system;
  return random_id(static_cast<RandomPort&>(system));
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
