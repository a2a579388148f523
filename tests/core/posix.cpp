// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/posix.hpp>

#include <sys/wait.h>

#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_posix {

using namespace lifeboat;

namespace {

FileDescriptor folder_of(const support::TempFolder& folder) {
  auto opened = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  REQUIRE(opened);
  return std::move(opened.value);
}

}  // namespace

TEST_CASE("A descriptor is closed once, and moves") {
  auto opened = open_at(AT_FDCWD, "/dev/null", O_RDWR);
  REQUIRE(opened);
  const int number = opened.value.get();
  CHECK((::fcntl(number, F_GETFD) & FD_CLOEXEC) != 0);
  FileDescriptor moved = std::move(opened.value);
  CHECK(moved.get() == number);
  FileDescriptor other = std::move(moved);
  other = FileDescriptor{};
  CHECK(::fcntl(number, F_GETFD) == -1);
}

TEST_CASE("A missing path gives its errno") {
  const auto missing = open_at(AT_FDCWD, "/no/such/place", O_RDONLY);
  CHECK_FALSE(missing);
  CHECK(missing.error == ENOENT);
  CHECK_FALSE(missing.value);
}

TEST_CASE("Reads and writes are whole, also through a pipe that takes and gives pieces") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const FileDescriptor from(ends[0]);
  FileDescriptor to(ends[1]);
  Bytes data(3'000'000);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 7 / 5);
  std::thread writer([&] {
    if (write_full(to.get(), data) == 0) to.reset();
  });
  Bytes found(data.size() + 10);
  const auto count = read_full(from.get(), found);
  writer.join();
  REQUIRE(count);
  CHECK(count.value == data.size());
  found.resize(data.size());
  CHECK(found == data);
}

TEST_CASE("Reads at a place are short only at the end") {
  const support::TempFolder folder;
  const auto file = open_at(AT_FDCWD, (folder / "file").c_str(), O_RDWR | O_CREAT, 0600);
  REQUIRE(file);
  REQUIRE(pwrite_full(file.value.get(), 10, as_bytes("hello")) == 0);
  std::byte room[8];
  CHECK(read_full(file.value.get(), 10, room).value == 5);
  CHECK(as_text({room, 5}) == "hello");
  CHECK(read_full(file.value.get(), 8, room).value == 7);
  CHECK(read_full(file.value.get(), 15, room).value == 0);
  CHECK(read_full(file.value.get(), 10, MutableBytes{}).value == 0);
  CHECK(sync_data(file.value.get()) == 0);
  CHECK(sync_file(file.value.get()) == 0);
}

TEST_CASE("Errors of writes are the system's") {
  const auto full = open_at(AT_FDCWD, "/dev/full", O_WRONLY);
  REQUIRE(full);
  CHECK(write_full(full.value.get(), as_bytes("x")) == ENOSPC);
  CHECK(write_full(full.value.get(), {}) == 0);
  CHECK(write_full(-1, as_bytes("x")) == EBADF);
  CHECK(sync_file(-1) == EBADF);
}

TEST_CASE("A folder has its mode whatever the umask, and a taken name is refused") {
  const support::TempFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    ::umask(0777);
    const auto made = make_folder(AT_FDCWD, (folder / "made").c_str(), 0710);
    ::_exit(made ? 0 : made.error);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  const FileDescriptor root = folder_of(folder);
  const auto found = stat_at(root.get(), "made");
  REQUIRE(found);
  CHECK((found.value.st_mode & 07777) == 0710);
  CHECK(make_folder(root.get(), "made", 0700).error == EEXIST);
  CHECK(remove_folder(root.get(), "made") == 0);
  CHECK(remove_folder(root.get(), "made") == ENOENT);
}

TEST_CASE("Names that are taken are never replaced") {
  const support::TempFolder folder;
  const FileDescriptor root = folder_of(folder);
  for (const char* name : {"a", "b"}) REQUIRE(open_at(root.get(), name, O_WRONLY | O_CREAT, 0600));
  CHECK(link_noreplace(root.get(), "a", root.get(), "b") == EEXIST);
  CHECK(link_noreplace(root.get(), "a", root.get(), "c") == 0);
  CHECK(rename_noreplace(root.get(), "a", root.get(), "b") == EEXIST);
  CHECK(rename_noreplace(root.get(), "a", root.get(), "d") == 0);
  CHECK(remove_file(root.get(), "a") == ENOENT);
  CHECK(remove_file(root.get(), "d") == 0);
}

TEST_CASE("A lock belongs to its open file, not to its process") {
  const support::TempFolder folder;
  const std::string path = folder / "lock";
  auto first = open_at(AT_FDCWD, path.c_str(), O_RDWR | O_CREAT, 0600);
  auto second = open_at(AT_FDCWD, path.c_str(), O_RDWR);
  REQUIRE((first && second));
  CHECK(try_lock(first.value.get()) == 0);
  CHECK(try_lock(second.value.get()) == EAGAIN);
  CHECK(try_lock(second.value.get(), false) == EAGAIN);
  open_at(AT_FDCWD, path.c_str(), O_RDWR).value.reset();
  CHECK(try_lock(second.value.get()) == EAGAIN);
  first.value.reset();
  CHECK(try_lock(second.value.get()) == 0);
}

TEST_CASE("Random bits differ") {
  Id a;
  Id b;
  REQUIRE(fill_random(a.bytes) == 0);
  REQUIRE(fill_random(b.bytes) == 0);
  CHECK(a != b);
}

}  // namespace test_posix
