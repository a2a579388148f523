// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/eventfd.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include <lifeboat/core/environment.hpp>
#include <lifeboat/core/fork_guard.hpp>
#include <lifeboat/core/guard.hpp>
#include <lifeboat/journal/back_pressure.hpp>
#include <lifeboat/journal/group.hpp>
#include <lifeboat/journal/outcome.hpp>
#include <lifeboat/journal/reader.hpp>
#include <lifeboat/journal/recycle.hpp>
#include <lifeboat/journal/segment_writer.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The longest that an append waits: for ever unless set.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

/// The log of an engine: groups of records, each whole or absent, in order, acknowledged when they are durable. Any
/// thread appends; whoever finds no flush under way makes one for all that wait. One writer per folder.
///
/// A group is records and spans of records, or a RecordGroup that was built step by step. The next segment is made a
/// piece at a time, behind the flushes. A failed flush is the end of this writer: it answers stopped from then on, and
/// is opened again. After `open` this allocates nothing but in `durable_fd`, in `fate`, and for the first record of a
/// type that `open` was not told of: its schema begins a new segment. libcrypto allocates a digest's state for each
/// flush.
template <class = void>
class BasicJournal {
 public:
  /// Opens the journal, or makes one; cuts a torn tail. Errors: config, busy, corrupt (with the position), medium_io,
  /// medium_full.
  static Result<std::unique_ptr<BasicJournal>> open(JournalConfig config) {
    LIFEBOAT_CHECK(check(config));
    auto journal = std::unique_ptr<BasicJournal>(new BasicJournal(config));
    LIFEBOAT_TRY(journal->segments_, SegmentWriter::open(std::move(config)));
    const JournalPoint& point = journal->segments_->point();
    journal->begins_ = journal->next_ = point.next_sequence;
    journal->oldest_segment_ = journal->segments_->oldest();
    journal->last_segment_ = point.segment;
    const std::vector<Bytes>& schemas = journal->segments_->schemas();
    journal->known_.reserve(std::max(kinds_max, schemas.size()));
    for (const Bytes& schema : schemas)
      journal->known_.push_back(
          {load_le<RecordNumber>(schema.data()), load_le<std::uint16_t>(schema.data() + 4), schema_digest_of(schema)});
    journal->durable_.store(point.last, std::memory_order_release);
    return journal;
  }
  BasicJournal(const BasicJournal&) = delete;
  BasicJournal& operator=(const BasicJournal&) = delete;
  /// Flushes nothing: what was not waited for was not acknowledged.
  ~BasicJournal() = default;

  /// What was found when it was opened.
  [[nodiscard]] const JournalRecovery& recovery() const noexcept { return segments_->recovery(); }

  /// Queues one group; takes no I/O and never blocks on it. A full queue is NotWritten with queue_full: wait for the
  /// last, then ask again.
  template <class... Parts>
  SubmitOutcome submit(const Parts&... parts) noexcept {
    if (forked()) return NotWritten{ErrorId::forked};
    std::unique_lock guard(mutex_);
    return put(guard, Deadline(std::chrono::steady_clock::time_point::min()), GroupFlag::none, parts...);
  }
  /// The same for a group whose key was decided on (once.hpp); waits at a full queue until the deadline.
  template <class... Parts>
  SubmitOutcome submit_once(Deadline deadline, const Parts&... parts) noexcept {
    if (forked()) return NotWritten{ErrorId::forked};
    std::unique_lock guard(mutex_);
    return put(guard, deadline, GroupFlag::once, parts...);
  }

  /// Waits until a group is durable, and flushes for all that wait where nobody does. Of a group that was not handed
  /// out in this run it says what `fate` does.
  AppendOutcome<LocalDurable> wait(Position position, Deadline deadline = {}) noexcept {
    if (forked()) return Unknown{position, ErrorId::forked};
    if (!of_this_run(position)) {
      AppendOutcome<LocalDurable> told = Unknown{position, ErrorId::out_of_memory, ENOMEM};
      (void)errno_without_memory([&] { return told = fate(position), 0; });
      return told;
    }
    std::unique_lock guard(mutex_);
    return wait_locked(guard, position, deadline);
  }

  /// Appends one group and returns when it is durable.
  template <class... Parts>
  AppendOutcome<LocalDurable> append(const Parts&... parts) noexcept {
    return append_until(Deadline(), parts...);
  }
  /// The same; a deadline that passes leaves it unknown, or not written where it never left the queue's door.
  template <class... Parts>
  AppendOutcome<LocalDurable> append_until(Deadline deadline, const Parts&... parts) noexcept {
    if (forked()) return NotWritten{ErrorId::forked};
    std::unique_lock guard(mutex_);
    return put(guard, deadline, GroupFlag::none, parts...)
        .match([&](Position position) { return wait_locked(guard, position, deadline); },
               [](NotWritten refused) { return AppendOutcome<LocalDurable>(refused); });
  }

  /// Every group up to here is durable. One atomic load.
  [[nodiscard]] Position durable() const noexcept {
    return {segments_->epoch(), durable_.load(std::memory_order_acquire)};
  }

  /// An eventfd that is readable after `durable` moved, and once this writer stopped: for epoll, Asio, io_uring. It is
  /// the journal's, and stays open as long as that. Errors: limit.
  Result<int> durable_fd() {
    LIFEBOAT_CHECK(guard_.check("the journal"));
    const std::scoped_lock guard(mutex_);
    if (!event_) {
      event_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
      if (!event_) return Error{ErrorId::limit, "the journal can not have an eventfd"}.because(errno).unchanged();
    }
    return event_.get();
  }

  /// What became of a group. Unknown: it still may become durable (its flush has not come back, or failed), it can not
  /// be read, lies before what is kept, or is of an epoch above this one. Not written: it never will be.
  ///
  /// A group that never came to the disk leaves its number to another one. So ask about those of an earlier run when
  /// the journal was opened again, before the first append.
  [[nodiscard]] AppendOutcome<LocalDurable> fate(Position position) const {
    if (position.epoch == 0 || position.sequence == 0) return Unknown{position, ErrorId::usage};
    if (position.epoch > epoch()) return Unknown{position, ErrorId::fenced};
    if (of_this_run(position)) {
      if (forked()) return Unknown{position, ErrorId::forked};
      const std::scoped_lock guard(mutex_);
      return standing(position).value_or(Unknown{position, ErrorId::interrupted});
    }
    auto reader = JournalReader::open(folder_, position);
    if (!reader) return Unknown{position, reader.error().id(), reader.error().system_error()};
    const bool before = position.sequence <= reader->header().after &&
                        position < Position{reader->header().epoch, reader->header().first};
    if (before) return Unknown{position, ErrorId::object_missing};
    reader->trust(durable());
    const auto group = reader->next();
    if (!group) return Unknown{position, group.error().id(), group.error().system_error()};
    if (*group && (*group)->position == position) return Acked<LocalDurable>{position};
    return NotWritten{ErrorId::object_missing};
  }

  /// Removes the segments whose groups all lie at or before `upto`, as recycle_segments does, beside appends. How many
  /// went. One thread at a time.
  Result<std::uint64_t> recycle(Position upto) {
    LIFEBOAT_CHECK(guard_.check("the journal"));
    LIFEBOAT_TRY(const std::uint64_t gone, recycle_segments(folder_, upto));
    const std::scoped_lock guard(mutex_);
    oldest_segment_ += gone;
    return gone;
  }
  /// Of the segments that stand there, at the length that they are made with now.
  [[nodiscard]] std::uint64_t kept_bytes() const noexcept {
    const std::scoped_lock guard(mutex_);
    return kept();
  }

  /// How often appends were held back; it has no ceilings.
  [[nodiscard]] BackPressure back_pressure() const noexcept {
    const std::scoped_lock guard(mutex_);
    return pressure_;
  }

  /// The number of the segment that is written: those below it are closed.
  [[nodiscard]] std::uint64_t segment() const noexcept {
    const std::scoped_lock guard(mutex_);
    return last_segment_;
  }
  /// Of the segments that it makes.
  [[nodiscard]] std::uint64_t segment_length() const noexcept { return segment_length_; }

  /// Whether this is a child of the process that opened it: it takes no group and waits for none, and no lock.
  [[nodiscard]] bool forked() const noexcept { return guard_.forked(); }
  /// The number of the first group that this writer can hand out.
  [[nodiscard]] std::uint64_t begins() const noexcept { return begins_; }
  /// The epoch that is written.
  [[nodiscard]] std::uint64_t epoch() const noexcept { return segments_->epoch(); }
  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }

 private:
  explicit BasicJournal(const JournalConfig& config)
      : folder_(config.folder),
        clock_(config.clock),
        segment_length_(config.segment_length),
        max_kept_(config.max_kept),
        queues_{Queue(config.queue_bytes), Queue(config.queue_bytes)} {}

  static Status check(const JournalConfig& config) {
    if (config.folder.empty()) return Error{ErrorId::config, "a journal needs a folder"}.unchanged();
    if (config.epoch > epoch_max || config.first_sequence > sequence_max)
      return Error{ErrorId::config, "an epoch has eight digits, and a group's number is 2^64 - 2 at most"}.unchanged();
    if (config.segment_length % segment_page != 0 || config.segment_length < 64 * segment_page)
      return Error{ErrorId::config, "a segment's length is a multiple of 4096, of 262144 bytes or more"}.unchanged();
    if (config.queue_bytes < 4096 || config.queue_bytes > batch_bytes_max - commit_bytes ||
        config.queue_bytes > config.segment_length / 2)
      return Error{ErrorId::config,
                   "a journal's queue has 4096 bytes or more, and no more than half of a segment and "
                   "4 MiB less 64 bytes"}
          .unchanged();
    if (is_part(config.schemas))
      return Error{ErrorId::config,
                   "a record of what is left out stands in a part of a journal alone: no engine "
                   "appends one"}
          .unchanged();
    if (config.max_kept != 0 && config.max_kept < 2 * config.segment_length)
      return Error{ErrorId::config, "a journal keeps two segments at least: max_kept is less"}.unchanged();
    return ok();
  }

  /// Frames that wait for a flush; room for their commit stays.
  struct Queue {
    explicit Queue(std::size_t room) : bytes(room + commit_bytes) {}
    Bytes bytes;
    std::size_t used = 0;
    std::uint64_t last = 0;
    std::condition_variable flushed;  ///< whose groups are here, waits here
    [[nodiscard]] std::size_t room() const noexcept { return bytes.size() - commit_bytes - used; }
  };

  Timestamp now() const noexcept {
    if (clock_ != nullptr) return clock_->now().wall;
    timespec time{};
    (void)::clock_gettime(CLOCK_REALTIME, &time);
    return {time.tv_sec, static_cast<std::uint32_t>(time.tv_nsec)};
  }

  NotWritten stopped() const noexcept { return {ErrorId::stopped, failed_with_}; }

  template <class... Parts>
  SubmitOutcome put(std::unique_lock<std::mutex>& guard, Deadline deadline, GroupFlag flag,
                    const Parts&... parts) noexcept {
    static_assert(sizeof...(Parts) >= 1, "lifeboat: a group has at least one record");
    const std::size_t length = frame_length(parts...);
    const std::size_t records = records_in(parts...);
    if (records == 0) return NotWritten{ErrorId::config};
    if (!all_encodable(parts...)) return NotWritten{ErrorId::record_value};
    if (records > group_records_max || length > group_bytes_max || length > queues_[0].bytes.size() - commit_bytes)
      return NotWritten{ErrorId::limit};
    if (max_kept_ != 0 && kept() > max_kept_) return NotWritten{ErrorId::journal_full};
    if (const NotWritten refused = know(parts...); refused.id != ErrorId{}) return refused;
    for (bool waits = false; !stopped_ && queue().room() < length; waits = true) {
      if (deadline && std::chrono::steady_clock::now() >= *deadline) {
        ++pressure_.refused;
        call_one();
        return NotWritten{ErrorId::queue_full};
      }
      if (!waits) ++pressure_.waited;
      if (!flushing_)
        flush(guard);
      else
        wait_for(room_, guard, deadline);
    }
    if (stopped_) return stopped();
    if (next_ > sequence_max) return NotWritten{ErrorId::limit};  // numbers never begin again
    Queue& to = queue();
    put_group(MutableBytes(to.bytes).subspan(to.used, length), next_, now(), flag, parts...);
    to.used += length;
    to.last = next_;
    return Position{segments_->epoch(), next_++};
  }

  /// What `open` was told, or a group before, is known; the schema of another type goes before the group.
  template <class... Parts>
  NotWritten know(const Parts&... parts) noexcept {
    NotWritten refused;
    each_appended_type(
        [&](const AppendedType& kind) {
          for (const AppendedType& known : known_)
            if (known.number == kind.number && known.version == kind.version && known.digest == kind.digest) return;
          if (known_.size() == known_.capacity()) {
            refused.id = ErrorId::limit;
            return;
          }
          known_.push_back(kind);
          ++announced_;
        },
        parts...);
    return refused;
  }

  /// Whether a group has a number that this writer hands out: of those before, the files tell.
  [[nodiscard]] bool of_this_run(Position position) const noexcept {
    return position.epoch == epoch() && position.sequence >= begins_;
  }
  /// What is known of a group of this run; none while it may still come either way.
  [[nodiscard]] std::optional<AppendOutcome<LocalDurable>> standing(Position position) const noexcept {
    if (position.sequence >= next_) return NotWritten{ErrorId::object_missing};
    if (position.sequence <= durable_.load(std::memory_order_relaxed)) return Acked<LocalDurable>{position};
    if (!stopped_) return std::nullopt;
    if (position.sequence <= attempted_) return Unknown{position, ErrorId::medium_io, failed_with_};
    return stopped();
  }

  AppendOutcome<LocalDurable> wait_locked(std::unique_lock<std::mutex>& guard, Position position,
                                          Deadline deadline) noexcept {
    while (true) {
      if (const auto known = standing(position)) return *known;
      if (deadline && std::chrono::steady_clock::now() >= *deadline) {
        call_one();
        return Unknown{position, ErrorId::interrupted};
      }
      if (!flushing_) {
        flush(guard);
        continue;
      }
      Queue& in_flight = queues_[filling_ ^ 1U];
      wait_for(position.sequence <= in_flight.last ? in_flight.flushed : queue().flushed, guard, deadline);
    }
  }

  static void wait_for(std::condition_variable& what, std::unique_lock<std::mutex>& guard,
                       const Deadline& deadline) noexcept {
    if (deadline)
      what.wait_until(guard, *deadline);
    else
      what.wait(guard);
  }

  /// Where nobody flushes, one of those that wait is woken to do it, and not all; whoever leaves instead passes it on.
  void call_one() noexcept {
    if (flushing_) return;
    queue().flushed.notify_one();
    room_.notify_one();
  }

  [[nodiscard]] std::uint64_t kept() const noexcept { return (last_segment_ + 1 - oldest_segment_) * segment_length_; }

  [[nodiscard]] Queue& queue() noexcept { return queues_[filling_]; }

  /// Writes what waits, and makes it durable; others queue behind meanwhile.
  void flush(std::unique_lock<std::mutex>& guard) noexcept {
    Queue& batch = queue();
    if (batch.used == 0) return;
    flushing_ = true;
    filling_ ^= 1U;
    room_.notify_all();
    const std::uint64_t durable = durable_.load(std::memory_order_relaxed);
    const auto announced = std::span<const AppendedType>(known_).last(std::exchange(announced_, 0));
    guard.unlock();
    SegmentWriter::Written done;
    if (!announced.empty()) done.error = segments_->announce(announced);
    if (done.error == 0)
      done = segments_->write(MutableBytes(batch.bytes).first(batch.used + commit_bytes), batch.last, durable);
    guard.lock();
    last_segment_ = segments_->point().segment;
    pressure_.segments = segments_->unprepared_segments();
    if (done.error == 0) {
      durable_.store(batch.last, std::memory_order_release);
      batch.used = 0;
      tell();
      batch.flushed.notify_all();
      if (queue().used == 0 || !segments_->prepared()) prepare_next(guard, batch.last);
    } else {
      stop(done.error, done.began ? batch.last : durable);
    }
    flushing_ = false;
    call_one();
  }

  /// What the next batch would wait for, when the one that ends with `last` is durable.
  void prepare_next(std::unique_lock<std::mutex>& guard, std::uint64_t last) noexcept {
    const bool idle = queue().used == 0;
    guard.unlock();
    const int error = segments_->begin_next();
    if (error == 0) {
      if (idle) segments_->mark(last);  // nobody queued behind: readers learn by it that these are durable
      segments_->prepare_piece();
    }
    guard.lock();
    last_segment_ = segments_->point().segment;
    if (error != 0) stop(error, last);
  }

  void stop(int error, std::uint64_t attempted) noexcept {
    stopped_ = true;
    failed_with_ = error;
    attempted_ = attempted;
    tell();
    for (Queue& each : queues_) each.flushed.notify_all();
    room_.notify_all();
  }

  void tell() const noexcept {
    static constexpr std::uint64_t one = 1;
    if (event_) (void)!::write(event_.get(), &one, sizeof one);
  }

  std::string folder_;
  const ClockPort* clock_;
  std::uint64_t segment_length_;
  std::uint64_t max_kept_;
  std::uint64_t oldest_segment_ = 1;
  std::uint64_t last_segment_ = 1;
  ForkGuard guard_;
  std::unique_ptr<SegmentWriter> segments_;
  FileDescriptor event_;
  mutable std::mutex mutex_;
  std::condition_variable room_;  ///< who finds the queue full, waits here
  Queue queues_[2];
  unsigned filling_ = 0;
  static constexpr std::size_t kinds_max = 256;
  std::vector<AppendedType> known_;  ///< never grows beyond what it reserved
  std::size_t announced_ = 0;        ///< the last of them, whose schemas no segment has yet
  std::uint64_t next_ = 1;
  std::uint64_t begins_ = 1;
  std::atomic<std::uint64_t> durable_{0};
  bool flushing_ = false;
  bool stopped_ = false;
  int failed_with_ = 0;
  BackPressure pressure_;
  std::uint64_t attempted_ = 0;  ///< the last that a failed write had in it
};
using Journal = BasicJournal<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
