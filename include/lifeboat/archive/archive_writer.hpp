// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <deque>

#include <lifeboat/archive/carried.hpp>
#include <lifeboat/archive/gone_names.hpp>
#include <lifeboat/core/throttle.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Takes what a scan finds, decides by the base what is new, has workers read and hash it, and writes it in order.
/// Memory: what is on its way (Budgets::memory) and, for what the base shows, the base's index.
template <class = void>
class BasicArchiveWriter final : public EntrySink {
 public:
  BasicArchiveWriter(const BackupInput& input, MemberWriter& out, Base* base, BackupReport& report, unsigned threads)
      : input_(input), out_(out), base_(base), report_(report), carried_(out, base),
        throttle_(input.budgets.bytes_per_second, input.stop, stopped()), workers_(threads) {
    tools_ = {input.verifier, input.repository->structural.get(), input.strategy == StrategyId::full};
    // A file that changed so shortly before the flush may change again without its times moving.
    racy_after_ = {input.cut_began.seconds - 2, input.cut_began.nanoseconds};
  }

  Status entry(Entry&& e, std::unique_ptr<Content> content) override {
    LIFEBOAT_CHECK(check_stop());
    LIFEBOAT_TRY(const ManifestEntry* const base, walk_base(e.path));
    if (e.ctime > racy_after_ || e.mtime > racy_after_) e.flags |= entry_flag::racy;
    const bool unchanged = base != nullptr && is_unchanged(base->entry, e);
    const bool replaced = base != nullptr && (e.type != base->entry.type || e.inode != base->entry.inode ||
                                              e.device != base->entry.device);
    if (replaced) carried_.gone(base->entry);
    if (base == nullptr || !same_stamp(base->entry, e)) ++report_.changed_entries;
    Status taken = ok();
    if (e.type == EntryType::file)
      taken = unchanged ? reuse(std::move(e), *base) : read(std::move(e), std::move(content), base);
    else if (e.type == EntryType::hardlink)
      taken = hardlink(std::move(e), std::move(content));
    else
      taken = plain(std::move(e), *content, unchanged ? base : nullptr);
    if (base != nullptr && taken) taken = base_->advance();
    return taken;
  }

  Status unreadable(Entry&& e, Error error) override {
    LIFEBOAT_CHECK(check_stop());
    LIFEBOAT_TRY(const ManifestEntry* const base, walk_base(e.path));
    gap(ErrorId::entry_unreadable, e.path, error);
    if (e.type == EntryType::directory) unreadable_folder_ = e.path;
    LIFEBOAT_CHECK(carry(std::move(e), base));
    return base != nullptr ? base_->advance() : ok();
  }

  void skipped(std::string_view path, const Error& error) override {
    ++report_.skipped;
    input_.log.tell(Event{error.id(), path, error.sentence(), error.system_error()});
  }

  /// Everything that the scan found is in the archive when this returns.
  Status settle() override {
    LIFEBOAT_CHECK(walk_base(std::nullopt));
    return drain();
  }

 private:
  enum class Stage : std::uint8_t { ready, batch, large_begin, slice, large_end };
  struct Pending {
    Stage stage = Stage::ready;
    ManifestEntry ready;
    std::unique_ptr<SmallBatch> batch;
    std::unique_ptr<Slice> slice;
    std::shared_ptr<LargeFile> file;
    std::uint64_t bytes = 0;
  };

  /// Counted for every large file on its way, so that few of them are open at once.
  static constexpr std::uint64_t open_file_charge = 1U << 19U;

  static Error stopped() { return Error{ErrorId::interrupted, "the backup was stopped"}.unchanged(); }
  Status check_stop() const {
    return input_.stop.stop_requested() ? Status(stopped()) : ok();
  }

  void gap(ErrorId id, const std::string& path, const Error& error) {
    ++report_.gap_count;
    if (report_.gaps.size() < BackupReport::gaps_max) report_.gaps.push_back({id, path, error.sentence()});
    input_.log.tell(Event{id, path, error.sentence(), error.system_error()});
  }

  /// Walks the base up to `path` (to its end for none): what it passes is gone from the source, but below an unreadable
  /// folder. Gives the base's entry of that path, if it has one.
  Result<const ManifestEntry*> walk_base(std::optional<std::string_view> path) {
    if (base_ == nullptr) return nullptr;
    while (const ManifestEntry* at = base_->current()) {
      const auto order = path ? compare_paths(at->entry.path, *path) : std::strong_ordering::less;
      if (order == std::strong_ordering::equal) return at;
      if (order == std::strong_ordering::greater) return nullptr;
      if (unreadable_folder_ && is_below(at->entry.path, *unreadable_folder_)) {
        Entry copy = at->entry;
        LIFEBOAT_CHECK(carry(std::move(copy), at));
      } else {
        ++report_.removed_entries;
        carried_.gone(at->entry);
      }
      LIFEBOAT_CHECK(base_->advance());
    }
    return nullptr;
  }

  /// Takes an entry that can not be read now, as the base has it.
  Status carry(Entry&& e, const ManifestEntry* base) {
    // Whether what it is another name of was there when it was read shows when that comes out.
    if (base != nullptr && base->entry.type == EntryType::hardlink) LIFEBOAT_CHECK(drain());
    LIFEBOAT_TRY(ManifestEntry m, carried_.record(std::move(e), base));
    return give(std::move(m));
  }

  [[nodiscard]] bool is_unchanged(const Entry& before, const Entry& now) const {
    constexpr std::uint32_t doubt =
        entry_flag::racy | entry_flag::torn | entry_flag::unreadable | entry_flag::no_content | entry_flag::prefix;
    return input_.times_prove && (before.flags & doubt) == 0 && same_stamp(before, now);
  }

  void translate(std::vector<Extent>& extents) {
    for (Extent& extent : extents) extent.archive = out_.refer(base_->referred(extent.archive));
  }

  /// Bytes that were looked at, of as many as the latest archive has: a source rarely grows much in between.
  void tell(std::string_view path) const {
    const ArchiveRecord* latest = input_.catalog->view().latest();
    const std::uint64_t done = report_.read_bytes + passed_;
    const std::uint64_t total = latest != nullptr ? latest->facts.content_bytes : 0;
    input_.log.tell(Progress{"read", path, done, total > done ? total : 0, out_.entries()});
  }

  Status reuse(Entry&& e, const ManifestEntry& base) {
    LIFEBOAT_CHECK(flush_batch());
    passed_ += e.size;
    ManifestEntry m = base;
    const std::uint32_t racy = e.flags & entry_flag::racy;
    m.entry.flags = (m.entry.flags & ~entry_flag::racy) | racy;
    m.entry.links = e.links;
    translate(m.extents);
    out_.count_reused(e.size);
    return give(std::move(m));
  }

  Status plain(Entry&& e, Content& content, const ManifestEntry* base) {
    LIFEBOAT_CHECK(flush_batch());
    ManifestEntry m;
    m.entry = std::move(e);
    if (base != nullptr) {
      m.entry.owner = base->entry.owner;
      m.entry.group = base->entry.group;
      m.entry.target = base->entry.target;
      m.entry.attributes = base->entry.attributes;
    } else if (auto details = content.details(m.entry); !details) {
      if (details.error().id() == ErrorId::entry_vanished && !m.entry.path.empty()) return ok();
      if (is_of_the_process(details.error())) return details;
      gap(ErrorId::entry_unreadable, m.entry.path, details.error());
      m.entry.flags |= entry_flag::unreadable;
    }
    return give(std::move(m));
  }

  /// Another name of a file. Where the first name vanished before it was read, this one brings the content.
  Status hardlink(Entry&& e, std::unique_ptr<Content> content) {
    LIFEBOAT_CHECK(drain());
    const auto holder = vanished_.holder(e.target);
    if (!holder) {
      vanished_.take_place(std::exchange(e.target, {}), e.path);
      e.type = EntryType::file;
      return read(std::move(e), std::move(content), nullptr);
    }
    e.target = *holder;
    ManifestEntry m;
    m.entry = std::move(e);
    return give(std::move(m));
  }

  /// A file whose content must be looked at.
  Status read(Entry&& e, std::unique_ptr<Content> content, const ManifestEntry* base) {
    std::optional<ManifestEntry> known;
    if (base_ != nullptr) {
      LIFEBOAT_TRY(known, content_in_base(e, base));
    }
    const bool keeps_leaves = known && known->leaf != 0;
    if (!keeps_leaves && !e.sparse && e.size < whole_file_max)
      return read_small(std::move(e), std::move(content), std::move(known));
    LIFEBOAT_CHECK(flush_batch());
    return read_large(std::move(e), std::move(content), std::move(known));
  }

  /// Where the base may have this content: under the inode if the name has another one now, else under the name.
  Result<std::optional<ManifestEntry>> content_in_base(const Entry& e, const ManifestEntry* base) {
    const bool same_path = base != nullptr && base->entry.type == EntryType::file;
    if (e.size != 0 && (!same_path || base->entry.inode != e.inode)) {
      LIFEBOAT_TRY(const ManifestEntry* const found, base_->find_inode(e.device, e.inode));
      if (found != nullptr) return std::optional<ManifestEntry>(*found);
    }
    if (same_path && (base->entry.flags & entry_flag::no_content) == 0) return std::optional<ManifestEntry>(*base);
    return std::optional<ManifestEntry>();
  }

  Status read_small(Entry&& e, std::unique_ptr<Content> content, std::optional<ManifestEntry> known) {
    LIFEBOAT_CHECK(throttle_.pass(e.size));
    if (!batch_) batch_ = std::make_unique<SmallBatch>(tools_);
    batch_->bytes += e.size + 4096;
    SmallFile file;
    file.result.entry = std::move(e);
    file.content = std::move(content);
    file.base = std::move(known);
    batch_->files.push_back(std::move(file));
    if (batch_->files.size() >= 64 || batch_->bytes >= (1U << 20U)) return flush_batch();
    return ok();
  }

  Status flush_batch() {
    if (!batch_) return ok();
    Pending p;
    p.stage = Stage::batch;
    p.bytes = batch_->bytes;
    p.batch = std::move(batch_);
    workers_.submit(*p.batch);
    return queue(std::move(p));
  }

  /// What was begun is in the archive when this returns.
  Status drain() {
    LIFEBOAT_CHECK(flush_batch());
    while (!pending_.empty()) LIFEBOAT_CHECK(emit_front());
    return ok();
  }

  Status read_large(Entry&& e, std::unique_ptr<Content> content, std::optional<ManifestEntry> known) {
    const auto file = std::make_shared<LargeFile>();
    if (auto prepared = prepare_large(*file, std::move(e), std::move(content), std::move(known)); !prepared) {
      if (is_of_the_process(prepared.error())) return prepared;
      LIFEBOAT_TRY(std::optional<ManifestEntry> m, could_not_read(std::move(file->result.entry), prepared.error()));
      return m ? give(std::move(*m)) : ok();
    }
    LIFEBOAT_CHECK(queue({Stage::large_begin, {}, nullptr, nullptr, file, open_file_charge}));
    auto sliced = each_slice(*file, [&](std::unique_ptr<Slice> slice) -> Status {
      LIFEBOAT_CHECK(throttle_.pass(slice->length));
      // Memory is taken before the job begins, so that what is on its way stays within the budget.
      const std::uint64_t bytes = slice->length;
      LIFEBOAT_CHECK(make_room(bytes));
      workers_.submit(*slice);
      return queue({Stage::slice, {}, nullptr, std::move(slice), file, bytes});
    });
    if (!sliced) return sliced;
    return queue({Stage::large_end, {}, nullptr, nullptr, file, 0});
  }

  /// The same within the ordered stage: for what turned out to need it only there.
  Status emit_as_large(SmallFile& small) {
    LargeFile file;
    small.result.entry.sparse = true;
    if (auto prepared =
            prepare_large(file, std::move(small.result.entry), std::move(small.content), std::move(small.base));
        !prepared) {
      if (is_of_the_process(prepared.error())) return prepared;
      LIFEBOAT_TRY(const auto m, could_not_read(std::move(file.result.entry), prepared.error()));
      return m ? out_.entry(*m) : ok();
    }
    LIFEBOAT_CHECK(out_.begin_large(file));
    LIFEBOAT_CHECK(each_slice(file, [&](std::unique_ptr<Slice> slice) -> Status {
      slice->run();
      return put_slice(file, *slice);
    }));
    return emit_large_end(file);
  }

  /// Opens a large file and lays out its leaves. On an error `file` has its entry and its base back.
  Status prepare_large(LargeFile& file, Entry&& e, std::unique_ptr<Content> content,
                       std::optional<ManifestEntry> known) {
    file.result.entry = std::move(e);
    file.content = std::move(content);
    file.base = std::move(known);
    LIFEBOAT_CHECK(open_large(file));
    const Entry& entry = file.result.entry;
    const bool keeps = file.base && file.base->leaf != 0;
    const std::uint8_t chosen = choose_leaf(entry.size, entry.sparse);
    file.result.leaf = keeps ? file.base->leaf : chosen != 0 ? chosen : std::uint8_t{12};
    LIFEBOAT_CHECK(lay_out(file));
    if (keeps)
      for (const Extent& extent : file.base->extents)
        file.base_leaves.push_back(
            {&base_->stream(extent.archive), extent, out_.refer(base_->referred(extent.archive))});
    return ok();
  }

  Status open_large(LargeFile& file) {
    LIFEBOAT_CHECK(file.content->open());
    LIFEBOAT_CHECK(file.content->details(file.result.entry));
    LIFEBOAT_TRY(file.stamp, file.content->stamp());
    file.result.entry.size = file.stamp.size;
    file.result.entry.mtime = file.stamp.mtime;
    Entry& entry = file.result.entry;
    // What was allocated before it is written, and a block of attributes, count among a file's blocks, and so can hide
    // a hole from the scan.
    if (!entry.sparse && entry.size != 0) {
      LIFEBOAT_TRY(entry.sparse, detail::has_holes(*file.content, entry.size));
    }
    return ok();
  }

  Status lay_out(LargeFile& file) {
    const Entry& e = file.result.entry;
    if (!e.sparse) {
      if (e.size != 0) file.segments.push_back({0, e.size});
      return ok();
    }
    return file.content->segments([&](Segment segment) {
      add_rounded(file.segments, segment, file.result.leaf, e.size);
      return ok();
    });
  }

  /// What the process lacks, as descriptors or memory, says nothing of the entry: the backup ends with it.
  static bool is_of_the_process(const Error& error) noexcept {
    return error.id() == ErrorId::limit || error.id() == ErrorId::out_of_memory || error.id() == ErrorId::crypto;
  }

  /// A file that vanished is left out; one that can not be read is carried from the base.
  Result<std::optional<ManifestEntry>> could_not_read(Entry&& e, const Error& error) {
    if (error.id() == ErrorId::entry_vanished) {
      input_.log.tell(Event{error.id(), e.path, error.sentence(), error.system_error()});
      if (e.links > 1) vanished_.add(e.path);
      carried_.gone(e.path);
      return std::optional<ManifestEntry>();
    }
    gap(ErrorId::entry_unreadable, e.path, error);
    const ManifestEntry* of_base = nullptr;
    if (base_ != nullptr) {
      LIFEBOAT_TRY(of_base, base_->find_path(e.path));
    }
    LIFEBOAT_TRY(ManifestEntry m, carried_.record(std::move(e), of_base));
    return std::optional<ManifestEntry>(std::move(m));
  }

  /// Cuts a laid out file into slices of whole leaves, each with the extents of the base that touch it.
  Status each_slice(LargeFile& file, FunctionRef<Status(std::unique_ptr<Slice>)> take) {
    constexpr std::uint64_t slice_bytes = 1U << 20U;
    const std::uint8_t leaf = file.result.leaf;
    const std::vector<BaseLeaves>& known = file.base_leaves;
    std::size_t base_at = 0;
    for (const Segment& segment : file.segments)
      for (std::uint64_t done = 0; done < segment.length; done += slice_bytes) {
        auto slice = std::make_unique<Slice>(tools_, *file.content);
        slice->offset = segment.offset + done;
        slice->length = static_cast<std::size_t>(std::min(slice_bytes, segment.length - done));
        slice->leaf = leaf;
        slice->first = slice->offset >> leaf;
        const std::uint64_t end = slice->first + leaf_count(leaf, slice->length);
        while (base_at < known.size() && known[base_at].extent.first + known[base_at].extent.leaves <= slice->first)
          ++base_at;
        for (std::size_t i = base_at; i < known.size() && known[i].extent.first < end; ++i)
          slice->base.push_back(known[i]);
        LIFEBOAT_CHECK(take(std::move(slice)));
      }
    return ok();
  }

  /// What is ready goes out at once where nothing is before it.
  Status give(ManifestEntry&& m) {
    if (pending_.empty() && !batch_) return out_.entry(m);
    LIFEBOAT_CHECK(flush_batch());
    return queue({Stage::ready, std::move(m), nullptr, nullptr, nullptr, 512});
  }

  Status queue(Pending&& p) {
    on_the_way_ += p.bytes;
    pending_.push_back(std::move(p));
    return make_room(0);
  }

  Status make_room(std::uint64_t bytes) {
    while (!pending_.empty() && on_the_way_ + bytes > input_.budgets.memory / 2) LIFEBOAT_CHECK(emit_front());
    return ok();
  }

  Status emit_front() {
    Pending p = std::move(pending_.front());
    pending_.pop_front();
    on_the_way_ -= p.bytes;
    switch (p.stage) {
      case Stage::ready: return out_.entry(p.ready);
      case Stage::batch: return emit_batch(*p.batch);
      case Stage::large_begin: return out_.begin_large(*p.file);
      case Stage::slice:
        workers_.wait(*p.slice);
        report_.read_bytes += p.slice->length;
        LIFEBOAT_CHECK(put_slice(*p.file, *p.slice));
        tell(p.file->result.entry.path);
        return ok();
      case Stage::large_end: return emit_large_end(*p.file);
    }
    return ok();
  }

  Status emit_batch(SmallBatch& batch) {
    workers_.wait(batch);
    for (SmallFile& file : batch.files) {
      if (file.error) {
        if (is_of_the_process(*file.error)) return *file.error;
        LIFEBOAT_TRY(const auto m, could_not_read(std::move(file.result.entry), *file.error));
        if (m) LIFEBOAT_CHECK(out_.entry(*m));
        continue;
      }
      if (file.holes) {
        LIFEBOAT_CHECK(emit_as_large(file));
        continue;
      }
      report_.read_bytes += file.length;
      note_torn(file.result.entry);
      if (file.base && file.base->leaf == 0 && file.base->entry.size == file.length &&
          file.base->digest == file.result.digest) {
        file.result.extents = file.base->extents;
        translate(file.result.extents);
        out_.count_reused(file.length);
        LIFEBOAT_CHECK(out_.entry(file.result));
      } else {
        LIFEBOAT_CHECK(out_.small(file));
      }
    }
    tell(batch.files.back().result.entry.path);
    return ok();
  }

  /// What the base has of a file that can not be read to its end, where that is carried: unless a part of it is stored
  /// already, for every stored byte must be under a digest.
  Result<const ManifestEntry*> to_carry(const LargeFile& file) {
    if (!file.error || file.stored || input_.strategy == StrategyId::full || base_ == nullptr) return nullptr;
    LIFEBOAT_TRY(const ManifestEntry* const of_base, base_->find_path(file.result.entry.path));
    return of_base != nullptr && (of_base->entry.flags & entry_flag::no_content) == 0 ? of_base : nullptr;
  }

  Status put_slice(LargeFile& file, Slice& slice) {
    if (slice.error && !file.error) file.error = slice.error;
    LIFEBOAT_TRY(const ManifestEntry* const of_base, to_carry(file));
    return of_base != nullptr ? ok() : out_.slice(file, slice);
  }

  Status emit_large_end(LargeFile& file) {
    Entry& e = file.result.entry;
    const auto stamp = file.content->stamp();
    const bool grew_only = (e.flags & entry_flag::prefix) != 0 && stamp && stamp->size >= file.stamp.size;
    if (file.cut_short || !stamp || (*stamp != file.stamp && !grew_only)) e.flags |= entry_flag::torn;
    file.content->close();
    if (file.error) {
      if (is_of_the_process(*file.error)) return *file.error;
      gap(ErrorId::entry_unreadable, e.path, *file.error);
      LIFEBOAT_TRY(const ManifestEntry* const of_base, to_carry(file));
      if (of_base != nullptr) {
        LIFEBOAT_TRY(const ManifestEntry m, carried_.record(std::move(e), of_base));
        return out_.entry(m);
      }
    }
    note_torn(e);
    return out_.end_large(file);
  }

  void note_torn(const Entry& e) {
    if ((e.flags & entry_flag::torn) == 0) return;
    gap(ErrorId::entry_torn, e.path, Error{ErrorId::entry_torn, e.path + " changed while it was read"});
  }

  const BackupInput& input_;
  MemberWriter& out_;
  Base* base_;
  BackupReport& report_;
  ReadTools tools_;
  Timestamp racy_after_;
  std::optional<std::string> unreadable_folder_;
  GoneNames vanished_;  ///< first names of several that were gone when they were to be read
  Carried carried_;
  Throttle throttle_;
  std::unique_ptr<SmallBatch> batch_;
  std::deque<Pending> pending_;
  std::uint64_t on_the_way_ = 0;
  std::uint64_t passed_ = 0;  ///< bytes of files that were not read, being unchanged
  Workers workers_;           ///< last: ends before what its jobs use
};
using ArchiveWriter = BasicArchiveWriter<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
