// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>

#include <lifeboat/archive/archive_reader.hpp>
#include <lifeboat/archive/file_digest.hpp>

// The content of files, out of archives, with nothing believed that is not proved.
namespace lifeboat::inline LIFEBOAT_ABI {

/// A file of one leaf that is up to this long is read in one go.
inline constexpr std::uint64_t single_leaf_max = std::uint64_t{1} << 20U;
/// What one call reads of a longer file.
inline constexpr std::uint64_t slice_bytes_max = std::uint64_t{1} << 20U;

namespace detail {

/// "archive ID: bytes A to B of 'PATH' ...", with where they are stored.
template <class = void>
Error content_damage(const StreamReader& stream, const std::string& path, std::uint64_t begin, std::uint64_t end,
                     std::uint64_t stored_at, std::string_view what) {
  const std::uint64_t volume = stored_at / stream.volume_length();
  return Error{ErrorId::damage, "archive " + to_hex(stream.archive().view()) + ": bytes " + std::to_string(begin) +
                                    " to " + std::to_string(end == begin ? begin : end - 1) + " of '" + path + "' " +
                                    std::string(what) + " (data." + zero_padded(volume, 6) + ", byte " +
                                    std::to_string(stored_at % stream.volume_length()) + ")"};
}

/// What could not be read at all: damage where the object is gone or short, else the medium's own error.
template <class = void>
Error content_unread(const StreamReader& stream, const std::string& path, std::uint64_t begin, std::uint64_t end,
                     std::uint64_t stored_at, const Error& why) {
  Error error = content_damage(stream, path, begin, end, stored_at, "can not be read: " + why.sentence());
  if (why.id() != ErrorId::object_missing && why.id() != ErrorId::corrupt)
    return Error{why.id(), error.sentence()}.because(why.system_error());
  return error;
}

}  // namespace detail

/// Whether a file's content is one leaf that is read whole.
inline bool is_single_leaf(const ManifestEntry& m) noexcept { return m.leaf == 0 && m.entry.size <= single_leaf_max; }

/// Reads a file of one leaf whole into `out` (which has the file's size) and checks it. `hash` is a ready structural
/// one. Errors: damage, naming archive, path and bytes; medium_io.
template <class = void>
Status read_single_leaf(const ArchiveReader& archive, const ManifestEntry& m, MutableBytes out, HashPort& hash) {
  const VerifierPort& verifier = archive.verifier();
  const VerifierTraits& traits = verifier.traits();
  FileDigest digest;
  std::byte leaf[64];
  LIFEBOAT_CHECK(digest.begin(hash, m.entry.size, 0, traits));
  if (!m.extents.empty()) {
    const Extent& extent = m.extents.front();
    const StreamReader& stream = archive.stream(extent.archive);
    if (auto read = stream.read(extent.data, out); !read) {
      (void)digest.finish();
      return detail::content_unread(stream, m.entry.path, 0, m.entry.size, extent.data, read.error());
    }
    LIFEBOAT_CHECK(verifier.leaves(out, out.size(), {leaf, traits.size}));
    LIFEBOAT_CHECK(digest.add(0, {leaf, traits.size}));
  } else {
    std::fill(out.begin(), out.end(), std::byte{0});
  }
  LIFEBOAT_TRY(const Digest found, digest.finish());
  if (found == m.digest) return ok();
  const std::uint32_t number = m.extents.empty() ? 0 : m.extents.front().archive;
  const std::uint64_t at = m.extents.empty() ? 0 : m.extents.front().data;
  return detail::content_damage(archive.stream(number), m.entry.path, 0, m.entry.size, at, "do not fit their digest");
}

/// A piece of a slice: where its bytes belong in the file, and where they stand in what was read.
struct SlicePiece {
  std::uint64_t file_offset = 0;
  std::size_t at = 0;
  std::size_t length = 0;
};

/// The content of one file of many leaves (or of one that is too long to be read in one go), in slices of at most 1
/// MiB. Opening reads the digests of all leaves and proves them by the file's digest; each slice is then proved by
/// them. What lies in no slice is a hole. After it is opened, any number of threads may read slices, each with its own
/// hash. Memory: the digests of up to 512 MiB of content as the common leaf has it; of a longer file 32 bytes for each
/// MiB, and each slice's digests are read once more and proved when it is read.
template <class = void>
class BasicContentReader {
 public:
  static constexpr std::uint64_t table_bytes_max = 4ULL << 20U;

  /// `entry` and `archive` outlive the reader. `hash` is a ready structural one. Errors: damage, medium_io.
  static Result<BasicContentReader> open(const ArchiveReader& archive, const ManifestEntry& entry, HashPort& hash,
                                         std::uint64_t keep_bytes = table_bytes_max) {
    BasicContentReader reader(archive, entry);
    reader.keep_bytes_ = keep_bytes;
    const Digest* const stated = &entry.digest;
    LIFEBOAT_TRY(const Digest found, entry.leaf == 0 ? reader.load_single(hash) : reader.load_tables(hash));
    if (found != *stated)
      return detail::content_damage(archive.stream(entry.extents.empty() ? 0 : entry.extents.front().archive),
                                    entry.entry.path, 0, entry.entry.size,
                                    entry.extents.empty() ? 0 : entry.extents.front().table,
                                    "have leaf digests that do not fit the file's digest");
    return reader;
  }

  [[nodiscard]] std::uint64_t slices() const noexcept { return (there_ + per_slice_ - 1) / per_slice_; }
  /// Bytes that the slice holds: at most 1 MiB.
  [[nodiscard]] std::size_t slice_bytes(std::uint64_t slice) const {
    std::size_t bytes = 0;
    (void)each_part(slice, [&](const Extent&, std::uint64_t leaf, std::uint64_t count) {
      bytes += static_cast<std::size_t>(length_of(leaf, count));
      return ok();
    });
    return bytes;
  }
  /// The pieces of a slice, in the order of the file.
  void pieces(std::uint64_t slice, std::vector<SlicePiece>& out) const {
    out.clear();
    std::size_t at = 0;
    (void)each_part(slice, [&](const Extent&, std::uint64_t leaf, std::uint64_t count) {
      const auto length = static_cast<std::size_t>(length_of(leaf, count));
      out.push_back({leaf * step_, at, length});
      at += length;
      return ok();
    });
  }

  /// Where the first byte of a slice belongs in the file.
  [[nodiscard]] std::uint64_t first_offset(std::uint64_t slice) const noexcept {
    const std::uint64_t ordinal = slice * per_slice_;
    if (entry_->leaf == 0) return ordinal * step_;
    const std::size_t i = locate(ordinal);
    return (entry_->extents[i].first + ordinal - before_[i]) * step_;
  }

  /// Reads a slice into `out`, which has `slice_bytes` bytes, and proves it.
  /// Errors: damage, naming archive, path and bytes; medium_io.
  Status read(std::uint64_t slice, MutableBytes out, HashPort& hash) const {
    std::size_t at = 0;
    LIFEBOAT_CHECK(each_part(slice, [&](const Extent& extent, std::uint64_t leaf, std::uint64_t count) -> Status {
      const std::uint64_t begin = leaf * step_;
      const auto length = static_cast<std::size_t>(length_of(leaf, count));
      const std::uint64_t stored = extent.data + (leaf - extent.first) * step_;
      const StreamReader& stream = archive_->stream(extent.archive);
      if (auto got = stream.read(stored, out.subspan(at, length)); !got)
        return detail::content_unread(stream, entry_->entry.path, begin, begin + length, stored, got.error());
      at += length;
      return ok();
    }));
    Bytes wanted;
    LIFEBOAT_CHECK(digests(slice, wanted, hash));
    return compare(slice, out.first(at), wanted, hash);
  }

  /// The digests of the leaves of a slice, proved.
  Status digests(std::uint64_t slice, Bytes& out, HashPort& hash) const {
    const std::uint64_t first = slice * per_slice_;
    const std::uint64_t count = std::min(per_slice_, there_ - first);
    out.resize(static_cast<std::size_t>(count * size_));
    if (!table_.empty()) {
      std::memcpy(out.data(), table_.data() + first * size_, out.size());
      return ok();
    }
    std::size_t at = 0;
    LIFEBOAT_CHECK(each_part(slice, [&](const Extent& extent, std::uint64_t leaf, std::uint64_t leaves) -> Status {
      const auto length = static_cast<std::size_t>(leaves * size_);
      const std::uint64_t stored = extent.table + (leaf - extent.first) * size_;
      const StreamReader& stream = archive_->stream(extent.archive);
      if (auto got = stream.read(stored, MutableBytes(out).subspan(at, length)); !got)
        return detail::content_unread(stream, entry_->entry.path, leaf * step_, leaf * step_ + length_of(leaf, leaves),
                                      stored, got.error());
      at += length;
      return ok();
    }));
    Digest found;
    found.size = structural_size;
    LIFEBOAT_CHECK(hash.update(out));
    LIFEBOAT_CHECK(hash.finish({found.bytes.data(), structural_size}));
    if (found == slice_digests_[static_cast<std::size_t>(slice)]) return ok();
    const Extent& extent = entry_->extents[locate(first)];
    return detail::content_damage(archive_->stream(extent.archive), entry_->entry.path, 0, entry_->entry.size,
                                  extent.table, "have leaf digests that changed while they were read");
  }

  /// Which leaves of `data`, laid out as `read` does, fit their digests: for trees that may already hold a part.
  Result<std::vector<bool>> fitting(std::uint64_t slice, ByteView data, HashPort& hash) const {
    Bytes wanted;
    LIFEBOAT_CHECK(digests(slice, wanted, hash));
    Bytes found;
    LIFEBOAT_CHECK(hash_leaves(data, found, hash));
    std::vector<bool> fits(wanted.size() / size_);
    for (std::size_t i = 0; i < fits.size(); ++i) fits[i] = (i + 1) * size_ <= found.size() && same(wanted, found, i);
    return fits;
  }

  /// Bytes of one leaf, but for the file's last.
  [[nodiscard]] std::uint64_t step() const noexcept { return step_; }

 private:
  BasicContentReader(const ArchiveReader& archive, const ManifestEntry& entry)
      : archive_(&archive), entry_(&entry), size_(archive.verifier().traits().size) {
    step_ = entry.leaf == 0 ? slice_bytes_max : std::uint64_t{1} << entry.leaf;
    per_slice_ = step_ >= slice_bytes_max ? 1 : slice_bytes_max / step_;
  }

  [[nodiscard]] std::uint64_t length_of(std::uint64_t leaf, std::uint64_t count) const noexcept {
    const std::uint64_t size = entry_->entry.size;
    const std::uint64_t begin = leaf * step_;
    return std::min(count * step_, size - begin);
  }

  /// The extent that holds the leaf which is number `ordinal` of those that are there.
  [[nodiscard]] std::size_t locate(std::uint64_t ordinal) const noexcept {
    const auto above = std::upper_bound(before_.begin(), before_.end(), ordinal);
    return static_cast<std::size_t>(above - before_.begin()) - 1;
  }

  /// Calls with each part of a slice: an extent, the first leaf in it and how many.
  template <class F>
  Status each_part(std::uint64_t slice, F&& call) const {
    std::uint64_t ordinal = slice * per_slice_;
    const std::uint64_t end = std::min(ordinal + per_slice_, there_);
    if (ordinal >= end) return ok();
    if (entry_->leaf == 0) return call(entry_->extents.front(), ordinal, end - ordinal);
    for (std::size_t i = locate(ordinal); ordinal < end; ++i) {
      const Extent& extent = entry_->extents[i];
      const std::uint64_t inside = ordinal - before_[i];
      const std::uint64_t count = std::min(extent.leaves - inside, end - ordinal);
      LIFEBOAT_CHECK(call(extent, extent.first + inside, count));
      ordinal += count;
    }
    return ok();
  }

  /// Streams the tables: computes the file's digest, and keeps them or the digest of each slice's part.
  Result<Digest> load_tables(HashPort& hash) {
    before_.reserve(entry_->extents.size());
    for (const Extent& extent : entry_->extents) {
      before_.push_back(there_);
      there_ += extent.leaves;
    }
    const bool keep = there_ * size_ <= keep_bytes_;
    if (keep) table_.reserve(static_cast<std::size_t>(there_ * size_));
    LIFEBOAT_TRY(const std::unique_ptr<HashPort> slice_hash, archive_->repository().structural->begin());
    FileDigest digest;
    LIFEBOAT_CHECK(digest.begin(hash, entry_->entry.size, entry_->leaf, archive_->verifier().traits()));
    Bytes piece;
    std::uint64_t in_slice = 0;
    for (const Extent& extent : entry_->extents) {
      for (std::uint64_t done = 0; done < extent.leaves;) {
        const std::uint64_t count = std::min<std::uint64_t>(extent.leaves - done, 8192);
        piece.resize(static_cast<std::size_t>(count * size_));
        const StreamReader& stream = archive_->stream(extent.archive);
        if (auto got = stream.read(extent.table + done * size_, piece); !got) {
          (void)digest.finish();
          const std::uint64_t begin = (extent.first + done) * step_;
          return detail::content_unread(stream, entry_->entry.path, begin,
                                        begin + length_of(extent.first + done, count), extent.table + done * size_,
                                        got.error());
        }
        LIFEBOAT_CHECK(digest.add(extent.first + done, piece));
        if (keep)
          table_.insert(table_.end(), piece.begin(), piece.end());
        else
          LIFEBOAT_CHECK(slice_part(piece, *slice_hash, in_slice));
        done += count;
      }
    }
    if (!keep && in_slice != 0) LIFEBOAT_CHECK(end_slice(*slice_hash, in_slice));
    return digest.finish();
  }

  Status slice_part(ByteView piece, HashPort& hash, std::uint64_t& in_slice) {
    while (!piece.empty()) {
      const std::uint64_t count = std::min<std::uint64_t>(piece.size() / size_, per_slice_ - in_slice);
      const auto bytes = static_cast<std::size_t>(count * size_);
      LIFEBOAT_CHECK(hash.update(piece.first(bytes)));
      piece = piece.subspan(bytes);
      in_slice += count;
      if (in_slice == per_slice_) LIFEBOAT_CHECK(end_slice(hash, in_slice));
    }
    return ok();
  }

  Status end_slice(HashPort& hash, std::uint64_t& in_slice) {
    Digest digest;
    digest.size = structural_size;
    LIFEBOAT_CHECK(hash.finish({digest.bytes.data(), structural_size}));
    slice_digests_.push_back(digest);
    in_slice = 0;
    return ok();
  }

  /// One long leaf: its digest is computed over all of it, and the digest of each MiB is kept to prove what is read
  /// later.
  Result<Digest> load_single(HashPort& hash) {
    FileDigest digest;
    LIFEBOAT_CHECK(digest.begin(hash, entry_->entry.size, 0, archive_->verifier().traits()));
    if (entry_->extents.empty()) return digest.finish();
    there_ = (entry_->entry.size + step_ - 1) / step_;
    LIFEBOAT_TRY(const std::unique_ptr<HashPort> leaf_hash, archive_->verifier().begin());
    LIFEBOAT_TRY(const std::unique_ptr<HashPort> slice_hash, archive_->repository().structural->begin());
    const Extent& extent = entry_->extents.front();
    const StreamReader& stream = archive_->stream(extent.archive);
    Bytes piece;
    for (std::uint64_t slice = 0; slice < there_; ++slice) {
      piece.resize(static_cast<std::size_t>(length_of(slice, 1)));
      if (auto got = stream.read(extent.data + slice * step_, piece); !got) {
        (void)digest.finish();
        return detail::content_unread(stream, entry_->entry.path, slice * step_, slice * step_ + piece.size(),
                                      extent.data + slice * step_, got.error());
      }
      LIFEBOAT_CHECK(leaf_hash->update(piece));
      LIFEBOAT_CHECK(slice_hash->update(piece));
      std::uint64_t whole = 1;
      LIFEBOAT_CHECK(end_slice(*slice_hash, whole));
    }
    std::byte leaf[64];
    LIFEBOAT_CHECK(leaf_hash->finish({leaf, size_}));
    LIFEBOAT_CHECK(digest.add(0, {leaf, size_}));
    // From here on a MiB is what counts as a leaf, under the structural digest.
    table_.resize(slice_digests_.size() * structural_size);
    for (std::size_t i = 0; i < slice_digests_.size(); ++i)
      std::memcpy(table_.data() + i * structural_size, slice_digests_[i].bytes.data(), structural_size);
    size_ = structural_size;
    return digest.finish();
  }

  Status hash_leaves(ByteView data, Bytes& out, HashPort& hash) const {
    if (entry_->leaf == 0) {
      out.resize(structural_size);
      LIFEBOAT_CHECK(hash.update(data));
      return hash.finish(out);
    }
    const auto step = static_cast<std::size_t>(step_);
    out.resize((data.size() + step - 1) / step * size_);
    return archive_->verifier().leaves(data, step, out);
  }

  [[nodiscard]] bool same(const Bytes& a, const Bytes& b, std::size_t i) const noexcept {
    return std::memcmp(a.data() + i * size_, b.data() + i * size_, size_) == 0;
  }

  Status compare(std::uint64_t slice, ByteView data, const Bytes& wanted, HashPort& hash) const {
    Bytes found;
    LIFEBOAT_CHECK(hash_leaves(data, found, hash));
    if (found == wanted) return ok();
    // Which bytes: from the first leaf that does not fit to the end of the last.
    std::uint64_t begin = ~std::uint64_t{0};
    std::uint64_t end = 0;
    std::uint64_t stored = 0;
    std::uint32_t number = 0;
    std::size_t i = 0;
    (void)each_part(slice, [&](const Extent& extent, std::uint64_t leaf, std::uint64_t count) {
      for (std::uint64_t n = 0; n < count; ++n, ++i) {
        if (same(wanted, found, i)) continue;
        if (begin > (leaf + n) * step_) {
          begin = (leaf + n) * step_;
          stored = extent.data + (leaf + n - extent.first) * step_;
          number = extent.archive;
        }
        end = (leaf + n) * step_ + length_of(leaf + n, 1);
      }
      return ok();
    });
    return detail::content_damage(archive_->stream(number), entry_->entry.path, begin, end, stored,
                                  "do not fit their digests");
  }

  const ArchiveReader* archive_;
  const ManifestEntry* entry_;
  std::size_t size_;  ///< of a leaf's digest
  std::uint64_t keep_bytes_ = table_bytes_max;
  std::uint64_t step_ = 4096;
  std::uint64_t per_slice_ = 1;        ///< leaves
  std::uint64_t there_ = 0;            ///< leaves that are no hole
  std::vector<std::uint64_t> before_;  ///< for each extent: leaves in those before it
  Bytes table_;                        ///< all digests, where they are not too many
  std::vector<Digest> slice_digests_;
};
using ContentReader = BasicContentReader<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
