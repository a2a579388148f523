// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/testing/laws/medium.hpp>

#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "catch.hpp"
#include "support/in_child.hpp"
#include "support/temp_folder.hpp"

namespace test_disk {

using namespace lifeboat;

static_assert(RandomAccessMedium<Disk>);

namespace {

using Port = std::unique_ptr<MediumPort>;

Port open_disk(const std::string& path, bool create = true, const std::string& group = {}) {
  auto opened = open_medium<Disk>({.root = path, .create = create, .group = group});
  INFO((opened ? std::string() : opened.error().sentence()));
  REQUIRE(opened);
  return std::move(*opened);
}

Result<Receipt> put(MediumPort& port, const ObjectName& name, std::string_view text) {
  LIFEBOAT_TRY(auto writer, port.create(name, {}));
  LIFEBOAT_CHECK(writer->write(as_bytes(text)));
  return writer->commit(Publish::if_absent);
}

Result<std::string> get(MediumPort& port, const ObjectName& name) {
  Bytes out(1000);
  LIFEBOAT_TRY(const std::size_t count, port.read(name, 0, out));
  return std::string(as_text(out).substr(0, count));
}

std::string listed(MediumPort& port, std::string_view prefix = {}) {
  std::string names;
  const Status status = port.list(prefix, {}, [&](const ObjectInfo& info) {
    names.append(info.name).append(" ");
    return true;
  });
  return status ? names : names + std::string(to_string(status.error().id()));
}

unsigned mode_of(const std::string& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 ? found.st_mode & 07777 : 0;
}

std::size_t entries(const std::string& path) {
  std::size_t count = 0;
  const auto folder = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  if (folder) (void)read_folder(folder.value.get(), [&](std::string_view, unsigned char) { ++count; });
  return count;
}

/// Runs `body` in a child process and gives its exit status; the child runs no destructor of ours.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("Disk keeps the laws of a medium") {
  const support::TempFolder folder;
  int number = 0;
  const testing::Laws laws = testing::medium_laws<Disk>(
      [&] { return Disk::Config{.root = folder / std::to_string(number++), .create = true, .group = {}}; });
  INFO(laws.report());
  CHECK(laws.all_hold());
  for (int i = 0; i < number; ++i) CHECK(entries(folder / (std::to_string(i) + "/tmp")) == 0);
}

TEST_CASE("A folder that is not there is missing, or made when asked") {
  const support::TempFolder folder;
  const auto missing = open_medium<Disk>({.root = folder / "repo", .create = false, .group = {}});
  REQUIRE(!missing);
  CHECK(missing.error().id() == ErrorId::medium_missing);
  CHECK(missing.error().is_unchanged());
  const auto too_deep = open_medium<Disk>({.root = folder / "a/repo", .create = true, .group = {}});
  REQUIRE(!too_deep);
  CHECK(too_deep.error().id() == ErrorId::medium_missing);
  CHECK(too_deep.error().next() == "mkdir -p " + (folder / "a"));
  CHECK(entries(folder.path()) == 0);
  open_disk((folder / "repo") + "//", true);
  CHECK(mode_of(folder / "repo") == 0700);
  CHECK(entries(folder / "repo") == 0);
}

TEST_CASE("What is no folder is strange, and an empty path is wrong usage") {
  const support::TempFolder folder;
  REQUIRE(open_at(AT_FDCWD, (folder / "file").c_str(), O_WRONLY | O_CREAT, 0600));
  const auto strange = open_medium<Disk>({.root = folder / "file", .create = true, .group = {}});
  REQUIRE(!strange);
  CHECK(strange.error().id() == ErrorId::medium_strange);
  CHECK(open_medium<Disk>({.root = "", .create = true, .group = {}}).error().id() == ErrorId::usage);
}

TEST_CASE("Modes are the same whatever the umask") {
  for (const mode_t mask : {0000U, 0022U, 0077U, 0777U}) {
    const support::TempFolder folder;
    const std::string repo = folder / "repo";
    // The umask belongs to the process: another thread of these tests must not see it.
    const int status = in_child([&] {
      ::umask(mask);
      auto port = open_medium<Disk>({.root = repo, .create = true, .group = {}});
      return port && put(**port, "a/b/c", "text") && (*port)->lock("writer") ? 0 : 1;
    });
    INFO("umask " << std::oct << mask);
    REQUIRE(status == 0);
    for (const char* path : {"", "/a", "/a/b", "/tmp", "/lock"}) CHECK(mode_of(repo + path) == 0700);
    for (const char* path : {"/a/b/c", "/lock/writer"}) CHECK(mode_of(repo + path) == 0600);
  }
}

TEST_CASE("An empty folder of ours that becomes a repository is closed to others; a filled one stays as it is") {
  const support::TempFolder folder;
  const std::string repo = folder / "repo";
  REQUIRE(::mkdir(repo.c_str(), 0755) == 0);
  REQUIRE(::chmod(repo.c_str(), 0755) == 0);
  open_disk(repo, false);
  CHECK(mode_of(repo) == 0755);
  REQUIRE(put(*open_disk(repo), "a", "text"));
  CHECK(mode_of(repo) == 0700);
  REQUIRE(::chmod(repo.c_str(), 0755) == 0);
  REQUIRE(put(*open_disk(repo), "b", "text"));
  CHECK(mode_of(repo) == 0755);
  CHECK(mode_of(repo + "/b") == 0600);
}

TEST_CASE("A group named when the repository is made may read, also what is written later") {
  if (::geteuid() != 0) {
    WARN("NOT RUN: only root may give a folder to any group");
    return;
  }
  const support::TempFolder folder;
  const std::string repo = folder / "repo";
  open_disk(repo, true, "daemon");
  REQUIRE(put(*open_disk(repo), "a/b", "text"));
  struct stat found {};
  for (const char* path : {"", "/a", "/tmp"}) {
    REQUIRE(::stat((repo + path).c_str(), &found) == 0);
    CHECK((found.st_mode & 07777) == 0750);
    CHECK(found.st_gid == 1);
  }
  REQUIRE(::stat((repo + "/a/b").c_str(), &found) == 0);
  CHECK((found.st_mode & 07777) == 0640);
  CHECK(found.st_gid == 1);
  const auto unknown = open_medium<Disk>({.root = folder / "other", .create = true, .group = "no such group"});
  REQUIRE(!unknown);
  CHECK(unknown.error().id() == ErrorId::config);
  CHECK(mode_of(folder / "other") == 0);
}

TEST_CASE("A repository is written by its owner alone, root included, and read by who may read") {
  if (::geteuid() != 0) {
    WARN("NOT RUN: only root may make a repository of another user");
    return;
  }
  const support::TempFolder folder;
  const std::string repo = folder / "repo";
  {
    const Port port = open_disk(repo);
    REQUIRE(put(*port, "a", "text"));
  }
  REQUIRE(::chown(repo.c_str(), 1, 1) == 0);
  const Port port = open_disk(repo);
  CHECK(*get(*port, "a") == "text");
  CHECK(listed(*port) == "a ");
  const auto refused = put(*port, "b", "text");
  REQUIRE(!refused);
  CHECK(refused.error().id() == ErrorId::foreign_owner);
  CHECK(refused.error().next() == "sudo -u daemon !!");
  CHECK(refused.error().is_unchanged());
  const ObjectName names[] = {"a"};
  CHECK(port->remove(names).error().id() == ErrorId::foreign_owner);
  CHECK(port->lock("writer").error().id() == ErrorId::foreign_owner);
  CHECK(listed(*port) == "a ");
}

TEST_CASE("No link inside a repository is followed") {
  const support::TempFolder folder;
  const std::string repo = folder / "repo";
  const std::string outside = folder / "outside";
  REQUIRE(::mkdir(outside.c_str(), 0700) == 0);
  REQUIRE(put(*open_disk(outside), "secret", "text"));
  const Port port = open_disk(repo);
  REQUIRE(put(*port, "real/a", "text"));
  REQUIRE(::symlink(outside.c_str(), (repo + "/planted").c_str()) == 0);
  REQUIRE(::symlink((outside + "/secret").c_str(), (repo + "/real/link").c_str()) == 0);
  const std::size_t before = entries(outside);
  CHECK(get(*port, "planted/secret").error().id() == ErrorId::medium_strange);
  CHECK(get(*port, "real/link").error().id() == ErrorId::medium_strange);
  CHECK(put(*port, "planted/new", "text").error().id() == ErrorId::medium_strange);
  CHECK(put(*port, "real/link", "text").error().id() == ErrorId::object_exists);
  const ObjectName names[] = {"planted/secret"};
  CHECK(port->remove(names).error().id() == ErrorId::medium_strange);
  CHECK(listed(*port, "planted/") == "LB-MEDIUM-STRANGE");
  CHECK(listed(*port, "real/") == "real/a LB-MEDIUM-STRANGE");
  CHECK(entries(outside) == before);
  CHECK(*get(*open_disk(outside), "secret") == "text");
}

TEST_CASE("A link in place of tmp or lock is refused") {
  const support::TempFolder folder;
  for (const std::string name : {"tmp", "lock"}) {
    const std::string repo = folder / ("repo-" + name);
    const std::string outside = folder / ("outside-" + name);
    REQUIRE((::mkdir(repo.c_str(), 0700) == 0 && ::mkdir(outside.c_str(), 0700) == 0));
    REQUIRE(::symlink(outside.c_str(), (repo + "/" + name).c_str()) == 0);
    const Port port = open_disk(repo);
    const auto refused = port->lock("writer");
    REQUIRE(!refused);
    CHECK(refused.error().id() == ErrorId::medium_strange);
    CHECK(entries(outside) == 0);
  }
}

TEST_CASE("What is no object is not listed and not read") {
  const support::TempFolder folder;
  const std::string repo = folder / "repo";
  const Port port = open_disk(repo);
  REQUIRE(put(*port, "a/b", "text"));
  REQUIRE(port->lock("writer"));
  for (const char* name : {"/.hidden", "/a/with space", "/a/b~", "/tmp/left", "/lost+found"})
    REQUIRE(open_at(AT_FDCWD, (repo + name).c_str(), O_WRONLY | O_CREAT, 0600));
  REQUIRE(::mkfifo((repo + "/fifo").c_str(), 0600) == 0);
  CHECK(listed(*port) == "a/b ");
  CHECK(get(*port, "fifo").error().id() == ErrorId::object_missing);
  CHECK(get(*port, "a").error().id() == ErrorId::object_missing);
  CHECK(get(*port, "a/b/c").error().id() == ErrorId::object_missing);
  for (const char* name : {"tmp/left", "lock/writer", "tmp", "lock"}) {
    CHECK(get(*port, name).error().id() == ErrorId::object_name);
    CHECK(put(*port, name, "text").error().id() == ErrorId::object_name);
  }
}

TEST_CASE("A name below an object is refused and changes nothing") {
  const support::TempFolder folder;
  const Port port = open_disk(folder / "repo");
  REQUIRE(put(*port, "a", "text"));
  const auto refused = put(*port, "a/b", "text");
  REQUIRE(!refused);
  CHECK(refused.error().id() == ErrorId::medium_strange);
  CHECK(*get(*port, "a") == "text");
  CHECK(entries(folder / "repo/tmp") == 0);
}

TEST_CASE("What a killed writer left is swept; what a living one writes is kept") {
  const support::TempFolder folder;
  const std::string repo = folder / "repo";
  open_disk(repo);
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto port = open_medium<Disk>({.root = repo, .create = false, .group = {}});
    if (!port) ::_exit(1);
    auto writer = (*port)->create("never", {});
    if (!writer || !(*writer)->write(as_bytes("text")) || ::write(ready[1], "x", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char token = 0;
  REQUIRE(::read(ready[0], &token, 1) == 1);
  ::close(ready[0]);
  ::close(ready[1]);
  CHECK(entries(repo + "/tmp") == 1);
  const bool local = file_system_of(open_at(AT_FDCWD, repo.c_str(), O_RDONLY).value.get()).value.local;
  REQUIRE(put(*open_disk(repo), "first", "text"));
  CHECK(entries(repo + "/tmp") == 1);  // it lives
  ::kill(child, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(listed(*open_disk(repo)) == "first ");
  CHECK(entries(repo + "/tmp") == 1);  // reading changes nothing
  REQUIRE(open_at(AT_FDCWD, (repo + "/tmp/somebody's own file").c_str(), O_WRONLY | O_CREAT, 0600));
  REQUIRE(put(*open_disk(repo), "second", "text"));
  CHECK(entries(repo + "/tmp") == (local ? 1U : 2U));
  CHECK(listed(*open_disk(repo)) == "first second ");
}

TEST_CASE("A lock is busy in this process and in others, and goes with its holder") {
  const support::TempFolder folder;
  const std::string repo = folder / "repo";
  const Port port = open_disk(repo);
  auto held = port->lock("ledger/writer");
  REQUIRE(held);
  CHECK((*held)->proven == file_system_of(open_at(AT_FDCWD, repo.c_str(), O_RDONLY).value.get()).value.local);
  const auto refused = open_disk(repo)->lock("ledger/writer");
  REQUIRE(!refused);
  CHECK(refused.error().id() == ErrorId::busy);
  CHECK(refused.error().next() == "fuser -v " + repo + "/lock/ledger/writer");
  // A POSIX lock would be lost by this opening and closing.
  open_at(AT_FDCWD, (repo + "/lock/ledger/writer").c_str(), O_RDWR).value.reset();
  CHECK(in_child([&] {
          auto other = open_medium<Disk>({.root = repo, .create = false, .group = {}});
          const auto busy = (*other)->lock("ledger/writer");
          return !busy && busy.error().id() == ErrorId::busy ? 0 : 1;
        }) == 0);
  CHECK(open_disk(repo)->lock("other/writer"));
  held->reset();
  CHECK(open_disk(repo)->lock("ledger/writer"));
}

TEST_CASE("A file longer than the process may write is an error, never a signal") {
  const support::TempFolder folder;
  const std::string repo = folder / "repo";
  open_disk(repo);
  CHECK(in_child([&] {
          const struct rlimit limit = {100'000, RLIM_INFINITY};
          ::setrlimit(RLIMIT_FSIZE, &limit);
          auto port = open_medium<Disk>({.root = repo, .create = false, .group = {}});
          if (!port) return 2;
          if ((*port)->capabilities().object_max != 100'000) return 3;
          const auto hinted = (*port)->create("hinted", {.expected_length = 100'001});
          if (hinted || hinted.error().id() != ErrorId::limit) return 4;
          auto writer = (*port)->create("long", {});
          const Bytes piece(60'000);
          if (!writer || !(*writer)->write(piece)) return 5;
          const Status refused = (*writer)->write(piece);
          if (refused || refused.error().id() != ErrorId::limit) return 6;
          if ((*writer)->commit(Publish::if_absent)) return 7;
          auto whole = (*port)->create("whole", {.expected_length = 100'000});
          if (!whole || !(*whole)->write(piece) || !(*whole)->write(ByteView(piece).first(40'000))) return 8;
          return (*whole)->commit(Publish::if_absent) ? 0 : 9;
        }) == 0);
  CHECK(listed(*open_disk(repo)) == "whole ");
  CHECK(entries(repo + "/tmp") == 0);
}

TEST_CASE("Removal prunes empty folders, and another's descriptor does not keep an object alive") {
  const support::TempFolder folder;
  const std::string repo = folder / "repo";
  const Port port = open_disk(repo);
  const Port other = open_disk(repo);
  REQUIRE(put(*port, "a/b/c", "1"));
  REQUIRE(put(*port, "a/d", "2"));
  CHECK(*get(*other, "a/b/c") == "1");
  const ObjectName names[] = {"a/b/c"};
  REQUIRE(port->remove(names));
  CHECK(mode_of(repo + "/a/b") == 0);
  CHECK(mode_of(repo + "/a") == 0700);
  CHECK(get(*other, "a/b/c").error().id() == ErrorId::object_missing);
  REQUIRE(put(*other, "a/b/c", "3"));
  CHECK(*get(*port, "a/b/c") == "3");
}

TEST_CASE("Many objects are read with few descriptors") {
  const support::TempFolder folder;
  const std::string repo = folder / "repo";
  const Port port = open_disk(repo);
  for (int i = 0; i < 100; ++i) REQUIRE(put(*port, "o/" + std::to_string(i), std::to_string(i)));
  const auto opened = [] { return entries("/proc/self/fd"); };
  const std::size_t before = opened();
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 100; ++i) CHECK(*get(*port, "o/" + std::to_string(i)) == std::to_string(i));
  CHECK(opened() <= before + 32);
}

TEST_CASE("Facts name the URL, the device and the space") {
  const support::TempFolder folder;
  const Port port = open_disk(folder / "repo");
  const auto facts = port->facts();
  REQUIRE(facts);
  CHECK(facts->url == "disk:" + (folder / "repo"));
  CHECK(facts->device == open_disk(folder.path(), false)->facts()->device);
  CHECK(facts->space_known);
  CHECK(facts->free_bytes > 0);
  CHECK(facts->total_bytes >= facts->free_bytes);
}

TEST_CASE("What another user has closed, or may not be made, is told by whose it is, before anything is begun") {
  if (::geteuid() != 0) {
    WARN("NOT RUN: only root can become somebody else");
    return;
  }
  const support::TempFolder folder;
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  const std::string repo = folder / "repo";
  REQUIRE(put(*open_disk(repo), "archive/a", "text"));
  const auto by_another = [&](const std::string& root) {
    return support::in_child([&]() -> std::string {
             if (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0) return "NOT RUN";
             const auto opened = open_medium<Disk>({.root = root, .create = true});
             if (opened) return "opened";
             const Error& error = opened.error();
             return std::string(to_string(error.id())) + (error.is_unchanged() ? " unchanged " : " ") + error.next();
           })
        .text;
  };
  CHECK(by_another(repo) == "LB-FOREIGN-OWNER unchanged sudo -u root !!");
  REQUIRE(::chmod(repo.c_str(), 0755) == 0);
  CHECK(by_another(repo) == "LB-FOREIGN-OWNER unchanged sudo -u root !!");
  REQUIRE(::chmod((repo + "/archive").c_str(), 0755) == 0);
  CHECK(by_another(repo) == "opened");
  const std::string next = by_another(folder / "new");
  CHECK(next.find("LB-FOREIGN-OWNER unchanged sudo install -d -m 700 -o ") == 0);
  CHECK(next.find((folder / "new") + "    # then the same command again") != std::string::npos);
}

}  // namespace test_disk
