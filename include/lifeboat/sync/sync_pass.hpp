// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>

#include <lifeboat/sync/apply_intents.hpp>
#include <lifeboat/sync/replica_scan.hpp>
#include <lifeboat/sync/replica_state.hpp>
#include <lifeboat/sync/scope.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a pass is asked for, beside its context.
struct SyncWish {
  std::string replica;
  Rules scope;
  bool accept_emptied_source = false;
  bool accept_emptied_replica = false;
};

namespace detail {

/// Nanoseconds between two readings, by the boot clock where it tells, else by the wall clock; 0 where that went back.
constexpr std::uint64_t nanoseconds_between(const ClockReading& from, const ClockReading& to) noexcept {
  if (from.boot_id != Id{} && from.boot_id == to.boot_id && to.boot_nanoseconds >= from.boot_nanoseconds)
    return to.boot_nanoseconds - from.boot_nanoseconds;
  if (to.wall < from.wall) return 0;
  return static_cast<std::uint64_t>(to.wall.seconds - from.wall.seconds) * 1'000'000'000U + to.wall.nanoseconds -
         from.wall.nanoseconds;
}

}  // namespace detail

/// One pass over a replica that is open and locked (docs/sync.md, "A pass").
template <class = void>
class BasicSyncPass final : private ItemSink {
 public:
  BasicSyncPass(const SyncWish& wish, SyncContext& context, ReplicaFolder& replica, std::stop_token stop)
      : wish_(wish),
        context_(context),
        replica_(replica),
        stop_(std::move(stop)),
        began_(context.clock.now()),
        throttle_(context.budgets.bytes_per_second, stop_, Error{ErrorId::interrupted, "the sync was stopped"}),
        tools_{context.verifier, context.structural, replica.root(), -1, throttle_, false},
        check_tools_{context.verifier, context.structural, replica.root(), -1, throttle_, true},
        threads_(threads_of(context.budgets)) {}

  /// `before` is what is known of the last pass, if anything; it becomes what is known of this one.
  Result<SyncReport> run(PassFacts& before, bool has_before) {
    LIFEBOAT_TRY(const SourceFacts facts, context_.source.facts());
    if (has_before && before.source_was_mount && !facts.is_mount && !wish_.accept_emptied_source)
      return Error{ErrorId::source_not_mounted,
                   "the source " + facts.url + " was a mount point at the last pass and is none now"}
          .next("the same command again    # when it is mounted")
          .unchanged();
    LIFEBOAT_CHECK(replica_.prepare());
    tools_.stage = replica_.stage();
    LIFEBOAT_CHECK(roll_forward());
    if (has_before) report_.lag_before_ns = detail::nanoseconds_between(before.began, began_);
    LIFEBOAT_CHECK(open_state());
    ReplicaScan there(replica_.own_path());
    LIFEBOAT_CHECK(there.run(replica_.root(), std::string(replica_own_name), stop_));
    LIFEBOAT_CHECK(check_replica_not_emptied(there.entries(), has_before ? before.entries : 0));
    timespec now{};
    (void)::clock_gettime(CLOCK_REALTIME, &now);
    racy_after_ = {static_cast<std::int64_t>(now.tv_sec) - 2, static_cast<std::uint32_t>(now.tv_nsec)};
    LIFEBOAT_CHECK(context_.source.flush());
    const ClockReading scanned = context_.clock.now();
    if (Status planned = plan(there, facts, has_before ? before.entries : 0); !planned) {
      (void)replica_.clear_stage();  // it may be what fills the disk
      return std::move(planned).error();
    }
    LIFEBOAT_CHECK(commit());
    before.began = scanned;
    before.entries = plan_->entries();
    before.source_was_mount = facts.is_mount;
    report_.lag_after_ns = detail::nanoseconds_between(scanned, context_.clock.now());
    report_.duration_ns = detail::nanoseconds_between(began_, context_.clock.now());
    return std::move(report_);
  }

 private:
  // --- Before the scan

  /// Finishes what a pass before has made durable; throws away what it has not.
  Status roll_forward() {
    auto list = open_sealed(replica_.own(), "intents", SealedKind::intents, context_.structural);
    if (!list && list.error().id() == ErrorId::corrupt) {
      // It was whole when it got its name: damage. What it had done already shows as differences, and is set right.
      note(report_.differences, report_.difference_count, context_.log, ErrorId::sync_difference, "intents",
           list.error().sentence());
      (void)remove_file(replica_.own(), "intents");
      return replica_.clear_stage();
    }
    if (!list && list.error().id() != ErrorId::object_missing) return std::move(list).error();
    if (!list) return replica_.clear_stage();
    report_.rolled_forward = true;
    auto applied = apply(*list);
    // What is not right after it is set right by the pass that follows.
    if (!applied && applied.error().id() != ErrorId::sync_difference) return applied;
    return replica_.clear_stage();
  }

  Status open_state() {
    auto state = open_sealed(replica_.own(), "state", SealedKind::state, context_.structural);
    if (!state) {
      if (state.error().id() == ErrorId::object_missing) return ok();
      if (state.error().id() != ErrorId::corrupt) return std::move(state).error();
      note(report_.differences, report_.difference_count, context_.log, ErrorId::sync_difference, "state",
           state.error().sentence() + ": every file is compared anew");
      return ok();
    }
    // Digests of another verifier say nothing to this one.
    if (state->data_verifier != context_.verifier.traits().id) return ok();
    state_ = std::make_unique<SealedFile>(std::move(*state));
    state_bytes_ = state_->bytes();
    return ok();
  }

  Status check_replica_not_emptied(std::uint64_t found, std::uint64_t had) const {
    if (found > 1 || had <= 1 || wish_.accept_emptied_replica) return ok();
    return Error{ErrorId::replica_emptied, "the replica " + replica_.path() + " is empty, but had " +
                                               std::to_string(had - 1) + " entries at the last pass: is it mounted?"}
        .next("lifeboat sync ... --accept-emptied-replica    # if it is meant to be filled anew")
        .unchanged();
  }

  // --- The scan, and the plan that comes of it

  Status plan(ReplicaScan& there, const SourceFacts& facts, std::uint64_t had) {
    LIFEBOAT_TRY(state_writer_, make_state_writer());
    intents_ = std::make_unique<IntentLists>(replica_.own_path());
    Id tag;
    context_.random.fill(tag.bytes);
    plan_ =
        std::make_unique<SyncPlan>(*intents_, *state_writer_, report_, context_.log, to_hex(tag.view()).substr(0, 16));
    std::unique_ptr<StateWalk> state;
    if (state_ != nullptr) {
      state = std::make_unique<StateWalk>(state_bytes_, state_->begin, state_->end);
      LIFEBOAT_CHECK(state->advance());
    }
    ReplicaWalk replica(there.spool(), 0, there.spool().size());
    LIFEBOAT_CHECK(replica.advance());
    TreeMerge merge(tools_, state.get(), replica, *this);
    ScopedSink scoped(wish_.scope, replica_own_name, merge);
    queue_ = std::make_unique<ItemQueue>(threads_);
    LIFEBOAT_TRY(const Cut cut, scan(scoped));
    LIFEBOAT_CHECK(merge.finish());
    LIFEBOAT_CHECK(settle());
    queue_.reset();
    LIFEBOAT_CHECK(plan_->finish());
    report_.cut = report_.torn != 0 ? CutKind::torn : cut.kind;
    report_.position = cut.position;
    return check_source(merge, facts, had > merge.in_state() ? had : merge.in_state());
  }

  Result<std::unique_ptr<SealedWriter>> make_state_writer() {
    LIFEBOAT_TRY(SealedWriter writer, SealedWriter::create(replica_.own(), "state.next", SealedKind::state,
                                                           context_.structural, context_.verifier.traits().id));
    return std::make_unique<SealedWriter>(std::move(writer));
  }

  Result<Cut> scan(EntrySink& sink) {
    LIFEBOAT_TRY(const Cut promised, context_.source.freeze());
    Status scanned = context_.source.scan(sink, stop_);
    if (scanned) scanned = sink.settle();
    const Cut cut = context_.source.kept(promised);
    context_.source.thaw();
    if (!scanned) return std::move(scanned).error();
    return cut;
  }

  Status item(std::unique_ptr<SyncItem> item) override {
    if (item->source && item->path.empty()) LIFEBOAT_CHECK(check_apart(*item->source));
    if (item->replica && item->replica->entry().type == EntryType::directory && has_root_ &&
        item->replica->entry().inode == source_inode_ && item->replica->entry().device == source_device_)
      return inside("the source lies inside the replica ");
    // The scan says so of files; metadata of anything else may change twice in a tick as well.
    if (item->source && item->source->ctime > racy_after_) item->source->flags |= entry_flag::racy;
    if (item->source && item->source->type == EntryType::file) {
      item->stage_name = ++staged_;
      const bool new_here = !item->state || item->state->entry().type != EntryType::file;
      if (new_here && item->source->links == 1 && item->source->size != 0) LIFEBOAT_CHECK(find_moved(*item));
    }
    const bool work = item->reads_content();
    if (++seen_ % 1024 == 0 || work) context_.log.tell(Progress{"scan", item->path, report_.bytes_read, 0, seen_});
    return queue_->push(std::move(item), work, [this](SyncItem& one) { return plan_->take(one); });
  }
  Status settle() override {
    if (queue_ == nullptr) return ok();
    return queue_->settle([this](SyncItem& one) { return plan_->take(one); });
  }
  Status unreadable(const Entry& entry, const Error& error) override {
    ++report_.unreadable;
    plan_->gap(ErrorId::entry_unreadable, entry.path, error.sentence(), error.system_error());
    return ok();
  }
  void skipped(std::string_view path, const Error& error) override {
    ++report_.skipped;
    context_.log.tell(Event{error.id(), path, error.sentence(), error.system_error()});
  }

  [[nodiscard]] Error inside(const std::string& what) const {
    return Error{ErrorId::replica_strange, what + replica_.path()}
        .next("name a replica apart from the source, best on another machine's disk")
        .unchanged();
  }
  /// Climbs from the replica to the top of the file system: the source's root must not be on the way.
  Status check_apart(const Entry& root) {
    has_root_ = true;
    source_device_ = root.device;
    source_inode_ = root.inode;
    auto here = open_at(replica_.root(), ".", O_PATH | O_DIRECTORY);
    struct stat last {};
    while (here) {
      const auto found = stat_of(here.value.get());
      if (!found) break;
      if (found.value.st_dev == source_device_ && found.value.st_ino == source_inode_)
        return inside("the source is, or holds, the replica ");
      if (found.value.st_dev == last.st_dev && found.value.st_ino == last.st_ino) break;
      last = found.value;
      here = open_at(here.value.get(), "..", O_PATH | O_DIRECTORY);
    }
    return ok();
  }

  /// The file that had this inode at the last pass, under another name.
  Status find_moved(SyncItem& item) {
    if (state_ == nullptr) return ok();
    if (!indexed_) LIFEBOAT_CHECK(build_index());
    const Entry& now = *item.source;
    for (auto at = std::lower_bound(index_.begin(), index_.end(), Indexed{now.inode, 0});
         at != index_.end() && at->inode == now.inode; ++at) {
      StateWalk walk(state_bytes_, at->position, state_->end);
      LIFEBOAT_CHECK(walk.advance());
      if (walk.current() == nullptr) break;
      const Entry& then = walk.current()->entry();
      if (then.device != now.device || then.size != now.size || then.mtime != now.mtime) continue;
      item.moved_from = std::move(*walk.current());
      break;
    }
    return ok();
  }
  Status build_index() {
    indexed_ = true;
    StateWalk walk(state_bytes_, state_->begin, state_->end);
    LIFEBOAT_CHECK(walk.advance());
    while (const SyncRecord* record = walk.current()) {
      if (record->entry().type == EntryType::file && record->entry().size != 0)
        index_.push_back({record->entry().inode, walk.position()});
      LIFEBOAT_CHECK(walk.advance());
    }
    std::sort(index_.begin(), index_.end());
    return ok();
  }

  /// A source that had entries and has none is far more often an unmounted disk than a wish.
  Status check_source(const TreeMerge& merge, const SourceFacts& facts, std::uint64_t had) const {
    if (merge.told() <= 1 && had > 1 && !wish_.accept_emptied_source)
      return Error{ErrorId::source_emptied, "the source " + facts.url + " is empty, but had " +
                                                std::to_string(had - 1) + " entries at the last pass: is it mounted?"}
          .next("lifeboat sync ... --accept-emptied    # if it is meant to be empty")
          .unchanged();
    if (merge.told() * 2 < had)
      context_.log.tell(Event{ErrorId::source_shrunken, facts.url, "the source lost more than half of its entries"});
    return ok();
  }

  // --- From the plan to the state

  Status commit() {
    const bool nothing = intents_->count() == 0;
    if (nothing && !plan_->changed() && state_ != nullptr) {
      state_writer_.reset();
      (void)remove_file(replica_.own(), "state.next");
      return ok();
    }
    if (stop_.stop_requested())
      return Error{ErrorId::interrupted, "the sync was stopped before it changed the replica"}.unchanged();
    if (!nothing)
      if (const int error = sync_file_system(replica_.stage()))
        return replica_.failed("can not be made durable", error);
    LIFEBOAT_CHECK(state_writer_->seal());
    state_writer_.reset();
    if (nothing) return store_state();
    LIFEBOAT_TRY(SealedWriter list,
                 SealedWriter::create(replica_.own(), "intents.new", SealedKind::intents, context_.structural));
    LIFEBOAT_CHECK(intents_->write(list));
    LIFEBOAT_CHECK(list.seal());
    LIFEBOAT_CHECK(list.publish("intents"));
    LIFEBOAT_TRY(const SealedFile durable,
                 open_sealed(replica_.own(), "intents", SealedKind::intents, context_.structural));
    LIFEBOAT_CHECK(apply(durable));
    return replica_.clear_stage();
  }

  Status apply(const SealedFile& list) {
    ApplyIntents applying(replica_, report_, context_.log, stop_);
    LIFEBOAT_CHECK(applying.run(list));
    if (const int error = sync_file_system(replica_.root())) return replica_.failed("can not be made durable", error);
    return store_state();
  }

  /// Reads back, writes the state, forgets the intents: in this order.
  Status store_state() {
    ReplicaState state(replica_, check_tools_, report_, context_.log, threads_);
    auto first = state.store();
    // A list whose state was stored already was interrupted between the two removals below.
    if (!first && first.error().id() != ErrorId::object_missing) return std::move(first).error();
    (void)remove_file(replica_.own(), "intents");
    if (const int error = sync_file(replica_.own())) return replica_.failed("can not be made durable", error);
    (void)remove_file(replica_.own(), "state.next");
    if (first && !first->empty())
      return Error{ErrorId::sync_difference, *first}.next("the same command again    # it brings it back");
    return ok();
  }

  struct Indexed {
    std::uint64_t inode;
    std::uint64_t position;
    friend bool operator<(const Indexed& a, const Indexed& b) noexcept {
      return a.inode != b.inode ? a.inode < b.inode : a.position < b.position;
    }
  };

  const SyncWish& wish_;
  SyncContext& context_;
  ReplicaFolder& replica_;
  const std::stop_token stop_;
  const ClockReading began_;
  Throttle throttle_;
  SyncTools tools_;
  const SyncTools check_tools_;
  const unsigned threads_;
  Timestamp racy_after_;
  SyncReport report_;
  std::unique_ptr<SealedFile> state_;
  SealedBytes state_bytes_;
  std::unique_ptr<SealedWriter> state_writer_;
  std::unique_ptr<IntentLists> intents_;
  std::unique_ptr<SyncPlan> plan_;
  std::unique_ptr<ItemQueue> queue_;
  std::vector<Indexed> index_;
  bool indexed_ = false;
  bool has_root_ = false;
  std::uint64_t source_device_ = 0;
  std::uint64_t source_inode_ = 0;
  std::uint64_t staged_ = 0;
  std::uint64_t seen_ = 0;
};
using SyncPass = BasicSyncPass<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
