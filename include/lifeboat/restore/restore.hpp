// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/elapsed.hpp>
#include <lifeboat/restore/check_restored.hpp>
#include <lifeboat/restore/extract_mark.hpp>
#include <lifeboat/restore/plan.hpp>
#include <lifeboat/restore/undone.hpp>
#include <lifeboat/restore/write_tail.hpp>
#include <lifeboat/source/tree_output.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// One restore under way.
template <class = void>
class BasicRestoreRun final : private PumpSink {
 public:
  BasicRestoreRun(const RestoreInput& input, const RestorePlan& plan) : input_(input), plan_(plan) {}

  Result<RestoreReport> run() {
    if (!plan_.possible()) return plan_.refusals.front();
    if (plan_.archive != input_.archive->facts().archive || plan_.target != input_.target)
      return Error{ErrorId::plan_changed, "the plan is of another archive or target than what is to be restored"}
          .unchanged();
    FileDescriptor old;
    LIFEBOAT_TRY(old, open_old_tree());
    LIFEBOAT_TRY(StagingPlace place, StagingPlace::look(input_.target));
    if (place.taken())
      return Error{ErrorId::target_exists, input_.target + " exists and is not an empty folder"}.unchanged();
    if (place.in_use() != input_.resume)
      return Error{input_.resume ? ErrorId::staging_missing : ErrorId::staging_exists,
                   "the staging place " + place.staging_path() + (input_.resume ? " is gone" : " appeared") +
                       " since the plan was made"}
          .unchanged();
    LIFEBOAT_TRY(FileDescriptor root, place.begin(state(), input_.resume));
    auto done = build(place, std::move(root), old.get());
    if (!done) return with_place(std::move(done).error(), place);
    return std::move(report_);
  }

 private:
  /// What tells one restore from another, when it is gone on with.
  [[nodiscard]] std::string state() const {
    const ArchiveReader& archive = *input_.archive;
    return "lifeboat-restore-1\nrepository " + to_hex(archive.repository().id.view()) + "\nsource " + archive.source() +
           "\narchive " + to_hex(archive.facts().archive.view()) + "\nmanifest " +
           to_hex(archive.manifest().digest.view()) + "\n" +
           (plan_.tail ? "position " + to_text(plan_.tail->upto) + "\n" : std::string()) + input_.scope.text() +
           "end\n";
  }

  /// The old tree must be a folder, and none that this restore writes to.
  Result<FileDescriptor> open_old_tree() const {
    if (input_.using_old.empty()) return FileDescriptor{};
    auto opened = open_at(AT_FDCWD, input_.using_old.c_str(), O_RDONLY | O_DIRECTORY);
    if (!opened)
      return Error{ErrorId::source_missing, "the old tree " + input_.using_old + " can not be opened"}
          .because(opened.error)
          .unchanged();
    return std::move(opened.value);
  }

  static Error with_place(Error error, const StagingPlace& place) {
    std::string next = error.next();
    if (next.empty()) next = "the same line with --resume to go on, or with --discard to remove it";
    return Error{error.id(), error.sentence() + ". " + place.target() +
                                 " was not made; what was restored so far is in " + place.staging_path()}
        .because(error.system_error())
        .next(std::move(next));
  }

  Status build(StagingPlace& place, FileDescriptor root, int old) {
    TreeWriterConfig config;
    // A place that has a marker or an interrupted restore in it is written over, entry by entry.
    in_place_ = place.staging_path() == place.target();
    config.resume = input_.resume || in_place_;
    config.root = std::move(root);
    config.metadata = input_.metadata;
    config.devices = input_.devices;
    const int root_descriptor = config.root.get();
    LIFEBOAT_TRY(const std::unique_ptr<TreeWriter> tree, TreeWriter::open(std::move(config)));
    tree_ = tree.get();
    report_.archive = plan_.archive;
    report_.target = input_.target;
    report_.extract = plan_.extract;
    LIFEBOAT_CHECK(fill(old));
    if (plan_.extract) set_attribute(root_descriptor);
    if (plan_.tail) LIFEBOAT_CHECK(replay(place.tree_path()));
    LIFEBOAT_CHECK(tree->finish());
    collect(tree->missing());
    if (!report_.journal.empty()) LIFEBOAT_CHECK(give_tail(root_descriptor, place.tree_path(), report_.journal));
    LIFEBOAT_CHECK(check_stop());
    return place.publish(root_time_);
  }

  static Error stopped() { return Error{ErrorId::interrupted, "the restore was stopped"}; }
  Status check_stop() const { return input_.stop.stop_requested() ? Status(stopped()) : ok(); }

  /// Brings the journal back behind the archive; what stays behind it is written down beside the target first.
  Status replay(const std::string& root) {
    const JournalTail& tail = *plan_.tail;
    MediumPort& medium = *input_.archive->repository().medium;
    const std::string& source = input_.archive->source();
    RestoredMark mark{source, to_hex(plan_.archive.view()), tail.upto, tail.head, tail.undone.groups};
    mark.unknown = tail.undone.unread + tail.unkeyed;
    if (mark.undone != 0) {
      const std::string journal = root + "/" + tail.place;
      LIFEBOAT_TRY(const FileDescriptor folder, detail::make_place(root, journal));
      LIFEBOAT_TRY(mark.list,
                   write_undone(medium, source, tail, {plan_.undone_list, journal + "/" + undone_name}, input_.stop));
    }
    if (!tail.history.empty()) {
      Status written = write_tail(medium, source, tail, root, to_text(mark), input_.stop);
      if (!written) return of_journal(std::move(written).error());
      LIFEBOAT_TRY(report_.invariants, check_restored(root + "/" + tail.place, input_.invariants));
      report_.journal = tail.place;
    }
    report_.position = tail.upto;
    report_.position_time = tail.upto_time;
    report_.groups = tail.groups;
    report_.undone = tail.undone;
    return ok();
  }

  /// What is damaged on the medium is damaged when it is read again, too.
  static Error of_journal(Error error) {
    if (!is_lost_piece(error.id())) return error;
    return std::move(error).next("the same line with --discard, and then with --despite gap");
  }

  Status fill(int old) {
    Workers workers(threads_of(input_.budgets));
    Throttle throttle(input_.budgets.bytes_per_second, input_.stop, stopped());
    ContentPump pump(*input_.archive, workers, input_.budgets, throttle, *this, old);
    LIFEBOAT_TRY(const std::unique_ptr<ScopedWalk> walk, ScopedWalk::open(*input_.archive, input_.scope));
    while (true) {
      LIFEBOAT_CHECK(check_stop());
      LIFEBOAT_TRY(const bool more, walk->next());
      if (!more) break;
      ManifestEntry& m = walk->current();
      ++report_.entries;
      if ((m.entry.flags & entry_flag::torn) != 0) ++report_.torn;
      if ((m.entry.flags & entry_flag::unreadable) != 0) ++report_.unreadable;
      if (in_place_ && m.entry.path == StagingPlace::marker_name)
        return Error{ErrorId::target_exists,
                     "the archive has an entry " + m.entry.path + ", the name of the marker of restores"}
            .next("a --target that does not exist");
      if (m.entry.path.empty()) root_time_ = m.entry.mtime;
      LIFEBOAT_CHECK(m.entry.type == EntryType::file ? file(pump, std::move(m)) : other(m.entry));
    }
    LIFEBOAT_CHECK(pump.finish());
    const PumpCounts counts = pump.counts();
    report_.read_bytes = counts.read;
    report_.old_bytes = counts.old;
    report_.kept_bytes = counts.kept;
    return ok();
  }

  Status file(ContentPump& pump, ManifestEntry&& m) {
    ++report_.files;
    PumpFile next;
    std::uint64_t there = 0;
    for (const Extent& extent : m.extents) there += extent.leaves;
    // Where a file has holes, what an interrupted restore left in their place could stay unseen: it is written anew.
    if (input_.resume && there == leaf_count(m.leaf, m.entry.size) && m.entry.size != 0) {
      if (auto present = tree_->read_back(m.entry.path)) next.present = std::move(*present);
    }
    LIFEBOAT_TRY(next.out, next.present ? tree_->go_on(m.entry) : tree_->create(m.entry));
    next.entry = std::move(m);
    return pump.add(std::move(next));
  }

  Status other(const Entry& entry) {
    Status placed = tree_->place(entry);
    // Another name of something that could not be made is missing with it.
    if (!placed && entry.type == EntryType::hardlink && placed.error().system_error() == ENOENT) {
      own_missing_.add({entry.path, RestorePart::entry, "another name of '" + entry.target + "'", ENOENT});
      return ok();
    }
    return placed;
  }

  Status failed(const ManifestEntry&, const Error& error) override { return error; }
  void done(const ManifestEntry&, std::uint64_t bytes) override { report_.content_bytes += bytes; }
  void moved(const ManifestEntry& m, std::uint64_t bytes) override {
    moved_ += bytes;
    input_.log.tell(Progress{"restore", m.entry.path, moved_, plan_.content_bytes, report_.entries});
  }

  /// An extract says so itself, where the file system has room for that.
  void set_attribute(int root) const {
    const std::string archive = to_hex(plan_.archive.view());
    (void)::fsetxattr(root, extract_attribute, archive.data(), archive.size(), 0);
  }

  void collect(const NotRestoredList& missing) {
    const NotRestoredList* const lists[] = {&missing, &own_missing_};
    for (const NotRestoredList* list : lists) {
      report_.not_restored += list->total();
      for (std::size_t part = 0; part < NotRestoredList::parts; ++part)
        report_.not_restored_by_part[part] += list->count(static_cast<RestorePart>(part));
      for (NotRestored& one : list->list()) report_.not_restored_list.push_back(std::move(one));
    }
  }

  const RestoreInput& input_;
  const RestorePlan& plan_;
  RestoreReport report_;
  std::uint64_t moved_ = 0;
  TreeWriter* tree_ = nullptr;
  NotRestoredList own_missing_;
  Timestamp root_time_;
  bool in_place_ = false;
};

}  // namespace detail

/// Does what a plan says: builds the tree in its staging place, every block proved before it is written, makes it
/// durable, and lets it appear by one rename. A refused restore leaves nothing. One that fails, is stopped or dies
/// leaves its staging place only, which `resume` goes on with and `discard_restore` removes; the target does not appear
/// (a target that was an empty folder holds the marker `.lifeboat-incomplete` until it is complete). Errors: the plan's
/// first refusal; damage, naming archive, path and bytes; path_escape, corrupt, target_io, interrupted, medium_io.
template <class = void>
Result<RestoreReport> restore(const RestoreInput& input, const RestorePlan& plan) {
  return detail::BasicRestoreRun<>(input, plan).run();
}

/// Removes what an interrupted restore to `target` left. Errors: staging_missing, busy, target_io.
template <class = void>
Status discard_restore(const std::string& target) {
  LIFEBOAT_TRY(StagingPlace place, StagingPlace::look(target));
  return place.discard();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
