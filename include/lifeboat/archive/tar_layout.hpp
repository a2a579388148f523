// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <lifeboat/core/bytes.hpp>

// What a member of the data stream looks like (docs/format.md, "The data stream"): names and numbers that its writer
// and its reader share.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Where the data of a member lie in the stream. Zeros fill up to the next multiple of 512 behind them.
struct TarMember {
  std::uint64_t data_offset = 0;
  std::uint64_t data_length = 0;  ///< of a sparse file: of its segments, without the map
  friend bool operator==(const TarMember&, const TarMember&) = default;
};

inline constexpr std::size_t tar_block = 512;
/// Data from this length on start at a multiple of `tar_alignment` in the stream.
inline constexpr std::uint64_t tar_aligned_min = 131'072;
inline constexpr std::uint64_t tar_alignment = 4'096;

/// A length rounded up to whole blocks.
constexpr std::uint64_t whole_blocks(std::uint64_t length) noexcept {
  return (length + tar_block - 1) / tar_block * tar_block;
}

namespace detail {

/// A ustar header as POSIX lays it out.
struct UstarBlock {
  char name[100];
  char mode[8];
  char uid[8];
  char gid[8];
  char size[12];
  char mtime[12];
  char checksum[8];
  char type;
  char linkname[100];
  char magic[6];
  char version[2];
  char uname[32];
  char gname[32];
  char devmajor[8];
  char devminor[8];
  char prefix[155];
  char rest[12];
};
static_assert(sizeof(UstarBlock) == tar_block);

/// The sum of a header's bytes with its checksum taken for blanks.
inline unsigned ustar_checksum(const UstarBlock& block) noexcept {
  const auto* raw = reinterpret_cast<const unsigned char*>(&block);
  unsigned sum = 0;
  for (std::size_t i = 0; i < sizeof block; ++i) sum += raw[i];
  for (const char c : block.checksum) sum += static_cast<unsigned>(' ') - static_cast<unsigned char>(c);
  return sum;
}

namespace tar_key {
inline constexpr std::string_view path = "path";
inline constexpr std::string_view linkpath = "linkpath";
inline constexpr std::string_view size = "size";
inline constexpr std::string_view uid = "uid";
inline constexpr std::string_view gid = "gid";
inline constexpr std::string_view uname = "uname";
inline constexpr std::string_view gname = "gname";
inline constexpr std::string_view mtime = "mtime";
inline constexpr std::string_view acl_access = "SCHILY.acl.access";
inline constexpr std::string_view acl_default = "SCHILY.acl.default";
inline constexpr std::string_view attribute = "SCHILY.xattr.";
inline constexpr std::string_view selinux = "RHT.security.selinux";
inline constexpr std::string_view sparse_major = "GNU.sparse.major";
inline constexpr std::string_view sparse_minor = "GNU.sparse.minor";
inline constexpr std::string_view sparse_name = "GNU.sparse.name";
inline constexpr std::string_view sparse_size = "GNU.sparse.realsize";
inline constexpr std::string_view comment = "comment";
}  // namespace tar_key

inline constexpr std::string_view attribute_acl_access = "system.posix_acl_access";
inline constexpr std::string_view attribute_acl_default = "system.posix_acl_default";
inline constexpr std::string_view attribute_selinux = "security.selinux";

inline constexpr std::string_view sparse_folder = "./GNUSparseFile.0/";
inline constexpr std::string_view own_folder = ".lifeboat-";

}  // namespace detail

}  // namespace lifeboat::inline LIFEBOAT_ABI
