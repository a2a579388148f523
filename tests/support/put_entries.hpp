// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include <lifeboat/source/tree_output.hpp>

#include "catch.hpp"

// Entries made by hand, and a tree that they are put into.
namespace support {

using namespace lifeboat;

inline std::unique_ptr<TreeWriter> writer_at(const std::string& path, TreeWriterConfig config = {}) {
  auto folder = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  REQUIRE(folder);
  config.root = std::move(folder.value);
  auto writer = TreeWriter::open(std::move(config));
  REQUIRE(writer);
  return std::move(*writer);
}

inline Entry made(const std::string& path, EntryType type = EntryType::file, std::uint32_t mode = 0644) {
  Entry entry;
  entry.path = path;
  entry.type = type;
  entry.mode = mode;
  entry.uid = ::geteuid();
  entry.gid = ::getegid();
  entry.mtime = {1000000000, 5};
  return entry;
}

inline Entry made_file(const std::string& path, std::uint64_t size, std::uint32_t mode = 0644) {
  Entry entry = made(path, EntryType::file, mode);
  entry.size = size;
  return entry;
}

inline Status put(TreeWriter& writer, const std::string& path, std::string_view text, std::uint32_t mode = 0644) {
  LIFEBOAT_TRY(const auto file, writer.create(made_file(path, text.size(), mode)));
  LIFEBOAT_CHECK(file->write(0, as_bytes(text)));
  return file->finish();
}

inline std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline struct stat state(const std::string& path) {
  struct stat found {};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found;
}

}  // namespace support
