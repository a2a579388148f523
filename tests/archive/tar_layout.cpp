// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/tar_layout.hpp>

#include "catch.hpp"

namespace test_tar_layout {

using namespace lifeboat;

TEST_CASE("lengths are rounded up to blocks", "[archive][tar]") {
  CHECK(whole_blocks(0) == 0);
  CHECK(whole_blocks(1) == 512);
  CHECK(whole_blocks(512) == 512);
  CHECK(whole_blocks(513) == 1'024);
}

TEST_CASE("a checksum counts its own field as blanks", "[archive][tar]") {
  detail::UstarBlock block{};
  CHECK(detail::ustar_checksum(block) == 8 * 32);
  std::memset(block.checksum, 0xFF, sizeof block.checksum);
  CHECK(detail::ustar_checksum(block) == 8 * 32);
  block.name[0] = '\xff';
  block.rest[11] = '\x01';
  CHECK(detail::ustar_checksum(block) == 8 * 32 + 256);
}

}  // namespace test_tar_layout
