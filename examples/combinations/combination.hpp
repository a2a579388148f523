// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace combinations {

/// One combination, and its story or the sentence why there is none.
struct Combination {
  std::string name;  ///< "full-disk-timestampsync-sha256"
  std::string_view strategy;
  std::string_view medium;
  std::string_view sync;
  std::string_view verifier;
  std::string_view why_not;  ///< empty where it is valid
  int (*run)() = nullptr;
};

/// All combinations on one medium, each from a unit of its own.
std::vector<Combination> on_disk();
std::vector<Combination> in_memory();

}  // namespace combinations
