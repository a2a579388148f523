// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <span>

#include <lifeboat/journal/head.hpp>
#include <lifeboat/journal/reader.hpp>

// What is shipped of a journal: whole batches, for the chain closes behind each.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Which journal batches come from.
struct ShippedOrigin {
  Id journal;
  std::span<const Bytes> schemas;  ///< of the records so far, as docs/records.md has them; borrowed

  ShippedOrigin() = default;
  ShippedOrigin(Id id, std::span<const Bytes> known) : journal(id), schemas(known) {}
  // NOLINTNEXTLINE(google-explicit-constructor): a segment's header says both
  ShippedOrigin(const SegmentHeader& header) : journal(header.journal), schemas(header.schemas) {}
};

/// A JournalBatch whose groups are somewhere else; borrowed.
struct ShippedBatch {
  std::uint64_t epoch = 0;
  std::uint64_t after = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  ChainValue before{};
  ChainValue chain{};
  ByteView frames;

  ShippedBatch() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): it is the same, borrowed
  ShippedBatch(const JournalBatch& batch)
      : epoch(batch.epoch),
        after(batch.after),
        first(batch.first),
        last(batch.last),
        before(batch.before),
        chain(batch.chain),
        frames(batch.frames) {}
};

/// That the bytes are groups `first` to `last`, and that the chain over them is the one that is named. Nobody vouches
/// for them. Errors: corrupt; `who` is for what is said.
template <class = void>
Status check_shipped(const ShippedBatch& batch, HashPort& sha256, const std::string& who) {
  const auto broken = [&](const char* what) {
    return Error{ErrorId::corrupt, who + " was sent a batch " + to_text(Position{batch.epoch, batch.first}) + " to " +
                                       to_text(Position{batch.epoch, batch.last}) + " that " + what}
        .unchanged();
  };
  if (batch.epoch == 0 || batch.first == 0 || batch.first <= batch.after || batch.last < batch.first)
    return broken("has no groups");
  if (batch.frames.size() > batch_bytes_max - commit_bytes) return broken("is too long");
  ChainValue chain{};
  std::uint64_t next = batch.first;
  LIFEBOAT_CHECK(sha256.update(batch.before));
  const char* wrong = nullptr;
  for (ByteView left = batch.frames; !left.empty() && wrong == nullptr; ++next) {
    const std::size_t length = left.size() < frame_head_bytes ? 0 : load_le<std::uint32_t>(left.data() + 8);
    if (length < frame_head_bytes + group_head_bytes || length % 8 != 0 || length > group_bytes_max ||
        length > left.size()) {
      wrong = "has a frame that is none";
      break;
    }
    const Frame frame{static_cast<FrameType>(left[12]), load_le<std::uint16_t>(left.data() + 14), left.first(length)};
    if (frame.type != FrameType::group || left[13] > std::byte{1})
      wrong = "has a frame that is no group";
    else if (group_head(frame)->sequence != next)
      wrong = "has a group out of its order";
    LIFEBOAT_CHECK(sha256.update(frame.chained()));
    left = left.subspan(length);
  }
  LIFEBOAT_CHECK(sha256.finish(chain));
  if (wrong != nullptr) return broken(wrong);
  if (next != batch.last + 1) return broken("has not as many groups as it says");
  if (chain != batch.chain) return broken("does not fit its chain");
  return ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
