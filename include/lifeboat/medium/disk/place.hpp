// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <grp.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <lifeboat/core/beneath.hpp>
#include <lifeboat/core/file_system.hpp>
#include <lifeboat/core/owner.hpp>
#include <lifeboat/core/result.hpp>
#include <lifeboat/core/shell_word.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A name's folder and what it is called there.
struct DiskPath {
  std::string folder;  ///< "" for the root
  std::string base;
};

template <class = void>
DiskPath split_path(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  if (slash == std::string::npos) return {{}, name};
  return {name.substr(0, slash), name.substr(slash + 1)};
}

/// The folder that a Disk lies in: who may write there and how, and its folders made durable. Any thread.
template <class = void>
class BasicDiskPlace {
 public:
  struct Wanted {
    std::string root;
    bool create = false;
    std::string group;
  };

  static Result<std::shared_ptr<BasicDiskPlace>> open(const Wanted& wanted);

  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  [[nodiscard]] int root() const noexcept { return root_.get(); }
  [[nodiscard]] int temporary() const noexcept { return temporary_.get(); }
  [[nodiscard]] bool links() const noexcept { return links_; }
  [[nodiscard]] const FileSystemFacts& file_system() const noexcept { return file_system_; }

  /// What a failed call means: no space, a link in the way, or a failing store.
  [[nodiscard]] Error failed(const std::string& what, int error) const {
    ErrorId id = ErrorId::medium_io;
    if (error == ENOSPC || error == EDQUOT) id = ErrorId::medium_full;
    if (error == ENOTDIR) id = ErrorId::medium_strange;
    if (error == ELOOP) return link_in_the_way(what);
    Error made = Error{id, url_ + ": " + what}.because(error);
    return id == ErrorId::medium_full ? std::move(made).next("lifeboat prune") : made;
  }

  [[nodiscard]] Error link_in_the_way(const std::string& what) const {
    return Error{ErrorId::medium_strange,
                 url_ + ": " + what + ": a symbolic link stands there, and none is followed inside a repository"}
        .because(ELOOP)
        .unchanged();
  }

  /// Before the first change: the owner, the folder of unfinished writes, what commits rely on; sweeps what dead
  /// writers left. Done once.
  Status prepare_to_write();

  /// A new file with the repository's own mode, whatever the umask, locked for as long as it is open.
  Result<std::pair<FileDescriptor, std::string>> new_temporary();

  /// The folder `path`, opened; made where it is missing, and known to be durable.
  Result<FileDescriptor> durable_folder(const std::string& path);

  /// Forgets which folders around `path` were durable: one was found missing, or was removed.
  void forget_folder(std::string_view path) {
    path = path.substr(0, path.find('/'));
    const std::scoped_lock guard(mutex_);
    std::erase_if(durable_, [&](const std::string& known) { return known.starts_with(path); });
  }

  /// A folder directly below `parent` with the repository's mode; an existing one is opened, and `made` is false.
  SystemResult<FileDescriptor> own_folder(int parent, const char* name, bool& made) const;

  /// Applies group and mode to something just made.
  [[nodiscard]] int own(int fd, mode_t mode) const {
    if (shared_) {
      if (const int error = detail::errno_of([&] { return ::fchown(fd, static_cast<uid_t>(-1), group_); }))
        return error;
    }
    return set_mode(fd, mode);
  }

  [[nodiscard]] mode_t file_mode() const noexcept { return shared_ ? 0640 : 0600; }
  [[nodiscard]] mode_t folder_mode() const noexcept { return shared_ ? 0750 : 0700; }

 private:
  explicit BasicDiskPlace(std::string root_path) : url_("disk:" + std::move(root_path)) {}

  Status make_root(const std::string& path, const std::string& group);
  Status take_over_empty(const std::string& group);
  Status name_group(const std::string& group);
  Status check_owner() const;
  Status probe();
  Status sweep() const;
  static std::string random_name();

  std::string url_;
  FileDescriptor root_;
  FileDescriptor temporary_;
  FileSystemFacts file_system_;
  uid_t owner_ = 0;
  gid_t group_ = 0;
  bool shared_ = false;  ///< a group may read: the root has exactly the mode 0750
  bool links_ = true;
  bool prepared_ = false;
  std::mutex mutex_;
  std::mutex preparing_;
  std::vector<std::string> durable_;
};
using DiskPlace = BasicDiskPlace<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI

#include <lifeboat/medium/disk/place_open.hpp>
#include <lifeboat/medium/disk/place_write.hpp>
