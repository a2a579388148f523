// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <dirent.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <string_view>

#include <lifeboat/core/function_ref.hpp>
#include <lifeboat/core/posix.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What is known of the file system below a descriptor.
struct FileSystemFacts {
  bool local = false;            ///< one kernel sees every change: its locks prove who is alive
  bool in_memory = false;        ///< lives in memory alone
  std::uint64_t free_bytes = 0;  ///< for this process: root may use the reserve
  std::uint64_t total_bytes = 0;
};

template <class = void>
SystemResult<FileSystemFacts> file_system_of(int fd) noexcept {
  struct statfs found {};
  if (const int error = detail::errno_of([&] { return ::fstatfs(fd, &found); })) return {{}, error};
  FileSystemFacts facts;
  switch (static_cast<std::uint32_t>(found.f_type)) {
    case 0x01021994:  // tmpfs
    case 0x858458F6:  // ramfs
      facts.in_memory = true;
      [[fallthrough]];
    case 0xEF53:      // ext2, ext3, ext4
    case 0x58465342:  // XFS
    case 0x9123683E:  // btrfs
    case 0xF2F52010:  // F2FS
    case 0xCA451A4E:  // bcachefs
    case 0x2FC12FC1:  // ZFS
    case 0x794C7630:  // overlay: its upper layer is a local file system
      facts.local = true;
      break;
    default:
      break;
  }
  const auto block = static_cast<std::uint64_t>(found.f_frsize != 0 ? found.f_frsize : found.f_bsize);
  facts.free_bytes = block * static_cast<std::uint64_t>(::geteuid() == 0 ? found.f_bfree : found.f_bavail);
  facts.total_bytes = block * static_cast<std::uint64_t>(found.f_blocks);
  return {facts, 0};
}

/// Names the device that a file lies on, with the host's name: equal text, same device.
template <class = void>
std::string device_text(const struct stat& file) {
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) == -1) host[0] = '\0';
  return "device " + std::to_string(major(file.st_dev)) + ":" + std::to_string(minor(file.st_dev)) + " of " + host;
}

/// Calls `each(name, type)` for the entries of a folder but "." and "..", in no order; `type` is a DT_ value and may be
/// DT_UNKNOWN. The folder's descriptor stays open and is not moved.
template <class = void>
[[nodiscard]] int read_folder(int folder, FunctionRef<void(std::string_view, unsigned char)> each) {
  auto again = open_at(folder, ".", O_RDONLY | O_DIRECTORY);
  if (!again) return again.error;
  struct Close {
    void operator()(DIR* open_folder) const noexcept { ::closedir(open_folder); }
  };
  const std::unique_ptr<DIR, Close> stream(::fdopendir(again.value.get()));
  if (stream == nullptr) return errno;
  (void)again.value.release();
  for (;;) {
    errno = 0;
    const struct dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) return errno;
    const std::string_view name(entry->d_name);
    if (name != "." && name != "..") each(name, entry->d_type);
  }
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
