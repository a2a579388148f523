// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdio.h>

#include <string>

#include <lifeboat/core/posix.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Puts a small file into a folder, in place of one that has its name: whole or not at all after a crash, and durable.
/// For one writer at a time, whose other name is NAME.new. 0, or an errno; EFBIG where the process may not write so
/// much.
template <class = void>
[[nodiscard]] int replace_file(int folder, const std::string& name, ByteView bytes) {
  if (bytes.size() > file_size_limit()) return EFBIG;
  const std::string fresh = name + ".new";
  const auto file = open_at(folder, fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  if (!file) return file.error;
  if (const int error = pwrite_full(file.value.get(), 0, bytes)) return error;
  if (const int error = sync_file(file.value.get())) return error;
  if (const int error = detail::errno_of([&] { return ::renameat(folder, fresh.c_str(), folder, name.c_str()); }))
    return error;
  return sync_file(folder);
}

/// The same in a folder that is named by its path.
template <class = void>
[[nodiscard]] int replace_file(const std::string& folder, const std::string& name, ByteView bytes) {
  const auto opened = open_at(AT_FDCWD, folder.c_str(), O_RDONLY | O_DIRECTORY);
  return opened ? replace_file(opened.value.get(), name, bytes) : opened.error;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
