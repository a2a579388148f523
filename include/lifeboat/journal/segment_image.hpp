// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/reader.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A whole segment built in memory of batches that stood elsewhere: what goes to a medium. Its bytes are those of a
/// file of docs/journal.md, as long as they need to be. Memory: the segment.
template <class = void>
class BasicSegmentImage {
 public:
  static constexpr std::size_t bytes_max = 16U << 20U;

  /// Of `header`, which says all but its lengths. Errors: limit, crypto.
  static Result<BasicSegmentImage> begin(const SegmentHeader& header) {
    BasicSegmentImage image;
    image.header_ = header;
    image.last_ = header.after;
    LIFEBOAT_TRY(image.structural_, open_structural(StructuralId::sha256));
    LIFEBOAT_TRY(image.sha256_, image.structural_->begin());
    LIFEBOAT_TRY(image.bytes_, encode_segment_header(header, *image.sha256_));
    image.header_.length = image.bytes_.size();
    return image;
  }

  /// The same, to begin with `first`, which was read under the header `of`.
  static Result<BasicSegmentImage> begin(const SegmentHeader& of, const JournalBatch& first, std::uint64_t number,
                                         std::uint64_t salt) {
    SegmentHeader header = of;
    header.number = number;
    header.epoch = first.epoch;
    header.after = first.after;
    header.first = first.first;
    header.chain = first.before;
    header.salt = salt;
    return begin(header);
  }

  /// Whether a batch that was read under `of` has its place here: same epoch, same record types, and room.
  [[nodiscard]] bool takes(const JournalBatch& batch, const SegmentHeader& of) const {
    return header_.epoch == batch.epoch && header_.schemas == of.schemas &&
           bytes_.size() + batch.frames.size() <= bytes_max;
  }

  /// Appends a batch that follows: all of it is known to be durable.
  void add(const JournalBatch& batch) {
    const std::size_t from = bytes_.size();
    bytes_.insert(bytes_.end(), batch.frames.begin(), batch.frames.end());
    seal_groups(MutableBytes(bytes_).subspan(from), header_.salt, from);
    const std::size_t commit = bytes_.size();
    bytes_.resize(commit + commit_bytes);
    store_le(bytes_.data() + commit + 16, batch.last);
    store_le(bytes_.data() + commit + 24, batch.last);
    std::memcpy(bytes_.data() + commit + 32, batch.chain.data(), chain_bytes);
    seal_frame(MutableBytes(bytes_).subspan(commit), FrameType::commit, 0, header_.salt, commit);
    last_ = batch.last;
  }

  /// Ends it: `number` + 1 goes on. Errors: crypto, limit.
  Result<ByteView> finish() {
    const std::size_t end = bytes_.size();
    bytes_.resize(end + end_bytes);
    store_le(bytes_.data() + end + frame_head_bytes, header_.number + 1);
    seal_frame(MutableBytes(bytes_).subspan(end), FrameType::end, 0, header_.salt, end);
    header_.segment_length = bytes_.size();
    LIFEBOAT_TRY(const Bytes head, encode_segment_header(header_, *sha256_));
    std::copy(head.begin(), head.end(), bytes_.begin());
    return ByteView(bytes_);
  }

  [[nodiscard]] const SegmentHeader& header() const noexcept { return header_; }
  [[nodiscard]] std::uint64_t last() const noexcept { return last_; }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] bool empty() const noexcept { return bytes_.size() == header_.length; }

 private:
  BasicSegmentImage() = default;

  SegmentHeader header_;
  std::unique_ptr<VerifierPort> structural_;
  std::unique_ptr<HashPort> sha256_;
  Bytes bytes_;
  std::uint64_t last_ = 0;
};
using SegmentImage = BasicSegmentImage<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
