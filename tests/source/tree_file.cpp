// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/tree_file.hpp>

#include <grp.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "catch.hpp"
#include "support/compare_trees.hpp"
#include "support/copy_tree.hpp"
#include "support/in_child.hpp"
#include "support/put_entries.hpp"
#include "support/random_tree.hpp"
#include "support/temp_folder.hpp"

namespace test_tree_file {

namespace {

using namespace lifeboat;
using support::content;
using support::made;
using support::made_file;
using support::put;
using support::state;
using support::TempFolder;
using support::writer_at;

}  // namespace

TEST_CASE("holes stay holes and the size is exact", "[source][tree_output]") {
  const TempFolder folder;
  const auto writer = writer_at(folder.path());
  const std::uint64_t size = std::uint64_t{1} << 40;
  auto file = writer->create(made_file("sparse", size));
  REQUIRE(file);
  REQUIRE((*file)->write(size / 2, as_bytes("data")));
  CHECK((*file)->write(size - 1, as_bytes("xx")).error().id() == ErrorId::corrupt);
  REQUIRE((*file)->finish());
  CHECK(state(folder / "sparse").st_size == static_cast<off_t>(size));
  CHECK(state(folder / "sparse").st_blocks * 512 <= 65536);
}

TEST_CASE("several threads write one file", "[source][tree_output]") {
  const TempFolder folder;
  const auto writer = writer_at(folder.path());
  const std::string text(1 << 20, 'q');
  auto file = writer->create(made_file("big", 4 * text.size()));
  REQUIRE(file);
  std::vector<std::thread> threads;
  std::atomic<int> bad{0};
  for (std::uint64_t part = 0; part < 4; ++part)
    threads.emplace_back([&, part] {
      for (std::uint64_t at = 0; at < text.size(); at += 65536)
        if (!(*file)->write(part * text.size() + at, as_bytes(std::string_view(text).substr(at, 65536)))) ++bad;
    });
  for (std::thread& thread : threads) thread.join();
  REQUIRE((*file)->finish());
  CHECK(bad == 0);
  CHECK(content(folder / "big") == text + text + text + text);
}

TEST_CASE("a full disk says how much is missing", "[source][tree_output]") {
  const TempFolder folder;
  const auto answer = support::in_child([&]() -> std::string {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", folder.path().c_str(), "tmpfs", 0, "size=1m") != 0)
      return "not permitted";
    auto root = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
    TreeWriterConfig config;
    config.root = std::move(root.value);
    auto writer = TreeWriter::open(std::move(config));
    const std::string text(3 << 20, 'x');
    const Status full = put(**writer, "f", text);
    if (full) return "it fitted";
    return std::string(to_string(full.error().id())) + " " + std::to_string(full.error().system_error()) + " " +
           full.error().sentence();
  });
  if (answer.text == "not permitted") {
    WARN("NOT RUN: mounts are not permitted here");
    return;
  }
  CHECK(answer.text ==
        "LB-TARGET-IO 28 writing 'f' in the target failed: 3145728 more bytes of it were to be written, 0 are free");
}

TEST_CASE("a limit on file sizes is an error, not a signal", "[source][tree_output]") {
  const TempFolder folder;
  const auto answer = support::in_child([&]() -> std::string {
    const rlimit limit{1000, 1000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return "no limit";
    auto root = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
    TreeWriterConfig config;
    config.root = std::move(root.value);
    auto writer = TreeWriter::open(std::move(config));
    return std::string(to_string(put(**writer, "f", std::string(2000, 'x')).error().id()));
  });
  CHECK(answer.text == "LB-LIMIT");
}

}  // namespace test_tree_file
