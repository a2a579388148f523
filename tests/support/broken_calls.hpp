// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>

namespace support {

/// What happens at one of the calls that change a file system, counted over all threads of this process.
enum class Breakage { none, die_before, die_after, fail, short_write };

struct BrokenCalls {
  std::atomic<Breakage> breakage{Breakage::none};
  std::atomic<int> at{0};     ///< which call, from 1 on; 0: none
  std::atomic<int> error{0};  ///< of Breakage::fail
  std::atomic<int> seen{0};   ///< so many calls came
};

/// The plan of this process; a program that uses it links sync/broken_calls.cpp, whose functions stand before those of
/// the C library.
BrokenCalls& broken_calls();

/// A process that died by its plan ends with this status.
inline constexpr int died_as_planned = 99;

}  // namespace support
