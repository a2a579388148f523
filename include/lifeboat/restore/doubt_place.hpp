// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <fcntl.h>

#include <lifeboat/core/posix.hpp>

// Where the doubt window of a journal stands: in a journal of its own within that one's folder.
namespace lifeboat::inline LIFEBOAT_ABI {

template <class = void>
std::string doubt_folder(const std::string& journal) {
  return journal + "/doubt";
}
template <class = void>
bool has_doubt(const std::string& journal) {
  return stat_at(AT_FDCWD, doubt_folder(journal).c_str()).error == 0;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
