// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <limits>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <lifeboat/source/link_table.hpp>
#include <lifeboat/source/rules.hpp>
#include <lifeboat/source/scanned_content.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a scan is to do. Borrowed pointers live as long as the scan.
struct ScanOptions {
  const Rules* rules = nullptr;              ///< none: everything is taken
  const PatternList* append_only = nullptr;  ///< files that it covers get entry_flag::prefix
  bool cross_mounts = false;                 ///< enter what is mounted below the root
  /// Files changed (ctime) later than this get entry_flag::racy. On a file system whose times prove nothing, all do.
  Timestamp racy_after{std::numeric_limits<std::int64_t>::max(), 0};
  bool attribute_calls = true;  ///< false in tests of the way through /proc
};

/// Scans the tree below the open folder `root` into `sink`: the root, then all else in the order of compare_paths. Each
/// path is told once: as an entry, unreadable or skipped; what vanishes while the scan runs is not told. Another name
/// of a file comes as EntryType::hardlink of the first that the rules took.
///
/// Links are never followed: each folder is opened by its name in its open parent. Memory grows with the names of the
/// folders from the root to the one being read, and with files whose names were not all met; at most about 70
/// descriptors are open, beside those of handles that are being used. Errors: interrupted, limit, source_unreadable
/// (the root itself), and what the sink answers.
template <class = void>
Status scan_tree(int root, const ScanOptions& options, EntrySink& sink, const std::stop_token& stop);

namespace detail {

template <class = void>
class BasicScan {
 public:
  BasicScan(const ScanOptions& options, EntrySink& sink, const std::stop_token& stop)
      : options_(options), sink_(sink), stop_(stop), shared_(std::make_shared<ScanShared>()) {
    shared_->attribute_calls = options.attribute_calls;
  }

  Status run(int root) {
    auto own = open_at(root, ".", O_RDONLY | O_DIRECTORY);
    struct statx found {};
    if (own) own.error = statx_at(own.value.get(), "", found);
    auto first = own ? open_unmarked(own.value.get(), ".", O_RDONLY | O_DIRECTORY) : SystemResult<FileDescriptor>{};
    if (!own || !first) return root_failed(own.error != 0 ? own.error : first.error);
    shared_->root = std::move(own.value);
    auto folder = std::make_shared<ScannedFolder>(shared_, std::string(), device_of(found), found.stx_ino);
    here_ = folder->adopt(std::move(first.value));
    if (const int error = folder->read_names(here_->get(), buffer_)) return root_failed(error);
    const bool limited = options_.rules != nullptr && options_.rules->limited();
    Frame frame{folder, 0, 0, !limited, false, source_file_system(here_->get()).times_trusted, nullptr};
    Entry entry = filled(found, frame.trusted);
    entry.path.clear();
    LIFEBOAT_CHECK(sink_.entry(std::move(entry), content(folder, "", found)));
    frames_.push_back(std::move(frame));
    while (!frames_.empty()) {
      if (stop_.stop_requested()) return Error{ErrorId::interrupted, "the scan was stopped"};
      Frame& top = frames_.back();
      if (top.next == top.folder->names().size()) {
        LIFEBOAT_CHECK(leave());
        continue;
      }
      const ScannedName& name = top.folder->names()[top.next++];
      path_.resize(top.path_length);
      if (!path_.empty()) path_.push_back('/');
      path_.append(top.folder->name(name), name.length);
      LIFEBOAT_CHECK(visit(top, top.folder->name(name), name.type));
    }
    return ok();
  }

 private:
  /// A folder entry that is told only once something in it is.
  struct Held {
    Entry entry;
    std::unique_ptr<Content> content;
  };
  struct Frame {
    std::shared_ptr<ScannedFolder> folder;
    std::size_t next = 0;
    std::size_t path_length = 0;
    bool chosen = true;
    bool append_only = false;
    bool trusted = false;  ///< the times of its file system
    std::unique_ptr<Held> held;
  };

  static Error root_failed(int error) {
    if (error == EMFILE || error == ENFILE || error == ENOMEM) return entry_error("", "opening", error);
    return Error{ErrorId::source_unreadable, "the root of the source can not be read"}.because(error).unchanged();
  }
  [[nodiscard]] Entry filled(const struct statx& found, bool trusted) const {
    Entry entry;
    entry.path = path_;
    switch (found.stx_mode & S_IFMT) {
      case S_IFDIR:
        entry.type = EntryType::directory;
        break;
      case S_IFLNK:
        entry.type = EntryType::symlink;
        break;
      case S_IFCHR:
        entry.type = EntryType::char_device;
        break;
      case S_IFBLK:
        entry.type = EntryType::block_device;
        break;
      case S_IFIFO:
        entry.type = EntryType::fifo;
        break;
      default:
        break;
    }
    entry.mode = found.stx_mode & 07777U;
    entry.uid = found.stx_uid;
    entry.gid = found.stx_gid;
    entry.mtime = {found.stx_mtime.tv_sec, found.stx_mtime.tv_nsec};
    entry.ctime = {found.stx_ctime.tv_sec, found.stx_ctime.tv_nsec};
    entry.device = device_of(found);
    entry.inode = found.stx_ino;
    entry.links = found.stx_nlink;
    if (entry.type == EntryType::char_device || entry.type == EntryType::block_device) {
      entry.device_major = found.stx_rdev_major;
      entry.device_minor = found.stx_rdev_minor;
    }
    if (entry.type == EntryType::file) {
      entry.size = found.stx_size;
      entry.sparse = found.stx_blocks * 512 < found.stx_size;
      if (!trusted || entry.ctime > options_.racy_after) entry.flags |= entry_flag::racy;
    }
    return entry;
  }
  static std::unique_ptr<Content> content(const std::shared_ptr<ScannedFolder>& folder, const char* name,
                                          const struct statx& found) {
    return std::make_unique<ScannedContent>(folder, name, device_of(found), found.stx_ino,
                                            static_cast<mode_t>(found.stx_mode & S_IFMT));
  }
  [[nodiscard]] Verdict verdict(const Frame& frame, bool is_directory) const noexcept {
    return options_.rules == nullptr ? Verdict::take : options_.rules->match_in(frame.chosen, path_, is_directory);
  }

  /// Tells the folders above that were held back until something in them counts.
  Status tell_held() {
    if (held_ == 0) return ok();
    for (Frame& frame : frames_) {
      if (frame.held == nullptr) continue;
      const std::unique_ptr<Held> held = std::move(frame.held);
      --held_;
      LIFEBOAT_CHECK(sink_.entry(std::move(held->entry), std::move(held->content)));
    }
    return ok();
  }
  Status tell_unreadable(Entry&& entry, Error error) {
    if (error.id() == ErrorId::entry_vanished) return ok();
    if (error.id() == ErrorId::limit || error.id() == ErrorId::out_of_memory) return error;
    LIFEBOAT_CHECK(tell_held());
    entry.flags |= entry_flag::unreadable;
    return sink_.unreadable(std::move(entry), std::move(error));
  }
  /// What only its folder tells of: its name and its type.
  Status tell_listed(std::uint8_t listed_type, Error error) {
    Entry entry;
    entry.path = path_;
    switch (listed_type) {
      case DT_DIR:
        entry.type = EntryType::directory;
        break;
      case DT_LNK:
        entry.type = EntryType::symlink;
        break;
      case DT_CHR:
        entry.type = EntryType::char_device;
        break;
      case DT_BLK:
        entry.type = EntryType::block_device;
        break;
      case DT_FIFO:
        entry.type = EntryType::fifo;
        break;
      case DT_SOCK:
        if (error.id() != ErrorId::entry_vanished) tell_socket();
        return ok();
      default:
        break;
    }
    return tell_unreadable(std::move(entry), std::move(error));
  }
  void tell_socket() { tell_skipped("is a socket: it holds nothing to keep"); }
  void tell_skipped(const std::string& why) {
    sink_.skipped(path_, Error{ErrorId::entry_skipped, "'" + path_ + "' " + why});
  }

  Status visit(const Frame& frame, const char* name, std::uint8_t listed_type);
  Status visit_folder(const Frame& frame, const char* name, Verdict wanted, struct statx& found);
  Status leave();

  const ScanOptions& options_;
  EntrySink& sink_;
  const std::stop_token& stop_;
  std::shared_ptr<ScanShared> shared_;
  std::vector<Frame> frames_;
  std::size_t held_ = 0;      ///< frames whose folder was not told yet
  ScannedFolder::Open here_;  ///< the folder of the top frame
  std::string path_;
  std::vector<char> buffer_;
  LinkTable links_;
};

template <class T>
Status BasicScan<T>::visit(const Frame& frame, const char* name, std::uint8_t listed_type) {
  Verdict wanted = Verdict::take;
  if (listed_type != DT_UNKNOWN) wanted = verdict(frame, listed_type == DT_DIR);
  if (wanted == Verdict::leave) return ok();
  struct statx found {};
  if (const int error = statx_at(here_->get(), name, found)) {
    return tell_listed(listed_type, entry_error(path_, "reading the state of", error));
  }
  const bool is_folder = S_ISDIR(found.stx_mode);
  if (listed_type == DT_UNKNOWN || is_folder != (listed_type == DT_DIR)) wanted = verdict(frame, is_folder);
  if (wanted == Verdict::leave) return ok();
  if (is_folder) return visit_folder(frame, name, wanted, found);
  if (S_ISSOCK(found.stx_mode)) {
    tell_socket();
    return ok();
  }
  if (is_mount_root(found) && !options_.cross_mounts) {
    tell_skipped("is mounted over from elsewhere and was not read");
    return ok();
  }
  LIFEBOAT_CHECK(tell_held());
  Entry entry = filled(found, frame.trusted && device_of(found) == frame.folder->device());
  if (entry.type == EntryType::file) {
    if (options_.append_only != nullptr && (frame.append_only || options_.append_only->names(path_, false)))
      entry.flags |= entry_flag::prefix;
    if (entry.links > 1) {
      if (const std::string* first = links_.seen(entry.device, entry.inode, entry.links, path_)) {
        entry.type = EntryType::hardlink;
        entry.target = *first;
      }
    }
  }
  return sink_.entry(std::move(entry), content(frame.folder, name, found));
}

template <class T>
Status BasicScan<T>::visit_folder(const Frame& frame, const char* name, Verdict wanted, struct statx& found) {
  FileDescriptor opened;
  for (int tries = 0;; ++tries) {
    const bool other = is_mount_root(found) || device_of(found) != frame.folder->device();
    if (other && !options_.cross_mounts) {
      tell_skipped("is on another file system and was not entered");
      if (wanted != Verdict::take) return ok();
      LIFEBOAT_CHECK(tell_held());
      Entry entry = filled(found, frame.trusted);
      entry.flags |= entry_flag::mount_point;
      return sink_.entry(std::move(entry), content(frame.folder, name, found));
    }
    auto folder = open_unmarked(here_->get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (folder.error == EMFILE || folder.error == ENFILE) {
      shared_->release_all();
      folder = open_unmarked(here_->get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    }
    struct statx now {};
    if (folder) folder.error = statx_at(folder.value.get(), "", now);
    if (!folder && folder.error != ELOOP && folder.error != ENOTDIR)
      return tell_unreadable(filled(found, frame.trusted), entry_error(path_, "opening the folder", folder.error));
    if (folder && now.stx_ino == found.stx_ino && device_of(now) == device_of(found)) {
      found = now;
      opened = std::move(folder.value);
      break;
    }
    // another thing has taken the name since: what is it now?
    if (const int error = statx_at(here_->get(), name, found))
      return tell_unreadable(filled(now, frame.trusted), entry_error(path_, "reading the state of", error));
    if (!S_ISDIR(found.stx_mode)) return visit(frame, name, DT_UNKNOWN);
    if (tries == 8)
      return tell_unreadable(filled(found, frame.trusted), entry_error(path_, "following the changes of", EBUSY));
  }
  auto folder = std::make_shared<ScannedFolder>(shared_, path_, device_of(found), found.stx_ino);
  Frame inside{folder, 0, path_.size(), wanted == Verdict::take, frame.append_only, frame.trusted, nullptr};
  if (device_of(found) != frame.folder->device()) inside.trusted = source_file_system(opened.get()).times_trusted;
  if (!inside.append_only && options_.append_only != nullptr)
    inside.append_only = options_.append_only->names(path_, true);
  const int descriptor = opened.get();
  const ScannedFolder::Open open = folder->adopt(std::move(opened));
  Entry entry = filled(found, frame.trusted);
  if (const int error = folder->read_names(descriptor, buffer_))
    return tell_unreadable(std::move(entry), entry_error(path_, "listing the folder", error));
  if (wanted == Verdict::take) {
    LIFEBOAT_CHECK(tell_held());
    LIFEBOAT_CHECK(sink_.entry(std::move(entry), content(folder, "", found)));
  } else {
    auto handle = content(folder, "", found);
    inside.held = std::make_unique<Held>(Held{std::move(entry), std::move(handle)});
    ++held_;
  }
  frames_.push_back(std::move(inside));
  here_ = open;
  return ok();
}

template <class T>
Status BasicScan<T>::leave() {
  if (frames_.back().held != nullptr) --held_;
  frames_.pop_back();
  if (frames_.empty()) return ok();
  Frame& top = frames_.back();
  auto above = top.folder->use_from(here_->get());
  if (above) {
    here_ = std::move(above.value);
    return ok();
  }
  // Moved away while its inside was read, and closed meanwhile: the rest of its names can not be looked at any more.
  if (above.error == EMFILE || above.error == ENFILE)
    return entry_error(top.folder->path(), "opening the folder", above.error);
  while (top.next < top.folder->names().size()) {
    const ScannedName& name = top.folder->names()[top.next++];
    path_ = top.folder->path_of(top.folder->name(name));
    if (verdict(top, name.type == DT_DIR) == Verdict::leave) continue;
    LIFEBOAT_CHECK(tell_listed(
        name.type, Error{ErrorId::entry_unreadable, "'" + path_ + "' lay in a folder that was moved meanwhile"}));
  }
  path_.resize(top.path_length);
  return ok();
}

}  // namespace detail

template <class T>
Status scan_tree(int root, const ScanOptions& options, EntrySink& sink, const std::stop_token& stop) {
  return detail::BasicScan<T>(options, sink, stop).run(root);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
