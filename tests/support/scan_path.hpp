// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fstream>
#include <stop_token>
#include <string>

#include <lifeboat/source/scan.hpp>

#include "catch.hpp"
#include "support/collected.hpp"

namespace support {

inline lifeboat::FileDescriptor opened(const std::string& path) {
  auto folder = lifeboat::open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  REQUIRE(folder);
  return std::move(folder.value);
}

inline void write(const std::string& path, const std::string& text = "x") {
  std::ofstream(path, std::ios::binary) << text;
}

inline lifeboat::Status scan(const std::string& root, Collected& into, const lifeboat::ScanOptions& options = {}) {
  const lifeboat::FileDescriptor folder = opened(root);
  return lifeboat::scan_tree(folder.get(), options, into, std::stop_token{});
}

inline std::size_t open_descriptors() {
  std::size_t count = 0;
  for (int fd = 0; fd < 4096; ++fd) count += ::fcntl(fd, F_GETFD) != -1 ? 1 : 0;
  return count;
}

}  // namespace support
