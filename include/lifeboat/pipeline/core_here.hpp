// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/pipeline/core_elsewhere.hpp>

// For exactly one unit of a program whose units are all compiled with LIFEBOAT_CORE_ELSEWHERE.
namespace lifeboat::inline LIFEBOAT_ABI {

LIFEBOAT_CORE_TEMPLATES(template)

}  // namespace lifeboat::inline LIFEBOAT_ABI
