// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <optional>

#include <lifeboat/core/fifo.hpp>
#include <lifeboat/core/position.hpp>
#include <lifeboat/journal/head.hpp>
#include <lifeboat/journal/scan.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// One group as it stands in a journal; its frame is the reader's until the next call.
struct JournalGroup {
  Position position;
  Timestamp time;
  Frame frame;

  [[nodiscard]] RecordsOfGroup records() const noexcept { return RecordsOfGroup(frame); }
};

/// What one flush made durable: what is shipped, for the chain closes behind it.
struct JournalBatch {
  std::uint64_t epoch = 0;
  std::uint64_t after = 0;  ///< sequence of the last group before it
  std::uint64_t first = 0;  ///< of its first group: the next, but where an epoch begins higher
  std::uint64_t last = 0;
  ChainValue before{};
  ChainValue chain{};  ///< after its last group
  Bytes frames;        ///< its groups, one behind the other; their checks are those of the place they were read from
};

/// Walks the groups of a batch, which outlives what it gives.
class BatchGroups {
 public:
  BatchGroups() = default;
  explicit BatchGroups(const JournalBatch& batch) noexcept : epoch_(batch.epoch), left_(batch.frames) {}

  std::optional<JournalGroup> next() noexcept {
    if (left_.empty()) return std::nullopt;
    const Frame frame{FrameType::group, load_le<std::uint16_t>(left_.data() + 14),
                      left_.first(load_le<std::uint32_t>(left_.data() + 8))};
    left_ = left_.subspan(frame.bytes.size());
    const auto head = group_head(frame);
    return JournalGroup{{epoch_, head->sequence}, head->time, frame};
  }

 private:
  std::uint64_t epoch_ = 0;
  ByteView left_;
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
  /// Begins at `from`, or at the oldest group that is kept where none is named. Errors: object_missing (no journal
  /// there, or one that begins behind `from`), corrupt, medium_io.
  static Result<BasicJournalReader> open(const std::string& folder, Position from = {}) {
    BasicJournalReader reader(folder, from);
    auto opened = open_at(AT_FDCWD, folder.c_str(), O_RDONLY | O_DIRECTORY);
    if (!opened) return no_journal(folder, opened.error);
    reader.folder_ = std::move(opened.value);
    LIFEBOAT_TRY(reader.structural_, open_structural(StructuralId::sha256));
    LIFEBOAT_TRY(reader.sha256_, reader.structural_->begin());
    LIFEBOAT_TRY(std::vector<std::uint64_t> numbers, list_segments(reader.folder_.get(), folder));
    while (true) {
      if (numbers.empty()) return no_journal(folder);
      auto entered = reader.enter_for(numbers);
      if (entered) return reader;
      // What is recycled meanwhile is no damage: the rest is asked again.
      LIFEBOAT_TRY(std::vector<std::uint64_t> now, list_segments(reader.folder_.get(), folder));
      if (now.empty() || now.front() == numbers.front()) return std::move(entered).error();
      numbers = std::move(now);
    }
  }

  /// The next group that is known to be durable; none where there is none yet: ask again later.
  /// Errors: corrupt, naming the position; medium_io.
  Result<std::optional<JournalGroup>> next() {
    while (true) {
      while (const auto group = groups_.next())
        if (group->position >= from_) return group;
      LIFEBOAT_TRY(const JournalBatch* const batch, next_batch());
      if (batch == nullptr) return std::optional<JournalGroup>();
      groups_ = BatchGroups(*batch);
    }
  }

  /// The next batch whose groups are all known to be durable; null where there is none yet. It is the reader's until
  /// the next call. What `next` had left of the one before is skipped. Errors: corrupt, medium_io.
  Result<const JournalBatch*> next_batch() {
    drop_given();
    while (true) {
      while (!held_.empty() && Position{held_.front().epoch, held_.front().last} < from_) drop_front();
      if (front_is_durable()) break;
      LIFEBOAT_TRY(const bool more, read_on());
      if (!more && !front_is_durable()) return static_cast<const JournalBatch*>(nullptr);
    }
    given_ = true;
    return &held_.front();
  }

  /// The segment's header that is read now: its schemas are those of the records so far.
  [[nodiscard]] const SegmentHeader& header() const noexcept { return header_; }

  /// Everything up to here is durable: whoever writes the journal says so, sooner than its next watermark does.
  void trust(Position durable) noexcept {
    if (trusted_ < durable) trusted_ = durable;
  }

  /// Where it has read to: a whole batch, which may wait for its watermark.
  [[nodiscard]] JournalHead head() const noexcept { return {{header_.epoch, point_.last}, point_.chain}; }

  /// Walks on to the end, and proves that nothing durable is missing: not for a journal that is written meanwhile.
  Result<JournalVerdict> verify() {
    JournalVerdict verdict;
    while (true) {
      LIFEBOAT_TRY(const bool more, read_on());
      drop_given();
      for (; !held_.empty(); drop_front()) {
        verdict.groups += held_.front().last - held_.front().first + 1;
        verdict.last = {held_.front().epoch, held_.front().last};
      }
      if (!more) break;
    }
    const std::uint64_t from = point_.offset + (at_mark_ ? commit_bytes : 0);
    LIFEBOAT_TRY(const CommitsBehind behind, walk_->commits_behind(from));
    if (behind.durable >= point_.next_sequence) return damaged();
    LIFEBOAT_TRY(const std::vector<std::uint64_t> numbers, list_segments(folder_.get(), path_));
    if (numbers.empty() || numbers.back() > point_.segment) return damaged();
    LIFEBOAT_TRY(const std::uint64_t end, walk_->written_behind(from));
    verdict.segments = numbers.size();
    if (verdict.groups == 0) verdict.last = {header_.epoch, point_.last};
    verdict.durable = point_.durable;
    verdict.tail_bytes = end - from;
    return verdict;
  }

 private:
  BasicJournalReader(std::string path, Position from) : path_(std::move(path)), from_(from) {}

  Error damaged() const { return durable_group_damaged(path_, header_.epoch, point_); }

  Error lacks(const std::string& what) const {
    return Error{ErrorId::corrupt, "the journal " + path_ + " lacks " + what};
  }

  Result<SegmentHeader> read_header(std::uint64_t number, FileDescriptor& file) {
    const std::string name = segment_name(number);
    auto opened = open_at(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW);
    if (!opened && opened.error == ENOENT) return lacks(name).because(opened.error);
    if (!opened)
      return not_opened(ErrorId::medium_io, "the journal " + path_ + ": " + name + " can not be opened",
                        path_ + "/" + name, opened.error);
    file = std::move(opened.value);
    LIFEBOAT_TRY(SegmentHeader header, read_segment_header(file.get(), path_ + "/" + name, *sha256_));
    if (header.number != number) return Error{ErrorId::corrupt, path_ + "/" + name + " is another segment"};
    return header;
  }

  /// Enters the segment that holds the first group that is asked for: the last one that begins at or before it.
  Status enter_for(const std::vector<std::uint64_t>& numbers) {
    std::size_t low = 0;
    std::size_t high = numbers.size();
    while (high - low > 1) {
      const std::size_t middle = low + (high - low) / 2;
      FileDescriptor file;
      LIFEBOAT_TRY(const SegmentHeader header, read_header(numbers[middle], file));
      (Position{header.epoch, header.first} <= from_ ? low : high) = middle;
    }
    LIFEBOAT_CHECK(enter(numbers[low]));
    if (from_ != Position{} && Position{header_.epoch, header_.first} > from_ && header_.number != 1)
      return Error{ErrorId::object_missing, "the journal " + path_ + " begins at " + std::to_string(header_.epoch) +
                                                ":" + std::to_string(header_.first) + ", behind " +
                                                std::to_string(from_.epoch) + ":" + std::to_string(from_.sequence)}
          .unchanged();
    return ok();
  }

  /// A segment goes on where the one before ended; that of a higher epoch may leave out sequences.
  [[nodiscard]] bool follows(const SegmentHeader& header) const noexcept {
    if (point_.segment == 0) return true;
    if (header.chain != point_.chain || header.journal != header_.journal) return false;
    if (header.after != point_.last) return false;
    // An epoch that left out sequences may have begun in the one before, which has no group.
    return header.epoch == header_.epoch ? header.first == point_.next_sequence
                                         : header.epoch > header_.epoch && header.first > header.after;
  }

  Status enter(std::uint64_t number) {
    FileDescriptor file;
    LIFEBOAT_TRY(SegmentHeader header, read_header(number, file));
    if (!follows(header))
      return Error{ErrorId::corrupt,
                   "the journal " + path_ + ": " + segment_name(number) + " does not follow the one before it"};
    file_ = std::move(file);
    header_ = std::move(header);
    point_ = JournalPoint::at_head(header_);
    walk_.emplace(file_.get(), header_, *sha256_);
    return ok();
  }

  /// False where nothing more stands there yet.
  Result<bool> read_on() {
    at_mark_ = false;
    const ChainValue before = point_.chain;
    const std::uint64_t after = point_.last;
    const std::uint64_t first = point_.next_sequence;
    LIFEBOAT_TRY(const WalkStep step, walk_->step(point_));
    if (step == WalkStep::batch) {
      JournalBatch& batch = held_.push(std::move(spare_));
      batch.epoch = header_.epoch;
      batch.after = after;
      batch.first = first;
      batch.last = point_.next_sequence - 1;
      batch.before = before;
      batch.chain = point_.chain;
      const std::vector<Frame>& frames = walk_->frames();
      batch.frames.assign(frames.front().bytes.data(), frames.back().bytes.data() + frames.back().bytes.size());
      return true;
    }
    walk_->look_again();
    at_mark_ = step == WalkStep::mark;
    if (step != WalkStep::end) return false;
    // Between the end of one segment and the next one's name the writer may be on its way.
    const auto there = stat_at(folder_.get(), segment_name(point_.segment + 1).c_str());
    if (there.error == ENOENT) {
      point_.offset -= end_bytes;
      LIFEBOAT_CHECK(check_next_may_come());
      return false;
    }
    LIFEBOAT_CHECK(enter(point_.segment + 1));
    return true;
  }

  /// Where later segments stand, the next one will not come.
  Status check_next_may_come() {
    LIFEBOAT_TRY(const std::vector<std::uint64_t> numbers, list_segments(folder_.get(), path_));
    const auto later = std::upper_bound(numbers.begin(), numbers.end(), point_.segment);
    if (later == numbers.end() || *later == point_.segment + 1) return ok();
    if (later != numbers.begin()) return segments_missing(folder_.get(), path_, *(later - 1), *later, *sha256_);
    return Error{ErrorId::object_missing, "the journal " + path_ + " was recycled beyond " +
                                              to_text(Position{header_.epoch, point_.last}) +
                                              ", to which this reader had come"}
        .unchanged();
  }

  [[nodiscard]] bool front_is_durable() const noexcept {
    if (held_.empty()) return false;
    const JournalBatch& front = held_.front();
    return front.last <= point_.durable || Position{front.epoch, front.last} <= trusted_;
  }

  void drop_given() {
    if (given_) drop_front();
    given_ = false;
    groups_ = {};
  }
  void drop_front() { spare_ = held_.pop(); }

  std::string path_;
  Position from_;
  Position trusted_{};
  FileDescriptor folder_;
  FileDescriptor file_;
  std::unique_ptr<VerifierPort> structural_;
  std::unique_ptr<HashPort> sha256_;
  SegmentHeader header_;
  JournalPoint point_;
  std::optional<SegmentWalk> walk_;
  Fifo<JournalBatch> held_;
  JournalBatch spare_;  ///< its room is used again
  BatchGroups groups_;  ///< of the front batch that `next` has not given yet
  bool given_ = false;  ///< the front batch was handed out
  bool at_mark_ = false;
};
using JournalReader = BasicJournalReader<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
