// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>

// How long a test with random rounds goes on, and from where: LIFEBOAT_ROUNDS and LIFEBOAT_SEED; and whether one that
// breaks calls leaves none out: LIFEBOAT_EVERY_CALL.
namespace support {

inline std::uint64_t number_of(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}
inline std::uint64_t rounds_or(std::uint64_t otherwise) { return number_of("LIFEBOAT_ROUNDS", otherwise); }
inline int every_call_or(int step) { return std::getenv("LIFEBOAT_EVERY_CALL") != nullptr ? 1 : step; }
inline std::uint64_t seed_or_any() { return number_of("LIFEBOAT_SEED", std::random_device{}()); }

}  // namespace support
