// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/tar_encode.hpp>

#include "catch.hpp"
#include "support/tar_tampered.hpp"

namespace test_tar_encode {

using namespace lifeboat;
using namespace support;

TEST_CASE("names stand in the header as long as they fit", "[archive][tar]") {
  const auto blocks = [](const std::string& path) {
    Entry e = file(path);
    e.mtime.nanoseconds = 0;
    Bytes header;
    encode_member(header, e, {}, 0);
    REQUIRE(check_member(header, e, {}, 0));
    return header.size() / tar_block;
  };
  CHECK(blocks(std::string(98, 'n')) == 1);
  CHECK(blocks(std::string(99, 'n')) == 1);  // of 100 bytes behind the slash
  CHECK(blocks(std::string(100, 'n')) == 1);
  CHECK(blocks(std::string(101, 'n')) == 3);
  CHECK(blocks(std::string(153, 'p') + "/" + std::string(100, 'n')) == 1);  // 155 and 100 bytes with the "./"
  CHECK(blocks(std::string(154, 'p') + "/" + std::string(100, 'n')) == 3);
  CHECK(blocks(std::string(153, 'p') + "/" + std::string(101, 'n')) == 3);
}

TEST_CASE("data of 128 KiB and more are aligned, whatever is before them", "[archive][tar]") {
  std::size_t plain = 0;
  for (std::uint64_t offset = 0; offset < 8'192; offset += 512) {
    for (const std::size_t length : {0U, 1U, 90U, 300U, 467U, 468U, 469U, 470U, 471U, 480U, 490U, 505U, 1'500U}) {
      for (const std::uint64_t size : {131'071U, 131'072U, 10'000'000U}) {
        Entry e = file("f", size);
        e.mtime.nanoseconds = 0;
        if (length != 0) e.attributes = {{"user.a", Bytes(length)}};
        Bytes header;
        const TarMember member = encode_member(header, e, {}, offset);
        INFO(offset << " " << length << " " << size);
        REQUIRE(member == TarMember{offset + header.size(), size});
        REQUIRE(check_member(header, e, {}, offset));
        REQUIRE(header.size() % 512 == 0);
        REQUIRE(header.size() <= 512 * 3 + 4'096 + whole_blocks(length));
        if (size >= 131'072) REQUIRE(member.data_offset % 4'096 == 0);
        plain += header.size() == 512 ? 1 : 0;
      }
    }
  }
  CHECK(plain == 16 + 2 * 2);  // no extended header where none is needed
  for (std::uint64_t offset = 0; offset < 8'192; offset += 512) {
    Bytes header;
    const TarMember member = encode_own_member(header, ArchiveId{}, "blocks.12", 131'072, offset);
    CHECK(member.data_offset % 4'096 == 0);
    CHECK(check_own_member(header, ArchiveId{}, "blocks.12", 131'072, offset));
  }
}

}  // namespace test_tar_encode
