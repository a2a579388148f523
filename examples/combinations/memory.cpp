// SPDX-License-Identifier: BSL-1.0
#include "story.hpp"

std::vector<combinations::Combination> combinations::in_memory() { return combinations_on<Memory>(); }
