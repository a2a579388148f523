// SPDX-License-Identifier: BSL-1.0
// Loaded into the program by LD_PRELOAD: counts the system calls that change what lies below FAULTS_ROOT, and at call
// number FAULTS_AT does what FAULTS_MODE says:
//   kill-before, kill-after   the process dies, without the call or right behind it
//   ENOSPC, EIO, EINTR        the call fails so, once
//   short                     a write writes half of what it was given
// FAULTS_COUNT names a file that gets a line for every call counted: its number, its name, what it is about, and for a
// link or a rename what that was before.
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace {

std::atomic<long> calls{0};

template <class F>
F* real(const char* name) {
  return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

const char* setting(const char* name) { return ::getenv(name); }

thread_local char about[PATH_MAX];   // the path that was judged last
thread_local char before[PATH_MAX];  // and the one judged before it

bool below_root(const char* path) {
  const char* root = setting("FAULTS_ROOT");
  if (root == nullptr || path == nullptr) return false;
  const std::size_t length = ::strlen(root);
  ::memcpy(before, about, sizeof before);
  ::snprintf(about, sizeof about, "%s", path);
  return ::strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

bool descriptor_below(int fd) {
  char link[64];
  char path[PATH_MAX];
  ::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = ::readlink(link, path, sizeof path - 1);
  if (length <= 0) return false;
  path[length] = '\0';
  return below_root(path);
}

bool at_below(int folder, const char* path) {
  if (path != nullptr && path[0] == '/') return below_root(path);
  if (folder == AT_FDCWD) {
    char current[PATH_MAX];
    if (::getcwd(current, sizeof current) == nullptr) return false;
    char whole[2 * PATH_MAX];
    ::snprintf(whole, sizeof whole, "%s/%s", current, path);
    return below_root(whole);
  }
  if (!descriptor_below(folder)) return false;
  const std::size_t length = ::strlen(about);
  ::snprintf(about + length, sizeof about - length, "/%s", path);
  return true;
}

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

enum class Fault { none, kill_after, fail, half };

/// Whether this call is the one, and what becomes of it; dies here for kill-before.
Fault fault_for(const char* name, bool counts, bool is_write) {
  if (!counts) return Fault::none;
  const long number = ++calls;
  if (const char* file = setting("FAULTS_COUNT")) {
    char line[2 * PATH_MAX + 128];
    const bool two = ::strncmp(name, "link", 4) == 0 || ::strncmp(name, "rename", 6) == 0;
    const int length = ::snprintf(line, sizeof line, "%ld %s %s%s%s\n", number, name, about, two ? " " : "",
                                  two ? before : "");
    const long fd = ::syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0) {
      ::syscall(SYS_write, fd, line, length);
      ::syscall(SYS_close, fd);
    }
  }
  const char* at = setting("FAULTS_AT");
  const char* mode = setting("FAULTS_MODE");
  if (at == nullptr || mode == nullptr || ::atol(at) != number) return Fault::none;
  if (::strcmp(mode, "kill-before") == 0) die();
  if (::strcmp(mode, "kill-after") == 0) return Fault::kill_after;
  if (::strcmp(mode, "short") == 0) return is_write ? Fault::half : Fault::none;
  errno = ::strcmp(mode, "ENOSPC") == 0 ? ENOSPC : ::strcmp(mode, "EINTR") == 0 ? EINTR : EIO;
  return Fault::fail;
}

template <class Call>
auto judged(const char* name, bool counts, Call&& call) -> decltype(call()) {
  const Fault fault = fault_for(name, counts, false);
  if (fault == Fault::fail) return -1;
  const auto result = call();
  if (fault == Fault::kill_after) die();
  return result;
}

template <class Call>
ssize_t judged_write(const char* name, int fd, size_t count, Call&& call) {
  const Fault fault = fault_for(name, descriptor_below(fd), true);
  if (fault == Fault::fail) return -1;
  const ssize_t result = call(fault == Fault::half && count > 1 ? count / 2 : count);
  if (fault == Fault::kill_after) die();
  return result;
}

}  // namespace

extern "C" {

int openat(int folder, const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
    va_list list;
    va_start(list, flags);
    mode = va_arg(list, mode_t);
    va_end(list);
  }
  const bool counts = (flags & (O_CREAT | O_TRUNC)) != 0 && at_below(folder, path);
  return judged("openat", counts, [&] { return static_cast<int>(::syscall(SYS_openat, folder, path, flags, mode)); });
}
int openat64(int folder, const char* path, int flags, ...) __attribute__((alias("openat")));

ssize_t write(int fd, const void* data, size_t count) {
  return judged_write("write", fd, count,
                      [&](size_t n) { return static_cast<ssize_t>(::syscall(SYS_write, fd, data, n)); });
}
ssize_t pwrite(int fd, const void* data, size_t count, off_t at) {
  return judged_write("pwrite", fd, count,
                      [&](size_t n) { return static_cast<ssize_t>(::syscall(SYS_pwrite64, fd, data, n, at)); });
}
ssize_t pwrite64(int fd, const void* data, size_t count, off_t at) __attribute__((alias("pwrite")));

int fsync(int fd) {
  return judged("fsync", descriptor_below(fd), [&] { return static_cast<int>(::syscall(SYS_fsync, fd)); });
}
int fdatasync(int fd) {
  return judged("fdatasync", descriptor_below(fd), [&] { return static_cast<int>(::syscall(SYS_fdatasync, fd)); });
}
int syncfs(int fd) {
  return judged("syncfs", descriptor_below(fd), [&] { return static_cast<int>(::syscall(SYS_syncfs, fd)); });
}
int ftruncate(int fd, off_t length) {
  return judged("ftruncate", descriptor_below(fd),
                [&] { return static_cast<int>(::syscall(SYS_ftruncate, fd, length)); });
}
int ftruncate64(int fd, off_t length) __attribute__((alias("ftruncate")));
int fallocate(int fd, int mode, off_t at, off_t length) {
  return judged("fallocate", descriptor_below(fd),
                [&] { return static_cast<int>(::syscall(SYS_fallocate, fd, mode, at, length)); });
}
int linkat(int from, const char* old_path, int to, const char* new_path, int flags) {
  (void)at_below(from, old_path);
  return judged("linkat", at_below(to, new_path),
                [&] { return static_cast<int>(::syscall(SYS_linkat, from, old_path, to, new_path, flags)); });
}
int unlinkat(int folder, const char* path, int flags) {
  return judged("unlinkat", at_below(folder, path),
                [&] { return static_cast<int>(::syscall(SYS_unlinkat, folder, path, flags)); });
}
int renameat2(int from, const char* old_path, int to, const char* new_path, unsigned flags) {
  const bool out = at_below(from, old_path);
  return judged("renameat2", at_below(to, new_path) || out,
                [&] { return static_cast<int>(::syscall(SYS_renameat2, from, old_path, to, new_path, flags)); });
}
int renameat(int from, const char* old_path, int to, const char* new_path) {
  const bool out = at_below(from, old_path);
  return judged("renameat", at_below(to, new_path) || out,
                [&] { return static_cast<int>(::syscall(SYS_renameat2, from, old_path, to, new_path, 0)); });
}
int mkdirat(int folder, const char* path, mode_t mode) {
  return judged("mkdirat", at_below(folder, path),
                [&] { return static_cast<int>(::syscall(SYS_mkdirat, folder, path, mode)); });
}
int mkdir(const char* path, mode_t mode) {
  return judged("mkdir", at_below(AT_FDCWD, path),
                [&] { return static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode)); });
}
int symlinkat(const char* target, int folder, const char* path) {
  return judged("symlinkat", at_below(folder, path),
                [&] { return static_cast<int>(::syscall(SYS_symlinkat, target, folder, path)); });
}
int mknodat(int folder, const char* path, mode_t mode, dev_t device) {
  return judged("mknodat", at_below(folder, path),
                [&] { return static_cast<int>(::syscall(SYS_mknodat, folder, path, mode, device)); });
}
int fchmod(int fd, mode_t mode) {
  return judged("fchmod", descriptor_below(fd), [&] { return static_cast<int>(::syscall(SYS_fchmod, fd, mode)); });
}
int fchown(int fd, uid_t uid, gid_t gid) {
  return judged("fchown", descriptor_below(fd), [&] { return static_cast<int>(::syscall(SYS_fchown, fd, uid, gid)); });
}

int fchownat(int folder, const char* path, uid_t uid, gid_t gid, int flags) {
  return judged("fchownat", at_below(folder, path),
                [&] { return static_cast<int>(::syscall(SYS_fchownat, folder, path, uid, gid, flags)); });
}
int utimensat(int folder, const char* path, const struct timespec times[2], int flags) {
  return judged("utimensat", at_below(folder, path),
                [&] { return static_cast<int>(::syscall(SYS_utimensat, folder, path, times, flags)); });
}
int futimens(int fd, const struct timespec times[2]) {
  return judged("futimens", descriptor_below(fd),
                [&] { return static_cast<int>(::syscall(SYS_utimensat, fd, nullptr, times, 0)); });
}
int fsetxattr(int fd, const char* name, const void* value, size_t size, int flags) {
  return judged("fsetxattr", descriptor_below(fd),
                [&] { return static_cast<int>(::syscall(SYS_fsetxattr, fd, name, value, size, flags)); });
}

}  // extern "C"
