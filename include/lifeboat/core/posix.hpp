// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <string>

#include <lifeboat/core/bytes.hpp>
#include <lifeboat/core/file_descriptor.hpp>

// The system calls that every room needs, made whole: EINTR is retried, short reads and writes go on, every descriptor
// is close-on-exec. A function that returns int returns 0 or the errno; the caller puts it into an Error, for only the
// caller knows the object's name.
namespace lifeboat::inline LIFEBOAT_ABI {

/// A value, or the errno of the call that gave none.
template <class T>
struct [[nodiscard]] SystemResult {
  T value{};
  int error = 0;
  explicit operator bool() const noexcept { return error == 0; }
};

namespace detail {

/// Repeats a call that answers -1 for as long as a signal interrupts it.
template <class Call>
auto uninterrupted(Call&& call) noexcept {
  for (;;) {
    const auto answer = call();
    if (answer != -1 || errno != EINTR) return answer;
  }
}

/// 0, or the errno, of a call that answers 0 or -1.
template <class Call>
[[nodiscard]] int errno_of(Call&& call) noexcept {
  return uninterrupted(call) == -1 ? errno : 0;
}

/// The most that one write asks for: of 1 MiB at once the kernel makes folios of 1 MiB, which it may search long for.
inline constexpr std::size_t write_slice = 256U << 10U;

inline ByteView slice_of(ByteView data) noexcept {
  return data.first(data.size() < write_slice ? data.size() : write_slice);
}

}  // namespace detail

/// openat(2), close-on-exec, never a controlling terminal. `mode` is for O_CREAT and is cut by the umask: see
/// `set_mode`.
template <class = void>
SystemResult<FileDescriptor> open_at(int folder, const char* path, int flags, mode_t mode = 0) noexcept {
  const int fd = detail::uninterrupted([&] { return ::openat(folder, path, flags | O_CLOEXEC | O_NOCTTY, mode); });
  if (fd == -1) return {{}, errno};
  return {FileDescriptor{fd}, 0};
}

/// Reads from `at` until `out` is full or the file ends: short only at the end.
template <class = void>
SystemResult<std::size_t> read_full(int fd, std::uint64_t at, MutableBytes out) noexcept {
  std::size_t done = 0;
  while (done < out.size()) {
    const auto offset = static_cast<off_t>(at + done);
    const ssize_t n = detail::uninterrupted([&] { return ::pread(fd, out.data() + done, out.size() - done, offset); });
    if (n == -1) return {done, errno};
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return {done, 0};
}

/// Reads on from where the descriptor stands, until `out` is full or the end.
template <class = void>
SystemResult<std::size_t> read_full(int fd, MutableBytes out) noexcept {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t n = detail::uninterrupted([&] { return ::read(fd, out.data() + done, out.size() - done); });
    if (n == -1) return {done, errno};
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return {done, 0};
}

/// Writes all of `data` where the descriptor stands.
template <class = void>
[[nodiscard]] int write_full(int fd, ByteView data) noexcept {
  while (!data.empty()) {
    const ByteView slice = detail::slice_of(data);
    const ssize_t n = detail::uninterrupted([&] { return ::write(fd, slice.data(), slice.size()); });
    if (n == -1) return errno;
    if (n == 0) return EIO;  // a file that takes nothing and says nothing would be waited for without end
    data = data.subspan(static_cast<std::size_t>(n));
  }
  return 0;
}

/// Writes all of `data` at `at`.
template <class = void>
[[nodiscard]] int pwrite_full(int fd, std::uint64_t at, ByteView data) noexcept {
  while (!data.empty()) {
    const ByteView slice = detail::slice_of(data);
    const ssize_t n =
        detail::uninterrupted([&] { return ::pwrite(fd, slice.data(), slice.size(), static_cast<off_t>(at)); });
    if (n == -1) return errno;
    if (n == 0) return EIO;
    at += static_cast<std::uint64_t>(n);
    data = data.subspan(static_cast<std::size_t>(n));
  }
  return 0;
}

/// fsync: the bytes and all that the file system knows of a file, or the entries of a folder. After an error what
/// reached the disk is unknown, and asking again proves nothing.
[[nodiscard]] inline int sync_file(int fd) noexcept {
  return detail::errno_of([&] { return ::fsync(fd); });
}
/// fdatasync: the bytes of a file, and what is needed to read them back.
[[nodiscard]] inline int sync_data(int fd) noexcept {
  return detail::errno_of([&] { return ::fdatasync(fd); });
}
/// syncfs: the whole file system that `fd` lies on.
[[nodiscard]] inline int sync_file_system(int fd) noexcept {
  return detail::errno_of([&] { return ::syncfs(fd); });
}

/// Begins to write a stretch of a file back, and waits for nothing: the sync at the end then finds little left to do.
/// It only hastens: what fails is told by that sync.
inline void begin_write_back(int fd, std::uint64_t at, std::uint64_t length) noexcept {
  (void)::sync_file_range(fd, static_cast<off_t>(at), static_cast<off_t>(length), SYNC_FILE_RANGE_WRITE);
}

/// Permission bits, whatever the umask.
[[nodiscard]] inline int set_mode(int fd, mode_t mode) noexcept {
  return detail::errno_of([&] { return ::fchmod(fd, mode); });
}

/// A new folder with exactly `mode`, whatever the umask, opened. EEXIST where the name is taken.
template <class = void>
SystemResult<FileDescriptor> make_folder(int folder, const char* name, mode_t mode) noexcept {
  if (const int error = detail::errno_of([&] { return ::mkdirat(folder, name, mode); })) return {{}, error};
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
  auto made = open_at(folder, name, flags);
  if (made.error == EACCES) {  // a umask that takes the owner's own bits away
    if (::fchmodat(folder, name, mode, AT_SYMLINK_NOFOLLOW) == -1) return {{}, errno};
    made = open_at(folder, name, flags);
  }
  if (made.error == 0) made.error = set_mode(made.value.get(), mode);
  return made;
}

/// Makes the folders of `path` that are not there, each 0700; those that end within its first `behind` bytes are there.
template <class = void>
[[nodiscard]] int make_folders(const std::string& path, std::size_t behind = 0) {
  for (std::size_t at = behind + 1; at <= path.size(); ++at) {
    if (at != path.size() && path[at] != '/') continue;
    const std::string part = path.substr(0, at);
    if (::mkdir(part.c_str(), 0700) == -1 && errno != EEXIST) return errno;
  }
  return 0;
}

/// link(2): a second name for a file; EEXIST where it is taken.
[[nodiscard]] inline int link_noreplace(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  return detail::errno_of([&] { return ::linkat(from_folder, from, to_folder, to, 0); });
}

/// A rename that refuses a taken name with EEXIST; EINVAL or ENOSYS where the file system can not do that.
[[nodiscard]] inline int rename_noreplace(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  return detail::errno_of([&] { return ::renameat2(from_folder, from, to_folder, to, RENAME_NOREPLACE); });
}

[[nodiscard]] inline int remove_file(int folder, const char* name) noexcept {
  return detail::errno_of([&] { return ::unlinkat(folder, name, 0); });
}

/// Removes an empty folder; ENOTEMPTY or EEXIST where it is none.
[[nodiscard]] inline int remove_folder(int folder, const char* name) noexcept {
  return detail::errno_of([&] { return ::unlinkat(folder, name, AT_REMOVEDIR); });
}

/// fstatat(2) that never follows a link in the last component.
template <class = void>
SystemResult<struct stat> stat_at(int folder, const char* path) noexcept {
  SystemResult<struct stat> result;
  result.error = detail::errno_of([&] { return ::fstatat(folder, path, &result.value, AT_SYMLINK_NOFOLLOW); });
  return result;
}

/// fstat(2).
template <class = void>
SystemResult<struct stat> stat_of(int fd) noexcept {
  SystemResult<struct stat> result;
  result.error = detail::errno_of([&] { return ::fstat(fd, &result.value); });
  return result;
}

/// Takes the open-file-description lock on a whole file; EAGAIN where another description holds it. It goes with the
/// last copy of this descriptor, unlike a POSIX lock, which goes with any descriptor of the process on that file.
template <class = void>
[[nodiscard]] int try_lock(int fd, bool exclusive = true) noexcept {
  struct flock range {};
  range.l_type = exclusive ? F_WRLCK : F_RDLCK;
  range.l_whence = SEEK_SET;
  const int error = detail::errno_of([&] { return ::fcntl(fd, F_OFD_SETLK, &range); });
  return error == EACCES ? EAGAIN : error;
}

/// The kernel's random bits.
template <class = void>
[[nodiscard]] int fill_random(MutableBytes out) noexcept {
  while (!out.empty()) {
    const ssize_t n = detail::uninterrupted([&] { return ::getrandom(out.data(), out.size(), 0); });
    if (n == -1) return errno;
    out = out.subspan(static_cast<std::size_t>(n));
  }
  return 0;
}

/// The length beyond which a write would raise SIGXFSZ in this process.
template <class = void>
[[nodiscard]] std::uint64_t file_size_limit() noexcept {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == -1 || limit.rlim_cur == RLIM_INFINITY) return ~std::uint64_t{0};
  return limit.rlim_cur;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
