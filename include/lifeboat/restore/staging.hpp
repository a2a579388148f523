// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <dirent.h>
#include <sys/statvfs.h>

#include <string>
#include <string_view>
#include <vector>

#include <lifeboat/core/file_system.hpp>
#include <lifeboat/core/owner.hpp>
#include <lifeboat/core/posix.hpp>
#include <lifeboat/core/result.hpp>
#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/core/time.hpp>

// Where a restore is built, so that its target appears whole or not at all.
namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// Removes everything below an open folder but `keep` and lost+found at its top; follows no link, and needs no stack
/// for depth: a folder found inside is moved up before it is emptied. 0 or an errno.
template <class = void>
[[nodiscard]] int empty_folder(int folder, std::string_view keep) {
  std::uint64_t moved = 0;
  for (bool again = true; again;) {
    again = false;
    std::vector<std::string> names;
    if (const int error = read_folder(folder, [&](std::string_view name, unsigned char) {
          if (name != keep && name != "lost+found" && names.size() < 4096) names.emplace_back(name);
        }))
      return error;
    for (const std::string& name : names) {
      again = true;
      int error = remove_file(folder, name.c_str());
      if (error != EISDIR && error != EPERM) {
        if (error != 0 && error != ENOENT) return error;
        continue;
      }
      error = remove_folder(folder, name.c_str());
      if (error == 0 || error == ENOENT) continue;
      if (error != ENOTEMPTY && error != EEXIST) return error;
      auto inside = open_at(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      if (inside.error == EACCES && ::fchmodat(folder, name.c_str(), 0700, 0) == 0)
        inside = open_at(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      if (!inside) return inside.error;
      (void)set_mode(inside.value.get(), 0700);
      std::vector<std::string> folders;
      int failed = 0;
      const int read = read_folder(inside.value.get(), [&](std::string_view child, unsigned char) {
        const std::string text(child);
        const int removed = remove_file(inside.value.get(), text.c_str());
        if (removed == EISDIR || removed == EPERM)
          folders.push_back(text);
        else if (removed != 0 && removed != ENOENT)
          failed = removed;
      });
      if (read != 0 || failed != 0) return read != 0 ? read : failed;
      for (const std::string& child : folders) {
        const std::string up = ".lifeboat-discarded-" + std::to_string(moved++);
        (void)::fchmodat(inside.value.get(), child.c_str(), 0700, 0);  // a folder that is moved is written to
        const int renamed = rename_noreplace(inside.value.get(), child.c_str(), folder, up.c_str());
        if (renamed != 0 && renamed != EEXIST) return renamed;
      }
    }
  }
  return 0;
}

}  // namespace detail

/// The path of a target as it is named everywhere: without the slashes behind it that a shell adds.
template <class = void>
std::string plain_target(std::string target) {
  while (target.size() > 1 && target.back() == '/') target.pop_back();
  return target;
}

/// The place where the restore to one target is built: a folder `.NAME.lifeboat-staging` beside it, or, where the
/// target is an empty folder already (a mount point, say), the target itself with a marker in it that is removed last.
template <class = void>
class BasicStagingPlace {
 public:
  static constexpr const char* marker_name = ".lifeboat-incomplete";
  static constexpr const char* state_name = "restore";
  static constexpr const char* tree_name = "tree";

  /// Looks, and changes nothing. Errors: target_io where the folder above is missing or can not be looked at; usage.
  static Result<BasicStagingPlace> look(const std::string& target) {
    BasicStagingPlace place;
    const std::string path = plain_target(target);
    const std::size_t slash = path.rfind('/');
    place.name_ = slash == std::string::npos ? path : path.substr(slash + 1);
    place.parent_path_ = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
    place.target_ = path;
    if (place.name_.empty() || place.name_ == "." || place.name_ == "..")
      return Error{ErrorId::usage, "'" + target + "' does not name a folder to restore to"}
          .next("--target DIR")
          .unchanged();
    if (place.name_.size() + std::string_view(".lifeboat-staging").size() + 1 > 255)
      return Error{ErrorId::limit, "the name '" + place.name_ + "' is too long for a staging place beside it"}
          .unchanged();
    auto parent = open_at(AT_FDCWD, place.parent_path_.c_str(), O_RDONLY | O_DIRECTORY);
    if (!parent) {
      Error error = not_opened(ErrorId::target_io,
                               "the folder " + place.parent_path_ + ", where the target would be, can not be opened",
                               place.parent_path_, parent.error);
      if (parent.error == ENOENT) error = std::move(error).next("mkdir -p " + shell_quoted(place.parent_path_));
      return error;
    }
    place.parent_ = std::move(parent.value);
    LIFEBOAT_CHECK(place.look_at_target());
    return place;
  }

  [[nodiscard]] const std::string& target() const noexcept { return target_; }
  /// Where it is built: beside the target, or in it.
  [[nodiscard]] std::string staging_path() const {
    return in_place_ ? target_
                     : (parent_path_ == "." && target_ == name_ ? ""
                        : parent_path_ == "/"                   ? "/"
                                                                : parent_path_ + "/") +
                           staging_name();
  }
  /// Where the tree is built.
  [[nodiscard]] std::string tree_path() const {
    return staging_path() == target_ ? target_ : staging_path() + "/" + tree_name;
  }
  /// An interrupted restore is there.
  [[nodiscard]] bool in_use() const noexcept { return in_use_; }
  /// Something else is there.
  [[nodiscard]] bool taken() const noexcept { return taken_; }
  [[nodiscard]] std::uint64_t free_bytes() const noexcept { return free_bytes_; }
  [[nodiscard]] std::uint64_t free_entries() const noexcept { return free_entries_; }

  /// Makes the place and writes what is restored there into it, durably; or, to go on, checks that it is the same.
  /// Gives the folder to build the tree in. Errors: staging_exists, busy, target_exists, target_io.
  Result<FileDescriptor> begin(const std::string& state, bool resume) {
    FileDescriptor tree;
    if (in_place_) {
      auto opened = open_at(parent_.get(), name_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      if (!opened) return failed("opening " + target_, opened.error);
      if (const int error = set_mode(opened.value.get(), 0700))
        return not_opened(ErrorId::target_io, target_ + " can not be prepared", target_, error);
      tree = std::move(opened.value);
      LIFEBOAT_CHECK(write_state(tree.get(), marker_name, state, resume));
      LIFEBOAT_CHECK(keep_open(tree.get()));
      return tree;
    }
    if (!resume) {
      auto made = make_folder(parent_.get(), staging_name().c_str(), 0700);
      if (made.error == EEXIST) return Error{ErrorId::staging_exists, staging_path() + " is there already"}.unchanged();
      if (!made) return not_made(target_, target_, made.error, failed("making " + staging_path(), made.error));
      folder_ = std::move(made.value);
    } else {
      auto opened = open_at(parent_.get(), staging_name().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      if (!opened) return failed("opening " + staging_path(), opened.error);
      folder_ = std::move(opened.value);
      LIFEBOAT_CHECK(check_rights());
    }
    LIFEBOAT_CHECK(write_state(folder_.get(), state_name, state, resume));
    auto made = make_folder(folder_.get(), tree_name, 0700);
    if (made.error == EEXIST) made = open_at(folder_.get(), tree_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!made) return failed("making " + staging_path(), made.error);
    if (const int error = set_mode(made.value.get(), 0700)) return failed("preparing " + staging_path(), error);
    LIFEBOAT_CHECK(keep_open(made.value.get()));
    return std::move(made.value);
  }

  /// The tree is complete and durable: it becomes the target by one rename, or loses its marker. `root_time` is the
  /// time that its root has. Errors: target_exists where something took the name meanwhile, target_io.
  Status publish(Timestamp root_time) {
    if (in_place_) {
      if (const int error = as_owner([&] { return remove_file(tree_.get(), marker_name); }))
        return failed("removing the marker of " + target_, error);
      struct timespec times[2] = {};
      times[0].tv_nsec = UTIME_OMIT;
      times[1].tv_sec = static_cast<time_t>(root_time.seconds);
      times[1].tv_nsec = static_cast<long>(root_time.nanoseconds);
      (void)::futimens(tree_.get(), times);
      if (const int error = sync_file(tree_.get())) return failed("making " + target_ + " durable", error);
      return ok();
    }
    int error = as_owner([&] { return rename_noreplace(folder_.get(), tree_name, parent_.get(), name_.c_str()); });
    if (error == EINVAL || error == ENOSYS) {  // a file system that can not refuse: looked at, then renamed
      error = stat_at(parent_.get(), name_.c_str()).error == ENOENT ? as_owner([&] {
        return detail::errno_of([&] { return ::renameat(folder_.get(), tree_name, parent_.get(), name_.c_str()); });
      })
                                                                    : EEXIST;
    }
    if (error == EEXIST) return Error{ErrorId::target_exists, target_ + " appeared while it was restored"};
    if (error != 0) return failed("renaming " + staging_path() + " to " + target_, error);
    if ((error = sync_file(parent_.get())) != 0) {
      // A name that may not survive a power cut is no target: the place is as it was before, and can be gone on with.
      (void)rename_noreplace(parent_.get(), name_.c_str(), folder_.get(), tree_name);
      return failed("making " + target_ + " durable", error);
    }
    // The target stands; what is left of the place is of no use to anybody.
    (void)remove_file(folder_.get(), state_name);
    (void)remove_folder(parent_.get(), staging_name().c_str());
    (void)sync_file(parent_.get());
    return ok();
  }

  /// Removes what an interrupted restore left. Errors: staging_missing, busy, target_io.
  Status discard() {
    if (!in_use_) return Error{ErrorId::staging_missing, "there is no interrupted restore to " + target_}.unchanged();
    auto opened =
        open_at(parent_.get(), in_place_ ? name_.c_str() : staging_name().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!opened) return failed("opening " + staging_path(), opened.error);
    folder_ = std::move(opened.value);
    LIFEBOAT_CHECK(check_rights());
    (void)set_mode(folder_.get(), 0700);
    const char* const state = in_place_ ? marker_name : state_name;
    LIFEBOAT_CHECK(lock(folder_.get(), state));
    if (const int error = detail::empty_folder(folder_.get(), state))
      return failed("removing " + staging_path(), error);
    int error = remove_file(folder_.get(), state);
    if (error == ENOENT) error = 0;
    if (error == 0 && !in_place_) error = remove_folder(parent_.get(), staging_name().c_str());
    if (error != 0) return failed("removing " + staging_path(), error);
    in_use_ = false;
    return ok();
  }

 private:
  [[nodiscard]] std::string staging_name() const { return "." + name_ + ".lifeboat-staging"; }

  /// Root alone may go on with, or remove, what somebody else began.
  Status check_rights() const {
    const auto whose = stat_of(folder_.get());
    return whose && ::geteuid() != 0 ? check_owner(staging_path(), whose.value.st_uid) : ok();
  }

  static Error failed(const std::string& what, int error) {
    return Error{ErrorId::target_io, what + " failed"}.because(error);
  }

  Status keep_open(int tree) {
    auto again = open_at(tree, ".", O_RDONLY | O_DIRECTORY);
    if (!again) return failed("preparing " + staging_path(), again.error);
    tree_ = std::move(again.value);
    return ok();
  }

  /// A folder that its owner may not write to can not be moved by its owner either: it is opened up for that.
  template <class Do>
  int as_owner(Do&& act) const {
    const int refused = act();
    const auto found = stat_of(tree_.get());
    if (refused != EACCES || !found) return refused;
    const mode_t mode = found.value.st_mode & 07777U;
    if (const int error = set_mode(tree_.get(), mode | 0700U)) return error;
    const int error = act();
    const int closed = set_mode(tree_.get(), mode);
    return error != 0 ? error : closed != 0 ? closed : sync_file(tree_.get());
  }

  Status look_at_target() {
    const auto there = stat_at(parent_.get(), name_.c_str());
    if (there.error != 0 && there.error != ENOENT) return failed("looking at " + target_, there.error);
    const auto staging = stat_at(parent_.get(), staging_name().c_str());
    in_use_ = staging.error == 0;
    int on = parent_.get();
    FileDescriptor folder;
    if (there && S_ISDIR(there.value.st_mode)) {
      auto opened = open_at(parent_.get(), name_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      if (!opened) return failed("opening " + target_, opened.error);
      folder = std::move(opened.value);
      on = folder.get();
      bool empty = true;
      bool marked = false;
      if (const int error = read_folder(on, [&](std::string_view name, unsigned char) {
            if (name == marker_name)
              marked = true;
            else if (name != "lost+found")  // what a new file system has at its root
              empty = false;
          }))
        return failed("reading " + target_, error);
      in_place_ = marked || (empty && !in_use_);
      if (marked) in_use_ = true;
      taken_ = !in_place_;
    } else if (there) {
      taken_ = true;
    }
    struct statvfs found {};
    if (::fstatvfs(on, &found) == 0) {
      const auto blocks = ::geteuid() == 0 ? found.f_bfree : found.f_bavail;
      free_bytes_ = static_cast<std::uint64_t>(blocks) * static_cast<std::uint64_t>(found.f_frsize);
      if (found.f_files != 0)
        free_entries_ = static_cast<std::uint64_t>(::geteuid() == 0 ? found.f_ffree : found.f_favail);
    }
    return ok();
  }

  /// One restore works on a place at a time.
  Status lock(int folder, const char* name) {
    auto file = open_at(folder, name, O_RDWR | O_NOFOLLOW);
    if (file.error == ENOENT) return ok();
    if (!file) return failed("opening the state of " + staging_path(), file.error);
    if (const int error = try_lock(file.value.get()); error == EAGAIN)
      return Error{ErrorId::busy, "another restore is at work in " + staging_path()}.unchanged();
    state_ = std::move(file.value);
    return ok();
  }

  Status write_state(int folder, const char* name, const std::string& state, bool resume) {
    if (resume) {
      LIFEBOAT_CHECK(lock(folder, name));
      Bytes found(state.size() + 1);
      const auto got = state_ ? read_full(state_.get(), 0, found) : SystemResult<std::size_t>{};
      const std::string_view text = as_text(ByteView(found).first(got.value));
      if (state_ && text == state) return ok();
      // Cut off before its state was durable: nothing of it can be there yet.
      if (!state_ || text.empty() || std::string_view(state).starts_with(text))
        return fill_state(folder, name, state, O_CREAT);
      return Error{ErrorId::staging_exists,
                   staging_path() + " holds the restore of something else, or with another scope"}
          .next("the line that it was begun with, and --resume; or --discard")
          .unchanged();
    }
    return fill_state(folder, name, state, O_CREAT | O_EXCL);
  }

  Status fill_state(int folder, const char* name, const std::string& state, int flags) {
    auto file = open_at(folder, name, O_RDWR | O_NOFOLLOW | flags, 0600);
    if (!file) return failed("writing the state of " + staging_path(), file.error);
    state_ = std::move(file.value);
    if (try_lock(state_.get()) == EAGAIN)
      return Error{ErrorId::busy, "another restore is at work in " + staging_path()}.unchanged();
    int error = pwrite_full(state_.get(), 0, as_bytes(state));
    if (error == 0) error = sync_file(state_.get());
    if (error == 0) error = sync_file(folder);
    if (error == 0 && !in_place_) error = sync_file(parent_.get());
    return error == 0 ? ok() : Status(failed("writing the state of " + staging_path(), error));
  }

  std::string target_;
  std::string name_;
  std::string parent_path_;
  FileDescriptor parent_;
  FileDescriptor folder_;
  FileDescriptor tree_;   ///< what is built, open whatever mode it gets
  FileDescriptor state_;  ///< open and locked while the restore is at work
  bool in_place_ = false;
  bool in_use_ = false;
  bool taken_ = false;
  std::uint64_t free_bytes_ = 0;
  std::uint64_t free_entries_ = ~std::uint64_t{0};
};
using StagingPlace = BasicStagingPlace<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
