// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <lifeboat/core/bytes.hpp>

namespace support {

inline lifeboat::Bytes bytes_of(std::string_view text) {
  const lifeboat::ByteView bytes = lifeboat::as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
inline void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

}  // namespace support
