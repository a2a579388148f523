// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>

#include <string>

#include <lifeboat/core/posix.hpp>

// What stands in a journal's folder beside its segments: the doubt window, a journal of its own, and the known keys.
namespace lifeboat::inline LIFEBOAT_ABI {

template <class = void>
std::string doubt_folder(const std::string& journal) {
  return journal + "/doubt";
}
template <class = void>
bool has_doubt(const std::string& journal) {
  return stat_at(AT_FDCWD, doubt_folder(journal).c_str()).error == 0;
}

/// Of a log that keeps its own keys.
template <class = void>
std::string keys_folder(const std::string& journal) {
  return journal + "/keys";
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
