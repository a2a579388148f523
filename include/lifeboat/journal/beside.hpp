// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>
#include <stdio.h>

#include <string>

#include <lifeboat/core/bytes.hpp>
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

/// Puts a small file into a journal's folder, in place of one that has its name: whole or not at all after a crash, and
/// durable. 0, or an errno.
template <class = void>
int replace_beside(const std::string& folder, const char* name, ByteView bytes) {
  const auto place = open_at(AT_FDCWD, folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (!place) return place.error;
  const int at = place.value.get();
  const std::string fresh = std::string(name) + ".new";
  const auto file = open_at(at, fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  if (!file) return file.error;
  if (const int error = pwrite_full(file.value.get(), 0, bytes)) return error;
  if (const int error = sync_file(file.value.get())) return error;
  if (::renameat(at, fresh.c_str(), at, name) != 0) return errno;
  return sync_file(at);
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
