// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/disk.hpp>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_disk_full {

using namespace lifeboat;

namespace {

constexpr int not_mounted = 77;

/// Runs `body` in a child with a tmpfs of 1 MiB mounted on `where`, in a mount namespace of its own.
template <class Body>
int on_small_disk(const std::string& where, Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", where.c_str(), "tmpfs", 0, "size=1m,mode=0700") != 0)
      ::_exit(not_mounted);
    ::_exit(body());
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("A medium mounted read-only is read, and refuses to be written") {
  const support::TempFolder folder;
  const int status = on_small_disk(folder.path(), [&] {
    auto port = open_medium<Disk>({.root = folder.path(), .create = true, .group = {}});
    if (!port) return 2;
    {
      auto kept = (*port)->create("kept", {});
      if (!kept || !(*kept)->write(as_bytes("text")) || !(*kept)->commit(Publish::if_absent)) return 3;
    }
    port->reset();
    if (::mount(nullptr, folder.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) return 4;
    port = open_medium<Disk>({.root = folder.path(), .create = false, .group = {}});
    if (!port) return 5;
    Bytes out(4);
    if (!(*port)->read("kept", 0, out) || as_text(out) != "text") return 6;
    const auto refused = (*port)->create("new", {});
    if (refused || refused.error().id() != ErrorId::medium_strange || !refused.error().is_unchanged()) return 7;
    return refused.error().system_error() == EROFS ? 0 : 8;
  });
  if (status == not_mounted) {
    WARN("NOT RUN: no tmpfs may be mounted here");
    return;
  }
  CHECK(status == 0);
}

TEST_CASE("A full disk says how much is missing and keeps what it had") {
  const support::TempFolder folder;
  const int status = on_small_disk(folder.path(), [&] {
    auto port = open_medium<Disk>({.root = folder.path(), .create = true, .group = {}});
    if (!port) return 2;
    const Bytes piece(256U << 10U, std::byte{7});
    {
      auto kept = (*port)->create("kept", {});
      if (!kept || !(*kept)->write(piece) || !(*kept)->commit(Publish::if_absent)) return 3;
    }
    const auto before = (*port)->facts();
    {
      constexpr std::uint64_t length = 2U << 20U;
      auto writer = (*port)->create("a/large", {.expected_length = length});
      if (!writer) return 4;
      Status written = ok();
      for (int i = 0; i < 8 && written; ++i) written = (*writer)->write(piece);
      if (written || written.error().id() != ErrorId::medium_full) return 5;
      if (written.error().system_error() != ENOSPC) return 6;
      const std::string wanted = std::to_string(length - before->free_bytes) + " bytes more than are free";
      if (written.error().sentence().find(wanted) == std::string::npos) return 7;
      if ((*writer)->commit(Publish::if_absent)) return 8;
    }
    const auto after = (*port)->facts();
    if (!before || !after || after->free_bytes != before->free_bytes) return 9;
    std::string names;
    const Status listed = (*port)->list("", "", [&](const ObjectInfo& info) {
      names.append(info.name);
      return true;
    });
    if (!listed || names != "kept") return 10;
    auto again = (*port)->create("small", {});
    if (!again || !(*again)->write(piece) || !(*again)->commit(Publish::if_absent)) return 11;
    return (*port)->capabilities().durable ? 12 : 0;
  });
  if (status == not_mounted) {
    WARN("NOT RUN: no tmpfs may be mounted here");
    return;
  }
  CHECK(status == 0);
}

}  // namespace test_disk_full
