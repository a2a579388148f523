// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <stop_token>

#include <lifeboat/archive/difference.hpp>
#include <lifeboat/core/event.hpp>
#include <lifeboat/core/throttle.hpp>
#include <lifeboat/core/workers.hpp>
#include <lifeboat/source/tree.hpp>

// An archive compared with the living source, path by path and byte by byte.
namespace lifeboat::inline LIFEBOAT_ABI {

/// A path that archive and source do not agree on.
struct LivingDifference {
  std::string path;
  std::uint32_t kinds = 0;
  bool moved_on = false;  ///< the living entry changed after the archive's cut: no sign of damage
};

struct CompareReport {
  static constexpr std::size_t kept = 1000;
  std::uint64_t entries = 0;    ///< of the archive
  std::uint64_t bytes = 0;      ///< of living content that was read
  std::uint64_t different = 0;  ///< and not explained by a later change
  std::uint64_t moved_on = 0;
  std::vector<LivingDifference> list;  ///< the first of them, in order
};

namespace detail {

/// One living file, read and compared leaf by leaf with what the archive has.
template <class = void>
class BasicCompareJob final : public Job {
 public:
  BasicCompareJob(const ArchiveReader& archive, Throttle& throttle, ManifestEntry stored, Entry found,
                  std::unique_ptr<Content> from)
      : living(std::move(found)),
        archive_(archive),
        throttle_(throttle),
        stored_(std::move(stored)),
        content_(std::move(from)) {}

  void run() noexcept override {
    auto done = work();
    content_->close();
    if (done) return;
    const ErrorId id = done.error().id();
    if (id == ErrorId::entry_vanished)
      kinds |= difference::removed;
    else if (id == ErrorId::entry_unreadable)
      kinds |= difference::unreadable;
    else
      error = std::move(done).error();
  }

  const ManifestEntry& stored() const noexcept { return stored_; }

  Entry living;
  std::uint32_t kinds = 0;
  std::atomic<std::uint64_t> bytes{0};  ///< read so far
  std::optional<Error> error;

 private:
  Status work() {
    LIFEBOAT_CHECK(content_->open());
    LIFEBOAT_CHECK(content_->details(living));
    kinds |= compare_metadata(stored_.entry, living);
    if ((kinds & (difference::type | difference::content)) != 0) return ok();
    if ((stored_.entry.flags & entry_flag::no_content) != 0) return ok();
    LIFEBOAT_TRY(hash_, archive_.repository().structural->begin());
    LIFEBOAT_TRY(const bool same, is_single_leaf(stored_) ? same_single() : same_leaves());
    if (!same) kinds |= difference::content;
    return ok();
  }

  Result<bool> same_single() {
    data_.resize(static_cast<std::size_t>(stored_.entry.size));
    LIFEBOAT_TRY(const std::size_t got, read(0, data_));
    if (got != data_.size()) return false;
    if (data_.empty()) return true;
    const VerifierTraits& traits = archive_.verifier().traits();
    std::byte leaf[64];
    FileDigest digest;
    LIFEBOAT_CHECK(digest.begin(*hash_, stored_.entry.size, 0, traits));
    LIFEBOAT_CHECK(archive_.verifier().leaves(data_, data_.size(), {leaf, traits.size}));
    LIFEBOAT_CHECK(digest.add(0, {leaf, traits.size}));
    LIFEBOAT_TRY(const Digest found, digest.finish());
    return found == stored_.digest;
  }

  Result<bool> same_leaves() {
    LIFEBOAT_TRY(const ContentReader content, ContentReader::open(archive_, stored_, *hash_));
    std::vector<SlicePiece> pieces;
    std::uint64_t at = 0;  // compared so far
    for (std::uint64_t slice = 0; slice < content.slices(); ++slice) {
      content.pieces(slice, pieces);
      data_.resize(content.slice_bytes(slice));
      for (const SlicePiece& piece : pieces) {
        LIFEBOAT_TRY(const bool hole, zeros(at, piece.file_offset));
        if (!hole) return false;
        LIFEBOAT_TRY(const std::size_t got,
                     read(piece.file_offset, MutableBytes(data_).subspan(piece.at, piece.length)));
        if (got != piece.length) return false;
        at = piece.file_offset + piece.length;
      }
      LIFEBOAT_TRY(const std::vector<bool> fits, content.fitting(slice, data_, *hash_));
      if (std::find(fits.begin(), fits.end(), false) != fits.end()) return false;
    }
    return zeros(at, stored_.entry.size);
  }

  Result<std::size_t> read(std::uint64_t at, MutableBytes out) {
    LIFEBOAT_CHECK(throttle_.pass(out.size()));
    LIFEBOAT_TRY(const std::size_t got, content_->read(at, out));
    bytes += got;
    return got;
  }

  /// Whether the living file has nothing but zeros where the archive has a hole; its own holes are passed over. Asked
  /// from the front of the file to its end.
  Result<bool> zeros(std::uint64_t begin, std::uint64_t end) {
    if (begin >= end) return true;
    if (!has_segments_) {
      has_segments_ = true;
      LIFEBOAT_CHECK(content_->segments([&](Segment segment) {
        segments_.push_back(segment);
        return ok();
      }));
    }
    Bytes piece;
    for (; segment_ < segments_.size() && segments_[segment_].offset < end; ++segment_) {
      const std::uint64_t segment_end = segments_[segment_].offset + segments_[segment_].length;
      const std::uint64_t stop = std::min(end, segment_end);
      for (std::uint64_t at = std::max(begin, segments_[segment_].offset); at < stop; at += piece.size()) {
        piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(stop - at, 1U << 18U)));
        LIFEBOAT_TRY(const std::size_t got, read(at, piece));
        if (got != piece.size()) return false;
        if (std::any_of(piece.begin(), piece.end(), [](std::byte b) { return b != std::byte{0}; })) return false;
      }
      if (segment_end > end) break;  // the rest of it lies behind the next data
    }
    return true;
  }

  const ArchiveReader& archive_;
  Throttle& throttle_;
  ManifestEntry stored_;
  std::unique_ptr<Content> content_;
  std::vector<Segment> segments_;  ///< of the living file
  std::size_t segment_ = 0;        ///< the first that may reach behind what was compared
  bool has_segments_ = false;
  std::unique_ptr<HashPort> hash_;
  Bytes data_;
};
using CompareJob = BasicCompareJob<>;

}  // namespace detail

/// Takes what a scan of the living source finds and walks the archive beside it. Call `settle` when the scan has ended.
/// Files are read by all threads. What changed after the archive's cut is told apart by its times.
template <class = void>
class BasicCompareSink final : public EntrySink {
 public:
  static Result<std::unique_ptr<BasicCompareSink>> open(const ArchiveReader& archive, const Budgets& budgets,
                                                        LogSink log, std::stop_token stop) {
    auto sink = std::unique_ptr<BasicCompareSink>(new BasicCompareSink(archive, budgets, log, std::move(stop)));
    LIFEBOAT_TRY(sink->walk_, archive.walk());
    LIFEBOAT_TRY(sink->more_, sink->walk_->cursor.next());
    return sink;
  }
  ~BasicCompareSink() override {
    for (const auto& job : jobs_) workers_.wait(*job);
  }

  Status entry(Entry&& living, std::unique_ptr<Content> content) override {
    LIFEBOAT_CHECK(check_stop());
    LIFEBOAT_TRY(const bool known, walk_to(living.path));
    if (!known) {
      tell(living.path, difference::added, newer(living));
      note_folder(living);
      return ok();
    }
    note_folder(living);
    const ManifestEntry& stored = walk_->cursor.current();
    if (living.type == EntryType::file && stored.entry.type == EntryType::file) {
      LIFEBOAT_CHECK(queue(stored, std::move(living), std::move(content)));
    } else {
      // Whether a name counts as the first of a file depends on what was taken: the content is compared there.
      std::uint32_t kinds = 0;
      if (auto details = content->details(living); !details)
        kinds = details.error().id() == ErrorId::entry_vanished ? difference::removed : difference::unreadable;
      else
        kinds = compare_metadata(stored.entry, living);
      if (kinds != 0) tell(living.path, kinds, newer(living));
    }
    return advance();
  }

  Status unreadable(Entry&& living, Error) override {
    LIFEBOAT_CHECK(check_stop());
    LIFEBOAT_TRY(const bool known, walk_to(living.path));
    if (known && (walk_->cursor.current().entry.flags & entry_flag::unreadable) == 0)
      tell(living.path, difference::unreadable, false);
    if (living.type == EntryType::directory) unreadable_folder_ = living.path;
    return known ? advance() : ok();
  }

  void skipped(std::string_view, const Error&) override {}

  /// What is left of the archive is not in the source any more.
  Status settle() override {
    LIFEBOAT_TRY(const bool known, walk_to(std::nullopt));
    (void)known;
    while (!jobs_.empty()) LIFEBOAT_CHECK(take_front());
    std::sort(report_.list.begin(), report_.list.end(), [](const LivingDifference& a, const LivingDifference& b) {
      return compare_paths(a.path, b.path) == std::strong_ordering::less;
    });
    return ok();
  }

  [[nodiscard]] const CompareReport& report() const noexcept { return report_; }

 private:
  BasicCompareSink(const ArchiveReader& archive, const Budgets& budgets, LogSink log, std::stop_token stop)
      : archive_(archive),
        log_(log),
        stop_(std::move(stop)),
        throttle_(budgets.bytes_per_second, stop_, stopped()),
        workers_(threads_of(budgets)) {}

  static Error stopped() { return Error{ErrorId::interrupted, "the comparison was stopped"}.unchanged(); }
  Status check_stop() const {
    return stop_.stop_requested() ? Status(stopped()) : ok();
  }

  /// Goes on in the archive up to `path`; what is passed is gone from the source. True where the archive has the path.
  Result<bool> walk_to(std::optional<std::string_view> path) {
    while (more_) {
      const std::string& at = walk_->cursor.current().entry.path;
      const auto order = path ? compare_paths(at, *path) : std::strong_ordering::less;
      if (order == std::strong_ordering::equal) return true;
      if (order == std::strong_ordering::greater) return false;
      if (!unreadable_folder_ || !is_below(at, *unreadable_folder_)) tell(at, difference::removed, left_since(at));
      LIFEBOAT_CHECK(advance());
    }
    return false;
  }

  Status advance() {
    ++report_.entries;
    LIFEBOAT_TRY(more_, walk_->cursor.next());
    return ok();
  }

  [[nodiscard]] bool newer(const Entry& living) const noexcept {
    const Timestamp& cut = archive_.facts().cut_began;
    return living.ctime > cut || living.mtime > cut;
  }

  void note_folder(const Entry& living) {
    if (living.type != EntryType::directory) return;
    while (!folders_.empty() && !is_below(living.path, folders_.back().first)) folders_.pop_back();
    folders_.emplace_back(living.path, newer(living));
  }

  /// When something went away, the time of the folder that it was in moved.
  [[nodiscard]] bool left_since(const std::string& path) const noexcept {
    for (std::size_t i = folders_.size(); i-- > 0;)
      if (is_below(path, folders_[i].first)) return folders_[i].second;
    return false;
  }

  Status queue(const ManifestEntry& stored, Entry&& living, std::unique_ptr<Content> content) {
    while (jobs_.size() >= workers_.threads() * 8ULL) LIFEBOAT_CHECK(take_front());
    jobs_.push_back(
        std::make_unique<detail::CompareJob>(archive_, throttle_, stored, std::move(living), std::move(content)));
    workers_.submit(*jobs_.back());
    return ok();
  }

  Status take_front() {
    detail::CompareJob& job = *jobs_.front();
    while (!workers_.wait_for(job, std::chrono::milliseconds(200)))
      log_.tell(Progress{"compare", job.stored().entry.path, report_.bytes + job.bytes, 0, report_.entries});
    const std::unique_ptr<detail::CompareJob> done = std::move(jobs_.front());
    jobs_.pop_front();
    if (done->error) return *done->error;
    report_.bytes += done->bytes;
    if (done->kinds != 0) tell(done->stored().entry.path, done->kinds, newer(done->living));
    log_.tell(Progress{"compare", done->stored().entry.path, report_.bytes, 0, report_.entries});
    return ok();
  }

  void tell(const std::string& path, std::uint32_t kinds, bool moved_on) {
    ++(moved_on ? report_.moved_on : report_.different);
    if (report_.list.size() < CompareReport::kept) report_.list.push_back({path, kinds, moved_on});
  }

  const ArchiveReader& archive_;
  LogSink log_;
  std::stop_token stop_;
  Throttle throttle_;
  std::unique_ptr<EntryWalk> walk_;
  bool more_ = false;
  std::optional<std::string> unreadable_folder_;
  std::vector<std::pair<std::string, bool>> folders_;  ///< from the root to where the scan is, and whether newer
  CompareReport report_;
  std::deque<std::unique_ptr<detail::CompareJob>> jobs_;
  Workers workers_;
};
using CompareSink = BasicCompareSink<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
