// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <string>

// What a unit sees of the library: the same whatever flags it was built with.
struct Seen {
  std::array<std::size_t, 12> sizes{};
  std::string digest;
  std::string version;
};

Seen plain();
Seen tuned();
Seen no_rtti();
Seen other_version();
