// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What is kept. A recovery window is a full and what was built on it; windows stay and go whole.
struct Retention {
  std::uint32_t windows = 4;  ///< this many of the newest are kept, whatever their age; never 0
  /// Beside those, every window is kept that is needed to go back to any moment of this time, measured back from the
  /// newest archive whose clock is not suspect.
  std::optional<std::chrono::seconds> age = std::nullopt;
  /// For how many groups a client may ask again: pieces of a journal on the medium go only further behind its end than
  /// that, and below the oldest archive that is kept. None: no piece goes.
  std::optional<std::uint64_t> groups = std::nullopt;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
