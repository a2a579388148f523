// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/sync/replica_scan.hpp>
#include <lifeboat/sync/replica_state.hpp>
#include <lifeboat/sync/scope.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Compares all of a replica with what the last pass left there: types, metadata, and every byte by its digest; and the
/// state with the source, to name what has moved on since. Changes nothing.
template <class = void>
class BasicVerifyReplica final : private ItemSink {
 public:
  BasicVerifyReplica(const Rules& scope, SyncContext& context, const ReplicaFolder& replica, std::stop_token stop)
      : scope_(scope), context_(context), replica_(replica), stop_(std::move(stop)),
        throttle_(context.budgets.bytes_per_second, stop_, Error{ErrorId::interrupted, "the sync was stopped"}),
        tools_{context.verifier, context.structural, replica.root(), -1, throttle_, true},
        queue_(threads_of(context.budgets)) {}

  /// Errors: replica_strange where there is no state to compare with, sync_difference where the last pass was
  /// interrupted, and those of the source.
  Result<SyncVerdict> run(const std::string& spool_folder) {
    auto pending = open_sealed(replica_.own(), "intents", SealedKind::intents, context_.structural);
    if (pending || pending.error().id() != ErrorId::object_missing)
      return Error{ErrorId::sync_difference, "the last pass over the replica " + replica_.path() + " was interrupted"}
          .next("the same line without --check    # it finishes that pass first")
          .unchanged();
    auto state = open_sealed(replica_.own(), "state", SealedKind::state, context_.structural);
    if (!state && state.error().id() == ErrorId::object_missing)
      return Error{ErrorId::replica_strange, "the replica " + replica_.path() + " has no state to compare with"}
          .next("the same line without --check")
          .unchanged();
    if (!state) return std::move(state).error();
    if (state->data_verifier != context_.verifier.traits().id)
      return Error{ErrorId::combination, "the replica " + replica_.path() + " was made with another verifier than " +
                                             std::string(context_.verifier.traits().name)}
          .next("the same line without --check    # it reads everything anew")
          .unchanged();
    ReplicaScan there(spool_folder);
    LIFEBOAT_CHECK(there.run(replica_.root(), std::string(replica_own_name), stop_));
    const SealedBytes bytes = state->bytes();
    StateWalk walk(bytes, state->begin, state->end);
    LIFEBOAT_CHECK(walk.advance());
    ReplicaWalk seen(there.spool(), 0, there.spool().size());
    LIFEBOAT_CHECK(seen.advance());
    TreeMerge merge(tools_, &walk, seen, *this);
    ScopedSink scoped(scope_, replica_own_name, merge);
    LIFEBOAT_CHECK(context_.source.flush());
    LIFEBOAT_CHECK(context_.source.scan(scoped, stop_));
    LIFEBOAT_CHECK(merge.finish());
    LIFEBOAT_CHECK(settle());
    verdict_.equal = verdict_.differences == 0;
    if (verdict_.first_difference.empty()) verdict_.first_difference = std::move(first_folder_);
    return std::move(verdict_);
  }

 private:
  Status item(std::unique_ptr<SyncItem> item) override {
    if (!item->kept) note_moved_on(*item);
    // Only the replica is read.
    item->source.reset();
    item->content.reset();
    if (item->state) ++verdict_.items;
    if (verdict_.items % 1024 == 0)
      context_.log.tell(Progress{"verify", item->path, verdict_.bytes, 0, verdict_.items});
    const bool work = item->reads_content();
    return queue_.push(std::move(item), work, [this](SyncItem& one) { return take(one); });
  }
  Status settle() override {
    return queue_.settle([this](SyncItem& one) { return take(one); });
  }
  Status unreadable(const Entry&, const Error&) override { return ok(); }
  void skipped(std::string_view, const Error&) override {}

  void note_moved_on(const SyncItem& item) {
    if (!item.state && !item.source) return;
    if (item.state && item.source) {
      const Entry& then = item.state->entry();
      const Entry& now = *item.source;
      const bool same = then.type == now.type && then.inode == now.inode && then.ctime == now.ctime &&
                        (then.type != EntryType::file || then.size == now.size);
      if (same && (then.flags & entry_flag::unreadable) == 0) return;
    }
    ++verdict_.moved_on_count;
    if (verdict_.moved_on.size() < SyncReport::listed_max) verdict_.moved_on.push_back(item.path);
  }

  Status take(SyncItem& item) {
    if (item.fatal) return *item.fatal;
    if (item.state && item.replica && item.state->entry().type == EntryType::file)
      verdict_.bytes += item.state->entry().size;
    switch (item.replica_look) {
      case ReplicaLook::as_left: break;
      case ReplicaLook::absent:
        if (item.state) differs(item, "is missing in the replica");
        break;
      case ReplicaLook::unknown: differs(item, "is in the replica, and no pass has put it there"); break;
      case ReplicaLook::metadata: differs(item, "has other metadata in the replica"); break;
      case ReplicaLook::content: differs(item, "is in the replica not what was read from the source"); break;
    }
    return ok();
  }
  void differs(const SyncItem& item, const char* what) {
    const std::string text = "'" + item.path + "' " + what;
    context_.log.tell(Event{ErrorId::sync_difference, item.path, text});
    ++verdict_.differences;
    // Whatever is done to what a folder holds changes its time as well: that comes second.
    const bool second = item.replica_look == ReplicaLook::metadata && item.state->entry().type == EntryType::directory;
    std::string& first = second ? first_folder_ : verdict_.first_difference;
    if (first.empty()) first = text;
  }

  const Rules& scope_;
  SyncContext& context_;
  const ReplicaFolder& replica_;
  const std::stop_token stop_;
  Throttle throttle_;
  const SyncTools tools_;
  ItemQueue queue_;
  SyncVerdict verdict_;
  std::string first_folder_;
};
using VerifyReplica = BasicVerifyReplica<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
