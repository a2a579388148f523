// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include <lifeboat/source/attributes.hpp>
#include <lifeboat/source/metadata_policy.hpp>
#include <lifeboat/source/not_restored.hpp>
#include <lifeboat/source/owner_names.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Gives entries their owner, attributes, mode and times, in the order that lets each stay, and lists what it could
/// not. Any thread may call it.
template <class = void>
class BasicMetadataWriter {
 public:
  BasicMetadataWriter(MetadataPolicy policy, NotRestoredList& missing) noexcept : policy_(policy), missing_(missing) {}

  /// To what `place` names: an open file or folder, or a name in an open folder (never through a link). `kept_mode` is
  /// added to the permission bits until the caller sets the mode.
  void apply(const AttributePlace& place, const Entry& entry, mode_t kept_mode = 0) {
    struct stat now {};
    if (const int error = look(place, now)) return miss(entry, RestorePart::entry, "its metadata", error);
    const auto [uid, gid] = owner(entry);
    bool user_fits = now.st_uid == uid;
    bool group_fits = now.st_gid == gid;
    if (policy_.owners == RestoreOwners::if_permitted && !(user_fits && group_fits)) {
      int error = give(place, uid, gid);
      user_fits = group_fits = error == 0;
      if (error == EPERM) {  // the group alone may be allowed, and the user may be right already
        user_fits = now.st_uid == uid;
        group_fits = now.st_gid == gid || give(place, static_cast<uid_t>(-1), gid) == 0;
      }
      if (!user_fits) miss(entry, RestorePart::owner, described("user ", uid, entry.owner), error);
      if (!group_fits) miss(entry, RestorePart::owner, described("group ", gid, entry.group), error);
    }
    if (policy_.attributes)
      for (const ExtendedAttribute& attribute : entry.attributes)
        if (const int error = write_attribute(place, attribute))
          miss(entry, RestorePart::attribute, attribute.name, error);
    mode_t mode = static_cast<mode_t>(entry.mode) | kept_mode;
    if (!S_ISDIR(now.st_mode)) {  // a program must not run as somebody whom it does not belong to
      if (!user_fits) mode &= ~static_cast<mode_t>(S_ISUID);
      if (!group_fits) mode &= ~static_cast<mode_t>(S_ISGID);
    }
    const bool has_mode = !S_ISLNK(now.st_mode);
    int error = has_mode ? change_mode(place, mode) : 0;
    if (error != 0 || (has_mode && mode != (entry.mode | kept_mode)))
      miss(entry, RestorePart::mode, octal(entry.mode), error != 0 ? error : EPERM);
    error = set_times(place, entry.mtime);
    if (error != 0) return miss(entry, RestorePart::times, "the time of its last change", error);
    // what the system takes without a word and does not keep
    struct stat after {};
    if (look(place, after) != 0) return;
    if (has_mode && (after.st_mode & 07777U) != mode) miss(entry, RestorePart::mode, octal(entry.mode), 0);
    if (after.st_mtim.tv_sec != entry.mtime.seconds ||
        after.st_mtim.tv_nsec != static_cast<long>(entry.mtime.nanoseconds))
      miss(entry, RestorePart::times, "the time of its last change: this file system can not hold it", 0);
  }

 private:
  struct Owner {
    uid_t uid;
    gid_t gid;
  };
  Owner owner(const Entry& entry) {
    Owner found{entry.uid, entry.gid};
    if (policy_.numeric_owner) return found;
    if (!entry.owner.empty()) found.uid = names_.user_id(entry.owner).value_or(entry.uid);
    if (!entry.group.empty()) found.gid = names_.group_id(entry.group).value_or(entry.gid);
    return found;
  }
  static int empty_path(const AttributePlace& place) noexcept { return place.name[0] == '\0' ? AT_EMPTY_PATH : 0; }
  static int look(const AttributePlace& place, struct stat& out) noexcept {
    return detail::errno_of(
        [&] { return ::fstatat(place.descriptor, place.name, &out, AT_SYMLINK_NOFOLLOW | empty_path(place)); });
  }
  static int give(const AttributePlace& place, uid_t uid, gid_t gid) noexcept {
    return detail::errno_of(
        [&] { return ::fchownat(place.descriptor, place.name, uid, gid, AT_SYMLINK_NOFOLLOW | empty_path(place)); });
  }
  static int change_mode(const AttributePlace& place, mode_t mode) noexcept {
    if (place.name[0] == '\0') return set_mode(place.descriptor, mode);
    const int error =
        detail::errno_of([&] { return ::fchmodat(place.descriptor, place.name, mode, AT_SYMLINK_NOFOLLOW); });
    if (error != EOPNOTSUPP) return error;
    // Neither the call nor /proc is there. Nobody else can enter the folder being restored, and it is no link.
    return detail::errno_of([&] { return ::fchmodat(place.descriptor, place.name, mode, 0); });
  }
  static int set_times(const AttributePlace& place, const Timestamp& mtime) noexcept {
    struct timespec times[2] = {};
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = static_cast<time_t>(mtime.seconds);
    times[1].tv_nsec = static_cast<long>(mtime.nanoseconds);
    return detail::errno_of([&] {
      return place.name[0] == '\0' ? ::futimens(place.descriptor, times)
                                   : ::utimensat(place.descriptor, place.name, times, AT_SYMLINK_NOFOLLOW);
    });
  }
  static std::string described(const char* kind, std::uint32_t number, const std::string& name) {
    return kind + std::to_string(number) + (name.empty() ? std::string() : " (" + name + ")");
  }
  static std::string octal(std::uint32_t mode) {
    std::string text = "0000";
    for (std::size_t i = 4; i-- > 0; mode >>= 3U) text[i] = static_cast<char>('0' + (mode & 7U));
    return text;
  }
  void miss(const Entry& entry, RestorePart part, std::string what, int error) {
    missing_.add({entry.path, part, std::move(what), error});
  }

  MetadataPolicy policy_;
  NotRestoredList& missing_;
  OwnerNames names_;
};
using MetadataWriter = BasicMetadataWriter<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
