// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/manifest.hpp>
#include <lifeboat/archive/stream.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Writes the data stream of an archive front to back, cut into volumes, and hashes what is in no leaf.
/// Memory: 1 MiB.
template <class = void>
class BasicStreamWriter {
 public:
  BasicStreamWriter(MediumPort& medium, HashPort& hash, std::string source, ArchiveId archive,
                    std::uint64_t volume_length, std::uint64_t expected_length)
      : medium_(medium),
        hash_(hash),
        source_(std::move(source)),
        archive_(archive),
        volume_(volume_length),
        expected_(expected_length) {
    buffer_.reserve(buffer_max);
  }

  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] std::vector<VolumeDigest>& digests() noexcept { return digests_; }
  [[nodiscard]] const std::vector<Receipt>& receipts() const noexcept { return receipts_; }

  /// Bytes that the volume digest covers: headers, filling, leaf digests.
  Status put(ByteView data) { return each_volume(data, true); }
  /// Bytes of leaves: their own digests cover them.
  Status put_leaves(ByteView data) { return each_volume(data, false); }
  /// Fills up to the next block with zeros.
  Status pad() {
    static constexpr std::byte zeros[512]{};
    const auto over = static_cast<std::size_t>(offset_ % 512);
    return over == 0 ? ok() : put({zeros, 512 - over});
  }

  /// From here on no volume digest covers what is written: the manifest's copy comes.
  Status end_cover() {
    if (inside() != 0 || offset_ == 0) LIFEBOAT_CHECK(end_digest());
    covered_ = false;
    return ok();
  }

  /// Commits the last volume.
  Status finish() {
    LIFEBOAT_CHECK(flush());
    return writer_ ? commit_volume() : ok();
  }

 private:
  static constexpr std::size_t buffer_max = std::size_t{1} << 20U;

  [[nodiscard]] std::uint64_t inside() const noexcept { return offset_ % volume_; }

  Status each_volume(ByteView data, bool hashed) {
    while (!data.empty()) {
      if (!writer_) LIFEBOAT_CHECK(begin_volume());
      const std::uint64_t left = volume_ - inside();
      const ByteView piece = data.first(data.size() < left ? data.size() : static_cast<std::size_t>(left));
      if (hashed && covered_) LIFEBOAT_CHECK(hash_.update(piece));
      LIFEBOAT_CHECK(buffered(piece));
      offset_ += piece.size();
      data = data.subspan(piece.size());
      if (inside() == 0) {
        if (covered_) LIFEBOAT_CHECK(end_digest());
        LIFEBOAT_CHECK(flush());
        LIFEBOAT_CHECK(commit_volume());
      }
    }
    return ok();
  }

  /// Small pieces are gathered, large ones go straight through.
  Status buffered(ByteView piece) {
    if (buffer_.size() + piece.size() <= buffer_max && piece.size() < buffer_max / 4) {
      buffer_.insert(buffer_.end(), piece.begin(), piece.end());
      return ok();
    }
    LIFEBOAT_CHECK(flush());
    while (piece.size() >= buffer_max / 4) {
      const ByteView part = piece.first(piece.size() < buffer_max ? piece.size() : buffer_max);
      LIFEBOAT_CHECK(writer_->write(part));
      piece = piece.subspan(part.size());
    }
    buffer_.insert(buffer_.end(), piece.begin(), piece.end());
    return ok();
  }

  Status flush() {
    if (buffer_.empty()) return ok();
    LIFEBOAT_CHECK(writer_->write(buffer_));
    buffer_.clear();
    return ok();
  }

  Status begin_volume() {
    const std::uint64_t number = receipts_.size();
    if (number == volumes_max)
      return Error{ErrorId::limit, "an archive has " + std::to_string(volumes_max) + " volumes at most"};
    const std::uint64_t done = number * volume_;
    const std::uint64_t rest = expected_ > done ? expected_ - done : 0;
    LIFEBOAT_TRY(writer_, medium_.create(volume_name(source_, archive_, number), {rest < volume_ ? rest : volume_}));
    if (!covered_) return ok();
    std::byte raw[8];
    store_le(raw, number);
    LIFEBOAT_CHECK(hash_.update(as_bytes(digest_tag::volume)));
    LIFEBOAT_CHECK(hash_.update(archive_.view()));
    return hash_.update(raw);
  }

  Status end_digest() {
    if (offset_ == 0) return ok();
    VolumeDigest digest;
    digest.length = inside() == 0 ? volume_ : inside();
    digest.digest.size = structural_size;
    LIFEBOAT_CHECK(hash_.finish({digest.digest.bytes.data(), structural_size}));
    digests_.push_back(digest);
    return ok();
  }

  Status commit_volume() {
    LIFEBOAT_TRY(Receipt receipt, writer_->commit(Publish::unique));
    writer_.reset();
    receipts_.push_back(std::move(receipt));
    return ok();
  }

  MediumPort& medium_;
  HashPort& hash_;
  std::string source_;
  ArchiveId archive_;
  std::uint64_t volume_;
  std::uint64_t expected_;
  std::unique_ptr<ObjectWriter> writer_;
  Bytes buffer_;
  std::uint64_t offset_ = 0;
  bool covered_ = true;
  std::vector<VolumeDigest> digests_;
  std::vector<Receipt> receipts_;
};
using StreamWriter = BasicStreamWriter<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
