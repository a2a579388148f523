// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <utility>

#include <lifeboat/core/clock.hpp>
#include <lifeboat/core/environment.hpp>
#include <lifeboat/core/guard.hpp>
#include <lifeboat/core/random.hpp>
#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/journal/group.hpp>
#include <lifeboat/journal/part.hpp>
#include <lifeboat/journal/segment_recovery.hpp>
#include <lifeboat/journal/spare_segment.hpp>
#include <lifeboat/journal/writers_end.hpp>

// The one that writes segments: it goes on at the end of what a crash left.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Writes batches into segments. One thread at a time.
template <class = void>
class BasicSegmentWriter {
 public:
  /// Whether a write came to an end; `began`: bytes of it may be on the disk.
  struct Written {
    int error = 0;
    bool began = false;
  };

  /// With `begins` false no segment is begun where none stands yet: a replica does that by `begin`, and may be that of
  /// a part.
  static Result<std::unique_ptr<BasicSegmentWriter>> open(JournalConfig config, bool begins = true) {
    std::unique_ptr<BasicSegmentWriter> writer(new BasicSegmentWriter());
    writer->path_ = config.folder;
    writer->segment_length_ = config.segment_length;
    LIFEBOAT_CHECK(writer->open_folder());
    if (!config.adopts && stat_at(writer->folder_.get(), restored_name).error == 0)
      return Error{ErrorId::not_adopted, "the journal " + config.folder + " was restored, and is nobody's yet"}
          .next("lifeboat adopt TARGET    # TARGET: what was restored; it claims the next epoch")
          .unchanged();
    LIFEBOAT_TRY(writer->structural_, open_structural(StructuralId::sha256));
    LIFEBOAT_TRY(writer->sha256_, writer->structural_->begin());
    SystemRandom own;
    RandomPort& random = config.random != nullptr ? *config.random : own;
    LIFEBOAT_TRY(const std::vector<std::uint64_t> numbers, list_segments(writer->folder_.get(), writer->path_));
    for (std::size_t i = 1; i < numbers.size(); ++i)
      if (numbers[i] != numbers[i - 1] + 1)
        return segments_missing(writer->folder_.get(), writer->path_, numbers[i - 1], numbers[i], *writer->sha256_);
    random.fill({reinterpret_cast<std::byte*>(&writer->salts_), sizeof writer->salts_});
    if (!numbers.empty()) writer->oldest_ = numbers.front();
    if (numbers.empty() && !begins) return writer;
    if (numbers.empty()) {
      random.fill(writer->header_.journal.bytes);
      writer->header_.schemas = config.schemas;
      writer->begin_epoch(config);
      LIFEBOAT_CHECK(writer->begin_segment(1));
    } else {
      LIFEBOAT_CHECK(writer->go_on(numbers.back(), config, begins));
    }
    LIFEBOAT_CHECK(writer->prepare());
    return writer;
  }

  /// The number of the oldest segment that stood there when it was opened.
  [[nodiscard]] std::uint64_t oldest() const noexcept { return oldest_; }
  [[nodiscard]] bool begun() const noexcept { return point_.segment != 0; }
  [[nodiscard]] const SegmentHeader& header() const noexcept { return header_; }
  [[nodiscard]] const JournalPoint& point() const noexcept { return point_; }
  [[nodiscard]] std::uint64_t epoch() const noexcept { return header_.epoch; }
  [[nodiscard]] const JournalRecovery& recovery() const noexcept { return recovery_; }

  /// Ends the segment, and begins one with the id, epoch, schemas, place and chain of `like`; all is durable then.
  /// Errors: medium_full, medium_io; nothing may be written after one. limit.
  Status begin(SegmentHeader like) {
    LIFEBOAT_CHECK(prepare());
    if (begun() && !ended_)
      if (const int error = end_segment()) return failed(segment_name(point_.segment) + " can not be ended", error);
    header_ = std::move(like);
    point_.next_sequence = header_.first;
    point_.last = header_.after;
    point_.durable = header_.after;
    point_.chain = header_.chain;
    return begin_segment(point_.segment + 1);
  }

  /// Writes group frames, and in the last 64 bytes of `batch` their commit; durable when it returns without an error.
  Written write(MutableBytes batch, std::uint64_t last, std::uint64_t durable) noexcept {
    const Written done = put(batch, last, durable);
    if (done.error != 0) return done;
    // Where another batch like this has no room, its flush is that of the segment's end, too.
    if (!has_room(batch.size()) && spare_.complete() && point_.segment < segment_number_max) {
      if (const int error = put_end()) return {error, true};
      ended_ = true;
    }
    return {flush(), true};
  }

  /// Begins the next segment where `write` ended one: before a batch waits for it. 0, or an errno: as with `write`,
  /// nothing may be written after one.
  int begin_next() noexcept { return ended_ ? place_segment(point_.segment + 1) : 0; }

  /// `write` without its flush; `durable` is the watermark: what was flushed before.
  Written put(MutableBytes batch, std::uint64_t last, std::uint64_t durable) noexcept {
    header_.created = group_time(batch);  // of a segment that begins with it, or behind it
    if (ended_ || !has_room(batch.size()))
      if (const int error = rotate()) return {error, false};
    ChainValue chain{};
    const std::size_t groups = batch.size() - commit_bytes;
    if (const int error = detail::feed(*sha256_, point_.chain)) return {error, false};
    seal_groups(batch.first(groups), header_.salt, point_.offset);
    for (std::size_t at = 0; at < groups;) {
      const ByteView frame = batch.subspan(at, load_le<std::uint32_t>(batch.data() + at + 8));
      if (const int error = detail::feed(*sha256_, frame.subspan(8))) return {error, false};
      at += frame.size();
    }
    if (const int error = detail::close(*sha256_, chain)) return {error, false};
    put_commit(batch.subspan(groups), last, durable, chain, point_.offset + groups);
    if (const int error = pwrite_full(file_.get(), point_.offset, batch)) return {error, true};
    point_.offset += batch.size();
    unprepared_ += batch.size();
    point_.next_sequence = last + 1;
    point_.last = last;
    point_.chain = chain;
    return {0, true};
  }

  /// Makes what was put durable. Gives the errno.
  int flush() noexcept {
    const int error = sync_data(file_.get());
    if (error == 0) point_.durable = point_.last;
    return error;
  }

  /// Tells readers that all is durable. What is written next takes its place; it is not flushed.
  void mark(std::uint64_t last) noexcept {
    if (ended_ || point_.offset + commit_bytes + end_bytes > header_.segment_length) return;
    if (last + 1 != point_.next_sequence)
      return;  // an epoch that begins higher, without a group: there is nothing to tell
    std::byte frame[commit_bytes];
    put_commit(frame, last, last, point_.chain, point_.offset);
    (void)pwrite_full(file_.get(), point_.offset, frame);  // the next flush writes here, and tells what is wrong
  }

  /// Makes the spare segment, where there is none. Errors: medium_full, medium_io.
  Status prepare() {
    if (const int error = spare_.prepare(folder_.get(), segment_length_, segment_length_))
      return failed("the spare segment can not be made", error);
    return ok();
  }
  /// Begins a segment that has these schemas too; 0, or an errno. Allocates.
  int announce(std::span<const AppendedType> kinds) noexcept {
    const int error = errno_without_memory([&] {
      for (const AppendedType& kind : kinds) header_.schemas.push_back(kind.schema());
      return make_image() ? 0 : EFBIG;
    });
    return error != 0 ? error : rotate();
  }
  [[nodiscard]] const std::vector<Bytes>& schemas() const noexcept { return header_.schemas; }
  /// So many were not ready when a batch needed them.
  [[nodiscard]] std::uint64_t unprepared_segments() const noexcept { return unprepared_segments_; }

  /// Puts a batch that a copy gave back. Where the journal had it, these are the very bytes: a crash between leaves
  /// what stood there. Errors: limit, medium_full, medium_io.
  Status put_back(const ShippedOrigin& origin, const ShippedBatch& batch) {
    const std::size_t size = batch.frames.size() + commit_bytes;
    if (size > segment_length_ / 2 && !has_room(size))
      return Error{ErrorId::limit, "the journal " + path_ + " has segments of " + std::to_string(segment_length_) +
                                       " bytes, and a batch that it lost has " + std::to_string(size)};
    if (learn(origin, batch)) {
      LIFEBOAT_CHECK(make_image());
      if (const int error = rotate()) return failed("what a copy has can not be put back", error);
    }
    Bytes bytes(batch.frames.begin(), batch.frames.end());
    bytes.resize(size);
    if (const int error = put(bytes, batch.last, batch.after).error)
      return failed("what a copy has can not be put back", error);
    return ok();
  }

  /// Whether nothing is to be done now for the batches to come: neither begin_next nor prepare_piece.
  [[nodiscard]] bool prepared() const noexcept { return !ended_ && (spare_.complete() || wanted() < piece_min); }
  /// Makes a piece of the next segment, twice as long as what was written since the last: it is whole long before it is
  /// needed. What fails shows then.
  void prepare_piece() noexcept {
    if (wanted() < piece_min) return;
    (void)spare_.prepare(folder_.get(), segment_length_, wanted());
    unprepared_ = 0;
  }

 private:
  BasicSegmentWriter() = default;

  static constexpr std::uint64_t piece_min = 64U << 10U;  // a batch of a few bytes does not wait for a piece each time
  [[nodiscard]] std::uint64_t wanted() const noexcept { return 2 * unprepared_; }

  Error failed(const std::string& what, int error) const { return journal_failed(path_, what, error); }

  /// Takes the schemas of records that the segment has not; whether there are any.
  bool learn(const ShippedOrigin& origin, const ShippedBatch& batch) {
    const std::size_t known = header_.schemas.size();
    for (ByteView left = batch.frames; !left.empty();) {
      const ByteView frame = left.first(load_le<std::uint32_t>(left.data() + 8));
      left = left.subspan(frame.size());
      RecordsOfGroup records(Frame{FrameType::group, load_le<std::uint16_t>(frame.data() + 14), frame});
      while (const auto record = records.next()) {
        const auto of_it = [&](const Bytes& schema) {
          return load_le<RecordNumber>(schema.data()) == record->number &&
                 load_le<std::uint16_t>(schema.data() + 4) == record->version;
        };
        if (std::any_of(header_.schemas.begin(), header_.schemas.end(), of_it)) continue;
        const auto found = std::find_if(origin.schemas.begin(), origin.schemas.end(), of_it);
        if (found != origin.schemas.end()) header_.schemas.push_back(*found);
      }
    }
    return header_.schemas.size() != known;
  }

  /// A copy may have what was lost behind the end; what stands there else is cut.
  Status settle(SegmentRecovery& recovery, SegmentEnd& found, const JournalConfig& config) {
    TornTail& tail = found.tail;
    const std::uint64_t segment = point_.segment;
    // An epoch that begins with this opening goes on from where its claim says.
    if (config.tails != nullptr && config.epoch <= header_.epoch) {
      LIFEBOAT_CHECK(make_image());
      WritersEnd<BasicSegmentWriter> end(*this, found, *sha256_);
      config.tails->take_back(end);
      LIFEBOAT_CHECK(end.ended());
      if (tail.taken != 0) {
        tail.groups = 0;  // the first that was taken was the one that the tail's commit named
        if (const int error = flush()) return failed("what a copy gave back can not be made durable", error);
      }
    }
    if (tail.groups != 0 && config.tails != nullptr) LIFEBOAT_CHECK(config.tails->torn(tail));
    if (tail.bytes != 0 && point_.segment == segment) LIFEBOAT_CHECK(recovery.cut(point_.offset));
    recovery_ = {point_.last, tail.bytes, tail.groups, tail.taken};
    if (config.tails != nullptr && (tail.bytes != 0 || tail.taken != 0)) config.tails->settled(tail);
    return ok();
  }

  Status open_folder() {
    bool made = false;
    if (::mkdir(path_.c_str(), 0700) == 0)
      made = true;
    else if (errno != EEXIST)
      return not_made("the journal " + path_, path_, errno, failed("its folder can not be made", errno));
    auto folder = open_at(AT_FDCWD, path_.c_str(), O_RDONLY | O_DIRECTORY);
    if (!folder) return no_journal(path_, folder.error);
    folder_ = std::move(folder.value);
    auto lock = open_at(folder_.get(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (!lock)
      return not_opened(ErrorId::medium_io, "the journal " + path_ + " can not be locked", path_ + "/lock", lock.error);
    lock_ = std::move(lock.value);
    if (const int error = try_lock(lock_.get())) {
      if (error != EAGAIN) return failed("it can not be locked", error).unchanged();
      return Error{ErrorId::busy, "another process, or this one, is writing the journal " + path_}
          .next("fuser -v " + shell_quoted(path_ + "/lock"))
          .unchanged();
    }
    if (!made) return ok();
    const auto above = open_at(folder_.get(), "..", O_RDONLY | O_DIRECTORY);
    if (const int error = above ? sync_file(above.value.get()) : above.error)
      return failed("its folder can not be made durable", error);
    return ok();
  }

  void put_commit(MutableBytes frame, std::uint64_t last, std::uint64_t durable, const ChainValue& chain,
                  std::uint64_t offset) const noexcept {
    store_le(frame.data() + 16, last);
    store_le(frame.data() + 24, durable);
    std::memcpy(frame.data() + 32, chain.data(), chain_bytes);
    seal_frame(frame.first(commit_bytes), FrameType::commit, 0, header_.salt, offset);
  }

  static Timestamp group_time(ByteView batch) noexcept {
    const std::byte* const at = batch.data() + frame_head_bytes + 8;
    return {load_le<std::int64_t>(at), load_le<std::uint32_t>(at + 8)};
  }

  /// Opens the last segment and finds its end.
  Status go_on(std::uint64_t number, const JournalConfig& config, bool engine) {
    const std::string name = segment_name(number);
    auto file = open_at(folder_.get(), name.c_str(), O_RDWR | O_NOFOLLOW);
    if (!file) return failed(name + " can not be opened", file.error);
    file_ = std::move(file.value);
    LIFEBOAT_TRY(header_, read_segment_header(file_.get(), path_ + "/" + name, *sha256_));
    if (header_.number != number) return Error{ErrorId::corrupt, path_ + "/" + name + " is another segment"};
    if (engine) LIFEBOAT_CHECK(refuse_part(path_, header_.schemas));
    if (config.epoch != 0 && config.epoch < header_.epoch)
      return Error{ErrorId::fenced, "the journal " + path_ + " is of epoch " + std::to_string(header_.epoch) +
                                        ", and epoch " + std::to_string(config.epoch) + " wants to write it"}
          .unchanged();
    SegmentRecovery recovery(path_, name, file_.get(), header_, *sha256_);
    LIFEBOAT_TRY(SegmentEnd end, recovery.run());
    point_ = end.point;
    ended_ = end.ended;
    LIFEBOAT_CHECK(settle(recovery, end, config));
    std::vector<Bytes> all = header_.schemas;
    for (const Bytes& schema : config.schemas)
      if (std::find(all.begin(), all.end(), schema) == all.end()) all.push_back(schema);
    const bool more = all.size() != header_.schemas.size() || config.epoch > header_.epoch;
    if (!more && !ended_) {
      mark(point_.durable);  // what a crash left without a mark is durable by now
      return make_image();
    }
    if (!ended_)
      if (const int error = end_segment()) return failed(segment_name(point_.segment) + " can not be ended", error);
    header_.schemas = std::move(all);
    begin_epoch(config);
    return begin_segment(point_.segment + 1);
  }

  /// The epoch that is asked for, where it is a new one: its groups may be numbered from higher up.
  void begin_epoch(const JournalConfig& config) noexcept {
    SystemClock own;
    header_.created = (config.clock != nullptr ? *config.clock : own).now().wall;
    if (config.epoch <= header_.epoch) return;
    header_.epoch = config.epoch;
    point_.next_sequence = std::max(point_.next_sequence, config.first_sequence);
  }

  /// Room for a mark stays, or readers would not see the last groups of a quiet journal.
  [[nodiscard]] bool has_room(std::size_t batch) const noexcept {
    return point_.offset + batch + commit_bytes + end_bytes <= header_.segment_length;
  }

  int end_segment() noexcept {
    const int error = put_end();
    return error != 0 ? error : sync_data(file_.get());
  }

  int put_end() noexcept {
    std::byte frame[end_bytes];
    store_le(frame + frame_head_bytes, point_.segment + 1);
    seal_frame(frame, FrameType::end, 0, header_.salt, point_.offset);
    // A mark may stand here, of which a part would stay.
    std::byte both[commit_bytes]{};
    std::memcpy(both, frame, end_bytes);
    const std::uint64_t room = header_.segment_length - point_.offset;
    return pwrite_full(file_.get(), point_.offset,
                       ByteView(both).first(room < commit_bytes ? end_bytes : commit_bytes));
  }

  Status make_image() {
    SegmentHeader next = header_;
    next.segment_length = segment_length_;
    LIFEBOAT_TRY(image_, SegmentHeaderImage::of(next, *sha256_));
    return ok();
  }

  /// Puts the spare in place: it appears under its name with its header durable.
  Status begin_segment(std::uint64_t number) {
    LIFEBOAT_CHECK(make_image());
    if (const int error = place_segment(number)) return failed(segment_name(number) + " can not be begun", error);
    return ok();
  }

  int place_segment(std::uint64_t number) noexcept {
    if (number > segment_number_max) return EOVERFLOW;
    // A full disk is found before anything of this is written.
    if (const int error = spare_.prepare(folder_.get(), segment_length_, segment_length_)) return error;
    header_.number = number;
    header_.after = point_.last;
    header_.first = point_.next_sequence;
    header_.chain = point_.chain;
    header_.salt = xxh3_64({reinterpret_cast<std::byte*>(&salts_), sizeof salts_}, number);
    header_.segment_length = segment_length_;
    header_.length = image_.bytes().size();
    if (const int error = image_.set(header_, *sha256_)) return error;
    if (const int error = spare_.place(folder_.get(), image_.bytes(), number, file_)) return error;
    point_.segment = number;
    point_.offset = header_.length;
    ended_ = false;
    unprepared_ = 0;
    return 0;
  }

  int rotate() noexcept {
    if (point_.segment >= segment_number_max) return EOVERFLOW;
    if (!spare_.complete()) ++unprepared_segments_;
    if (const int error = spare_.prepare(folder_.get(), segment_length_, segment_length_)) return error;
    if (!ended_)
      if (const int error = end_segment()) return error;
    return place_segment(point_.segment + 1);
  }

  std::string path_;
  std::uint64_t segment_length_ = 0;
  std::uint64_t oldest_ = 1;
  FileDescriptor folder_;
  FileDescriptor lock_;
  FileDescriptor file_;
  SpareSegment spare_;
  std::unique_ptr<VerifierPort> structural_;
  std::unique_ptr<HashPort> sha256_;
  SegmentHeader header_;
  SegmentHeaderImage image_;  ///< of the next segment
  JournalPoint point_;
  JournalRecovery recovery_;
  bool ended_ = false;            ///< the segment that is written says that the next one goes on
  std::uint64_t unprepared_ = 0;  ///< written since a piece of the spare was made
  std::uint64_t unprepared_segments_ = 0;
  std::uint64_t salts_[2] = {};  ///< random: salts of the segments to come are made of them
};
using SegmentWriter = BasicSegmentWriter<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
