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

/// Whether some process holds the lock of a journal's folder; it is not disturbed.
template <class = void>
bool is_held(const std::string& folder) noexcept {
  const std::string path = folder + "/lock";
  const auto file = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_NOFOLLOW);
  if (!file) return false;
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  return ::fcntl(file.value.get(), F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
