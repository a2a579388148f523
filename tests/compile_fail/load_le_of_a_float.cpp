// SPDX-License-Identifier: BSL-1.0
// expect: no matching function for call to .load_le
#include <lifeboat/core/bytes.hpp>

float load(const std::byte* at) { return lifeboat::load_le<float>(at); }
