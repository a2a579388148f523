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
#include <lifeboat/source/tree_folders.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// How a tree is built.
struct TreeWriterConfig {
  FileDescriptor root;  ///< an empty folder that nobody else can enter (0700)
  MetadataPolicy metadata;
  bool devices = true;  ///< make device nodes; listed as not restored where false or not permitted
  bool resume = false;  ///< the folder may hold what an interrupted restore left: it is replaced entry by entry
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
  explicit BasicTreeWriter(TreeWriterConfig config)
      : config_(std::move(config)),
        shared_(std::make_shared<detail::TreeWriterShared>(config_.metadata)),
        folders_(config_.root.get(), config_.resume, shared_->metadata, shared_->missing) {}

  static const char* name_in(const std::string& path) noexcept { return detail::TreeFolders::name_in(path); }
  static bool is_refusal(int error) noexcept {
    return error == EPERM || error == EACCES || error == EINVAL || error == ENAMETOOLONG || error == ENOENT ||
           error == EOPNOTSUPP || error == ENOSYS || error == EMLINK;
  }
  Error failed(const std::string& path, std::string_view what, int error) const {
    return detail::target_error(path, what, error, config_.root.get(), 0);
  }
  Status next(const Entry& entry);  ///< checks the path and its order, and enters the folder of `entry`
  [[nodiscard]] int here() const noexcept { return folders_.here(); }
  /// Makes something that is not there; in a resumed tree what has its name is removed first.
  template <class Make>
  int make(const std::string& path, Make&& make_it);
  Result<std::unique_ptr<FileOutput>> create_file(const Entry& entry, int exclusive);
  Status place_link(const Entry& entry);
  Status place_node(const Entry& entry);

  TreeWriterConfig config_;
  std::shared_ptr<detail::TreeWriterShared> shared_;
  detail::TreeFolders folders_;
  std::string last_;  ///< the entry before
  bool started_ = false;
  std::uint64_t size_limit_ = file_size_limit();
};
using TreeWriter = BasicTreeWriter<>;

template <class T>
Result<std::unique_ptr<BasicTreeWriter<T>>> BasicTreeWriter<T>::open(TreeWriterConfig config) {
  std::unique_ptr<BasicTreeWriter> writer(new BasicTreeWriter(std::move(config)));
  const int root = writer->config_.root.get();
  bool empty = true;
  if (const int error = read_folder(root, [&](std::string_view, unsigned char) { empty = false; }))
    return writer->failed("", "reading", error);
  if (!empty && !writer->config_.resume)
    return Error{ErrorId::target_exists, "the folder to restore into is not empty"}.unchanged();
  // An access list that the folder above hands down would stay on every entry that had none.
  for (const char* inherited : {"system.posix_acl_default", "system.posix_acl_access"}) ::fremovexattr(root, inherited);
  LIFEBOAT_CHECK(writer->folders_.begin());
  return writer;
}

template <class T>
Status BasicTreeWriter<T>::next(const Entry& entry) {
  if (folders_.is_finished()) return Error{ErrorId::config, "'" + entry.path + "' comes after the tree was finished"};
  LIFEBOAT_CHECK(detail::check_tree_path(entry.path));
  if (started_ && compare_paths(last_, entry.path) != std::strong_ordering::less)
    return Error{ErrorId::corrupt, "'" + entry.path + "' comes after '" + last_ + "', out of order"};
  started_ = true;
  last_ = entry.path;
  return entry.path.empty() ? ok() : folders_.enter(detail::TreeFolders::parent_of(entry.path));
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
    case EntryType::file:
      return Error{ErrorId::corrupt, "'" + entry.path + "' is a file and was given no content"};
    case EntryType::hardlink:
      return place_link(entry);
    case EntryType::directory:
      break;
    default:
      return place_node(entry);
  }
  return folders_.add(entry);
}

template <class T>
Status BasicTreeWriter<T>::place_link(const Entry& entry) {
  LIFEBOAT_CHECK(detail::check_tree_path(entry.target));
  auto parent = folders_.open_parent(entry.target);
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
    if (opened.error == EACCES && exclusive == 0 && folders_.set_mode_of(name_in(path), 0600) == 0)
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
  LIFEBOAT_CHECK(detail::check_tree_path(path));
  const std::string whole(path);
  auto parent = folders_.open_parent(path);
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
  LIFEBOAT_CHECK(folders_.finish());
  if (const int error = sync_file_system(config_.root.get())) return failed("", "making durable", error);
  return ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
