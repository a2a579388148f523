// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <dirent.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lifeboat/source/mounts.hpp>
#include <lifeboat/source/owner_names.hpp>

// The folders of one scan: which are open, and how one that had to be closed is found again. Absolute paths are never
// built, so depth and length have no limit, and a folder that was swapped for another is not taken for it.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace detail {

template <class T>
class BasicScannedFolder;

/// What a scan and the handles that it gave out share; lives as long as any of them.
template <class T = void>
struct BasicScanShared {
  static constexpr std::size_t open_folders = 64;

  FileDescriptor root;
  OwnerNames owners;
  bool attribute_calls = true;  ///< false in tests of the way through /proc

  /// Remembers that a folder is open and closes the one that was opened `open_folders` ago.
  void opened(const std::shared_ptr<BasicScannedFolder<T>>& folder) {
    std::weak_ptr<BasicScannedFolder<T>> oldest(folder);
    {
      const std::lock_guard lock(mutex);
      oldest.swap(ring[next]);
      next = (next + 1) % ring.size();
    }
    if (const auto old = oldest.lock(); old != nullptr && old != folder) old->release();
  }
  /// Closes all folders that nobody is using right now.
  void release_all() {
    std::array<std::weak_ptr<BasicScannedFolder<T>>, open_folders> all;
    {
      const std::lock_guard lock(mutex);
      all.swap(ring);
    }
    for (const auto& one : all)
      if (const auto folder = one.lock()) folder->release();
  }

 private:
  std::mutex mutex;
  std::array<std::weak_ptr<BasicScannedFolder<T>>, open_folders> ring;
  std::size_t next = 0;
};

/// A name in a folder, as getdents64 told it.
struct ScannedName {
  std::uint64_t key = 0;  ///< the first eight bytes, big-endian, so that most comparisons are one
  std::uint32_t offset = 0;
  std::uint16_t length = 0;
  std::uint8_t type = 0;  ///< DT_ value; may be DT_UNKNOWN
};

/// A folder of the tree being scanned, open or able to open itself again.
template <class T = void>
class BasicScannedFolder : public std::enable_shared_from_this<BasicScannedFolder<T>> {
 public:
  using Open = std::shared_ptr<const FileDescriptor>;

  BasicScannedFolder(std::shared_ptr<BasicScanShared<T>> shared, std::string path, std::uint64_t device,
                     std::uint64_t inode) noexcept
      : shared_(std::move(shared)), path_(std::move(path)), device_(device), inode_(inode) {}

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::uint64_t device() const noexcept { return device_; }
  [[nodiscard]] std::uint64_t inode() const noexcept { return inode_; }
  [[nodiscard]] BasicScanShared<T>& shared() const noexcept { return *shared_; }
  [[nodiscard]] std::string path_of(const char* name) const {
    if (name[0] == '\0') return path_;
    return path_.empty() ? std::string(name) : path_ + "/" + name;
  }

  /// Takes the folder's own descriptor.
  Open adopt(FileDescriptor descriptor) {
    Open open = std::make_shared<const FileDescriptor>(std::move(descriptor));
    {
      const std::lock_guard lock(mutex_);
      open_ = open;
    }
    shared_->opened(this->shared_from_this());
    return open;
  }
  /// Closes it as soon as nobody uses it.
  void release() noexcept {
    const std::lock_guard lock(mutex_);
    open_.reset();
  }
  /// The open folder, opened again where it was closed. ENOENT where another folder has taken its place.
  SystemResult<Open> use() {
    if (Open open = if_open()) return {std::move(open), 0};
    auto walked = walk();
    if (!walked) return {nullptr, walked.error};
    return checked(std::move(walked.value));
  }
  /// The same, by the nearest way: from a folder inside it that is still open.
  SystemResult<Open> use_from(int inside) {
    if (Open open = if_open()) return {std::move(open), 0};
    if (auto up = open_at(inside, "..", O_RDONLY | O_DIRECTORY))
      if (auto open = checked(std::move(up.value))) return open;
    return use();
  }

  /// Reads all names of the open folder, in byte order, without "." and ".."; 0 or the errno. `buffer` is scratch.
  [[nodiscard]] int read_names(int descriptor, std::vector<char>& buffer);
  [[nodiscard]] const std::vector<ScannedName>& names() const noexcept { return names_; }
  [[nodiscard]] const char* name(const ScannedName& entry) const noexcept { return text_.data() + entry.offset; }

 private:
  Open if_open() {
    const std::lock_guard lock(mutex_);
    return open_;
  }
  SystemResult<Open> checked(FileDescriptor descriptor) {
    const auto found = stat_of(descriptor.get());
    if (!found) return {nullptr, found.error};
    if (found.value.st_dev != device_ || found.value.st_ino != inode_) return {nullptr, ENOENT};
    return {adopt(std::move(descriptor)), 0};
  }
  SystemResult<FileDescriptor> walk() const {
    FileDescriptor here;
    int at = shared_->root.get();
    if (path_.empty()) return open_at(at, ".", O_RDONLY | O_DIRECTORY);
    for (std::size_t from = 0;;) {
      const std::size_t slash = path_.find('/', from);
      const bool last = slash == std::string::npos;
      const std::string component = path_.substr(from, last ? slash : slash - from);
      auto next = open_at(at, component.c_str(), O_DIRECTORY | O_NOFOLLOW | (last ? O_RDONLY : O_PATH));
      if (!next || last) return next;
      here = std::move(next.value);
      at = here.get();
      from = slash + 1;
    }
  }

  std::shared_ptr<BasicScanShared<T>> shared_;
  std::string path_;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
  std::mutex mutex_;
  Open open_;
  std::string text_;  ///< all names, each ended by a zero byte
  std::vector<ScannedName> names_;
};

template <class T>
int BasicScannedFolder<T>::read_names(int descriptor, std::vector<char>& buffer) {
  constexpr std::size_t room = 128 * 1024;
  if (buffer.size() < room) buffer.resize(room);
  text_.clear();
  names_.clear();
  for (;;) {
    const ssize_t filled = uninterrupted([&] { return ::getdents64(descriptor, buffer.data(), buffer.size()); });
    if (filled == -1) return errno;
    if (filled == 0) break;
    for (ssize_t at = 0; at < filled;) {
      const auto* entry = reinterpret_cast<const struct dirent64*>(buffer.data() + at);
      at += entry->d_reclen;
      const std::string_view name(entry->d_name);
      if (name == "." || name == "..") continue;
      if (text_.size() + name.size() >= 0xFFFFFFFFU) return ENOMEM;
      ScannedName found;
      unsigned char head[8] = {};
      std::memcpy(head, name.data(), name.size() < 8 ? name.size() : 8);
      for (const unsigned char byte : head) found.key = found.key << 8U | byte;
      found.offset = static_cast<std::uint32_t>(text_.size());
      found.length = static_cast<std::uint16_t>(name.size());
      found.type = entry->d_type;
      text_.append(name.data(), name.size() + 1);
      names_.push_back(found);
    }
  }
  const char* const text = text_.data();
  std::sort(names_.begin(), names_.end(), [text](const ScannedName& a, const ScannedName& b) {
    if (a.key != b.key) return a.key < b.key;
    return std::strcmp(text + a.offset, text + b.offset) < 0;  // no name holds a zero byte
  });
  // a rename during the reading can show one name twice
  names_.erase(std::unique(names_.begin(), names_.end(),
                           [text](const ScannedName& a, const ScannedName& b) {
                             return a.key == b.key && std::strcmp(text + a.offset, text + b.offset) == 0;
                           }),
               names_.end());
  return 0;
}

using ScanShared = BasicScanShared<>;
using ScannedFolder = BasicScannedFolder<>;

}  // namespace detail
}  // namespace lifeboat::inline LIFEBOAT_ABI
