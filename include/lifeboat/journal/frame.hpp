// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>

#include <lifeboat/adapter/xxhash.hpp>
#include <lifeboat/core/bytes.hpp>
#include <lifeboat/core/time.hpp>

// The frames of docs/journal.md, section 3.
namespace lifeboat::inline LIFEBOAT_ABI {

enum class FrameType : std::uint8_t { group = 1, commit = 2, end = 3 };
enum class GroupFlag : std::uint8_t {
  none = 0,
  once = 1,  ///< its key was decided on: append_once
};

inline constexpr std::size_t frame_head_bytes = 16;
inline constexpr std::size_t group_head_bytes = 24;  ///< behind the frame's: sequence, time, zero
inline constexpr std::size_t record_head_bytes = 8;
inline constexpr std::size_t commit_bytes = 64;
inline constexpr std::size_t end_bytes = 24;
inline constexpr std::size_t chain_bytes = 32;
inline constexpr std::size_t group_bytes_max = 256U << 10U;
inline constexpr std::size_t batch_bytes_max = 4U << 20U;             ///< what one flush writes, its commit included
inline constexpr std::uint64_t sequence_max = ~std::uint64_t{0} - 1;  ///< of a group: the one after it has a number too
inline constexpr std::uint64_t epoch_max = 99'999'999;                ///< eight digits, in the name of a chain's entry
inline constexpr std::uint64_t segment_number_max = 9'999'999'999;    ///< ten digits, in the name of its file

/// A frame whose check fits; borrows.
struct Frame {
  FrameType type{};
  std::uint16_t count = 0;
  ByteView bytes;  ///< all of it

  [[nodiscard]] ByteView body() const noexcept { return bytes.subspan(frame_head_bytes); }
  [[nodiscard]] GroupFlag flag() const noexcept { return static_cast<GroupFlag>(bytes[13]); }
  /// What the chain covers: a copy elsewhere has another check.
  [[nodiscard]] ByteView chained() const noexcept { return bytes.subspan(8); }
};

/// What a commit says.
struct CommitBody {
  std::uint64_t last = 0;
  std::uint64_t durable = 0;
  ByteView chain;
};

/// What stands before the records of a group.
struct GroupHead {
  std::uint64_t sequence = 0;
  Timestamp time;
};

constexpr std::size_t padded_frame(std::size_t length) noexcept { return (length + 7) / 8 * 8; }

/// Writes the head of a frame that is complete but for it, with the check for its offset.
inline void seal_frame(MutableBytes frame, FrameType type, std::uint16_t count, std::uint64_t salt,
                       std::uint64_t offset, GroupFlag flag = GroupFlag::none) noexcept {
  store_le(frame.data() + 8, static_cast<std::uint32_t>(frame.size()));
  frame[12] = static_cast<std::byte>(type);
  frame[13] = static_cast<std::byte>(flag);
  store_le(frame.data() + 14, count);
  store_le(frame.data(), xxh3_64(frame.subspan(8), salt + offset));
}

/// The frame that begins at `at`, which lies at `offset` of its segment; none where nothing whole stands there.
inline std::optional<Frame> frame_at(ByteView at, std::uint64_t salt, std::uint64_t offset) noexcept {
  if (at.size() < frame_head_bytes) return std::nullopt;
  const std::size_t length = load_le<std::uint32_t>(at.data() + 8);
  if (length < frame_head_bytes || length % 8 != 0 || length > at.size() || length > group_bytes_max)
    return std::nullopt;
  const auto type = static_cast<FrameType>(at[12]);
  if (type == FrameType::commit ? length != commit_bytes
      : type == FrameType::end  ? length != end_bytes
                                : type != FrameType::group)
    return std::nullopt;
  if (load_le<std::uint64_t>(at.data()) != xxh3_64(at.subspan(8, length - 8), salt + offset)) return std::nullopt;
  return Frame{type, load_le<std::uint16_t>(at.data() + 14), at.first(length)};
}

inline CommitBody commit_body(const Frame& frame) noexcept {
  const ByteView body = frame.body();
  return {load_le<std::uint64_t>(body.data()), load_le<std::uint64_t>(body.data() + 8), body.subspan(16, chain_bytes)};
}

/// None where the frame is too short for a group.
inline std::optional<GroupHead> group_head(const Frame& frame) noexcept {
  const ByteView body = frame.body();
  if (body.size() < group_head_bytes) return std::nullopt;
  return GroupHead{load_le<std::uint64_t>(body.data()),
                   {load_le<std::int64_t>(body.data() + 8), load_le<std::uint32_t>(body.data() + 16)}};
}

/// One record of a group, as it is stored.
struct StoredRecord {
  std::uint32_t number = 0;
  std::uint16_t version = 0;
  ByteView bytes;
};

/// Seals the frames of groups that follow each other, for a place where `bytes` begin at `offset`.
inline void seal_groups(MutableBytes bytes, std::uint64_t salt, std::uint64_t offset) noexcept {
  for (std::size_t at = 0; at < bytes.size();) {
    const MutableBytes frame = bytes.subspan(at, load_le<std::uint32_t>(bytes.data() + at + 8));
    seal_frame(frame, FrameType::group, load_le<std::uint16_t>(frame.data() + 14), salt, offset + at,
               static_cast<GroupFlag>(frame[13]));
    at += frame.size();
  }
}

/// Walks the records of a group. `good` is false where they do not fill it as they should.
class RecordsOfGroup {
 public:
  explicit RecordsOfGroup(const Frame& frame) noexcept
      : left_(frame.body().subspan(group_head_bytes)), count_(frame.count) {}

  std::optional<StoredRecord> next() noexcept {
    if (count_ == 0) {
      // Behind the last record stand zeros, up to the next multiple of 8.
      if (left_.size() >= 8) good_ = false;
      for (const std::byte b : left_) good_ = good_ && b == std::byte{0};
      return std::nullopt;
    }
    --count_;
    const std::size_t length = left_.size() < record_head_bytes ? 0 : load_le<std::uint16_t>(left_.data() + 6);
    if (left_.size() < record_head_bytes + length) {
      good_ = false;
      count_ = 0;
      left_ = {};
      return std::nullopt;
    }
    const StoredRecord record{load_le<std::uint32_t>(left_.data()), load_le<std::uint16_t>(left_.data() + 4),
                              left_.subspan(record_head_bytes, length)};
    left_ = left_.subspan(record_head_bytes + length);
    return record;
  }
  [[nodiscard]] bool good() const noexcept { return good_; }

 private:
  ByteView left_;
  std::uint16_t count_;
  bool good_ = true;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
