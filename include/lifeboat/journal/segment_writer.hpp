// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>

#include <lifeboat/core/environment.hpp>
#include <lifeboat/core/random.hpp>
#include <lifeboat/journal/scan.hpp>

// The one that writes segments: it finds the end of what a crash left, and goes on there.
namespace lifeboat::inline LIFEBOAT_ABI {

/// How a journal is opened.
struct JournalConfig {
  std::string folder{};                         ///< made where it is not there, none above it
  std::uint64_t segment_length = 16ULL << 20U;  ///< a multiple of 4 KiB; of segments that are made from now on
  std::size_t queue_bytes = 1U << 20U;          ///< groups that wait for a flush; twice that is held
  std::vector<Bytes> schemas{};                 ///< of the records that will be appended (schema_bytes<R>())
  const ClockPort* clock = nullptr;             ///< null: the machine's
  RandomPort* random = nullptr;
};

/// What stood in the journal when its writer opened it.
struct JournalRecovery {
  std::uint64_t last = 0;       ///< sequence of the last whole group; 0: none
  std::uint64_t cut_bytes = 0;  ///< of a torn tail that was cut behind it: groups whose flush never came back
};

/// Writes batches into segments. One thread at a time.
template <class = void>
class BasicSegmentWriter {
 public:
  /// Whether a write came to an end; `began`: bytes of it may be on the disk.
  struct Written {
    int error = 0;
    bool began = false;
  };

  static Result<std::unique_ptr<BasicSegmentWriter>> open(JournalConfig config) {
    std::unique_ptr<BasicSegmentWriter> writer(new BasicSegmentWriter());
    writer->path_ = config.folder;
    writer->segment_length_ = config.segment_length;
    LIFEBOAT_CHECK(writer->open_folder());
    LIFEBOAT_TRY(writer->structural_, open_structural(StructuralId::sha256));
    LIFEBOAT_TRY(writer->sha256_, writer->structural_->begin());
    SystemRandom own;
    RandomPort& random = config.random != nullptr ? *config.random : own;
    LIFEBOAT_TRY(const std::vector<std::uint64_t> numbers, list_segments(writer->folder_.get(), writer->path_));
    for (std::size_t i = 1; i < numbers.size(); ++i)
      if (numbers[i] != numbers[i - 1] + 1)
        return Error{ErrorId::corrupt, "the journal " + writer->path_ + " lacks " + segment_name(numbers[i - 1] + 1)};
    if (numbers.empty()) {
      random.fill(writer->header_.journal.bytes);
      writer->header_.schemas = std::move(config.schemas);
      LIFEBOAT_CHECK(writer->begin_segment(1, random));
    } else {
      LIFEBOAT_CHECK(writer->go_on(numbers.back(), config.schemas, random));
    }
    writer->recovery_.last = writer->point_.next_sequence - 1;
    random.fill({reinterpret_cast<std::byte*>(&writer->salts_), sizeof writer->salts_});
    LIFEBOAT_CHECK(writer->prepare());
    return writer;
  }

  [[nodiscard]] const JournalPoint& point() const noexcept { return point_; }
  [[nodiscard]] std::uint64_t epoch() const noexcept { return header_.epoch; }
  [[nodiscard]] const JournalRecovery& recovery() const noexcept { return recovery_; }

  /// Writes group frames, and in the last 64 bytes of `batch` their commit; durable when it returns without an error.
  Written write(MutableBytes batch, std::uint64_t last, std::uint64_t durable) noexcept {
    if (point_.offset + batch.size() + end_bytes > header_.segment_length)
      if (const int error = rotate()) return {error, false};
    ChainValue chain{};
    const std::size_t groups = batch.size() - commit_bytes;
    if (!sha256_->update(point_.chain)) return {EIO, false};
    for (std::size_t at = 0; at < groups;) {
      const MutableBytes frame = batch.subspan(at, load_le<std::uint32_t>(batch.data() + at + 8));
      seal_frame(frame, FrameType::group, load_le<std::uint16_t>(frame.data() + 14), header_.salt, point_.offset + at);
      if (!sha256_->update(ByteView(frame).subspan(8))) return {EIO, false};
      at += frame.size();
    }
    if (!sha256_->finish(chain)) return {EIO, false};
    put_commit(batch.subspan(groups), last, durable, chain, point_.offset + groups);
    int error = pwrite_full(file_.get(), point_.offset, batch);
    if (error == 0) error = sync_data(file_.get());
    if (error != 0) return {error, true};
    point_.offset += batch.size();
    point_.next_sequence = last + 1;
    point_.durable = last;
    point_.chain = chain;
    return {};
  }

  /// Tells readers that all is durable. What is written next takes its place; it is not flushed.
  void mark(std::uint64_t last) noexcept {
    if (point_.offset + commit_bytes + end_bytes > header_.segment_length) return;
    std::byte frame[commit_bytes];
    put_commit(frame, last, last, point_.chain, point_.offset);
    (void)pwrite_full(file_.get(), point_.offset, frame);  // the next flush writes here, and tells what is wrong
  }

  /// Makes the spare segment, where there is none. Errors: medium_full, medium_io.
  Status prepare() {
    if (const int error = make_spare()) return failed("the spare segment can not be made", error);
    return ok();
  }

 private:
  BasicSegmentWriter() = default;

  Error failed(const std::string& what, int error) const {
    const bool full = error == ENOSPC || error == EDQUOT;
    return Error{full ? ErrorId::medium_full : ErrorId::medium_io, "the journal " + path_ + ": " + what}.because(error);
  }

  Status open_folder() {
    bool made = false;
    if (::mkdir(path_.c_str(), 0700) == 0)
      made = true;
    else if (errno != EEXIST)
      return failed("its folder can not be made", errno).unchanged();
    auto folder = open_at(AT_FDCWD, path_.c_str(), O_RDONLY | O_DIRECTORY);
    if (!folder) return failed("its folder can not be opened", folder.error).unchanged();
    folder_ = std::move(folder.value);
    auto lock = open_at(folder_.get(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (!lock) return failed("its lock can not be opened", lock.error).unchanged();
    lock_ = std::move(lock.value);
    if (const int error = try_lock(lock_.get())) {
      if (error != EAGAIN) return failed("it can not be locked", error).unchanged();
      return Error{ErrorId::busy, "another process, or this one, is writing the journal " + path_}
          .next("fuser -v " + path_ + "/lock")
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

  /// Opens the last segment and finds its end.
  Status go_on(std::uint64_t number, const std::vector<Bytes>& schemas, RandomPort& random) {
    const std::string name = segment_name(number);
    auto file = open_at(folder_.get(), name.c_str(), O_RDWR | O_NOFOLLOW);
    if (!file) return failed(name + " can not be opened", file.error);
    file_ = std::move(file.value);
    LIFEBOAT_TRY(header_, read_segment_header(file_.get(), name, *sha256_));
    if (header_.number != number) return Error{ErrorId::corrupt, path_ + "/" + name + " is another segment"};
    // What a process before this one wrote may stand in memory alone.
    if (const int error = sync_file(file_.get())) return failed(name + " can not be made durable", error);
    point_ = {number, header_.length, header_.first, header_.first - 1, header_.chain};
    SegmentWalk walk(file_.get(), header_, *sha256_);
    WalkStep step = WalkStep::batch;
    while (step == WalkStep::batch) {
      LIFEBOAT_TRY(step, walk.step(point_));
    }
    if (step != WalkStep::end) {
      LIFEBOAT_CHECK(cut_tail(walk, step == WalkStep::mark ? point_.offset + commit_bytes : point_.offset));
    }
    point_.durable = point_.next_sequence - 1;
    std::vector<Bytes> all = header_.schemas;
    for (const Bytes& schema : schemas)
      if (std::find(all.begin(), all.end(), schema) == all.end()) all.push_back(schema);
    const bool more = all.size() != header_.schemas.size();
    if (!more && step != WalkStep::end) return ok();
    if (step != WalkStep::end)
      if (const int error = end_segment()) return failed(name + " can not be ended", error);
    header_.schemas = std::move(all);
    return begin_segment(number + 1, random);
  }

  /// What stands behind the last whole batch is zeros, a torn tail, or damage.
  Status cut_tail(SegmentWalk& walk, std::uint64_t from) {
    LIFEBOAT_TRY(const std::uint64_t watermark, walk.watermark_behind(from));
    if (watermark >= point_.next_sequence) return durable_group_damaged(path_, header_.epoch, point_);
    LIFEBOAT_TRY(const std::uint64_t end, walk.written_behind(from));
    if (end == from) return ok();
    recovery_.cut_bytes = end - from;
    const Bytes zeros(64U << 10U);
    for (std::uint64_t at = point_.offset; at < end;) {
      const std::size_t piece = static_cast<std::size_t>(std::min<std::uint64_t>(zeros.size(), end - at));
      if (const int error = pwrite_full(file_.get(), at, ByteView(zeros).first(piece)))
        return failed("its torn tail can not be cut", error);
      at += piece;
    }
    if (const int error = sync_file(file_.get())) return failed("its torn tail can not be cut", error);
    return ok();
  }

  int end_segment() noexcept {
    std::byte frame[end_bytes];
    store_le(frame + frame_head_bytes, point_.segment + 1);
    seal_frame(frame, FrameType::end, 0, header_.salt, point_.offset);
    // A mark may stand here, of which a part would stay.
    std::byte both[commit_bytes]{};
    std::memcpy(both, frame, end_bytes);
    const std::uint64_t room = header_.segment_length - point_.offset;
    const int error =
        pwrite_full(file_.get(), point_.offset, ByteView(both).first(room < commit_bytes ? end_bytes : commit_bytes));
    return error != 0 ? error : sync_data(file_.get());
  }

  int make_spare() noexcept {
    if (spare_) return 0;
    auto file = open_at(folder_.get(), "spare", O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    if (!file) return file.error;
    static constexpr std::byte zeros[64U << 10U]{};
    for (std::uint64_t at = 0; at < segment_length_;) {
      const std::uint64_t left = segment_length_ - at;
      const std::size_t piece = left < sizeof zeros ? static_cast<std::size_t>(left) : sizeof zeros;
      if (const int error = pwrite_full(file.value.get(), at, {zeros, piece})) return error;
      at += piece;
    }
    if (const int error = sync_file(file.value.get())) return error;
    spare_ = std::move(file.value);
    return 0;
  }

  /// Puts the spare in place: it appears under its name with its header durable.
  Status begin_segment(std::uint64_t number, RandomPort& random) {
    std::uint64_t salt = 0;
    random.fill({reinterpret_cast<std::byte*>(&salt), sizeof salt});
    if (const int error = place_segment(number, salt)) return failed(segment_name(number) + " can not be begun", error);
    return ok();
  }

  int place_segment(std::uint64_t number, std::uint64_t salt) noexcept {
    if (const int error = make_spare()) return error;
    SegmentHeader next = header_;
    next.number = number;
    next.first = point_.next_sequence;
    next.chain = point_.chain;
    next.salt = salt;
    next.segment_length = segment_length_;
    const auto bytes = encode_segment_header(next, *sha256_);
    if (!bytes) return EIO;
    next.length = bytes->size();
    if (const int error = pwrite_full(spare_.get(), 0, *bytes)) return error;
    if (const int error = sync_file(spare_.get())) return error;
    if (const int error = rename_noreplace(folder_.get(), "spare", folder_.get(), segment_name(number).c_str()))
      return error;
    if (const int error = sync_file(folder_.get())) return error;
    file_ = std::move(spare_);
    header_ = std::move(next);
    point_.segment = number;
    point_.offset = header_.length;
    return 0;
  }

  int rotate() noexcept {
    if (const int error = make_spare()) return error;  // a full disk is found before anything of this is written
    if (const int error = end_segment()) return error;
    return place_segment(point_.segment + 1, xxh3_64({reinterpret_cast<std::byte*>(&salts_), sizeof salts_}, ++turn_));
  }

  std::string path_;
  std::uint64_t segment_length_ = 0;
  FileDescriptor folder_;
  FileDescriptor lock_;
  FileDescriptor file_;
  FileDescriptor spare_;
  std::unique_ptr<VerifierPort> structural_;
  std::unique_ptr<HashPort> sha256_;
  SegmentHeader header_;
  JournalPoint point_;
  JournalRecovery recovery_;
  std::uint64_t salts_[2] = {};  ///< random: salts of the segments to come are made of them
  std::uint64_t turn_ = 0;
};
using SegmentWriter = BasicSegmentWriter<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
