// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <deque>

#include <lifeboat/journal/journal_config.hpp>
#include <lifeboat/journal/scan.hpp>

// What a crash left in the last segment, before its writer goes on (docs/journal.md, section 4).
namespace lifeboat::inline LIFEBOAT_ABI {

/// Where a segment ends.
struct SegmentEnd {
  JournalPoint point;  ///< behind the last whole batch: all before it is durable
  bool ended = false;  ///< the segment says that the next one goes on
  TornTail tail;       ///< what stands behind the point
  std::uint64_t tail_end = 0;
  ChainValue named{};  ///< after the groups that a whole commit in it names
};

/// Finds the end of the last segment, makes durable what counts, and cuts a torn tail behind it when it is told to. For
/// who holds the writer's lock.
template <class = void>
class BasicSegmentRecovery {
 public:
  BasicSegmentRecovery(const std::string& journal, const std::string& name, int file, const SegmentHeader& header,
                       HashPort& sha256)
      : path_(journal), name_(name), file_(file), header_(header), walk_(file, header, sha256) {
    end_.point = JournalPoint::at_head(header);
    end_.tail.journal = journal;
    end_.tail.since = header.created;
  }

  /// Errors: corrupt where a durable group is damaged, and nothing was changed; medium_io.
  Result<SegmentEnd> run() {
    JournalPoint& point = end_.point;
    std::deque<JournalPoint> unsure;  // before each batch that no watermark behind it names
    WalkStep step = WalkStep::batch;
    while (step == WalkStep::batch) {
      const JournalPoint before = point;
      LIFEBOAT_TRY(step, walk_.step(point));
      if (step == WalkStep::batch) {
        unsure.push_back(before);
        end_.tail.since = group_head(walk_.frames().back())->time;
      }
      while (!unsure.empty() && (unsure.size() > 1 ? unsure[1].last : point.last) <= point.durable) unsure.pop_front();
    }
    end_.ended = step == WalkStep::end;
    if (!end_.ended) LIFEBOAT_CHECK(find_tail(step == WalkStep::mark ? point.offset + commit_bytes : point.offset));
    // What a process before this one wrote may stand in memory alone; and where its flush failed, the kernel takes the
    // bytes for written. They are written again before they count.
    if (!unsure.empty()) LIFEBOAT_CHECK(write_again(unsure.front().offset, point.offset));
    if (const int error = sync_file(file_)) return failed(name_ + " can not be made durable", error);
    point.durable = point.last;
    end_.tail.after = {header_.epoch, point.last};
    return end_;
  }

  /// Fills what stands from `from` to the end of the tail with zeros. Errors: medium_io.
  Status cut(std::uint64_t from) {
    const Bytes zeros(piece_bytes);
    for (std::uint64_t at = from; at < end_.tail_end;) {
      const std::size_t piece = static_cast<std::size_t>(std::min<std::uint64_t>(zeros.size(), end_.tail_end - at));
      if (const int error = pwrite_full(file_, at, ByteView(zeros).first(piece)))
        return failed("its torn tail can not be cut", error);
      at += piece;
    }
    if (const int error = sync_file(file_)) return failed("its torn tail can not be cut", error);
    return ok();
  }

 private:
  Error failed(const std::string& what, int error) const { return journal_failed(path_, what, error); }

  /// What stands behind the last whole batch is zeros, a torn tail, or damage.
  Status find_tail(std::uint64_t from) {
    const JournalPoint& point = end_.point;
    LIFEBOAT_TRY(const CommitsBehind behind, walk_.commits_behind(from));
    if (behind.durable >= point.next_sequence) return durable_group_damaged(path_, header_.epoch, point);
    LIFEBOAT_TRY(end_.tail_end, walk_.written_behind(from));
    end_.tail.bytes = end_.tail_end - from;
    if (behind.last < point.next_sequence) return ok();
    end_.tail.groups = behind.last + 1 - point.next_sequence;
    end_.named = behind.chain;
    return ok();
  }

  Status write_again(std::uint64_t from, std::uint64_t to) {
    Bytes piece(piece_bytes);
    while (from < to) {
      const MutableBytes part = MutableBytes(piece).first(std::min<std::uint64_t>(piece.size(), to - from));
      const auto got = read_full(file_, from, part);
      int error = got.error;
      if (error == 0) error = got.value == part.size() ? pwrite_full(file_, from, part) : EIO;
      if (error != 0) return failed("its last groups can not be written again", error);
      from += part.size();
    }
    return ok();
  }

  static constexpr std::size_t piece_bytes = 64U << 10U;

  const std::string& path_;
  const std::string& name_;
  int file_;
  const SegmentHeader& header_;
  SegmentWalk walk_;
  SegmentEnd end_;
};
using SegmentRecovery = BasicSegmentRecovery<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
