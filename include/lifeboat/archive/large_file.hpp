// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/read_jobs.hpp>
#include <lifeboat/core/spool.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A file of many leaves on its way into an archive: what its slices add up to.
struct LargeFile {
  ManifestEntry result;
  std::unique_ptr<Content> content;
  std::optional<ManifestEntry> base;
  std::vector<BaseLeaves> base_leaves;  ///< every extent of the base, in order
  std::vector<Segment> segments;        ///< rounded out to leaves
  FileStamp stamp;                      ///< when it was opened
  std::unique_ptr<HashPort> hash;
  FileDigest digest;
  std::unique_ptr<Spool> table;  ///< of a full: its leaf digests, until the data are written
  bool cut_short = false;
  std::optional<Error> error;

  // Of an increment: changed leaves gathered for the next member.
  Bytes part;
  Bytes part_digests;
  std::size_t part_first = 0;  ///< index of the first extent that points into the part
  bool stored = false;         ///< a part stands in the stream
};

/// Rounds data segments out to whole leaves and joins those that then touch.
template <class = void>
void add_rounded(std::vector<Segment>& segments, Segment segment, std::uint8_t leaf, std::uint64_t size) {
  if (segment.length == 0 || segment.offset >= size) return;
  const std::uint64_t mask = (std::uint64_t{1} << leaf) - 1;
  const std::uint64_t begin = segment.offset & ~mask;
  std::uint64_t end = segment.length > size - segment.offset ? size : segment.offset + segment.length;
  end = end > size - (size & mask) ? size : (end + mask) & ~mask;
  if (end > size) end = size;
  if (!segments.empty() && segments.back().offset + segments.back().length >= begin) {
    if (end > segments.back().offset + segments.back().length) segments.back().length = end - segments.back().offset;
    return;
  }
  segments.push_back({begin, end - begin});
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
