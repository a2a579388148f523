// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/sysmacros.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lifeboat/core/file_system.hpp>
#include <lifeboat/source/tree_file.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// How a tree is built.
struct TreeWriterConfig {
  FileDescriptor root;      ///< an empty folder that nobody else can enter (0700)
  MetadataPolicy metadata;
  bool devices = true;      ///< make device nodes; listed as not restored where false or not permitted
  bool resume = false;      ///< the folder may hold what an interrupted restore left: it is replaced entry by entry
};

/// Builds a tree below an open folder. Each component of a path is opened by its name in its open parent and is never
/// followed where it is a link; "..", ".", empty components, absolute paths and zero bytes are refused (path_escape).
/// Folders get their metadata when the order has left them, the root at the end. What the system does not let this
/// process restore is listed in `missing` and is no error; content that can not be written is (target_io).
///
/// `place`, `create` and `finish` are called by one thread; the files that `create` hands out by any. All of them are
/// finished or destroyed before `finish`. At most 64 folders are open at a time, whatever the depth.
template <class = void>
class BasicTreeWriter final : public TreeOutput {
 public:
  /// Errors: target_exists (the folder is not empty and `resume` is not set), target_io.
  static Result<std::unique_ptr<BasicTreeWriter>> open(TreeWriterConfig config);

  Status place(const Entry& entry) override;
  Result<std::unique_ptr<FileOutput>> create(const Entry& entry) override;
  Status finish() override;

  /// Goes on with a file that an interrupted restore left: what it holds stays, up to the size of `entry`. Created
  /// where there is none.
  Result<std::unique_ptr<FileOutput>> go_on(const Entry& entry);
  /// Opens a regular file of the tree for reading; path_unknown where there is none.
  Result<FileDescriptor> read_back(std::string_view path) const;

  [[nodiscard]] const NotRestoredList& missing() const noexcept { return shared_->missing; }

 private:
  static constexpr std::size_t open_folders = 64;
  struct Frame {
    FileDescriptor folder;        ///< closed where it lies too far above
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::size_t path_length = 0;
    std::unique_ptr<Entry> entry; ///< none: made only to hold what was asked for
  };
  struct LateMode {
    std::string path;
    mode_t mode;
  };

  explicit BasicTreeWriter(TreeWriterConfig config)
      : config_(std::move(config)), shared_(std::make_shared<detail::TreeWriterShared>(config_.metadata)) {}

  static Status check_path(std::string_view path);
  static std::string_view parent_of(std::string_view path) noexcept {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
  }
  static const char* name_in(const std::string& path) noexcept {
    const std::size_t slash = path.rfind('/');
    return path.c_str() + (slash == std::string::npos ? 0 : slash + 1);
  }
  static bool is_refusal(int error) noexcept {
    return error == EPERM || error == EACCES || error == EINVAL || error == ENAMETOOLONG || error == ENOENT ||
           error == EOPNOTSUPP || error == ENOSYS || error == EMLINK;
  }
  Error failed(const std::string& path, std::string_view what, int error) const {
    return detail::target_error(path, what, error, config_.root.get(), 0);
  }
  Status next(const Entry& entry);             ///< checks the path and its order, and enters the folder of `entry`
  Status enter(std::string_view folder);
  Status push(std::size_t from, std::size_t length, bool plain);
  Status leave();
  [[nodiscard]] int here() const noexcept { return frames_.back().folder.get(); }
  [[nodiscard]] SystemResult<FileDescriptor> open_parent(std::string_view path) const;
  /// Makes something that is not there; in a resumed tree what has its name is removed first.
  template <class Make>
  int make(const std::string& path, Make&& make_it);
  Result<std::unique_ptr<FileOutput>> create_file(const Entry& entry, int exclusive);
  [[nodiscard]] int set_mode_of(const char* name, mode_t mode) const noexcept {
    return detail::errno_of([&] { return ::fchmodat(here(), name, mode, AT_SYMLINK_NOFOLLOW); });
  }
  Status place_link(const Entry& entry);
  Status place_node(const Entry& entry);

  TreeWriterConfig config_;
  std::shared_ptr<detail::TreeWriterShared> shared_;
  std::vector<Frame> frames_;
  std::string path_;                ///< of the top frame
  std::string last_;                ///< the entry before
  bool started_ = false;
  std::uint64_t size_limit_ = file_size_limit();
  std::vector<LateMode> late_;      ///< folders whose owner may not enter them, set at the very end
};
using TreeWriter = BasicTreeWriter<>;


template <class T>
Result<std::unique_ptr<BasicTreeWriter<T>>> BasicTreeWriter<T>::open(TreeWriterConfig config) {
  std::unique_ptr<BasicTreeWriter> writer(new BasicTreeWriter(std::move(config)));
  const int root = writer->config_.root.get();
  const auto found = stat_of(root);
  if (!found) return writer->failed("", "opening", found.error);
  bool empty = true;
  if (const int error = read_folder(root, [&](std::string_view, unsigned char) { empty = false; }))
    return writer->failed("", "reading", error);
  if (!empty && !writer->config_.resume)
    return Error{ErrorId::target_exists, "the folder to restore into is not empty"}.unchanged();
  // An access list that the folder above hands down would stay on every entry that had none.
  for (const char* inherited : {"system.posix_acl_default", "system.posix_acl_access"}) ::fremovexattr(root, inherited);
  auto own = open_at(root, ".", O_RDONLY | O_DIRECTORY);
  if (!own) return writer->failed("", "opening", own.error);
  writer->frames_.push_back({std::move(own.value), found.value.st_dev, found.value.st_ino, 0, nullptr});
  return writer;
}

template <class T>
Status BasicTreeWriter<T>::check_path(std::string_view path) {
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

template <class T>
Status BasicTreeWriter<T>::next(const Entry& entry) {
  if (frames_.empty()) return Error{ErrorId::config, "'" + entry.path + "' comes after the tree was finished"};
  LIFEBOAT_CHECK(check_path(entry.path));
  if (started_ && compare_paths(last_, entry.path) != std::strong_ordering::less)
    return Error{ErrorId::corrupt, "'" + entry.path + "' comes after '" + last_ + "', out of order"};
  started_ = true;
  last_ = entry.path;
  return entry.path.empty() ? ok() : enter(parent_of(entry.path));
}

template <class T>
Status BasicTreeWriter<T>::enter(std::string_view folder) {
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
Status BasicTreeWriter<T>::push(std::size_t from, std::size_t length, bool plain) {
  const std::string name = path_.substr(from, length);
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
  SystemResult<FileDescriptor> folder = make_folder(here(), name.c_str(), 0700);
  const bool was_there = folder.error == EEXIST;
  if (was_there) {
    folder = open_at(here(), name.c_str(), flags);
    if (folder.error == EACCES && set_mode_of(name.c_str(), 0700) == 0) folder = open_at(here(), name.c_str(), flags);
    if (folder && !plain) folder.error = set_mode(folder.value.get(), 0700);
    if ((folder.error == ELOOP || folder.error == ENOTDIR) && !plain && config_.resume &&
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
Status BasicTreeWriter<T>::leave() {
  Frame left = std::move(frames_.back());
  frames_.pop_back();
  if (left.entry != nullptr) {
    constexpr mode_t own = 0700;
    const bool late = (left.entry->mode & own) != own && ::geteuid() != 0;
    shared_->metadata.apply({left.folder.get(), ""}, *left.entry, late ? own : 0);
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
SystemResult<FileDescriptor> BasicTreeWriter<T>::open_parent(std::string_view path) const {
  const std::string_view folder = parent_of(path);
  int at = config_.root.get();
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
template <class Make>
int BasicTreeWriter<T>::make(const std::string& path, Make&& make_it) {
  int error = make_it();
  if (error == EEXIST && config_.resume && remove_file(here(), name_in(path)) == 0) error = make_it();
  return error;
}

template <class T>
Status BasicTreeWriter<T>::place(const Entry& entry) {
  LIFEBOAT_CHECK(next(entry));
  switch (entry.type) {
    case EntryType::file: return Error{ErrorId::corrupt, "'" + entry.path + "' is a file and was given no content"};
    case EntryType::hardlink: return place_link(entry);
    case EntryType::directory: break;
    default: return place_node(entry);
  }
  if (!entry.path.empty()) {
    const std::size_t from = path_.empty() ? 0 : path_.size() + 1;
    path_ = entry.path;
    LIFEBOAT_CHECK(push(from, path_.size() - from, false));
  }
  frames_.back().entry = std::make_unique<Entry>(entry);
  return ok();
}

template <class T>
Status BasicTreeWriter<T>::place_link(const Entry& entry) {
  LIFEBOAT_CHECK(check_path(entry.target));
  auto parent = open_parent(entry.target);
  int error = parent.error;
  if (error == 0)
    error = make(entry.path, [&] {
      return link_noreplace(parent.value.get(), name_in(entry.target), here(), name_in(entry.path));
    });
  if (error == ELOOP || error == ENOTDIR)
    return Error{ErrorId::path_escape, "'" + entry.target + "' leads through what is no folder"}.because(error);
  return error == 0 ? ok() : Status(failed(entry.path, "linking '" + entry.target + "' to", error));
}

template <class T>
Status BasicTreeWriter<T>::place_node(const Entry& entry) {
  const char* const name = name_in(entry.path);
  std::string what = "a symbolic link";
  mode_t type = 0;
  if (entry.type == EntryType::fifo) {
    what = "a fifo";
    type = S_IFIFO;
  } else if (entry.type == EntryType::char_device || entry.type == EntryType::block_device) {
    what = "device " + std::to_string(entry.device_major) + ":" + std::to_string(entry.device_minor);
    type = entry.type == EntryType::char_device ? S_IFCHR : S_IFBLK;
    if (!config_.devices) {
      shared_->missing.add({entry.path, RestorePart::entry, what + ", which was not asked for", 0});
      return ok();
    }
  }
  const int error = make(entry.path, [&] {
    if (type == 0 && entry.target.find('\0') != std::string::npos) return EINVAL;
    return detail::errno_of([&] {
      return type == 0 ? ::symlinkat(entry.target.c_str(), here(), name)
                       : ::mknodat(here(), name, type | 0600U, makedev(entry.device_major, entry.device_minor));
    });
  });
  if (is_refusal(error)) {
    shared_->missing.add({entry.path, RestorePart::entry, what, error});
    return ok();
  }
  if (error != 0) return failed(entry.path, "making " + what + " at", error);
  shared_->metadata.apply({here(), name}, entry);
  return ok();
}

template <class T>
Result<std::unique_ptr<FileOutput>> BasicTreeWriter<T>::create(const Entry& entry) {
  LIFEBOAT_CHECK(next(entry));
  return create_file(entry, O_EXCL);
}

template <class T>
Result<std::unique_ptr<FileOutput>> BasicTreeWriter<T>::go_on(const Entry& entry) {
  LIFEBOAT_CHECK(next(entry));
  return create_file(entry, config_.resume ? 0 : O_EXCL);
}

template <class T>
Result<std::unique_ptr<FileOutput>> BasicTreeWriter<T>::create_file(const Entry& entry, int exclusive) {
  const std::string& path = entry.path;
  if (path.empty()) return Error{ErrorId::path_escape, "the root of a tree is no file"};
  if (entry.size > size_limit_)
    return Error{ErrorId::limit, "'" + path + "' has " + std::to_string(entry.size) +
                                     " bytes, and this process may write files of " + std::to_string(size_limit_)}
        .next("ulimit -f unlimited");
  FileDescriptor file;
  std::uint64_t size = 0;
  const int error = make(path, [&] {
    const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | exclusive;
    auto opened = open_at(here(), name_in(path), flags, 0600);
    if (opened.error == EACCES && exclusive == 0 && set_mode_of(name_in(path), 0600) == 0)
      opened = open_at(here(), name_in(path), flags, 0600);
    const auto found = opened ? stat_of(opened.value.get()) : SystemResult<struct stat>{};
    if (opened.error == ELOOP || opened.error == ENXIO || opened.error == EISDIR) return EEXIST;
    if (!opened || !found) return opened ? found.error : opened.error;
    if (!S_ISREG(found.value.st_mode)) return EEXIST;
    file = std::move(opened.value);
    size = static_cast<std::uint64_t>(found.value.st_size);
    return 0;
  });
  if (error == EEXIST) return Error{ErrorId::target_exists, "'" + path + "' is in the target already"};
  if (error != 0) return failed(path, "making", error);
  return std::unique_ptr<FileOutput>(std::make_unique<detail::TreeFile>(shared_, std::move(file), entry, size));
}

template <class T>
Result<FileDescriptor> BasicTreeWriter<T>::read_back(std::string_view path) const {
  LIFEBOAT_CHECK(check_path(path));
  const std::string whole(path);
  auto parent = open_parent(path);
  if (!parent || path.empty())
    return Error{ErrorId::path_unknown, "'" + whole + "' is not in the target"}.because(parent.error);
  auto file = open_at(parent.value.get(), name_in(whole), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const auto found = file ? stat_of(file.value.get()) : SystemResult<struct stat>{};
  if (!file || !found || !S_ISREG(found.value.st_mode))
    return Error{ErrorId::path_unknown, "'" + whole + "' is no file in the target"}.because(file.error);
  return std::move(file.value);
}

template <class T>
Status BasicTreeWriter<T>::finish() {
  while (!frames_.empty()) LIFEBOAT_CHECK(leave());
  for (const LateMode& late : late_) {
    auto parent = open_parent(late.path);
    int error = parent.error;
    if (error == 0 && late.path.empty()) error = set_mode(config_.root.get(), late.mode);
    else if (error == 0)
      error = detail::errno_of([&] { return ::fchmodat(parent.value.get(), name_in(late.path), late.mode, 0); });
    if (error != 0) shared_->missing.add({late.path, RestorePart::mode, "the mode of a folder", error});
  }
  if (const int error = sync_file_system(config_.root.get())) return failed("", "making durable", error);
  return ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
