// SPDX-License-Identifier: BSL-1.0
// Every call with which a pass changes a file system, one at a time: the process dies before it, dies after it, or the
// call fails. Afterwards the replica holds old or new content only, and the next pass finishes with nothing to say.
#include <lifeboat/sync/apply_intents.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdarg>
#include <set>
#include <string>

#include "catch.hpp"
#include "support/broken_calls.hpp"
#include "support/synced.hpp"

using support::around;
using support::Breakage;
using support::broken_calls;
using support::cut_short;

// NOLINTBEGIN: the signatures are the C library's
extern "C" {
ssize_t write(int fd, const void* data, size_t size) {
  if (size > 1 && cut_short()) size /= 2;
  return around<ssize_t (*)(int, const void*, size_t)>("write", fd, data, size);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  support::look_at_write(fd, data, size);
  if (size > 1 && cut_short()) size /= 2;
  return around<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite", fd, data, size, at);
}
int ftruncate(int fd, off_t size) noexcept { return around<int (*)(int, off_t)>("ftruncate", fd, size); }
int fsync(int fd) { return support::flush_around("fsync", fd); }
int fdatasync(int fd) { return support::flush_around("fdatasync", fd); }
int syncfs(int fd) noexcept { return around<int (*)(int)>("syncfs", fd); }
int linkat(int a, const char* from, int b, const char* to, int flags) noexcept {
  return around<int (*)(int, const char*, int, const char*, int)>("linkat", a, from, b, to, flags);
}
int symlinkat(const char* text, int b, const char* to) noexcept {
  return around<int (*)(const char*, int, const char*)>("symlinkat", text, b, to);
}
int renameat(int a, const char* from, int b, const char* to) noexcept {
  return around<int (*)(int, const char*, int, const char*)>("renameat", a, from, b, to);
}
int unlinkat(int folder, const char* name, int flags) noexcept {
  return around<int (*)(int, const char*, int)>("unlinkat", folder, name, flags);
}
int rename(const char* from, const char* to) noexcept {
  return around<int (*)(const char*, const char*)>("rename", from, to);
}
int renameat2(int a, const char* from, int b, const char* to, unsigned flags) noexcept {
  return around<int (*)(int, const char*, int, const char*, unsigned)>("renameat2", a, from, b, to, flags);
}
int mkdir(const char* path, mode_t mode) noexcept { return around<int (*)(const char*, mode_t)>("mkdir", path, mode); }
int mkdirat(int folder, const char* name, mode_t mode) noexcept {
  return around<int (*)(int, const char*, mode_t)>("mkdirat", folder, name, mode);
}
int mknodat(int folder, const char* name, mode_t mode, dev_t device) noexcept {
  return around<int (*)(int, const char*, mode_t, dev_t)>("mknodat", folder, name, mode, device);
}
int fchmod(int fd, mode_t mode) noexcept { return around<int (*)(int, mode_t)>("fchmod", fd, mode); }
int fchmodat(int folder, const char* name, mode_t mode, int flags) noexcept {
  return around<int (*)(int, const char*, mode_t, int)>("fchmodat", folder, name, mode, flags);
}
int fchownat(int folder, const char* name, uid_t user, gid_t group, int flags) noexcept {
  return around<int (*)(int, const char*, uid_t, gid_t, int)>("fchownat", folder, name, user, group, flags);
}
int utimensat(int folder, const char* name, const struct timespec times[2], int flags) noexcept {
  return around<int (*)(int, const char*, const struct timespec*, int)>("utimensat", folder, name, times, flags);
}
int openat(int folder, const char* name, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const bool makes = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  const mode_t mode = makes ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  using Function = int (*)(int, const char*, int, ...);
  if (!makes) return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "openat"))(folder, name, flags);
  return around<Function>("openat", folder, name, flags, mode);
}
}
// NOLINTEND

using namespace lifeboat;
using support::Synced;
using support::write_text;

namespace {

const std::string old_text(5000, 'o');
const std::string new_text(7000, 'n');

void make_source(const std::string& root) {
  write_text(root + "/changed", old_text);
  write_text(root + "/removed", old_text);
  write_text(root + "/same", old_text);
  write_text(root + "/to-move", "content that moves");
  write_text(root + "/linked", old_text);
  ::link((root + "/linked").c_str(), (root + "/second name").c_str());
  ::mkdir((root + "/folder").c_str(), 0755);
  write_text(root + "/folder/inside", old_text);
  ::mkdir((root + "/becomes a file").c_str(), 0755);
  write_text(root + "/becomes a file/inside", old_text);
  write_text(root + "/becomes a folder", old_text);
  ::symlink("same", (root + "/link").c_str());
}

void change_source(const std::string& root) {
  write_text(root + "/changed", new_text);
  ::unlink((root + "/removed").c_str());
  write_text(root + "/new", new_text);
  ::rename((root + "/to-move").c_str(), (root + "/moved").c_str());
  ::chmod((root + "/same").c_str(), 0600);
  write_text(root + "/linked", new_text);
  ::link((root + "/linked").c_str(), (root + "/third name").c_str());
  ::unlink((root + "/folder/inside").c_str());
  ::rmdir((root + "/folder").c_str());
  ::unlink((root + "/becomes a file/inside").c_str());
  ::rmdir((root + "/becomes a file").c_str());
  write_text(root + "/becomes a file", new_text);
  ::unlink((root + "/becomes a folder").c_str());
  ::mkdir((root + "/becomes a folder").c_str(), 0700);
  write_text(root + "/becomes a folder/inside", new_text);
  ::unlink((root + "/link").c_str());
  ::symlink("moved", (root + "/link").c_str());
  ::mkfifo((root + "/fifo").c_str(), 0600);
}

/// No file of the replica is anything but old or new, whole.
std::string torn_file(const Synced& synced) {
  for (const char* name : {"changed", "new", "linked", "second name", "third name", "removed", "same",
                           "becomes a file", "becomes a folder", "becomes a folder/inside"}) {
    const std::string path = synced.replica + "/" + name;
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) continue;
    const std::string text = support::read_text(path);
    if (text != old_text && text != new_text) return name;
  }
  return {};
}

/// Runs a pass with a plan in a child; gives its exit status: 0 the pass succeeded, 1 it failed, or as it died.
int pass_in_child(Synced& synced, Breakage breakage, int at, int error) {
  const pid_t child = ::fork();
  if (child == 0) {
    support::BrokenCalls& plan = broken_calls();
    plan.at = at;
    plan.error = error;
    plan.breakage = breakage;
    const auto report = synced.pass();
    plan.breakage = Breakage::none;
    ::_exit(plan.seen < at ? 2 : report ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// A pass of its own must finish what is left, find no change by anybody else, and leave nothing to do.
void finish(Synced& synced) {
  const auto report = synced.pass();
  if (!report) INFO(report.error().sentence());
  REQUIRE(report);
  for (const Gap& difference : report->differences) UNSCOPED_INFO(difference.text);
  CHECK(report->difference_count == 0);
  CHECK(report->set_aside == 0);
  CHECK(synced.difference() == "");
  const auto verdict = synced.verify();
  REQUIRE(verdict);
  CHECK(verdict->first_difference == "");
  const auto again = synced.pass();
  REQUIRE(again);
  CHECK(again->items_sent + again->items_removed + again->items_metadata == 0);
  CHECK(again->difference_count == 0);
}

struct Outcomes {
  int calls = 0;
  int died = 0;
  int failed = 0;
  int rolled_forward = 0;
};

Outcomes enumerate(Breakage breakage, int error, bool first_pass) {
  Outcomes outcomes;
  for (int at = 1;; ++at) {
    Synced synced(support::in_memory());
    make_source(synced.source);
    if (!first_pass) {
      REQUIRE(synced.pass());
      change_source(synced.source);
    }
    INFO("call " << at << ", breakage " << static_cast<int>(breakage) << ", errno " << error);
    const int status = pass_in_child(synced, breakage, at, error);
    REQUIRE((status == 0 || status == 1 || status == 2 || status == support::died_as_planned));
    CHECK(torn_file(synced) == "");
    if (status == 0) CHECK(synced.difference() == "");
    if (status == 1) ++outcomes.failed;
    if (status == support::died_as_planned) ++outcomes.died;
    if (support::is_there(synced.own() + "/intents")) ++outcomes.rolled_forward;
    finish(synced);
    outcomes.calls = at;
    if (status == 2) return outcomes;
    REQUIRE(at < 2000);
  }
}

}  // namespace

TEST_CASE("A process that dies before or after any call of a pass loses nothing") {
  for (const Breakage breakage : {Breakage::die_before, Breakage::die_after}) {
    const Outcomes outcomes = enumerate(breakage, 0, false);
    CHECK(outcomes.died == outcomes.calls - 1);
    CHECK(outcomes.died > 60);
    CHECK(outcomes.rolled_forward > 20);
  }
}

TEST_CASE("A process that dies in its first pass leaves a replica that the next one fills") {
  for (const Breakage breakage : {Breakage::die_before, Breakage::die_after}) {
    const Outcomes outcomes = enumerate(breakage, 0, true);
    CHECK(outcomes.died > 60);
  }
}

TEST_CASE("Whichever call of a pass fails: an error, or a replica that is right") {
  for (const int error : {EIO, ENOSPC}) {
    const Outcomes outcomes = enumerate(Breakage::fail, error, false);
    CHECK(outcomes.failed > 40);
  }
}

TEST_CASE("Interrupted calls and short writes go on") {
  CHECK(enumerate(Breakage::fail, EINTR, false).failed == 0);
  CHECK(enumerate(Breakage::short_write, 0, false).failed == 0);
}
