// SPDX-License-Identifier: BSL-1.0
#include "story.hpp"

std::vector<combinations::Combination> combinations::on_disk() { return combinations_on<Disk>(); }
