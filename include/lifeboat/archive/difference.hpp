// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/file_bytes.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// In what two entries of one path differ; a set.
namespace difference {
inline constexpr std::uint32_t added = 1;    ///< only the second tree has it
inline constexpr std::uint32_t removed = 2;  ///< only the first tree has it
inline constexpr std::uint32_t type = 4;
inline constexpr std::uint32_t content = 8;  ///< of files; text of links; numbers of devices
inline constexpr std::uint32_t mode = 16;
inline constexpr std::uint32_t owner = 32;
inline constexpr std::uint32_t mtime = 64;
inline constexpr std::uint32_t attributes = 128;
inline constexpr std::uint32_t unreadable = 256;  ///< the living one can not be read: nothing is known
}  // namespace difference

/// A set of differences for people ("content, mtime").
template <class = void>
std::string difference_text(std::uint32_t kinds) {
  constexpr std::string_view names[] = {"added", "removed", "type",       "content",   "mode",
                                        "owner", "mtime",   "attributes", "unreadable"};
  std::string text;
  for (std::size_t i = 0; i < std::size(names); ++i)
    if ((kinds >> i & 1U) != 0) text.append(text.empty() ? "" : ", ").append(names[i]);
  return text;
}

/// How two entries of one path differ in all but a file's content.
template <class = void>
std::uint32_t compare_metadata(const Entry& a, const Entry& b) {
  if (a.type != b.type) return difference::type;
  std::uint32_t kinds = 0;
  const bool link = a.type == EntryType::symlink || a.type == EntryType::hardlink;
  if (link && a.target != b.target) kinds |= difference::content;
  if (a.device_major != b.device_major || a.device_minor != b.device_minor) kinds |= difference::content;
  if (a.type == EntryType::file && a.size != b.size) kinds |= difference::content;
  if (a.type == EntryType::hardlink) return kinds;  // all else is the other name's
  if (a.type != EntryType::symlink && a.mode != b.mode) kinds |= difference::mode;
  if (a.uid != b.uid || a.gid != b.gid) kinds |= difference::owner;
  if (a.mtime != b.mtime) kinds |= difference::mtime;
  if (a.attributes != b.attributes) kinds |= difference::attributes;
  return kinds;
}

/// Whether two files hold the same bytes: by their digests where these were made alike, else by reading both.
/// Errors: damage, medium_io.
template <class = void>
Result<bool> same_content(const ArchiveReader& a, const ManifestEntry& in_a, const ArchiveReader& b,
                          const ManifestEntry& in_b) {
  if (in_a.entry.size != in_b.entry.size) return false;
  if (((in_a.entry.flags ^ in_b.entry.flags) & entry_flag::no_content) != 0) return false;
  if ((in_a.entry.flags & entry_flag::no_content) != 0 || in_a.entry.size == 0) return true;
  const bool alike = in_a.leaf == in_b.leaf && a.manifest().verifier == b.manifest().verifier &&
                     a.repository().structural_id == b.repository().structural_id;
  if (alike && in_a.digest == in_b.digest) return true;
  const auto leaves = [](const ManifestEntry& m) {
    std::uint64_t sum = 0;
    for (const Extent& extent : m.extents) sum += extent.leaves;
    return sum;
  };
  const std::uint64_t count = leaf_count(in_a.leaf, in_a.entry.size);
  if (alike && leaves(in_a) == count && leaves(in_b) == count) return false;  // no holes: other digests, other bytes
  LIFEBOAT_TRY(const std::unique_ptr<FileBytes> first, FileBytes::open(a, in_a));
  LIFEBOAT_TRY(const std::unique_ptr<FileBytes> second, FileBytes::open(b, in_b));
  Bytes left(slice_bytes_max);
  Bytes right(slice_bytes_max);
  for (std::uint64_t at = 0; at < first->size(); at += left.size()) {
    LIFEBOAT_TRY(const std::size_t got, first->read(at, left));
    LIFEBOAT_TRY(const std::size_t other, second->read(at, right));
    if (got != other || std::memcmp(left.data(), right.data(), got) != 0) return false;
  }
  return true;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
