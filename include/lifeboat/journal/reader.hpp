// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <deque>
#include <memory>
#include <optional>

#include <lifeboat/core/position.hpp>
#include <lifeboat/journal/scan.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// One group as it stands in a journal; its frame is the reader's until the next call.
struct JournalGroup {
  Position position;
  Timestamp time;
  Frame frame;

  [[nodiscard]] RecordsOfGroup records() const noexcept { return RecordsOfGroup(frame); }
};

/// What a walk through a whole journal found.
struct JournalVerdict {
  std::uint64_t groups = 0;
  std::uint64_t segments = 0;
  Position last;                 ///< the last whole group
  std::uint64_t durable = 0;     ///< the highest watermark
  std::uint64_t tail_bytes = 0;  ///< behind it that are not zero: a torn tail, or a flush under way
};

/// Reads a journal from any process, also while it is written. What lies above the watermark is not yet there.
/// Memory: the batches that wait for their watermark, and two more.
template <class = void>
class BasicJournalReader {
 public:
  /// Begins at the oldest segment. Errors: object_missing (no journal there), corrupt, medium_io.
  static Result<BasicJournalReader> open(const std::string& folder) {
    BasicJournalReader reader(folder);
    auto opened = open_at(AT_FDCWD, folder.c_str(), O_RDONLY | O_DIRECTORY);
    if (!opened)
      return Error{ErrorId::object_missing, "there is no journal " + folder}.because(opened.error).unchanged();
    reader.folder_ = std::move(opened.value);
    LIFEBOAT_TRY(reader.structural_, open_structural(StructuralId::sha256));
    LIFEBOAT_TRY(reader.sha256_, reader.structural_->begin());
    LIFEBOAT_TRY(const std::vector<std::uint64_t> numbers, list_segments(reader.folder_.get(), folder));
    if (numbers.empty()) return Error{ErrorId::object_missing, "there is no journal in " + folder}.unchanged();
    LIFEBOAT_CHECK(reader.enter(numbers.front()));
    return reader;
  }

  /// The next group that is known to be durable; none where there is none yet: ask again later.
  /// Errors: corrupt, naming the position; medium_io.
  Result<std::optional<JournalGroup>> next() {
    if (taken_) {
      held_.pop_front();
      taken_ = false;
    }
    while (held_.empty() || held_.front().position.sequence > point_.durable) {
      LIFEBOAT_TRY(const bool more, read_on());
      if (!more && (held_.empty() || held_.front().position.sequence > point_.durable))
        return std::optional<JournalGroup>();
    }
    taken_ = true;
    const Held& held = held_.front();
    return std::optional<JournalGroup>({held.position, held.time, {FrameType::group, held.count, held.bytes}});
  }

  /// The segment's header that is read now: its schemas are those of the records so far.
  [[nodiscard]] const SegmentHeader& header() const noexcept { return header_; }

  /// Walks on to the end, and proves that nothing durable is missing: not for a journal that is written meanwhile.
  Result<JournalVerdict> verify() {
    JournalVerdict verdict;
    while (true) {
      LIFEBOAT_TRY(const bool more, read_on());
      verdict.groups += held_.size();
      held_.clear();
      taken_ = false;
      if (!more) break;
    }
    const std::uint64_t from = point_.offset + (at_mark_ ? commit_bytes : 0);
    LIFEBOAT_TRY(const std::uint64_t watermark, walk_->watermark_behind(from));
    if (watermark >= point_.next_sequence) return damaged();
    LIFEBOAT_TRY(const std::vector<std::uint64_t> numbers, list_segments(folder_.get(), path_));
    if (numbers.empty() || numbers.back() > point_.segment) return damaged();
    LIFEBOAT_TRY(const std::uint64_t end, walk_->written_behind(from));
    verdict.segments = numbers.size();
    verdict.last = {header_.epoch, point_.next_sequence - 1};
    verdict.durable = point_.durable;
    verdict.tail_bytes = end - from;
    return verdict;
  }

 private:
  struct Held {
    Position position;
    Timestamp time;
    std::uint16_t count = 0;
    Bytes bytes;
  };

  explicit BasicJournalReader(std::string path) : path_(std::move(path)) {}

  Error damaged() const { return durable_group_damaged(path_, header_.epoch, point_); }

  Status enter(std::uint64_t number) {
    const std::string name = segment_name(number);
    auto file = open_at(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW);
    if (!file)
      return Error{file.error == ENOENT ? ErrorId::corrupt : ErrorId::medium_io,
                   "the journal " + path_ + " lacks " + name}
          .because(file.error);
    LIFEBOAT_TRY(SegmentHeader header, read_segment_header(file.value.get(), name, *sha256_));
    const bool follows = point_.segment == 0 || (header.first == point_.next_sequence && header.chain == point_.chain &&
                                                 header.journal == header_.journal);
    if (header.number != number || !follows)
      return Error{ErrorId::corrupt, "the journal " + path_ + ": " + name + " does not follow the one before it"};
    file_ = std::move(file.value);
    header_ = std::move(header);
    point_ = {number, header_.length, header_.first, header_.first - 1, header_.chain};
    walk_.emplace(file_.get(), header_, *sha256_);
    return ok();
  }

  /// False where nothing more stands there yet.
  Result<bool> read_on() {
    at_mark_ = false;
    LIFEBOAT_TRY(const WalkStep step, walk_->step(point_));
    if (step == WalkStep::batch) {
      for (const Frame& frame : walk_->frames()) {
        const auto head = group_head(frame);
        held_.push_back(
            {{header_.epoch, head->sequence}, head->time, frame.count, Bytes(frame.bytes.begin(), frame.bytes.end())});
      }
      return true;
    }
    walk_->look_again();
    at_mark_ = step == WalkStep::mark;
    if (step != WalkStep::end) return false;
    // Between the end of one segment and the next one's name the writer may be on its way.
    const auto there = stat_at(folder_.get(), segment_name(point_.segment + 1).c_str());
    if (there.error == ENOENT) return false;
    point_.durable = point_.next_sequence - 1;
    const std::uint64_t held = point_.durable;
    LIFEBOAT_CHECK(enter(point_.segment + 1));
    point_.durable = held;
    return true;
  }

  std::string path_;
  FileDescriptor folder_;
  FileDescriptor file_;
  std::unique_ptr<VerifierPort> structural_;
  std::unique_ptr<HashPort> sha256_;
  SegmentHeader header_;
  JournalPoint point_;
  std::optional<SegmentWalk> walk_;
  std::deque<Held> held_;
  bool taken_ = false;
  bool at_mark_ = false;
};
using JournalReader = BasicJournalReader<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
