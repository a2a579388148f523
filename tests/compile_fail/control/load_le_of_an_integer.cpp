// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/bytes.hpp>

int load(const std::byte* at) { return lifeboat::load_le<int>(at); }
