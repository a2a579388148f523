// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <time.h>

#include <lifeboat/sync/item_queue.hpp>
#include <lifeboat/sync/replica_folder.hpp>
#include <lifeboat/sync/sync_plan.hpp>
#include <lifeboat/sync/tree_merge.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What lies at a place in the replica, as a scan of it would tell.
template <class = void>
SyncRecord seen_record(const std::string& path, const struct stat& found) {
  SyncRecord seen;
  Entry& e = seen.known.entry;
  e.path = path;
  switch (found.st_mode & S_IFMT) {
    case S_IFDIR: e.type = EntryType::directory; break;
    case S_IFLNK: e.type = EntryType::symlink; break;
    case S_IFCHR: e.type = EntryType::char_device; break;
    case S_IFBLK: e.type = EntryType::block_device; break;
    case S_IFIFO: e.type = EntryType::fifo; break;
    default: e.size = static_cast<std::uint64_t>(found.st_size); break;
  }
  e.mode = found.st_mode & 07777U;
  e.uid = found.st_uid;
  e.gid = found.st_gid;
  e.mtime = {found.st_mtim.tv_sec, static_cast<std::uint32_t>(found.st_mtim.tv_nsec)};
  e.ctime = {found.st_ctim.tv_sec, static_cast<std::uint32_t>(found.st_ctim.tv_nsec)};
  e.inode = found.st_ino;
  e.links = found.st_nlink;
  if (e.type == EntryType::char_device || e.type == EntryType::block_device) {
    e.device_major = gnu_dev_major(found.st_rdev);
    e.device_minor = gnu_dev_minor(found.st_rdev);
  }
  return seen;
}

/// Turns `state.next` into `state` once its pass was applied: looks at what was changed, reads what was written again
/// and compares, and notes the stamps that the next pass relies on. What is not as it should be is noted so that the
/// next pass brings it back. Gives the first difference, empty where there is none.
template <class = void>
class BasicReplicaState {
 public:
  BasicReplicaState(ReplicaFolder& replica, const SyncTools& tools, SyncReport& report, const LogSink& log,
                    unsigned threads)
      : replica_(replica), tools_(tools), report_(report), log_(log), queue_(threads), tree_(replica.root()) {}

  Result<std::string> store() {
    LIFEBOAT_TRY(const SealedFile next,
                 open_sealed(replica_.own(), "state.next", SealedKind::state, tools_.structural));
    LIFEBOAT_TRY(SealedWriter writer, SealedWriter::create(replica_.own(), "state.new", SealedKind::state,
                                                           tools_.structural, next.data_verifier));
    writer_ = &writer;
    const SealedBytes bytes = next.bytes();
    StateWalk walk(bytes, next.begin, next.end);
    const auto take = [this](SyncItem& item) { return taken(item); };
    LIFEBOAT_CHECK(walk.advance());
    std::uint64_t done = 0;
    while (SyncRecord* record = walk.current()) {
      if (++done % 1024 == 0) log_.tell(Progress{"check", record->path(), walk.position(), next.end, done});
      LIFEBOAT_CHECK(look(std::move(*record), take));
      LIFEBOAT_CHECK(walk.advance());
    }
    LIFEBOAT_CHECK(queue_.settle(take));
    LIFEBOAT_CHECK(writer.seal());
    LIFEBOAT_CHECK(writer.publish("state"));
    return std::move(first_);
  }

 private:
  Status look(SyncRecord&& record, ItemQueue::Take take) {
    auto item = std::make_unique<SyncItem>(tools_);
    item->path = record.path();
    const Entry& e = record.entry();
    const bool pending = (record.marks & replica_mark::pending) != 0;
    const bool moves = e.type == EntryType::directory || (e.type == EntryType::file && e.links > 1);
    bool work = false;
    if (pending || moves) {
      const auto found = tree_.look(record.path());
      if (found.error != 0 && found.error != ENOENT)
        return replica_.failed("can not be looked at: '" + record.path() + "'", found.error);
      if (found) {
        item->replica = seen_record(record.path(), found.value);
        if (e.type == EntryType::hardlink) see_link(*item->replica, e.target, found.value);
        work = pending && e.type == EntryType::file;
      }
      if (!pending) item->replica_look = found ? ReplicaLook::as_left : ReplicaLook::absent;
    } else {
      item->kept = true;  // stands as it is written
    }
    item->state = std::move(record);
    // Only what this pass changed is compared: the rest was, when the pass looked at it.
    if (!pending) {
      item->read_nothing = true;
      return queue_.push(std::move(item), false, take);
    }
    return queue_.push(std::move(item), work, take);
  }

  void see_link(SyncRecord& seen, const std::string& target, const struct stat& found) const {
    ReplicaTree targets(replica_.root());
    const auto first = targets.look(target);
    if (!first || first.value.st_ino != found.st_ino || first.value.st_dev != found.st_dev) return;
    seen.known.entry.type = EntryType::hardlink;
    seen.known.entry.target = target;
  }

  Status taken(SyncItem& item) {
    if (item.fatal) return *item.fatal;
    SyncRecord& record = *item.state;
    if (!item.kept) {
      const bool pending = (record.marks & replica_mark::pending) != 0;
      const bool content = (record.marks & replica_mark::content) != 0;
      record.marks &= replica_mark::limited;
      if (!item.replica) {
        const EntryType type = record.entry().type;
        // This process could not make it, and has said so.
        if (type == EntryType::char_device || type == EntryType::block_device) return ok();
        differs(record, "is missing in the replica after the pass");
      } else if (pending && item.replica_look == ReplicaLook::content) {
        differs(record, "is not in the replica what was read from the source");
      } else {
        if (pending) {
          if (content) ++report_.items_verified;
          record.marks = item.replica_look == ReplicaLook::metadata ? replica_mark::limited : std::uint8_t{0};
        }
        stamp(record, item.replica->entry());
      }
    }
    body_.clear();
    put_framed(body_, [&](Bytes& out) { put_sync_record(out, record); });
    return writer_->put(body_);
  }

  /// A later change in the same tick of the kernel's clock would leave the same ctime.
  static void stamp(SyncRecord& record, const Entry& seen) {
    record.replica_inode = seen.inode;
    record.replica_ctime = seen.ctime;
    timespec now{};
    (void)::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    constexpr std::int64_t tick = 20'000'000;
    const std::int64_t seconds = static_cast<std::int64_t>(now.tv_sec) - seen.ctime.seconds;
    const std::int64_t since = seconds > 1 ? tick + 1
                                           : seconds * 1'000'000'000 + static_cast<std::int64_t>(now.tv_nsec) -
                                                 static_cast<std::int64_t>(seen.ctime.nanoseconds);
    if (since <= tick) record.marks |= replica_mark::young;
  }

  void differs(SyncRecord& record, const char* what) {
    record.replica_inode = 0;
    const std::string text = "'" + record.path() + "' " + what;
    if (first_.empty()) first_ = text;
    note(report_.differences, report_.difference_count, log_, ErrorId::sync_difference, record.path(), text);
  }

  ReplicaFolder& replica_;
  const SyncTools& tools_;
  SyncReport& report_;
  const LogSink& log_;
  ItemQueue queue_;
  ReplicaTree tree_;
  SealedWriter* writer_ = nullptr;
  Bytes body_;
  std::string first_;
};
using ReplicaState = BasicReplicaState<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
