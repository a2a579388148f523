// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/sysmacros.h>

#include <lifeboat/source/metadata.hpp>
#include <lifeboat/sync/intents.hpp>
#include <lifeboat/sync/replica_folder.hpp>
#include <lifeboat/sync/replica_tree.hpp>
#include <lifeboat/sync/sync_plan.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Does what a durable list of intents says. Each intent may have been done before, in part or in whole: doing the list
/// again from its beginning gives the same replica.
/// Errors: target_io, interrupted; the list is then gone through again by the next pass.
template <class = void>
class BasicApplyIntents {
 public:
  BasicApplyIntents(ReplicaFolder& replica, SyncReport& report, const LogSink& log, std::stop_token stop)
      : replica_(replica), report_(report), log_(log), stop_(std::move(stop)), tree_(replica.root()),
        metadata_({.numeric_owner = true}, missing_) {}

  Status run(const SealedFile& list) {
    const SealedBytes bytes = list.bytes();
    FrameReader<SealedBytes> frames(bytes, list.begin, list.end);
    for (std::uint64_t done = 0;; ++done) {
      if (stop_.stop_requested())
        return Error{ErrorId::interrupted, "the sync was stopped while it changed the replica " + replica_.path()}.next(
            "the same command again    # it goes on from there");
      LIFEBOAT_TRY(const ByteView body, frames.next());
      if (body.empty()) break;
      LIFEBOAT_TRY(Intent intent, get_intent(body));
      if (done % 256 == 0)
        log_.tell(Progress{"apply", intent.where(), 0, 0, done + 1});
      LIFEBOAT_CHECK(apply(intent));
    }
    for (const NotRestored& one : missing_.list()) {
      if (!is_refusal(one)) return failed(one.path, "setting the metadata of", one.error);
      note(report_.gaps, report_.gap_count, log_, ErrorId::not_restored, one.path,
           "'" + one.path + "' could not be given its " + std::string(to_string(one.part)) + ": " + one.what,
           one.error);
    }
    return ok();
  }

 private:
  Status apply(Intent& intent) {
    switch (intent.kind) {
      case IntentKind::aside: return move_aside(intent);
      case IntentKind::remove: return remove(intent);
      case IntentKind::place: break;
      case IntentKind::metadata: {
        const auto place = tree_.find(intent.record.path());
        // Gone meanwhile: the state will say so, and the next pass brings it back.
        if (place) set_metadata({place.value.folder, place.value.text()}, intent.record.entry());
        return ok();
      }
    }
    switch (intent.record.entry().type) {
      case EntryType::directory: return make_directory(intent.record.entry());
      case EntryType::file: return place_file(intent);
      case EntryType::hardlink: return place_link(intent.record.entry());
      default: return place_node(intent.record.entry());
    }
  }

  [[nodiscard]] Error failed(const std::string& path, const char* what, int error) const {
    return Error{ErrorId::target_io,
                 std::string(what) + " '" + path + "' in the replica " + replica_.path() + " failed"}
        .because(error)
        .next("the same command again    (it goes on from there)");
  }
  /// What this process or this file system will not do tomorrow either; 0: it was taken and not kept.
  static bool is_refusal(const NotRestored& missing) noexcept {
    constexpr int refusals[] = {0, EPERM, EACCES, EOPNOTSUPP, EINVAL, ERANGE, E2BIG, ENOENT};
    for (const int one : refusals)
      if (one == missing.error) return true;
    // Attributes have a room of their own in a file, which a disk with space can not make larger.
    return missing.part == RestorePart::attribute && missing.error == ENOSPC;
  }
  static bool is_gone(int error) noexcept { return error == ENOENT || error == ENOTDIR || error == ELOOP; }

  /// Does something in the folder of a path; where that folder may not be written, it is opened up first: its own
  /// metadata are set at the end of the list.
  template <class Do>
  int in_folder(const std::string& path, Do&& act) {
    auto place = tree_.find(path);
    int error = place ? act(place.value) : place.error;
    if (error != EACCES || ::geteuid() == 0) return error;
    const std::string folder(folder_part(path));
    const auto above = tree_.find(folder);
    if (!above) return error;
    const int opened = detail::errno_of(
        [&] { return ::fchmodat(above.value.folder, above.value.text(), 0700, AT_SYMLINK_NOFOLLOW); });
    if (opened != 0) return error;
    tree_.forget();
    place = tree_.find(path);
    return place ? act(place.value) : place.error;
  }

  /// A folder that its owner may not write to can not be moved by its owner either: it is opened up for that.
  int rename_aside(const ReplicaPlace& place, const std::string& name) const {
    const auto move = [&] {
      return detail::errno_of([&] { return ::renameat(place.folder, place.text(), replica_.aside(), name.c_str()); });
    };
    const auto set_mode_of = [](int folder, const char* of, mode_t mode) {
      return detail::errno_of([&] { return ::fchmodat(folder, of, mode, AT_SYMLINK_NOFOLLOW); });
    };
    const int refused = move();
    const auto found = stat_at(place.folder, place.text());
    if (refused != EACCES || !found || !S_ISDIR(found.value.st_mode)) return refused;
    const mode_t mode = found.value.st_mode & 07777U;
    if (set_mode_of(place.folder, place.text(), mode | 0700U) != 0) return refused;
    const int error = move();
    (void)(error == 0 ? set_mode_of(replica_.aside(), name.c_str(), mode)
                      : set_mode_of(place.folder, place.text(), mode));
    return error;
  }

  Status move_aside(const Intent& intent) {
    const int error = in_folder(intent.path, [&](const ReplicaPlace& place) {
      const auto found = stat_at(place.folder, place.text());
      if (!found) return found.error;
      if (found.value.st_ino != intent.inode) return 0;  // moved already, or not what was seen
      return rename_aside(place, intent.aside_name);
    });
    tree_.forget();
    if (error == 0 || is_gone(error)) return ok();
    return failed(intent.path, "moving aside", error);
  }

  Status remove(const Intent& intent) {
    const int error = in_folder(intent.path, [&](const ReplicaPlace& place) {
      const auto found = stat_at(place.folder, place.text());
      if (!found) return found.error;
      if (found.value.st_ino != intent.inode || S_ISDIR(found.value.st_mode) != intent.folder) return 0;
      return intent.folder ? remove_folder(place.folder, place.text()) : remove_file(place.folder, place.text());
    });
    if (intent.folder) tree_.forget();
    if (error == 0 || is_gone(error)) return ok();
    if (error == ENOTEMPTY || error == EEXIST) return clear_way(intent.path);  // something came into it meanwhile
    return failed(intent.path, "removing", error);
  }

  /// Moves what stands in the way, and was not there when the pass looked, aside.
  Status clear_way(const std::string& path) {
    Id id;
    (void)fill_random(id.bytes);
    const std::string name = to_hex(id.view());
    note(report_.differences, report_.difference_count, log_, ErrorId::sync_difference, path,
         "'" + path + "' came into the replica while it was synchronised, and was moved aside as " + name);
    ++report_.set_aside;
    const int error = in_folder(path, [&](const ReplicaPlace& place) { return rename_aside(place, name); });
    tree_.forget();
    return error == 0 || is_gone(error) ? ok() : Status(failed(path, "moving aside", error));
  }

  /// Runs a call that gives an entry its name, and clears the way for it once.
  template <class Do>
  Status name(const std::string& path, const char* what, Do&& act) {
    int error = in_folder(path, act);
    if (error == EISDIR || error == ENOTEMPTY || error == EEXIST) {
      LIFEBOAT_CHECK(clear_way(path));
      error = in_folder(path, act);
    }
    if (error == 0) return ok();
    if (is_gone(error)) {  // the folder is gone: the state will say so
      note(report_.differences, report_.difference_count, log_, ErrorId::sync_difference, path,
           "'" + path + "' has no folder in the replica any more");
      return ok();
    }
    return failed(path, what, error);
  }

  Status make_directory(const Entry& entry) {
    return name(entry.path, "making the folder", [&](const ReplicaPlace& place) {
      const auto made = make_folder(place.folder, place.text(), 0700);
      if (made.error != EEXIST) return made.error;
      const auto found = stat_at(place.folder, place.text());
      return found && S_ISDIR(found.value.st_mode) ? 0 : EEXIST;
    });
  }

  Status place_file(const Intent& intent) {
    const Entry& entry = intent.record.entry();
    const std::string staged = std::to_string(intent.number);
    const auto found = stat_at(replica_.stage(), staged.c_str());
    if (found.error == ENOENT) {  // placed before; whether its content is right is asked when the state is written
      const auto there = tree_.find(entry.path);
      if (there) set_metadata({there.value.folder, there.value.text()}, entry);
      return ok();
    }
    if (!found) return failed(entry.path, "looking at the stage of", found.error);
    set_metadata({replica_.stage(), staged.c_str()}, entry);
    LIFEBOAT_CHECK(rename_from_stage(entry.path, staged));
    (void)remove_file(replica_.stage(), staged.c_str());  // a rename between two names of one file does nothing
    return ok();
  }
  Status rename_from_stage(const std::string& path, const std::string& staged) {
    return name(path, "placing", [&](const ReplicaPlace& place) {
      return detail::errno_of(
          [&] { return ::renameat(replica_.stage(), staged.c_str(), place.folder, place.text()); });
    });
  }

  Status place_link(const Entry& entry) {
    ReplicaTree targets(replica_.root());
    const auto target = targets.find(entry.target);
    const auto first = target ? stat_at(target.value.folder, target.value.text())
                              : SystemResult<struct stat>{{}, ENOENT};
    if (!first || !S_ISREG(first.value.st_mode)) return ok();  // the state will say so
    const auto there = tree_.look(entry.path);
    if (there && there.value.st_ino == first.value.st_ino && there.value.st_dev == first.value.st_dev) return ok();
    (void)remove_file(replica_.stage(), "link");
    if (const int error = link_noreplace(target.value.folder, target.value.text(), replica_.stage(), "link"))
      return failed(entry.path, "linking", error);
    return rename_from_stage(entry.path, "link");
  }

  Status place_node(const Entry& entry) {
    (void)remove_file(replica_.stage(), "node");
    const int error = detail::errno_of([&] {
      const int stage = replica_.stage();
      switch (entry.type) {
        case EntryType::symlink: return ::symlinkat(entry.target.c_str(), stage, "node");
        case EntryType::fifo: return ::mknodat(stage, "node", S_IFIFO | 0600, 0);
        case EntryType::char_device:
          return ::mknodat(stage, "node", S_IFCHR | 0600, makedev(entry.device_major, entry.device_minor));
        default: return ::mknodat(stage, "node", S_IFBLK | 0600, makedev(entry.device_major, entry.device_minor));
      }
    });
    if (error == EPERM || error == EOPNOTSUPP) {
      missing_.add({entry.path, RestorePart::entry, "this process, or this file system, can not have it", error});
      return ok();
    }
    if (error != 0) return failed(entry.path, "making", error);
    set_metadata({replica_.stage(), "node"}, entry);
    return rename_from_stage(entry.path, "node");
  }

  void set_metadata(const AttributePlace& place, const Entry& entry) {
    std::vector<ExtendedAttribute> there;
    if (read_attributes(place, there) == 0)
      for (const ExtendedAttribute& attribute : there) {
        bool wanted = false;
        for (const ExtendedAttribute& mine : entry.attributes) wanted = wanted || mine.name == attribute.name;
        if (!wanted) (void)remove_attribute(place, attribute.name.c_str());
      }
    // Only root reads what its owner may not read, and each pass reads the replica.
    constexpr std::uint32_t own_folder = 0500;
    constexpr std::uint32_t own_file = 0400;
    const std::uint32_t needed = entry.type == EntryType::directory ? own_folder
                                 : entry.type == EntryType::file    ? own_file
                                                                    : 0;
    if ((entry.mode & needed) == needed || ::geteuid() == 0) return metadata_.apply(place, entry);
    Entry readable = entry;
    readable.mode |= needed;
    missing_.add({entry.path, RestorePart::mode, "its owner could not read it in the replica", 0});
    metadata_.apply(place, readable);
  }

  ReplicaFolder& replica_;
  SyncReport& report_;
  const LogSink& log_;
  const std::stop_token stop_;
  ReplicaTree tree_;
  NotRestoredList missing_;
  MetadataWriter metadata_;
};
using ApplyIntents = BasicApplyIntents<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
