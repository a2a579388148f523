// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/backup.hpp>
#include <lifeboat/archive/large_file.hpp>
#include <lifeboat/archive/manifest_writer.hpp>
#include <lifeboat/archive/stream_writer.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The ordered stage of a backup: puts members into the stream and records into the manifest, each in its turn.
template <class = void>
class BasicMemberWriter {
 public:
  BasicMemberWriter(const BackupInput& input, Manifest& manifest, HashPort& stream_hash, HashPort& page_hash,
                    Spool& spool, std::uint64_t expected_length)
      : input_(input),
        manifest_(manifest),
        digest_size_(input.verifier->traits().size),
        full_(input.strategy == StrategyId::full),
        stream_(*input.repository->medium, stream_hash, input.catalog->source, manifest.archive, input.volume_length,
                expected_length),
        pages_(manifest, page_hash, spool, digest_size_) {}

  Status begin() { return pages_.begin(); }
  [[nodiscard]] StreamWriter& stream() noexcept { return stream_; }
  [[nodiscard]] ManifestWriter& pages() noexcept { return pages_; }

  /// The number of an archive in this manifest's table; it is added where it is not there yet.
  std::uint32_t refer(const ReferredArchive& archive) {
    for (std::size_t i = 0; i < manifest_.archives.size(); ++i)
      if (manifest_.archives[i] == archive) return static_cast<std::uint32_t>(i + 1);
    manifest_.archives.push_back(archive);
    return static_cast<std::uint32_t>(manifest_.archives.size());
  }

  /// An entry that brings no new content: anything but a file, or a file whose content is elsewhere or nowhere.
  Status entry(const ManifestEntry& m) {
    if (full_ && m.entry.type != EntryType::file) {
      header_.clear();
      encode_member(header_, m.entry, {}, stream_.offset());
      LIFEBOAT_CHECK(check_member(header_, m.entry, {}, stream_.offset()));
      LIFEBOAT_CHECK(stream_.put(header_));
    }
    return pages_.add(m);
  }

  /// A file of one leaf with content of its own.
  Status small(SmallFile& file) {
    if (full_)
      LIFEBOAT_CHECK(stream_.put(file.header));
    else if (file.length != 0)
      LIFEBOAT_CHECK(own_header("blocks.", file.length));
    if (file.length != 0) {
      file.result.extents.push_back({0, 1, 0, stream_.offset(), 0});
      LIFEBOAT_CHECK(stream_.put_leaves(file.data.span(0, file.length)));
      LIFEBOAT_CHECK(stream_.pad());
    }
    if ((file.result.entry.flags & entry_flag::torn) != 0) LIFEBOAT_CHECK(torn_note());
    return pages_.add(file.result);
  }

  Status begin_large(LargeFile& file) {
    LIFEBOAT_TRY(file.hash, input_.repository->structural->begin());
    ManifestEntry& m = file.result;
    LIFEBOAT_CHECK(file.digest.begin(*file.hash, m.entry.size, m.leaf, input_.verifier->traits()));
    if (!full_) return ok();
    file.table = std::make_unique<Spool>(input_.spool_folder);
    const std::span<const Segment> segments =
        m.entry.sparse ? std::span<const Segment>(file.segments) : std::span<const Segment>();
    header_.clear();
    encode_member(header_, m.entry, segments, stream_.offset());
    LIFEBOAT_CHECK(check_member(header_, m.entry, segments, stream_.offset()));
    LIFEBOAT_CHECK(stream_.put(header_));
    std::uint64_t data = stream_.offset();
    for (const Segment& segment : file.segments) {
      const std::uint64_t leaves = leaf_count(m.leaf, segment.length);
      m.extents.push_back({segment.offset >> m.leaf, leaves, 0, data, 0});
      data += segment.length;
    }
    return ok();
  }

  Status slice(LargeFile& file, Slice& slice) {
    if (slice.cut_short) file.cut_short = true;
    LIFEBOAT_CHECK(file.digest.add(slice.first, slice.digests));
    if (full_) {
      LIFEBOAT_CHECK(file.table->append(slice.digests));
      return stream_.put_leaves(slice.data.span(0, slice.length));
    }
    const std::size_t step = std::size_t{1} << slice.leaf;
    for (std::size_t i = 0; i < slice.same.size(); ++i) {
      const std::size_t begin = i * step;
      const std::size_t length = slice.length - begin < step ? slice.length - begin : step;
      if (slice.same[i] != 0 && file.result.extents.size() < extents_max / 2)
        reuse_leaf(file, slice.first + i, slice.base[slice.same[i] - 1], length);
      else
        LIFEBOAT_CHECK(store_leaf(file, slice.first + i, slice.data.span(begin, length),
                                  ByteView(slice.digests).subspan(i * digest_size_, digest_size_)));
    }
    return ok();
  }

  /// Ends the file's data: its leaf digests, and its record. `manifest` entry flags are final by now.
  Status end_large(LargeFile& file) {
    ManifestEntry& m = file.result;
    LIFEBOAT_TRY(m.digest, file.digest.finish());
    if (full_) {
      LIFEBOAT_CHECK(stream_.pad());
      LIFEBOAT_CHECK(put_table(file));
    } else {
      LIFEBOAT_CHECK(flush_part(file));
    }
    if ((m.entry.flags & entry_flag::torn) != 0) LIFEBOAT_CHECK(torn_note());
    return pages_.add(m);
  }

  [[nodiscard]] std::uint64_t entries() const noexcept { return manifest_.entries; }
  /// Content that the base had already.
  [[nodiscard]] std::uint64_t reused_bytes() const noexcept { return reused_bytes_; }
  void count_reused(std::uint64_t bytes) noexcept { reused_bytes_ += bytes; }

  /// The header of a member of Lifeboat's own, named by kind and a running number.
  Status own_header(std::string_view kind, std::uint64_t size) {
    header_.clear();
    std::string name(kind);
    if (name.ends_with('.')) name += std::to_string(own_members_++);
    encode_own_member(header_, manifest_.archive, name, size, stream_.offset());
    LIFEBOAT_CHECK(check_own_member(header_, manifest_.archive, name, size, stream_.offset()));
    return stream_.put(header_);
  }

 private:
  static constexpr std::size_t part_max = 4U << 20U;

  Status torn_note() {
    constexpr std::string_view text = "the file before this one changed while it was read\n";
    LIFEBOAT_CHECK(own_header("torn.", text.size()));
    LIFEBOAT_CHECK(stream_.put(as_bytes(text)));
    return stream_.pad();
  }

  Status put_table(LargeFile& file) {
    if (file.table->size() == 0) return ok();
    LIFEBOAT_CHECK(own_header("leaves.", file.table->size()));
    std::uint64_t at = stream_.offset();
    for (Extent& extent : file.result.extents) {
      extent.table = at;
      at += extent.leaves * digest_size_;
    }
    Bytes piece(std::size_t{1} << 18U);
    for (std::uint64_t done = 0; done < file.table->size();) {
      LIFEBOAT_TRY(const std::size_t got, file.table->read(done, piece));
      LIFEBOAT_CHECK(stream_.put(ByteView(piece).first(got)));
      done += got;
    }
    file.table.reset();
    return stream_.pad();
  }

  void reuse_leaf(LargeFile& file, std::uint64_t number, const BaseLeaves& from, std::size_t length) {
    const std::uint64_t inside = number - from.extent.first;
    const Extent piece{number, 1, from.archive, from.extent.data + (inside << file.result.leaf),
                       from.extent.table + inside * digest_size_};
    join(file, piece);
    reused_bytes_ += length;
  }

  /// A changed leaf: offsets are relative to the part until it is flushed.
  Status store_leaf(LargeFile& file, std::uint64_t number, ByteView data, ByteView digest) {
    join(file, {number, 1, 0, file.part.size(), file.part_digests.size()});
    file.part.insert(file.part.end(), data.begin(), data.end());
    file.part_digests.insert(file.part_digests.end(), digest.begin(), digest.end());
    return file.part.size() >= part_max ? flush_part(file) : ok();
  }

  /// Lengthens the last extent where the new leaf goes on right behind it, else adds one.
  void join(LargeFile& file, const Extent& piece) {
    std::vector<Extent>& extents = file.result.extents;
    if (extents.size() > file.part_first || (!extents.empty() && piece.archive != 0)) {
      Extent& last = extents.back();
      if (last.archive == piece.archive && last.first + last.leaves == piece.first &&
          last.data + (last.leaves << file.result.leaf) == piece.data &&
          last.table + last.leaves * digest_size_ == piece.table) {
        ++last.leaves;
        return;
      }
    }
    extents.push_back(piece);
  }

  Status flush_part(LargeFile& file) {
    std::vector<Extent>& extents = file.result.extents;
    if (!file.part.empty()) {
      file.stored = true;
      LIFEBOAT_CHECK(own_header("blocks.", file.part.size()));
      const std::uint64_t data = stream_.offset();
      LIFEBOAT_CHECK(stream_.put_leaves(file.part));
      LIFEBOAT_CHECK(stream_.pad());
      LIFEBOAT_CHECK(own_header("leaves.", file.part_digests.size()));
      const std::uint64_t table = stream_.offset();
      LIFEBOAT_CHECK(stream_.put(file.part_digests));
      LIFEBOAT_CHECK(stream_.pad());
      for (std::size_t i = file.part_first; i < extents.size(); ++i)
        if (extents[i].archive == 0) {
          extents[i].data += data;
          extents[i].table += table;
        }
      file.part.clear();
      file.part_digests.clear();
    }
    file.part_first = extents.size();
    return ok();
  }

  const BackupInput& input_;
  Manifest& manifest_;
  std::size_t digest_size_;
  bool full_;
  StreamWriter stream_;
  ManifestWriter pages_;
  Bytes header_;
  std::uint64_t own_members_ = 0;
  std::uint64_t reused_bytes_ = 0;
};
using MemberWriter = BasicMemberWriter<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
