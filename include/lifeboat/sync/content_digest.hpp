// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <unistd.h>

#include <lifeboat/archive/file_digest.hpp>
#include <lifeboat/archive/manifest.hpp>
#include <lifeboat/core/posix.hpp>
#include <lifeboat/source/tree.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The digest of a file's content: as in an archive (docs/format.md, "Digests"), but that every leaf of zeros counts as
/// a hole, so that it tells nothing of where the holes are. Bytes are read straight into its window, front to back.
/// Memory: 1 MiB, or the file where that is smaller.
template <class = void>
class BasicContentDigest {
 public:
  BasicContentDigest(const VerifierPort& verifier, const VerifierPort& structural) noexcept
      : verifier_(verifier), structural_(structural) {}

  Status begin(std::uint64_t size) {
    size_ = size;
    leaf_ = choose_leaf(size, false);
    step_ = leaf_ == 0 ? static_cast<std::size_t>(size) : std::size_t{1} << leaf_;
    const std::uint64_t whole = leaf_ == 0 ? size : (size + step_ - 1) / step_ * step_;
    const std::size_t capacity = whole < window_max ? static_cast<std::size_t>(whole) : window_max;
    if (window_.size() < capacity) window_.resize(capacity);
    capacity_ = capacity;
    start_ = filled_ = 0;
    LIFEBOAT_TRY(hash_, structural_.begin());
    return digest_.begin(*hash_, size, leaf_, verifier_.traits());
  }

  /// Room for the bytes from `at` on, which is not before what came last: at most `wanted`, at least one byte.
  Result<MutableBytes> room(std::uint64_t at, std::uint64_t wanted) {
    if (at >= start_ + capacity_) {
      LIFEBOAT_CHECK(flush());
      start_ = at / step_ * step_;
    }
    const auto offset = static_cast<std::size_t>(at - start_);
    if (offset > filled_) std::memset(window_.data() + filled_, 0, offset - filled_);
    filled_ = offset;
    const std::size_t free = capacity_ - offset;
    return MutableBytes(window_.data() + offset, wanted < free ? static_cast<std::size_t>(wanted) : free);
  }
  /// So many bytes were put there.
  void took(std::size_t count) noexcept { filled_ += count; }

  [[nodiscard]] std::uint8_t leaf() const noexcept { return leaf_; }

  Result<Digest> finish() {
    LIFEBOAT_CHECK(flush());
    return digest_.finish();
  }

 private:
  static constexpr std::size_t window_max = std::size_t{1} << 20U;

  static bool all_zero(const std::byte* data, std::size_t size) noexcept {
    return size == 0 || (data[0] == std::byte{0} && std::memcmp(data, data + 1, size - 1) == 0);
  }

  Status flush() {
    if (filled_ == 0) return ok();
    std::uint64_t end = (filled_ + step_ - 1) / step_ * step_;
    if (end > size_ - start_) end = size_ - start_;
    const auto length = static_cast<std::size_t>(end);
    if (length > filled_) std::memset(window_.data() + filled_, 0, length - filled_);
    const std::size_t width = verifier_.traits().size;
    const auto leaf_at = [&](std::size_t at) { return length - at < step_ ? length - at : step_; };
    for (std::size_t at = 0; at < length;) {
      if (all_zero(window_.data() + at, leaf_at(at))) {
        at += leaf_at(at);
        continue;
      }
      std::size_t to = at;
      while (to < length && !all_zero(window_.data() + to, leaf_at(to))) to += leaf_at(to);
      digests_.resize((to - at + step_ - 1) / step_ * width);
      LIFEBOAT_CHECK(verifier_.leaves(ByteView(window_).subspan(at, to - at), step_, digests_));
      LIFEBOAT_CHECK(digest_.add((start_ + at) / step_, digests_));
      at = to;
    }
    start_ += length;
    filled_ = 0;
    return ok();
  }

  const VerifierPort& verifier_;
  const VerifierPort& structural_;
  std::unique_ptr<HashPort> hash_;
  FileDigest digest_;
  Bytes window_;
  Bytes digests_;
  std::uint64_t size_ = 0;
  std::uint8_t leaf_ = 0;
  std::size_t step_ = 1;
  std::size_t capacity_ = 0;
  std::uint64_t start_ = 0;
  std::size_t filled_ = 0;
};
using ContentDigest = BasicContentDigest<>;

/// The digest of an open file of `size` bytes, holes skipped; each piece read is told to `pause` first, which may wait
/// or stop. Errors: target_io, sync_difference where the file is shorter.
template <class = void>
Result<Digest> digest_of_file(ContentDigest& digest, int file, std::uint64_t size, const std::string& path,
                              FunctionRef<Status(std::uint64_t)> pause) {
  LIFEBOAT_CHECK(digest.begin(size));
  const auto failed = [&](int error) {
    return Error{ErrorId::target_io, "reading '" + path + "' in the replica failed"}.because(error);
  };
  const auto found = stat_of(file);
  if (!found) return failed(found.error);
  const Error shorter{ErrorId::sync_difference, "'" + path + "' is shorter in the replica than it was"};
  if (static_cast<std::uint64_t>(found.value.st_size) < size) return shorter;
  const auto end = static_cast<off_t>(size);
  for (off_t at = 0; at < end;) {
    off_t data = ::lseek(file, at, SEEK_DATA);
    if (data == -1 && errno == ENXIO) break;
    off_t hole = end;
    if (data == -1) {  // a file system that knows no holes
      if (errno != EINVAL) return failed(errno);
      data = at;
    } else {
      hole = ::lseek(file, data, SEEK_HOLE);
      if (hole == -1 || hole > end) hole = end;
    }
    while (data < hole) {
      LIFEBOAT_TRY(const MutableBytes room,
                   digest.room(static_cast<std::uint64_t>(data), static_cast<std::uint64_t>(hole - data)));
      LIFEBOAT_CHECK(pause(room.size()));
      const auto got = read_full(file, static_cast<std::uint64_t>(data), room);
      if (!got) return failed(got.error);
      if (got.value != room.size()) return shorter;
      digest.took(got.value);
      data += static_cast<off_t>(got.value);
    }
    at = hole;
  }
  return digest.finish();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
