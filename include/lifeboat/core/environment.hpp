// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <lifeboat/core/time.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Where random bits come from.
struct RandomPort {
  virtual void fill(MutableBytes out) = 0;
  virtual ~RandomPort() = default;
};

/// What a pipeline takes from its surroundings; null means the machine's own. Any thread may call them at once.
struct Environment {
  const ClockPort* clock = nullptr;
  RandomPort* random = nullptr;
};

/// What a verb may use.
struct Budgets {
  unsigned threads = 0;                        ///< 0: as many as the process may run on
  std::uint64_t memory = 96ULL * 1024 * 1024;  ///< for buffers
  std::uint64_t bytes_per_second = 0;          ///< 0: no limit
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
