// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <optional>

#include <lifeboat/archive/content_reader.hpp>
#include <lifeboat/core/beneath.hpp>
#include <lifeboat/core/workers.hpp>

// What the workers of a content pump do: read, prove, write.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What a pump is to do with one file.
struct PumpFile {
  ManifestEntry entry;
  std::unique_ptr<FileOutput> out;  ///< none: the content is proved and goes nowhere
  FileDescriptor present;           ///< open on what `out` holds already: leaves that fit are not written again
};

struct PumpCounts {
  std::uint64_t read = 0;  ///< bytes out of archives
  std::uint64_t old = 0;   ///< bytes taken from the old tree
  std::uint64_t kept = 0;  ///< bytes that were there already
};

namespace detail {

/// What the jobs of a pump share.
struct PumpShared {
  const ArchiveReader* archive = nullptr;
  int old_root = -1;  ///< a tree that may hold the same content; -1: none
  std::atomic<std::uint64_t> read{0};
  std::atomic<std::uint64_t> old{0};
  std::atomic<std::uint64_t> kept{0};
};

/// Memory that a job reads into, kept from job to job.
template <class = void>
class BasicPumpBuffer {
 public:
  MutableBytes get(std::size_t size) {
    if (size > room_) {
      bytes_ = std::make_unique_for_overwrite<std::byte[]>(size);
      room_ = size;
    }
    return {bytes_.get(), size};
  }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t room_ = 0;
};
using PumpBuffer = BasicPumpBuffer<>;

/// A regular file of the old tree, opened so that it can not block and no link is followed.
template <class = void>
FileDescriptor open_old(const PumpShared& shared, const std::string& path) {
  if (shared.old_root < 0 || path.empty()) return {};
  auto file = open_beneath(shared.old_root, path, O_RDONLY | O_NONBLOCK | O_NOATIME);
  if (file.error == EPERM) file = open_beneath(shared.old_root, path, O_RDONLY | O_NONBLOCK);  // of another owner
  if (!file) return {};
  const auto found = stat_of(file.value.get());
  return found && S_ISREG(found.value.st_mode) ? std::move(file.value) : FileDescriptor{};
}

/// Files of one leaf each, many in one job.
template <class = void>
class BasicSmallPump final : public Job {
 public:
  explicit BasicSmallPump(PumpShared& shared) noexcept : shared_(shared) {}

  void run() noexcept override {
    auto hash = shared_.archive->repository().structural->begin();
    for (std::size_t i = 0; i < files.size(); ++i) {
      Status status = hash ? one(files[i], **hash) : Status(hash.error());
      if (status && files[i].out) status = files[i].out->finish();
      files[i].out.reset();
      if (!status) errors.emplace_back(i, std::move(status).error());
    }
  }

  std::vector<PumpFile> files;
  std::uint64_t bytes = 0;
  std::vector<std::pair<std::size_t, Error>> errors;

 private:
  Status one(PumpFile& file, HashPort& hash) {
    const ManifestEntry& m = file.entry;
    const auto size = static_cast<std::size_t>(m.entry.size);
    if (size == 0) return ok();
    const MutableBytes data = buffer_.get(size);
    if (file.present && fits(file.present.get(), m, data, hash)) {
      shared_.kept += size;
      return ok();
    }
    if (const FileDescriptor old = open_old(shared_, m.entry.path); old && fits(old.get(), m, data, hash)) {
      shared_.old += size;
    } else {
      LIFEBOAT_CHECK(read_single_leaf(*shared_.archive, m, data, hash));
      shared_.read += size;
    }
    return file.out ? file.out->write(0, data) : ok();
  }

  /// Whether a file of somewhere else has the same content; it is then in `data`.
  bool fits(int file, const ManifestEntry& m, MutableBytes data, HashPort& hash) const {
    const auto got = read_full(file, 0, data);
    if (!got || got.value != data.size()) return false;
    const VerifierPort& verifier = shared_.archive->verifier();
    // Bytes that anybody may have written are taken for ours by a cryptographic digest only.
    if (!verifier.traits().cryptographic) return false;
    std::byte leaf[64];
    FileDigest digest;
    if (!digest.begin(hash, m.entry.size, 0, verifier.traits())) return false;
    if (!verifier.leaves(data, data.size(), {leaf, verifier.traits().size})) return false;
    if (!digest.add(0, {leaf, verifier.traits().size})) return false;
    const auto found = digest.finish();
    return found && *found == m.digest;
  }

  PumpShared& shared_;
  PumpBuffer buffer_;
};
using SmallPump = BasicSmallPump<>;

/// A file of many leaves on its way.
struct LargePump {
  PumpFile file;
  std::optional<ContentReader> content;
  FileDescriptor old;
  std::optional<Error> error;  ///< of the owner
  bool told = false;           ///< how it came out
  std::uint64_t moved = 0;     ///< bytes of it that were told
};

template <class = void>
class BasicSlicePump final : public Job {
 public:
  explicit BasicSlicePump(PumpShared& shared) noexcept : shared_(shared) {}

  void run() noexcept override {
    error.reset();
    if (auto done = work(); !done) error = std::move(done).error();
  }

  std::shared_ptr<LargePump> large;
  std::uint64_t slice = 0;
  std::optional<Error> error;

 private:
  Status work() {
    if (!hash_) {
      LIFEBOAT_TRY(hash_, shared_.archive->repository().structural->begin());
    }
    const ContentReader& content = *large->content;
    content.pieces(slice, pieces_);
    std::size_t size = 0;
    for (const SlicePiece& piece : pieces_) size += piece.length;
    const MutableBytes data = buffer_.get(size);
    FileOutput* const out = large->file.out.get();
    std::vector<bool> kept;
    if (large->file.present) LIFEBOAT_CHECK(look(large->file.present.get(), data, kept));
    if (std::find(kept.begin(), kept.end(), false) == kept.end() && !kept.empty()) {
      shared_.kept += size;
      return ok();
    }
    std::vector<bool> same;
    if (large->old) LIFEBOAT_CHECK(look(large->old.get(), data, same));
    if (!same.empty() && std::find(same.begin(), same.end(), false) == same.end()) {
      shared_.old += size;
    } else {
      LIFEBOAT_CHECK(content.read(slice, data, *hash_));
      shared_.read += size;
    }
    if (out == nullptr) return ok();
    for (const SlicePiece& piece : pieces_)
      LIFEBOAT_CHECK(out->write(piece.file_offset, ByteView(data).subspan(piece.at, piece.length)));
    return ok();
  }

  /// Reads the slice's bytes out of another file and says which leaves fit.
  Status look(int file, MutableBytes data, std::vector<bool>& fits) {
    if (!shared_.archive->verifier().traits().cryptographic) return ok();
    for (const SlicePiece& piece : pieces_) {
      const MutableBytes out = data.subspan(piece.at, piece.length);
      const auto got = read_full(file, piece.file_offset, out);
      std::fill(out.begin() + static_cast<std::ptrdiff_t>(got.value), out.end(), std::byte{0});
    }
    LIFEBOAT_TRY(fits, large->content->fitting(slice, data, *hash_));
    return ok();
  }

  PumpShared& shared_;
  std::unique_ptr<HashPort> hash_;
  PumpBuffer buffer_;
  std::vector<SlicePiece> pieces_;
};
using SlicePump = BasicSlicePump<>;

}  // namespace detail

}  // namespace lifeboat::inline LIFEBOAT_ABI
