// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>

#include <lifeboat/archive/content_reader.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The bytes of one file of an archive, at any offset, holes as zeros; nothing is given that was not proved. One
/// thread. Memory: a slice of 1 MiB, beside what ContentReader keeps.
template <class = void>
class BasicFileBytes {
 public:
  /// `archive` outlives it. Errors: damage, medium_io; path_unknown where the entry is no file or has no content.
  static Result<std::unique_ptr<BasicFileBytes>> open(const ArchiveReader& archive, ManifestEntry entry) {
    const std::string& path = entry.entry.path;
    if (entry.entry.type != EntryType::file)
      return Error{ErrorId::path_unknown, "'" + path + "' is no file"}.unchanged();
    if ((entry.entry.flags & entry_flag::no_content) != 0)
      return Error{ErrorId::path_unknown,
                   "'" + path + "' could never be read when it was backed up: there is no content of it"}
          .unchanged();
    auto bytes = std::unique_ptr<BasicFileBytes>(new BasicFileBytes(archive, std::move(entry)));
    LIFEBOAT_TRY(bytes->hash_, archive.repository().structural->begin());
    const ManifestEntry& m = bytes->entry_;
    if (is_single_leaf(m)) {
      bytes->data_.resize(static_cast<std::size_t>(m.entry.size));
      LIFEBOAT_CHECK(read_single_leaf(archive, m, bytes->data_, *bytes->hash_));
    } else {
      LIFEBOAT_TRY(ContentReader content, ContentReader::open(archive, m, *bytes->hash_));
      bytes->content_.emplace(std::move(content));
    }
    return bytes;
  }

  [[nodiscard]] const ManifestEntry& entry() const noexcept { return entry_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return entry_.entry.size; }

  /// Fills `out` from `at`; gives how much, short only at the end.
  Result<std::size_t> read(std::uint64_t at, MutableBytes out) {
    if (at >= size()) return std::size_t{0};
    if (out.size() > size() - at) out = out.first(static_cast<std::size_t>(size() - at));
    if (!content_) {
      std::memcpy(out.data(), data_.data() + at, out.size());
      return out.size();
    }
    std::fill(out.begin(), out.end(), std::byte{0});
    const std::uint64_t end = at + out.size();
    for (std::uint64_t slice = find(at); slice < content_->slices() && content_->first_offset(slice) < end; ++slice) {
      LIFEBOAT_CHECK(load(slice));
      for (const SlicePiece& piece : pieces_) {
        const std::uint64_t from = std::max(at, piece.file_offset);
        const std::uint64_t to = std::min(end, piece.file_offset + piece.length);
        if (from < to)
          std::memcpy(out.data() + (from - at), data_.data() + piece.at + (from - piece.file_offset),
                      static_cast<std::size_t>(to - from));
      }
    }
    return out.size();
  }

 private:
  BasicFileBytes(const ArchiveReader& archive, ManifestEntry entry) : archive_(&archive), entry_(std::move(entry)) {}

  /// The last slice that begins at or before `at`.
  [[nodiscard]] std::uint64_t find(std::uint64_t at) const {
    std::uint64_t low = 0;
    std::uint64_t high = content_->slices();
    while (high > low + 1) {
      const std::uint64_t middle = low + (high - low) / 2;
      (content_->first_offset(middle) <= at ? low : high) = middle;
    }
    return low;
  }

  Status load(std::uint64_t slice) {
    if (loaded_ == slice) return ok();
    loaded_ = ~std::uint64_t{0};
    content_->pieces(slice, pieces_);
    data_.resize(content_->slice_bytes(slice));
    LIFEBOAT_CHECK(content_->read(slice, data_, *hash_));
    loaded_ = slice;
    return ok();
  }

  const ArchiveReader* archive_;
  ManifestEntry entry_;
  std::unique_ptr<HashPort> hash_;
  std::optional<ContentReader> content_;
  Bytes data_;  ///< of the file, or of the slice that is loaded
  std::vector<SlicePiece> pieces_;
  std::uint64_t loaded_ = ~std::uint64_t{0};
};
using FileBytes = BasicFileBytes<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
