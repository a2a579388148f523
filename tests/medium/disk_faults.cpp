// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/testing/laws/medium.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <string>

#include "catch.hpp"
#include "support/temp_folder.hpp"

using namespace lifeboat;

// Every system call below that changes a disk stands here before the C library's own: while a plan is set for this
// thread, the call number `nth` of its kind fails.
namespace {

enum class Call { none, write, short_write, fsync, linkat, unlinkat, mkdirat, openat, fchmod };

struct Plan {
  Call call = Call::none;
  int nth = 0;
  int error = 0;
  int seen = 0;
  int linked_after = 0;  ///< objects that were given a name after the failure
};
thread_local Plan* plan = nullptr;
std::atomic<bool> without_link = false;    ///< as on a file system that has none, in all threads
std::atomic<bool> without_rename = false;  ///< that refuses a taken name

bool fails(Call call) {
  if (plan == nullptr || plan->call != call || ++plan->seen != plan->nth) return false;
  errno = plan->error;
  return true;
}

}  // namespace

extern "C" {
ssize_t write(int fd, const void* data, size_t size) {
  if (fails(Call::write)) return -1;
  if (size > 1 && fails(Call::short_write)) size /= 2;
  return ::syscall(SYS_write, fd, data, size);
}
int fsync(int fd) { return fails(Call::fsync) ? -1 : static_cast<int>(::syscall(SYS_fsync, fd)); }
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  if (plan != nullptr && plan->nth != 0 && plan->seen >= plan->nth) ++plan->linked_after;
  if (fails(Call::linkat)) return -1;
  if (without_link) {
    errno = EPERM;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_linkat, from_folder, from, to_folder, to, flags));
}
int unlinkat(int folder, const char* name, int flags) noexcept {
  return fails(Call::unlinkat) ? -1 : static_cast<int>(::syscall(SYS_unlinkat, folder, name, flags));
}
int mkdirat(int folder, const char* name, mode_t mode) noexcept {
  return fails(Call::mkdirat) ? -1 : static_cast<int>(::syscall(SYS_mkdirat, folder, name, mode));
}
int openat(int folder, const char* name, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return fails(Call::openat) ? -1 : static_cast<int>(::syscall(SYS_openat, folder, name, flags, mode));
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  if (without_rename && flags != 0) {
    errno = EINVAL;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}
int fchmod(int fd, mode_t mode) noexcept {
  return fails(Call::fchmod) ? -1 : static_cast<int>(::syscall(SYS_fchmod, fd, mode));
}
}

namespace {

Result<Receipt> put(const std::string& root, const ObjectName& name, ByteView data) {
  LIFEBOAT_TRY(auto port, open_medium<Disk>({.root = root, .create = true, .group = {}}));
  LIFEBOAT_TRY(auto writer, port->create(name, {.expected_length = data.size()}));
  const std::size_t half = data.size() / 2;
  LIFEBOAT_CHECK(writer->write(data.first(half)));
  LIFEBOAT_CHECK(writer->write(data.subspan(half)));
  return writer->commit(Publish::if_absent);
}

struct Found {
  std::string names;
  Bytes data = Bytes(10'000);
};

Found look(const std::string& root) {
  Found found;
  auto port = open_medium<Disk>({.root = root, .create = false, .group = {}});
  if (!port) return found;
  REQUIRE((*port)->list("", "", [&](const ObjectInfo& info) {
    found.names.append(info.name).append(" ");
    return true;
  }));
  const auto count = (*port)->read("a/b/object", 0, found.data);
  found.data.resize(count ? *count : 0);
  return found;
}

std::size_t unfinished(const std::string& root) {
  std::size_t count = 0;
  const auto folder = open_at(AT_FDCWD, (root + "/tmp").c_str(), O_RDONLY | O_DIRECTORY);
  if (folder) (void)read_folder(folder.value.get(), [&](std::string_view, unsigned char) { ++count; });
  return count;
}

}  // namespace

TEST_CASE("Whichever call of a write fails, one at a time: an error and nothing visible, or all of it") {
  const support::TempFolder folder;
  const Bytes data(5000, std::byte{9});
  int number = 0;
  for (const Call call : {Call::write, Call::short_write, Call::fsync, Call::linkat, Call::unlinkat, Call::mkdirat,
                          Call::openat, Call::fchmod}) {
    for (const int error : {EIO, ENOSPC, EDQUOT, EINTR}) {
      if (error == EDQUOT && call != Call::write) continue;
      int failures = 0;
      for (int nth = 1;; ++nth) {
        const std::string root = folder / std::to_string(number++);
        Plan now{call, nth, error};
        plan = &now;
        const auto outcome = put(root, "a/b/object", data);
        plan = nullptr;
        INFO("call " << static_cast<int>(call) << " number " << nth << " errno " << error);
        const Found found = look(root);
        if (outcome) {
          CHECK(found.names == "a/b/object ");
          CHECK(found.data == data);
        } else {
          ++failures;
          CHECK(found.names.empty());
          CHECK(outcome.error().system_error() == error);
          const bool full = error == ENOSPC || error == EDQUOT;
          const ErrorId id = outcome.error().id();
          CHECK((id == (full ? ErrorId::medium_full : ErrorId::medium_io) || id == ErrorId::medium_strange ||
                 id == ErrorId::medium_missing));
          // The one that failed is the last that was tried before its object would have been named.
          if (call == Call::fsync && nth > 1) CHECK(now.linked_after == 0);
          REQUIRE(put(root, "a/b/object", data));
          CHECK(look(root).data == data);
        }
        REQUIRE(put(root, "next", data));
        CHECK(unfinished(root) == 0);
        if (now.seen < nth) break;  // there is no such call any more
        REQUIRE(nth < 100);
      }
      INFO("call " << static_cast<int>(call) << " errno " << error);
      if (error == EINTR || call == Call::short_write)
        CHECK(failures == 0);
      else if (call != Call::unlinkat)
        CHECK(failures > 0);
    }
  }
}

TEST_CASE("Without link(2) a rename that refuses a taken name keeps the laws; without both nothing is written") {
  const support::TempFolder folder;
  int number = 0;
  without_link = true;
  const testing::Laws laws = testing::medium_laws<Disk>(
      [&] { return Disk::Config{.root = folder / std::to_string(number++), .create = true, .group = {}}; });
  without_rename = true;
  const auto refused = put(folder / "neither", "a/b/object", Bytes(10));
  without_link = without_rename = false;
  INFO(laws.report());
  CHECK(laws.all_hold());
  for (int i = 0; i < number; ++i) CHECK(unfinished(folder / std::to_string(i)) == 0);
  REQUIRE(!refused);
  CHECK(refused.error().id() == ErrorId::capability_missing);
  CHECK(refused.error().is_unchanged());
  CHECK(look(folder / "neither").names.empty());
  CHECK(unfinished(folder / "neither") == 0);
}
