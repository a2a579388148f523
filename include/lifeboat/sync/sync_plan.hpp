// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/event.hpp>
#include <lifeboat/sync/intents.hpp>
#include <lifeboat/sync/sync.hpp>
#include <lifeboat/sync/replica_tree.hpp>
#include <lifeboat/sync/sync_item.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Notes a finding in a bounded list, and tells the log.
template <class = void>
void note(std::vector<Gap>& list, std::uint64_t& count, const LogSink& log, ErrorId id, const std::string& path,
          const std::string& text, int system_error = 0) {
  ++count;
  log.tell(Event{id, path, text, system_error});
  if (list.size() < SyncReport::listed_max) list.push_back({id, path, text});
}

/// Turns looked-at items into intents and the next state. Items come in the order of compare_paths, and the decisions
/// of one may rest on those before it. Memory: the folders above the item, and files with several names.
template <class = void>
class BasicSyncPlan {
 public:
  /// `tag` begins the names of what is moved aside, and is another one for each pass.
  BasicSyncPlan(IntentLists& intents, SealedWriter& state, SyncReport& report, const LogSink& log, std::string tag)
      : intents_(intents), state_(state), report_(report), log_(log), tag_(std::move(tag)) {}

  Status take(SyncItem& item) {
    report_.bytes_read += item.bytes_read;
    if (item.fatal) return *item.fatal;
    LIFEBOAT_CHECK(leave_until(item.path));
    if (has_aside_ && is_below(item.path, aside_)) item.replica.reset();  // it went with the folder above
    if (!item.replica) item.replica_look = ReplicaLook::absent;
    if (item.path.size() > path_max) {
      gap(ErrorId::entry_unreadable, item.path,
          "a path of more than " + std::to_string(path_max) + " bytes is not kept");
      ++report_.unreadable;
      return ok();
    }
    if (item.content_look == ContentLook::gap) note_gap(item);
    // A folder that can not be asked for all of its metadata still holds what is told next.
    if (item.source && item.source->type == EntryType::directory) return take_folder(item);
    if (item.content_look == ContentLook::gap) return take_gap(item);
    if (!item.source || item.content_look == ContentLook::vanished)
      return item.kept || item.source ? keep(item) : remove(item);
    switch (item.source->type) {
      case EntryType::file: return take_file(item);
      case EntryType::hardlink: return take_link(item);
      default: return take_other(item);
    }
  }
  Status finish() { return leave_until(nullptr); }

  void gap(ErrorId id, const std::string& path, const std::string& text, int system_error = 0) {
    note(report_.gaps, report_.gap_count, log_, id, path, text, system_error);
  }
  [[nodiscard]] std::uint64_t entries() const noexcept { return entries_; }
  /// Whether the state differs from the last one.
  [[nodiscard]] bool changed() const noexcept { return changed_; }

 private:
  struct Frame {
    SyncRecord record;
    bool set_metadata = false;
  };
  struct Removed {
    std::string path;
    std::uint64_t inode = 0;
  };

  void difference(const SyncItem& item, const char* what) {
    note(report_.differences, report_.difference_count, log_, ErrorId::sync_difference, item.path,
         "'" + item.path + "' " + what);
  }
  void touch() {
    changed_ = true;
    if (!frames_.empty()) frames_.back().set_metadata = true;
  }

  /// Ends the folders that the path, or the end, is not below.
  Status leave_until(const std::string& path) { return leave_until(&path); }
  Status leave_until(const std::string* path) {
    while (!removed_.empty() && (path == nullptr || !is_below(*path, removed_.back().path))) {
      LIFEBOAT_CHECK(intents_.remove(std::move(removed_.back().path), removed_.back().inode, true));
      removed_.pop_back();
    }
    while (!frames_.empty() && (path == nullptr || !is_below(*path, frames_.back().record.path()))) {
      if (frames_.back().set_metadata) LIFEBOAT_CHECK(intents_.metadata(frames_.back().record));
      frames_.pop_back();
    }
    if (has_aside_ && (path == nullptr || !is_below(*path, aside_))) has_aside_ = false;
    return ok();
  }

  Status store(const SyncRecord& record) {
    ++entries_;
    if ((record.marks & replica_mark::limited) != 0) ++report_.items_limited;
    body_.clear();
    put_framed(body_, [&](Bytes& out) { put_sync_record(out, record); });
    return state_.put(body_);
  }

  /// The record of an entry as the source has it now; the replica's stamp as the last pass left it.
  static SyncRecord record_of(const SyncItem& item) {
    SyncRecord record;
    record.known.entry = *item.source;
    record.known.entry.owner.clear();
    record.known.entry.group.clear();
    record.known.leaf = item.leaf;
    record.known.digest = item.digest;
    record.known.digest.size = structural_size;
    if (item.state) {
      record.replica_inode = item.state->replica_inode;
      record.replica_ctime = item.state->replica_ctime;
      record.marks = item.state->marks & replica_mark::limited;
    }
    if (item.replica_look == ReplicaLook::as_left && item.replica) {
      // By content perhaps, where the stamp was another.
      record.replica_inode = item.replica->entry().inode;
      record.replica_ctime = item.replica->entry().ctime;
    }
    return record;
  }
  void note_state(const SyncItem& item, const SyncRecord& record) {
    if (!item.state || (item.state->marks & ~replica_mark::limited) != 0 ||
        record.replica_ctime != item.state->replica_ctime || record.replica_inode != item.state->replica_inode ||
        record.entry().ctime != item.state->entry().ctime || record.entry().flags != item.state->entry().flags)
      changed_ = true;
  }

  Status set_aside(const SyncItem& item) {
    const Entry& there = item.replica->entry();
    ++report_.set_aside;
    if (there.type == EntryType::directory) {
      aside_ = item.path;
      has_aside_ = true;
    }
    std::string name = tag_ + "-" + std::to_string(report_.set_aside) + "-";
    name.append(name_part(item.path).substr(0, 255 - name.size()));
    return intents_.aside(item.path, there.inode, std::move(name));
  }

  /// Makes room where something else stands: what a pass left is removed, or replaced by the rename that places the
  /// new entry; what nobody here put there is moved aside.
  Status make_room(SyncItem& item, bool for_folder) {
    if (!item.replica) {
      if (item.state) difference(item, "was missing in the replica");
      return ok();
    }
    const Entry& there = item.replica->entry();
    const bool ours = item.replica_look == ReplicaLook::as_left || item.replica_look == ReplicaLook::metadata;
    const bool is_folder = there.type == EntryType::directory;
    if (ours && is_folder && !for_folder) removed_.push_back({item.path, there.inode});
    if (ours && !is_folder && for_folder) return intents_.remove(item.path, there.inode, false);
    if (ours) return ok();
    difference(item, item.state ? "was changed in the replica" : "was put into the replica by somebody else");
    const bool holds_data = is_folder || there.type == EntryType::file || there.type == EntryType::hardlink;
    if (holds_data || for_folder) return set_aside(item);
    return ok();
  }

  Status place(const SyncItem& item, SyncRecord& record, std::uint64_t stage_name) {
    record.marks = replica_mark::pending;
    if (record.entry().type == EntryType::file) {
      record.marks |= replica_mark::content;
      if (record.entry().links > 1) placed_.push_back(record.path());
    }
    touch();
    ++report_.items_sent;
    if (item.content_look == ContentLook::linked) ++report_.items_moved;
    else if (record.entry().type == EntryType::file) report_.bytes_sent += record.entry().size;
    LIFEBOAT_CHECK(intents_.place(record, stage_name));
    return store(record);
  }
  /// Sets the metadata where they are not right; stores the record.
  Status settle_metadata(const SyncItem& item, SyncRecord& record) {
    const bool was_wrong = item.replica_look == ReplicaLook::metadata;
    if (was_wrong && item.state) difference(item, "had other metadata in the replica");
    if (was_wrong || !item.state || !same_metadata(record.entry(), item.state->entry())) {
      record.marks = replica_mark::pending;
      changed_ = true;
      ++report_.items_metadata;
      LIFEBOAT_CHECK(intents_.metadata(record));
    } else {
      note_state(item, record);
    }
    return store(record);
  }

  Status take_folder(SyncItem& item) {
    SyncRecord record = record_of(item);
    if (item.content_look != ContentLook::same) {
      if (item.state) record.known.entry.attributes = item.state->entry().attributes;
      record.known.entry.flags |= entry_flag::racy;
    }
    const bool stands = item.replica && item.replica->entry().type == EntryType::directory;
    const bool known = item.state && item.state->entry().type == EntryType::directory;
    Frame frame;
    if (stands) {
      const bool was_wrong = known && item.replica_look == ReplicaLook::metadata;
      if (was_wrong) difference(item, "had other metadata in the replica");
      if (item.state && !known) difference(item, "was changed in the replica");
      frame.set_metadata = was_wrong || !known || !same_metadata(record.entry(), item.state->entry());
      if (frame.set_metadata) ++report_.items_metadata;
    } else {
      LIFEBOAT_CHECK(make_room(item, true));
      touch();
      ++report_.items_sent;
      LIFEBOAT_CHECK(intents_.place(record, 0));
      frame.set_metadata = true;
    }
    note_state(item, record);
    if (frame.set_metadata) {
      changed_ = true;
      record.marks |= replica_mark::pending;
    }
    LIFEBOAT_CHECK(store(record));
    frame.record = std::move(record);
    frames_.push_back(std::move(frame));
    return ok();
  }

  Status take_file(SyncItem& item) {
    SyncRecord record = record_of(item);
    if (item.torn) {
      record.known.entry.flags |= entry_flag::torn;
      ++report_.torn;
      gap(ErrorId::entry_torn, item.path, "'" + item.path + "' changed while it was read, and was taken torn");
    }
    if (item.content_look == ContentLook::same) {
      forget_leader(item, false);
      return settle_metadata(item, record);
    }
    forget_leader(item, true);
    // A file that was lost, or that somebody else changed, comes back from the source.
    LIFEBOAT_CHECK(make_room(item, false));
    return place(item, record, item.stage_name);
  }

  Status take_link(SyncItem& item) {
    SyncRecord record = record_of(item);
    forget_leader(item, !item.state || item.state->entry().type != EntryType::hardlink);
    if (contains(absent_, record.entry().target)) {
      gap(ErrorId::entry_unreadable, item.path,
          "'" + item.path + "' is another name of '" + record.entry().target + "', which could not be read");
      ++report_.unreadable;
      return keep(item);
    }
    const bool right = item.state && item.state->entry().type == EntryType::hardlink &&
                       item.state->entry().target == record.entry().target &&
                       item.replica_look == ReplicaLook::as_left;
    if (right && !contains(placed_, record.entry().target)) {
      note_state(item, record);
      return store(record);
    }
    if (!right || item.replica_look != ReplicaLook::as_left) LIFEBOAT_CHECK(make_room(item, false));
    return place(item, record, 0);
  }

  Status take_other(SyncItem& item) {
    SyncRecord record = record_of(item);
    forget_leader(item, true);
    const Entry& now = record.entry();
    const bool ours = item.replica_look == ReplicaLook::as_left || item.replica_look == ReplicaLook::metadata;
    const bool right = ours && item.state->entry().type == now.type && item.state->entry().target == now.target &&
                       item.state->entry().device_major == now.device_major &&
                       item.state->entry().device_minor == now.device_minor;
    if (right) return settle_metadata(item, record);
    LIFEBOAT_CHECK(make_room(item, false));
    return place(item, record, 0);
  }

  /// A leader of the last pass whose copy goes, or becomes another file: its other names can not stay links to it.
  void forget_leader(const SyncItem& item, bool gone) {
    if (item.state && item.state->entry().type == EntryType::file && item.state->entry().links > 1)
      leaders_.push_back({*item.state, gone});
  }

  void note_gap(const SyncItem& item) {
    const Error& error = *item.gap;
    if (error.id() == ErrorId::entry_torn) ++report_.torn;
    else ++report_.unreadable;
    gap(error.id(), item.path, error.sentence(), error.system_error());
  }
  Status take_gap(SyncItem& item) {
    if (item.source->type == EntryType::file && item.source->links > 1 &&
        !(item.state && item.state->entry().type == EntryType::file))
      absent_.push_back(item.path);
    return keep(item);
  }

  /// Leaves the replica's entry as it is, and remembers that it is not the source's.
  Status keep(SyncItem& item) {
    if (!item.state) return ok();
    SyncRecord record = std::move(*item.state);
    if (item.replica_look == ReplicaLook::content || item.replica_look == ReplicaLook::metadata)
      difference(item, "was changed in the replica, and the source can not be read");
    if (item.replica_look == ReplicaLook::absent)
      difference(item, "is missing in the replica, and the source can not be read");
    if ((record.entry().flags & entry_flag::unreadable) == 0) changed_ = true;
    record.known.entry.flags |= entry_flag::unreadable | entry_flag::racy;
    if (record.entry().type == EntryType::hardlink) {
      for (const Leader& leader : leaders_) {
        if (leader.record.path() != record.entry().target) continue;
        if (!leader.gone) break;
        const std::string path = record.path();
        record = leader.record;  // the content lives on under this name alone
        record.known.entry.path = path;
        record.known.entry.flags |= entry_flag::unreadable | entry_flag::racy;
        break;
      }
    } else if (record.entry().type == EntryType::file && record.entry().links > 1) {
      leaders_.push_back({record, false});
    }
    const bool is_folder = record.entry().type == EntryType::directory;
    LIFEBOAT_CHECK(store(record));
    if (is_folder && item.replica) frames_.push_back({std::move(record), false});
    return ok();
  }

  Status remove(SyncItem& item) {
    if (item.state) {
      forget_leader(item, true);
      changed_ = true;
    }
    if (!item.replica) return ok();
    const Entry& there = item.replica->entry();
    if (!item.state) {
      if (item.kept) return ok();
      difference(item, "was put into the replica by somebody else");
      touch();
      return set_aside(item);
    }
    touch();
    if (item.replica_look == ReplicaLook::content) {
      difference(item, "was changed in the replica");
      return set_aside(item);
    }
    ++report_.items_removed;
    if (there.type != EntryType::directory) return intents_.remove(item.path, there.inode, false);
    removed_.push_back({item.path, there.inode});
    return ok();
  }

  static bool contains(const std::vector<std::string>& sorted, const std::string& path) {
    std::size_t low = 0;
    for (std::size_t high = sorted.size(); low < high;) {
      const std::size_t middle = low + (high - low) / 2;
      if (compare_paths(sorted[middle], path) == std::strong_ordering::less) low = middle + 1;
      else high = middle;
    }
    return low < sorted.size() && sorted[low] == path;
  }

  struct Leader {
    SyncRecord record;
    bool gone = false;
  };

  IntentLists& intents_;
  SealedWriter& state_;
  SyncReport& report_;
  const LogSink& log_;
  std::string tag_;
  std::vector<Frame> frames_;
  std::vector<Removed> removed_;
  std::string aside_;
  bool has_aside_ = false;
  std::vector<std::string> placed_;  ///< files with several names that are new in the replica; in order
  std::vector<std::string> absent_;  ///< files with several names that are not in the replica; in order
  std::vector<Leader> leaders_;
  Bytes body_;
  std::uint64_t entries_ = 0;
  bool changed_ = false;
};
using SyncPlan = BasicSyncPlan<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
