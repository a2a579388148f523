// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lifeboat/source/tree_file.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace detail {

/// path_escape for what is no path below the root: "..", ".", empty components, absolute, zero bytes.
template <class = void>
Status check_tree_path(std::string_view path) {
  if (path.empty()) return ok();
  bool fits = path.find('\0') == std::string_view::npos;
  for (std::size_t at = 0; at <= path.size() && fits;) {
    const std::size_t slash = path.find('/', at);
    const std::string_view part = path.substr(at, slash == std::string_view::npos ? slash : slash - at);
    fits = !part.empty() && part != "." && part != "..";
    at = slash == std::string_view::npos ? path.size() + 1 : slash + 1;
  }
  if (fits) return ok();
  return Error{ErrorId::path_escape, "'" + std::string(path) + "' is no path below the target"};
}

/// The folders of a tree being built, from the root down to the one that entries are put into now. Each is opened by
/// its name in its open parent; none through a link. One that the order has left gets its metadata and is not entered
/// again.
template <class = void>
class BasicTreeFolders {
 public:
  /// All is borrowed.
  BasicTreeFolders(int root, bool resume, MetadataWriter& metadata, NotRestoredList& missing) noexcept
      : root_(root), resume_(resume), metadata_(metadata), missing_(missing) {}

  /// Enters the root.
  Status begin();
  /// Enters a folder that exists or is made plain, and leaves those that do not hold it.
  Status enter(std::string_view folder);
  /// Makes the folder that `entry` is, in the one that is entered, and enters it.
  Status add(const Entry& entry);
  /// Leaves all.
  Status finish();

  [[nodiscard]] bool is_finished() const noexcept { return frames_.empty(); }
  [[nodiscard]] int here() const noexcept { return frames_.back().folder.get(); }
  /// Opens the folder that holds `path`, which need not be one that is entered.
  [[nodiscard]] SystemResult<FileDescriptor> open_parent(std::string_view path) const;
  [[nodiscard]] int set_mode_of(const char* name, mode_t mode) const noexcept {
    return errno_of([&] { return ::fchmodat(here(), name, mode, AT_SYMLINK_NOFOLLOW); });
  }

  static std::string_view parent_of(std::string_view path) noexcept {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
  }
  static const char* name_in(const std::string& path) noexcept {
    const std::size_t slash = path.rfind('/');
    return path.c_str() + (slash == std::string::npos ? 0 : slash + 1);
  }

 private:
  static constexpr std::size_t open_folders = 64;
  struct Frame {
    FileDescriptor folder;  ///< closed where it lies too far above
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::size_t path_length = 0;
    std::unique_ptr<Entry> entry;  ///< none: made only to hold what was asked for
  };
  struct LateMode {
    std::string path;
    mode_t mode;
  };

  Error failed(const std::string& path, std::string_view what, int error) const {
    return target_error(path, what, error, root_, 0);
  }
  Status push(std::size_t from, std::size_t length, bool plain);
  Status leave();

  int root_;
  bool resume_;
  MetadataWriter& metadata_;
  NotRestoredList& missing_;
  std::vector<Frame> frames_;
  std::string path_;            ///< of the top frame
  std::vector<LateMode> late_;  ///< folders whose owner may not enter them, set at the very end
};
using TreeFolders = BasicTreeFolders<>;

template <class T>
Status BasicTreeFolders<T>::begin() {
  auto own = open_at(root_, ".", O_RDONLY | O_DIRECTORY);
  const auto found = stat_of(root_);
  if (!own || !found) return failed("", "opening", own ? found.error : own.error);
  frames_.push_back({std::move(own.value), found.value.st_dev, found.value.st_ino, 0, nullptr});
  return ok();
}

template <class T>
Status BasicTreeFolders<T>::add(const Entry& entry) {
  if (!entry.path.empty()) {
    const std::size_t from = path_.empty() ? 0 : path_.size() + 1;
    path_ = entry.path;
    LIFEBOAT_CHECK(push(from, path_.size() - from, false));
  }
  frames_.back().entry = std::make_unique<Entry>(entry);
  return ok();
}

template <class T>
Status BasicTreeFolders<T>::enter(std::string_view folder) {
  while (!is_below(folder, path_)) LIFEBOAT_CHECK(leave());
  while (path_.size() < folder.size()) {
    const std::size_t from = path_.empty() ? 0 : path_.size() + 1;
    const std::size_t slash = folder.find('/', from);
    const std::size_t end = slash == std::string_view::npos ? folder.size() : slash;
    if (from != 0) path_.push_back('/');
    path_.append(folder.substr(from, end - from));
    LIFEBOAT_CHECK(push(from, end - from, true));
  }
  return ok();
}

/// Enters the folder whose name is the end of `path_`, from `from` on, and makes it where it is not there.
template <class T>
Status BasicTreeFolders<T>::push(std::size_t from, std::size_t length, bool plain) {
  const std::string name = path_.substr(from, length);
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
  SystemResult<FileDescriptor> folder = make_folder(here(), name.c_str(), 0700);
  const bool was_there = folder.error == EEXIST;
  if (was_there) {
    folder = open_at(here(), name.c_str(), flags);
    if (folder.error == EACCES && set_mode_of(name.c_str(), 0700) == 0) folder = open_at(here(), name.c_str(), flags);
    if (folder && !plain) {
      folder.error = set_mode(folder.value.get(), 0700);
      // What is made in it now would get an access list that an interrupted restore had given it to hand down.
      if (resume_) ::fremovexattr(folder.value.get(), "system.posix_acl_default");
    }
    if ((folder.error == ELOOP || folder.error == ENOTDIR) && !plain && resume_ &&
        remove_file(here(), name.c_str()) == 0)
      folder = make_folder(here(), name.c_str(), 0700);
    if (folder.error == ELOOP || folder.error == ENOTDIR)
      return Error{ErrorId::path_escape, "'" + path_ + "' is no folder: nothing is put below it"}.because(folder.error);
  }
  if (!folder) return failed(path_, "making the folder", folder.error);
  const auto found = stat_of(folder.value.get());
  if (!found) return failed(path_, "making the folder", found.error);
  if (frames_.size() >= open_folders) frames_[frames_.size() - open_folders].folder.reset();
  frames_.push_back({std::move(folder.value), found.value.st_dev, found.value.st_ino, path_.size(), nullptr});
  if (plain && !was_there) {
    if (const int error = set_mode(here(), 0755)) return failed(path_, "making the folder", error);
  }
  return ok();
}

template <class T>
Status BasicTreeFolders<T>::leave() {
  Frame left = std::move(frames_.back());
  frames_.pop_back();
  if (left.entry != nullptr) {
    constexpr mode_t own = 0700;
    const bool late = (left.entry->mode & own) != own && ::geteuid() != 0;
    metadata_.apply({left.folder.get(), ""}, *left.entry, late ? own : 0);
    if (late) late_.push_back({left.entry->path, static_cast<mode_t>(left.entry->mode)});
  }
  if (frames_.empty()) return ok();
  Frame& top = frames_.back();
  path_.resize(top.path_length);
  if (top.folder) return ok();
  auto up = open_at(left.folder.get(), "..", O_RDONLY | O_DIRECTORY);
  const auto found = up ? stat_of(up.value.get()) : SystemResult<struct stat>{{}, up.error};
  if (!found) return failed(path_, "going back to", found.error);
  if (found.value.st_dev != top.device || found.value.st_ino != top.inode)
    return Error{ErrorId::path_escape, "'" + path_ + "' was moved while it was restored"};
  top.folder = std::move(up.value);
  return ok();
}

template <class T>
SystemResult<FileDescriptor> BasicTreeFolders<T>::open_parent(std::string_view path) const {
  const std::string_view folder = parent_of(path);
  int at = root_;
  std::size_t from = 0;
  for (std::size_t i = frames_.size(); i-- > 0;) {  // the nearest open folder above
    const std::string_view above = std::string_view(path_).substr(0, frames_[i].path_length);
    if (!frames_[i].folder || !is_below(folder, above)) continue;
    at = frames_[i].folder.get();
    from = above.empty() ? 0 : above.size() + 1;
    break;
  }
  auto here = open_at(at, ".", O_PATH | O_DIRECTORY);
  while (here && from < folder.size()) {
    const std::size_t slash = folder.find('/', from);
    const std::size_t end = slash == std::string_view::npos ? folder.size() : slash;
    const std::string name(folder.substr(from, end - from));
    here = open_at(here.value.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW);
    from = end + 1;
  }
  return here;
}

template <class T>
Status BasicTreeFolders<T>::finish() {
  while (!frames_.empty()) LIFEBOAT_CHECK(leave());
  for (const LateMode& late : late_) {
    auto parent = open_parent(late.path);
    int error = parent.error;
    if (error == 0 && late.path.empty())
      error = set_mode(root_, late.mode);
    else if (error == 0)
      error = errno_of([&] { return ::fchmodat(parent.value.get(), name_in(late.path), late.mode, 0); });
    if (error != 0) missing_.add({late.path, RestorePart::mode, "the mode of a folder", error});
  }
  return ok();
}

}  // namespace detail
}  // namespace lifeboat::inline LIFEBOAT_ABI
