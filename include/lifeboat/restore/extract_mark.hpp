// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>
#include <sys/xattr.h>

#include <string>

#include <lifeboat/core/bytes.hpp>
#include <lifeboat/core/file_system.hpp>
#include <lifeboat/core/owner.hpp>
#include <lifeboat/core/posix.hpp>
#include <lifeboat/core/result.hpp>

// What tells an extract from a state: a file at its top, and an attribute of its folder where there is room for one.
namespace lifeboat::inline LIFEBOAT_ABI {

inline constexpr const char* extract_mark_name = ".lifeboat-extract";
inline constexpr const char* extract_attribute = "user.lifeboat.extract";

/// Marks an open folder as an extract; `said` is what the mark tells people. Errors: target_io.
template <class = void>
Status mark_extract(int folder, const std::string& said) {
  auto file = open_at(folder, extract_mark_name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  int error = file.error;
  if (error == 0) error = pwrite_full(file.value.get(), 0, as_bytes(said));
  if (error == 0) error = sync_file(file.value.get());
  if (error == 0) error = sync_file(folder);
  if (error != 0) return Error{ErrorId::target_io, "the mark of an extract can not be written"}.because(error);
  return ok();
}

/// Whether a folder is an extract; one that is not there is none. Errors: target_io.
template <class = void>
Result<bool> is_extract(const std::string& path) {
  const auto folder = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  if (folder.error == ENOENT) return false;
  if (!folder) return not_opened(ErrorId::target_io, path + " can not be opened", path, folder.error);
  if (stat_at(folder.value.get(), extract_mark_name).error == 0) return true;
  return ::fgetxattr(folder.value.get(), extract_attribute, nullptr, 0) >= 0;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
