// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <linux/openat2.h>
#include <sys/syscall.h>

#include <string>
#include <string_view>

#include <lifeboat/core/posix.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// Opens a path component by component, each without following a link: for kernels and sandboxes without openat2.
template <class = void>
SystemResult<FileDescriptor> open_walking(int folder, std::string_view path, int flags, mode_t mode) {
  if (path.starts_with('/')) return {{}, EXDEV};
  FileDescriptor at;
  int here = folder;
  for (;;) {
    const std::size_t slash = path.find('/');
    const std::string component(path.substr(0, slash));
    if (component == "..") return {{}, EXDEV};
    const bool last = slash == std::string_view::npos;
    auto next = open_at(here, component.c_str(), (last ? flags : O_PATH | O_DIRECTORY) | O_NOFOLLOW, mode);
    if (next.error == ENOTDIR) {
      const auto found = stat_at(here, component.c_str());
      if (found && S_ISLNK(found.value.st_mode)) next.error = ELOOP;
    }
    if (last || !next) return next;
    at = std::move(next.value);
    here = at.get();
    path.remove_prefix(slash + 1);
  }
}

}  // namespace detail

/// Opens `path` below `folder`, following no symbolic link anywhere in it and never leaving the folder: ELOOP for a
/// link, EXDEV for a way out. Close-on-exec.
template <class = void>
SystemResult<FileDescriptor> open_beneath(int folder, const std::string& path, int flags, mode_t mode = 0) {
  struct open_how how {};
  // The call refuses what O_PATH would ignore.
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC | ((flags & O_PATH) != 0 ? 0 : O_NOCTTY));
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  for (int tries = 0; tries < 64; ++tries) {
    const long fd = ::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how);
    if (fd >= 0) return {FileDescriptor{static_cast<int>(fd)}, 0};
    if (errno == ENOSYS || errno == EPERM) break;  // an old kernel, or a sandbox that does not know the call
    if (errno != EINTR && errno != EAGAIN) return {{}, errno};  // EAGAIN: a rename went on meanwhile
  }
  return detail::open_walking(folder, path, flags, mode);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
