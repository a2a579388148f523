// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include <lifeboat/archive/chain_entry.hpp>

// What a manifest holds (docs/format.md, "The manifest").
namespace lifeboat::inline LIFEBOAT_ABI {

inline constexpr std::size_t page_max = 65536;
inline constexpr std::size_t path_max = 32768;
inline constexpr std::size_t link_text_max = 4096;
inline constexpr std::size_t attribute_piece_max = 32768;
inline constexpr std::size_t attribute_value_max = 65536;
/// A file that would need more is stored anew from there on.
inline constexpr std::size_t extents_max = std::size_t{1} << 20U;
inline constexpr std::size_t manifest_footer_size = 56;
inline constexpr std::string_view manifest_end_magic = "LBMFEND1";

/// A run of leaves of one file and where they are stored: flat, never through a parent.
struct Extent {
  std::uint64_t first = 0;    ///< leaf
  std::uint64_t leaves = 0;
  std::uint32_t archive = 0;  ///< 0: this archive; else into Manifest::archives, counting from 1
  std::uint64_t data = 0;     ///< offset in that archive's stream
  std::uint64_t table = 0;    ///< offset of the leaf digests there; not used where the file is one leaf
  friend bool operator==(const Extent&, const Extent&) = default;
};

/// An entry of the tree with the references to its content.
struct ManifestEntry {
  Entry entry;
  std::uint8_t leaf = 0;  ///< binary logarithm of the leaf size; 0: the file is one leaf
  Digest digest;          ///< of files
  std::vector<Extent> extents;
};

/// An archive that a manifest refers to.
struct ReferredArchive {
  ArchiveId id;
  std::uint64_t stream_length = 0;
  std::uint64_t volume_length = 0;
  friend bool operator==(const ReferredArchive&, const ReferredArchive&) = default;
};

struct ManifestPage {
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  Digest digest;
  std::string first_path;
};

struct VolumeDigest {
  std::uint64_t length = 0;
  Digest digest;
};

/// Everything of a manifest but its pages.
struct Manifest {
  Id repository;
  std::string source;
  ArchiveId archive;
  Digest salt;
  std::uint16_t verifier = 0;
  std::uint8_t structural = 1;
  StrategyId strategy = StrategyId::full;
  std::string program;
  std::vector<ManifestPage> pages;
  std::vector<ReferredArchive> archives;
  std::vector<VolumeDigest> volumes;
  std::vector<std::string> names;
  std::vector<std::string> rules;
  std::vector<Bytes> schemas;  ///< of the record types that the source names (docs/records.md)
  std::uint64_t entries = 0;
  std::uint64_t content_bytes = 0;
  std::uint64_t torn = 0;
  std::uint64_t unreadable = 0;
  CutKind cut = CutKind::per_file;
  Timestamp cut_began;
  Timestamp cut_ended;
  bool has_position = false;
  Position position;
  std::uint64_t covered = 0;
  std::uint64_t volume_length = 0;
  Digest digest;
};

/// Bytes of one leaf of a file.
constexpr std::uint64_t leaf_bytes(std::uint8_t leaf, std::uint64_t size) noexcept {
  return leaf == 0 ? size : std::uint64_t{1} << leaf;
}

/// How many leaves a file of that size has, holes counted.
constexpr std::uint64_t leaf_count(std::uint8_t leaf, std::uint64_t size) noexcept {
  if (size == 0) return 0;
  if (leaf == 0) return 1;
  return ((size - 1) >> leaf) + 1;
}

/// Bytes of content in an extent: the file's last leaf may be short.
constexpr std::uint64_t extent_bytes(const Extent& extent, std::uint8_t leaf, std::uint64_t size) noexcept {
  if (leaf == 0) return size;
  const std::uint64_t begin = extent.first << leaf;
  const std::uint64_t end = (extent.first + extent.leaves) << leaf;
  return (end < size ? end : size) - begin;
}

inline constexpr std::uint64_t whole_file_max = 65536;

/// The leaf size that a new file gets (docs/format.md, "Entries").
constexpr std::uint8_t choose_leaf(std::uint64_t size, bool has_holes) noexcept {
  if (size < whole_file_max && !has_holes) return 0;
  if (size <= (4ULL << 30U)) return 12;
  if (size <= (64ULL << 30U)) return 14;
  if (size <= (1ULL << 40U)) return 16;
  return 18;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
