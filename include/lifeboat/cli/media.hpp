// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/medium/any.hpp>
#include <lifeboat/medium/disk.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The media that `--medium SCHEME:...` can name. The one place that lists them.
inline constexpr MediumScheme known_media[] = {medium_scheme<Disk>};

}  // namespace lifeboat::inline LIFEBOAT_ABI
