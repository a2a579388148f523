// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <lifeboat/source/attributes.hpp>
#include <lifeboat/source/scanned_folder.hpp>
#include <lifeboat/source/tree.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace detail {

/// The error for an entry that can not be read: gone (entry_vanished), there but not readable (entry_unreadable), or
/// this process is out of descriptors or memory, which says nothing of the entry (limit, out_of_memory).
template <class = void>
Error entry_error(const std::string& path, const std::string& what, int error) {
  const std::string name = path.empty() ? std::string("the root of the source") : "'" + path + "'";
  switch (error) {
    case ENOENT:
    case ELOOP:
    case ENOTDIR:
    case ENXIO:
      return Error{ErrorId::entry_vanished, name + " was removed or replaced while it was read"}.because(error);
    case EMFILE:
    case ENFILE:
      return Error{ErrorId::limit, what + " " + name + " failed: too many open files"}.because(error).next(
          "ulimit -n 4096");
    case ENOMEM:
      return Error{ErrorId::out_of_memory, what + " " + name + " failed: no memory"}.because(error);
    default:
      return Error{ErrorId::entry_unreadable, what + " " + name + " failed"}.because(error);
  }
}

inline Timestamp timestamp(const struct timespec& time) noexcept {
  return {static_cast<std::int64_t>(time.tv_sec), static_cast<std::uint32_t>(time.tv_nsec)};
}

/// Opens without leaving a mark on the access time, where this process may.
template <class = void>
SystemResult<FileDescriptor> open_unmarked(int folder, const char* name, int flags) noexcept {
  auto opened = open_at(folder, name, flags | O_NOATIME);
  if (opened.error == EPERM) opened = open_at(folder, name, flags);
  return opened;
}

/// Serves one scanned entry: its folder, its name there ("": the folder itself), and what the scan saw.
template <class = void>
class BasicScannedContent final : public Content {
 public:
  BasicScannedContent(std::shared_ptr<ScannedFolder> folder, const char* name, std::uint64_t device,
                      std::uint64_t inode, mode_t type) noexcept
      : folder_(std::move(folder)), name_(name), device_(device), inode_(inode), type_(type) {}

  Status details(Entry& entry) override {
    ScanShared& shared = folder_->shared();
    entry.owner = shared.owners.user(entry.uid);
    entry.group = shared.owners.group(entry.gid);
    if (file_) return attributes({file_.get(), ""}, entry);
    const auto folder = folder_->use();
    if (!folder) return failed("reading the metadata of", folder.error);
    const int at = folder.value->get();
    if (type_ == S_IFLNK)
      if (const int error = read_link(at, entry.target)) return failed("reading the link", error);
    return attributes({at, name_}, entry);
  }

  Status open() override {
    if (type_ != S_IFREG) return Error{ErrorId::entry_unreadable, "'" + path() + "' is no regular file"};
    const auto folder = folder_->use();
    if (!folder) return failed("opening", folder.error);
    auto opened = open_unmarked(folder.value->get(), name_, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!opened) return failed("opening", opened.error);
    const auto found = stat_of(opened.value.get());
    if (!found) return failed("opening", found.error);
    if (found.value.st_dev != device_ || found.value.st_ino != inode_ || !S_ISREG(found.value.st_mode))
      return failed("opening", ENOENT);
    file_ = std::move(opened.value);
    return ok();
  }

  Result<FileStamp> stamp() override {
    const auto found = stat_of(file_.get());
    if (!found) return failed("reading the state of", found.error);
    return FileStamp{found.value.st_dev, found.value.st_ino, static_cast<std::uint64_t>(found.value.st_size),
                     timestamp(found.value.st_mtim), timestamp(found.value.st_ctim)};
  }

  Status segments(FunctionRef<Status(Segment)> each) override {
    const auto found = stat_of(file_.get());
    if (!found) return failed("reading the state of", found.error);
    const off_t size = found.value.st_size;
    for (off_t at = 0; at < size;) {
      const off_t data = seek(at, SEEK_DATA);
      if (data == -1 && errno == ENXIO) break;  // a hole to the end
      if (data == -1 && errno == EINVAL) return each({0, static_cast<std::uint64_t>(size)});
      if (data == -1) return failed("looking for holes in", errno);
      if (data >= size) break;  // the file grew meanwhile
      off_t hole = seek(data, SEEK_HOLE);
      if (hole == -1 && errno == ENXIO) break;  // it shrank meanwhile
      if (hole == -1) return failed("looking for holes in", errno);
      if (hole > size) hole = size;
      LIFEBOAT_CHECK(each({static_cast<std::uint64_t>(data), static_cast<std::uint64_t>(hole - data)}));
      at = hole;
    }
    return ok();
  }

  Result<std::size_t> read(std::uint64_t at, MutableBytes out) override {
    const auto got = read_full(file_.get(), at, out);
    if (got) return got.value;
    return failed("reading bytes " + std::to_string(at + got.value) + " to " + std::to_string(at + out.size()) + " of",
                  got.error);
  }

  void close() noexcept override { file_.reset(); }

 private:
  [[nodiscard]] std::string path() const { return folder_->path_of(name_); }
  [[nodiscard]] Error failed(const std::string& what, int error) const { return entry_error(path(), what, error); }
  off_t seek(off_t from, int whence) const noexcept {
    return uninterrupted([&] { return ::lseek(file_.get(), from, whence); });
  }

  int read_link(int folder, std::string& target) const {
    for (std::size_t room = 256;; room *= 2) {
      target.resize(room);
      const ssize_t n = uninterrupted([&] { return ::readlinkat(folder, name_, target.data(), room); });
      if (n == -1) return errno == EINVAL ? ENOENT : errno;  // EINVAL: it is no link any more
      if (static_cast<std::size_t>(n) == room) continue;
      target.resize(static_cast<std::size_t>(n));
      return 0;
    }
  }

  Status attributes(const AttributePlace& place, Entry& entry) const {
    const int error = read_attributes(place, entry.attributes, folder_->shared().attribute_calls);
    if (error == ENOSYS)
      return Error{ErrorId::entry_unreadable, "the attributes of '" + path() + "' can not be read: /proc is missing"}
          .because(error)
          .next("mount -t proc proc /proc");
    return error == 0 ? ok() : Status(failed("reading the attributes of", error));
  }

  std::shared_ptr<ScannedFolder> folder_;
  const char* name_;
  std::uint64_t device_;
  std::uint64_t inode_;
  mode_t type_;
  FileDescriptor file_;
};
using ScannedContent = BasicScannedContent<>;

}  // namespace detail
}  // namespace lifeboat::inline LIFEBOAT_ABI
