// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include <cstdint>
#include <string_view>

#include <lifeboat/core/posix.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a source needs to know of the file system that it lies on.
struct SourceFileSystem {
  std::uint32_t magic = 0;     ///< of statfs(2)
  std::string_view name;       ///< "ext4", "tmpfs", ...; "unknown"
  bool times_trusted = false;  ///< ext4, XFS and btrfs: inode, times and size prove that content is unchanged
};

/// The kind of file system below a descriptor. Where it can not be asked, it is unknown and not trusted.
template <class = void>
SourceFileSystem source_file_system(int fd) noexcept {
  struct KnownSystem {
    std::uint32_t magic;
    std::string_view name;
    bool times_trusted;
  };
  constexpr KnownSystem known[] = {
      {0xEF53, "ext4", true},       {0x58465342, "xfs", true},       {0x9123683E, "btrfs", true},
      {0x01021994, "tmpfs", false}, {0x794C7630, "overlay", false},  {0x6969, "nfs", false},
      {0xFF534D42, "cifs", false},  {0xFE534D42, "smb2", false},     {0x65735546, "fuse", false},
      {0xF2F52010, "f2fs", false},  {0x2FC12FC1, "zfs", false},      {0x01021997, "9p", false},
      {0x00C36400, "ceph", false},  {0x4D44, "vfat", false},         {0x5346544E, "ntfs", false},
      {0x858458F6, "ramfs", false}, {0xCA451A4E, "bcachefs", false}, {0x73717368, "squashfs", false},
      {0x9660, "iso9660", false},
  };
  struct statfs found {};
  if (detail::errno_of([&] { return ::fstatfs(fd, &found); }) != 0) return {0, "unknown", false};
  const auto magic = static_cast<std::uint32_t>(found.f_type);
  for (const KnownSystem& one : known)
    if (one.magic == magic) return {magic, one.name, one.times_trusted};
  return {magic, "unknown", false};
}

namespace detail {

/// statx(2) of a name in a folder, or of the folder itself ("").
template <class = void>
[[nodiscard]] int statx_at(int folder, const char* name, struct statx& out) noexcept {
  constexpr unsigned mount_id = 0x1000U;  // STATX_MNT_ID, which older headers lack
  const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (name[0] == '\0' ? AT_EMPTY_PATH : 0);
  return errno_of([&] { return ::statx(folder, name, flags, STATX_BASIC_STATS | mount_id, &out); });
}

/// Whether the kernel says that a mount begins here, bind mounts included; false where it does not say.
inline bool is_mount_root(const struct statx& entry) noexcept {
  constexpr std::uint64_t mount_root = 0x2000;  // STATX_ATTR_MOUNT_ROOT
  return (entry.stx_attributes_mask & entry.stx_attributes & mount_root) != 0;
}

inline std::uint64_t device_of(const struct statx& entry) noexcept {
  return gnu_dev_makedev(entry.stx_dev_major, entry.stx_dev_minor);
}

}  // namespace detail
}  // namespace lifeboat::inline LIFEBOAT_ABI
