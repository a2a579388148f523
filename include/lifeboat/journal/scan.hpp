// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/position.hpp>
#include <lifeboat/journal/segment.hpp>

// Walking a segment batch by batch, and telling a torn tail from damage (docs/journal.md, section 4).
namespace lifeboat::inline LIFEBOAT_ABI {

/// Where a walk through a journal stands.
struct JournalPoint {
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;         ///< in the segment: what comes next begins here
  std::uint64_t next_sequence = 1;  ///< of the next group
  std::uint64_t durable = 0;        ///< the highest watermark that was seen
  ChainValue chain{};
  std::uint64_t last = 0;  ///< of the last group; the next one's less 1, but where an epoch begins higher

  /// Where the groups of a segment begin.
  static JournalPoint at_head(const SegmentHeader& header) {
    return {header.number, header.length, header.first, header.after, header.chain, header.after};
  }
};

/// The error for a group that a watermark names and that is not whole.
template <class = void>
Error durable_group_damaged(const std::string& journal, std::uint64_t epoch, const JournalPoint& point) {
  return Error{ErrorId::corrupt, "the journal " + journal + ": group " + std::to_string(epoch) + ":" +
                                     std::to_string(point.next_sequence) + " was durable and is damaged (" +
                                     segment_name(point.segment) + ", byte " + std::to_string(point.offset) + ")"};
}

/// What a walk met.
enum class WalkStep : std::uint8_t {
  batch,  ///< a whole batch: its groups are in `frames()`
  mark,   ///< a commit without groups: the watermark is known, and the next batch will stand in its place
  end,    ///< the segment says that the next one goes on
  stop,   ///< no whole batch stands here
};

/// What the whole commits behind a place name at most.
struct CommitsBehind {
  std::uint64_t last = 0;
  std::uint64_t durable = 0;
  ChainValue chain{};  ///< that the commit with this `last` has
};

/// Walks one segment. The bytes that it hands out are its own until the next step. Memory: two batches.
template <class = void>
class BasicSegmentWalk {
 public:
  BasicSegmentWalk(int file, const SegmentHeader& header, HashPort& sha256)
      : file_(file), salt_(header.salt), length_(header.segment_length), sha256_(&sha256) {}

  /// Reads the batch at `point` and moves it behind. What is read before it is said that nothing stands there was read
  /// just now. Errors: medium_io, crypto.
  Result<WalkStep> step(JournalPoint& point) {
    bool now = !fresh_ || point.offset < begin_ || point.offset > begin_ + end_;
    if (now) LIFEBOAT_CHECK(read(point.offset, ahead_));
    for (bool all = false;;) {
      LIFEBOAT_TRY(const WalkStep found, step_in_memory(point));
      if (found == WalkStep::batch || found == WalkStep::end) return found;
      const bool more = cut_short_ && !all && begin_ + end_ < length_;
      if (now && !more) return found;
      LIFEBOAT_CHECK(read(point.offset, more ? bytes_max : ahead_));
      now = true;
      all = more;
    }
  }

  [[nodiscard]] const std::vector<Frame>& frames() const noexcept { return frames_; }

  /// The highest watermark, and the highest last group, of the whole commits from `offset` on; 0 where there is none.
  Result<CommitsBehind> commits_behind(std::uint64_t offset) {
    CommitsBehind highest;
    for (std::uint64_t at = offset; at + commit_bytes <= length_; at += 8) {
      if (at < begin_ || at + commit_bytes > begin_ + end_) LIFEBOAT_CHECK(fill(at));
      if (at - begin_ + commit_bytes > end_) break;
      const auto frame =
          frame_at(ByteView(bytes_).subspan(static_cast<std::size_t>(at - begin_), commit_bytes), salt_, at);
      if (!frame || frame->type != FrameType::commit) continue;
      const CommitBody commit = commit_body(*frame);
      highest.durable = std::max(highest.durable, commit.durable);
      if (commit.last <= highest.last) continue;
      highest.last = commit.last;
      std::memcpy(highest.chain.data(), commit.chain.data(), chain_bytes);
    }
    return highest;
  }

  /// Where the last byte behind `offset` stands that is not 0; `offset` where all are.
  Result<std::uint64_t> written_behind(std::uint64_t offset) {
    std::uint64_t last = offset;
    for (std::uint64_t at = offset; at < length_;) {
      LIFEBOAT_CHECK(fill(at));
      const std::size_t from = static_cast<std::size_t>(at - begin_);
      if (from >= end_) break;
      for (std::size_t i = end_; i > from; --i)
        if (bytes_[i - 1] != std::byte{0}) {
          last = begin_ + i;
          break;
        }
      at = begin_ + end_;
    }
    return last;
  }

  /// A living segment is read again from where it was: what came since is seen.
  void look_again() noexcept {
    fresh_ = false;
    ahead_ = tail_bytes;
  }

 private:
  Result<WalkStep> step_in_memory(JournalPoint& point) {
    frames_.clear();
    cut_short_ = false;
    std::size_t at = static_cast<std::size_t>(point.offset - begin_);
    std::uint64_t next = point.next_sequence;
    LIFEBOAT_CHECK(sha256_->update(point.chain));
    while (true) {
      const auto frame = frame_at(ByteView(bytes_).subspan(at, end_ - at), salt_, begin_ + at);
      if (!frame) {
        cut_short_ = cut_at(at);
        break;
      }
      at += frame->bytes.size();
      if (frame->type == FrameType::group) {
        const auto head = group_head(*frame);
        if (!head || head->sequence != next || next > sequence_max) break;
        ++next;
        frames_.push_back(*frame);
        LIFEBOAT_CHECK(sha256_->update(frame->chained()));
        continue;
      }
      if (frame->type == FrameType::end) {
        LIFEBOAT_CHECK(forget_chain());
        const bool fits = frames_.empty() && load_le<std::uint64_t>(frame->body().data()) == point.segment + 1;
        if (fits) point.offset = begin_ + at;
        return fits ? WalkStep::end : WalkStep::stop;
      }
      ChainValue chain{};
      LIFEBOAT_CHECK(sha256_->finish(chain));
      const CommitBody commit = commit_body(*frame);
      if (frames_.empty()) chain = point.chain;
      if (commit.last + 1 != next || commit.durable > commit.last ||
          std::memcmp(commit.chain.data(), chain.data(), chain_bytes) != 0) {
        frames_.clear();
        return WalkStep::stop;
      }
      point.durable = std::max(point.durable, commit.durable);
      if (frames_.empty()) return WalkStep::mark;
      point.offset = begin_ + at;
      point.next_sequence = next;
      point.last = next - 1;
      point.chain = chain;
      return WalkStep::batch;
    }
    frames_.clear();
    LIFEBOAT_CHECK(forget_chain());
    return WalkStep::stop;
  }

  /// Whether a frame may begin here whose end is not in memory.
  [[nodiscard]] bool cut_at(std::size_t at) const noexcept {
    const std::size_t left = end_ - at;
    if (left < frame_head_bytes) return true;
    const std::size_t length = load_le<std::uint32_t>(bytes_.data() + at + 8);
    return length > left && length <= group_bytes_max;
  }

  Status forget_chain() {
    ChainValue unused{};
    return sha256_->finish(unused);
  }

  /// Makes a whole batch from `at` on stand in memory.
  Status fill(std::uint64_t at) {
    const std::uint64_t wanted = std::min<std::uint64_t>(at + batch_bytes_max, length_);
    if (fresh_ && at >= begin_ && wanted <= begin_ + end_) return ok();
    return read(at, bytes_max);
  }

  Status read(std::uint64_t at, std::size_t size) {
    if (bytes_.empty()) bytes_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(bytes_max, length_)));
    begin_ = at;
    const std::uint64_t left = at < length_ ? length_ - at : 0;
    const auto got = read_full(file_, at, MutableBytes(bytes_).first(std::min<std::uint64_t>(size, left)));
    if (!got) return Error{ErrorId::medium_io, "a segment of the journal can not be read"}.because(got.error);
    end_ = got.value;
    fresh_ = true;
    return ok();
  }

  static constexpr std::size_t bytes_max = 2 * batch_bytes_max;
  static constexpr std::size_t tail_bytes = 64U << 10U;  ///< that are looked at where something may have come

  int file_;
  std::uint64_t salt_;
  std::uint64_t length_;
  HashPort* sha256_;
  Bytes bytes_;
  std::uint64_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t ahead_ = bytes_max;  ///< how much is read at once
  bool fresh_ = false;
  bool cut_short_ = false;
  std::vector<Frame> frames_;
};
using SegmentWalk = BasicSegmentWalk<>;

/// The error for segments that are not there between two that are; it names the groups that were in them, where both
/// neighbours can be read.
template <class = void>
Error segments_missing(int folder, const std::string& path, std::uint64_t before, std::uint64_t after,
                       HashPort& sha256) {
  std::string what = "the journal " + path + " lacks " + segment_name(before + 1);
  if (after != before + 2) what += " to " + segment_name(after - 1);
  const auto header_of = [&](std::uint64_t number, FileDescriptor& file) -> Result<SegmentHeader> {
    auto opened = open_at(folder, segment_name(number).c_str(), O_RDONLY | O_NOFOLLOW);
    if (!opened) return Error{ErrorId::medium_io, path + " can not be read"}.because(opened.error);
    file = std::move(opened.value);
    return read_segment_header(file.get(), path + "/" + segment_name(number), sha256);
  };
  FileDescriptor behind;
  FileDescriptor file;
  const auto next = header_of(after, behind);
  const auto header = header_of(before, file);
  if (next && header) {
    JournalPoint point = JournalPoint::at_head(*header);
    SegmentWalk walk(file.get(), *header, sha256);
    for (auto step = walk.step(point); step && *step == WalkStep::batch;) step = walk.step(point);
    what += ": groups " + to_text(Position{header->epoch, point.last + 1}) + " to " + std::to_string(next->after);
  }
  return Error{ErrorId::corrupt, what}.next("bring the missing files back, or restore the journal from a medium");
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
