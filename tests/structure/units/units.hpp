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
  std::size_t archives = 0;
};

// Each backs `folder` up into memory, twice, verifies it and lists what there is.
Seen plain(const std::string& folder);
Seen tuned(const std::string& folder);
Seen no_rtti(const std::string& folder);
Seen no_exceptions(const std::string& folder);
Seen other_version(const std::string& folder);
