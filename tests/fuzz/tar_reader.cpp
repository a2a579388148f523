// SPDX-License-Identifier: BSL-1.0
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "support/tar_walk.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto walk = support::walk_tar({reinterpret_cast<const std::byte*>(data), size});
  if (!walk.mistake.empty()) {
    std::fprintf(stderr, "%s\n", walk.mistake.c_str());
    std::abort();
  }
  // Almost no input has right checksums: once more with those of its blocks made right.
  static constexpr std::size_t block = lifeboat::tar_block;
  lifeboat::Bytes mended(reinterpret_cast<const std::byte*>(data), reinterpret_cast<const std::byte*>(data) + size);
  for (std::size_t at = 0; at + block <= mended.size(); at += block) {
    lifeboat::detail::UstarBlock header;
    std::memcpy(&header, mended.data() + at, block);
    if (std::memcmp(header.magic, "ustar", 6) != 0) continue;
    std::snprintf(header.checksum, sizeof header.checksum, "%06o", lifeboat::detail::ustar_checksum(header) & 0777777U);
    header.checksum[7] = ' ';
    std::memcpy(mended.data() + at, &header, block);
  }
  if (const auto again = support::walk_tar(mended); !again.mistake.empty()) {
    std::fprintf(stderr, "%s\n", again.mistake.c_str());
    std::abort();
  }
  return 0;
}
