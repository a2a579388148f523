// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <deque>

#include <lifeboat/archive/content_jobs.hpp>
#include <lifeboat/core/throttle.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Who is told how the files of a pump came out; called by the owner.
struct PumpSink {
  /// A file could not be read, proved or written. What it answers ends the pump, or lets it go on.
  virtual Status failed(const ManifestEntry& entry, const Error& error) = 0;
  virtual void done(const ManifestEntry& entry, std::uint64_t bytes) = 0;
  /// So many more bytes of a file went through, holes counted: for progress. A large file tells it slice by slice.
  virtual void moved(const ManifestEntry& /*entry*/, std::uint64_t /*bytes*/) {}
  virtual ~PumpSink() = default;
};

/// Takes the content of files out of an archive, proves every leaf before it goes anywhere, and writes it: small files
/// many at a time, large ones in slices of 1 MiB, on all threads. Files are finished when all of their content is
/// written. Memory: what is on its way (Budgets::memory), and the digests of the large file that is being read.
template <class = void>
class BasicContentPump {
 public:
  static constexpr std::size_t files_max = 128;  ///< open at once

  BasicContentPump(const ArchiveReader& archive, Workers& workers, const Budgets& budgets, Throttle& throttle,
                   PumpSink& sink, int old_root = -1)
      : workers_(workers), budgets_(budgets), throttle_(throttle), sink_(sink) {
    shared_.archive = &archive;
    shared_.old_root = old_root;
  }
  BasicContentPump(const BasicContentPump&) = delete;
  BasicContentPump& operator=(const BasicContentPump&) = delete;
  ~BasicContentPump() {
    for (Item& item : items_) workers_.wait(item.small ? static_cast<Job&>(*item.small) : *item.slice);
  }

  /// Hands over a file. What became of it is told to the sink later.
  Status add(PumpFile file) {
    if (is_single_leaf(file.entry)) return add_small(std::move(file));
    LIFEBOAT_CHECK(flush());
    return add_large(std::move(file));
  }

  /// Everything that was handed over has come out when this returns.
  Status finish() {
    LIFEBOAT_CHECK(flush());
    while (!items_.empty()) LIFEBOAT_CHECK(take_front());
    return ok();
  }

  [[nodiscard]] PumpCounts counts() const noexcept { return {shared_.read, shared_.old, shared_.kept}; }

 private:
  struct Item {
    std::unique_ptr<detail::SmallPump> small;
    std::unique_ptr<detail::SlicePump> slice;
    std::shared_ptr<detail::LargePump> ends;  ///< the file whose last slice this is
    std::size_t files = 0;
    std::uint64_t bytes = 0;
  };

  Status add_small(PumpFile file) {
    if (!batch_) batch_ = std::make_unique<detail::SmallPump>(shared_);
    batch_->bytes += file.entry.entry.size;
    batch_->files.push_back(std::move(file));
    return batch_->files.size() >= 16 || batch_->bytes >= slice_bytes_max ? flush() : ok();
  }

  Status flush() {
    if (!batch_) return ok();
    Item item;
    item.files = batch_->files.size();
    item.bytes = batch_->bytes;
    item.small = std::move(batch_);
    LIFEBOAT_CHECK(throttle_.pass(item.bytes));
    return queue(std::move(item));
  }

  Status add_large(PumpFile file) {
    auto large = std::make_shared<detail::LargePump>();
    large->file = std::move(file);
    const ManifestEntry& m = large->file.entry;
    if (!hash_) {
      LIFEBOAT_TRY(hash_, shared_.archive->repository().structural->begin());
    }
    auto content = ContentReader::open(*shared_.archive, m, *hash_);
    if (!content) {
      large->file.out.reset();
      return sink_.failed(m, content.error());
    }
    large->content.emplace(std::move(*content));
    large->old = detail::open_old(shared_, m.entry.path);
    const std::uint64_t slices = large->content->slices();
    if (slices == 0) return finish_large(*large);
    for (std::uint64_t n = 0; n < slices; ++n) {
      if (large->error) break;
      LIFEBOAT_CHECK(throttle_.pass(large->content->slice_bytes(n)));
      Item item;
      item.slice = next_slice();
      item.slice->large = large;
      item.slice->slice = n;
      item.bytes = slice_bytes_max;
      if (n + 1 == slices) {
        item.ends = large;
        item.files = 2;
      }
      LIFEBOAT_CHECK(queue(std::move(item)));
    }
    if (!large->error || (!items_.empty() && items_.back().ends == large)) return ok();
    // It failed half-way: what is on its way of it must come back before it is told.
    while (!items_.empty()) LIFEBOAT_CHECK(take_front());
    return finish_large(*large);
  }

  std::unique_ptr<detail::SlicePump> next_slice() {
    if (free_.empty()) return std::make_unique<detail::SlicePump>(shared_);
    auto slice = std::move(free_.back());
    free_.pop_back();
    return slice;
  }

  Status queue(Item item) {
    const std::uint64_t in_memory = std::max<std::uint64_t>(budgets_.memory / 4, 4 * slice_bytes_max);
    const std::size_t wanted = std::max<std::size_t>(workers_.threads() * 4ULL, 4);
    while (!items_.empty() &&
           (items_.size() >= wanted || bytes_ + item.bytes > in_memory || files_ + item.files > files_max))
      LIFEBOAT_CHECK(take_front());
    bytes_ += item.bytes;
    files_ += item.files;
    workers_.submit(item.small ? static_cast<Job&>(*item.small) : *item.slice);
    items_.push_back(std::move(item));
    return ok();
  }

  Status take_front() {
    workers_.wait(items_.front().small ? static_cast<Job&>(*items_.front().small) : *items_.front().slice);
    Item item = std::move(items_.front());
    items_.pop_front();
    bytes_ -= item.bytes;
    files_ -= item.files;
    if (item.small) return take_small(*item.small);
    const std::shared_ptr<detail::LargePump> large = std::move(item.slice->large);
    if (item.slice->error && !large->error) large->error = std::move(item.slice->error);
    free_.push_back(std::move(item.slice));
    move_on(*large, slice_bytes_max);
    return item.ends ? finish_large(*large) : ok();
  }

  Status take_small(detail::SmallPump& small) {
    std::size_t error = 0;
    for (std::size_t i = 0; i < small.files.size(); ++i) {
      const ManifestEntry& m = small.files[i].entry;
      if (error < small.errors.size() && small.errors[error].first == i)
        LIFEBOAT_CHECK(sink_.failed(m, small.errors[error++].second));
      else
        sink_.done(m, m.entry.size);
      sink_.moved(m, m.entry.size);
    }
    return ok();
  }

  void move_on(detail::LargePump& large, std::uint64_t bytes) {
    const std::uint64_t rest = large.file.entry.entry.size - large.moved;
    const std::uint64_t more = std::min(bytes, rest);
    large.moved += more;
    if (more != 0) sink_.moved(large.file.entry, more);
  }

  Status finish_large(detail::LargePump& large) {
    if (large.told) return ok();
    large.told = true;
    if (!large.error && large.file.out)
      if (auto finished = large.file.out->finish(); !finished) large.error = std::move(finished).error();
    large.file.out.reset();
    large.content.reset();
    move_on(large, large.file.entry.entry.size);
    if (large.error) return sink_.failed(large.file.entry, *large.error);
    sink_.done(large.file.entry, large.file.entry.entry.size);
    return ok();
  }

  Workers& workers_;
  Budgets budgets_;
  Throttle& throttle_;
  PumpSink& sink_;
  detail::PumpShared shared_;
  std::unique_ptr<HashPort> hash_;
  std::unique_ptr<detail::SmallPump> batch_;
  std::deque<Item> items_;
  std::vector<std::unique_ptr<detail::SlicePump>> free_;
  std::uint64_t bytes_ = 0;
  std::size_t files_ = 0;
};
using ContentPump = BasicContentPump<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
