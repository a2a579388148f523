// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// How often a log has held appends back since it was opened. Nothing was dropped: each of them waited, or was told.
struct BackPressure {
  std::uint64_t waited = 0;    ///< groups that waited at a full queue
  std::uint64_t refused = 0;   ///< groups that a full queue refused, at once or at their deadline
  std::uint64_t segments = 0;  ///< batches that waited for their segment to be made
  std::uint64_t ceilings = 0;  ///< groups that a reserved ceiling held back, or refused
  friend bool operator==(const BackPressure&, const BackPressure&) = default;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
