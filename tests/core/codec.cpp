// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/codec.hpp>

#include <limits>

#include "catch.hpp"

namespace test_codec {

using namespace lifeboat;

namespace {

std::string varint_hex(std::uint64_t value) {
  Bytes out;
  ByteWriter(out).varint(value);
  return to_hex(out);
}

std::string zigzag_hex(std::int64_t value) {
  Bytes out;
  ByteWriter(out).zigzag(value);
  return to_hex(out);
}

}  // namespace

TEST_CASE("unsigned integers take seven bits a byte, the low ones first") {
  CHECK(varint_hex(0) == "00");
  CHECK(varint_hex(1) == "01");
  CHECK(varint_hex(127) == "7f");
  CHECK(varint_hex(128) == "8001");
  CHECK(varint_hex(300) == "ac02");
  CHECK(varint_hex(std::numeric_limits<std::uint64_t>::max()) == "ffffffffffffffffff01");
}

TEST_CASE("signed integers alternate around zero") {
  CHECK(zigzag_hex(0) == "00");
  CHECK(zigzag_hex(-1) == "01");
  CHECK(zigzag_hex(1) == "02");
  CHECK(zigzag_hex(-64) == "7f");
  CHECK(zigzag_hex(64) == "8001");
  CHECK(zigzag_hex(std::numeric_limits<std::int64_t>::min()) == "ffffffffffffffffff01");
}

TEST_CASE("integers of every length come back") {
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
      const std::uint64_t value = (std::uint64_t{1} << bit) + offset;
      const auto signed_value = static_cast<std::int64_t>(value);
      Bytes out;
      ByteWriter writer(out);
      writer.varint(value);
      writer.zigzag(signed_value);
      writer.fixed(value);
      ByteReader reader(out);
      CHECK(reader.varint() == value);
      CHECK(reader.zigzag() == signed_value);
      CHECK(reader.fixed<std::uint64_t>() == value);
      CHECK(reader.good());
      CHECK(reader.at_end());
    }
  }
}

TEST_CASE("an integer that is longer than it needs to be, too big or cut off is refused") {
  const char* const hex = GENERATE("", "80", "8000", "ff00", "818000", "ffffffffffffffffff02", "ffffffffffffffffff7f",
                                   "ffffffffffffffffffff01", "8080808080808080808000");
  CAPTURE(hex);
  const Bytes bytes = from_hex(hex);
  ByteReader reader(bytes);
  CHECK(reader.varint() == 0);
  CHECK_FALSE(reader.good());
}

TEST_CASE("strings are counted and may hold any byte") {
  Bytes out;
  ByteWriter writer(out);
  writer.counted(std::string_view("a\0b", 3));
  writer.counted(ByteView{});
  writer.text("tail");
  CHECK(to_hex(out) == "0361006200" "7461696c");
  ByteReader reader(out);
  CHECK(reader.counted_text() == std::string_view("a\0b", 3));
  CHECK(reader.counted().empty());
  CHECK(reader.position() == 5);
  CHECK(as_text(reader.bytes(4)) == "tail");
  CHECK(reader.good());
  CHECK(reader.at_end());
}

TEST_CASE("a count beyond the end reads nothing and spoils all that follows") {
  const char* const hex = GENERATE("0361", "ffffffffffffffffff0161", "ffffffff0f61");
  CAPTURE(hex);
  const Bytes bytes = from_hex(hex);
  ByteReader reader(bytes);
  CHECK(reader.counted().empty());
  CHECK_FALSE(reader.good());
  CHECK(reader.fixed<std::uint8_t>() == 0);
  CHECK(reader.counted_text().empty());
  CHECK(reader.id() == Id{});
  CHECK(reader.zigzag() == 0);
}

TEST_CASE("an id is sixteen bytes as they stand") {
  const Bytes bytes = from_hex("000102030405060708090a0b0c0d0e0f10");
  ByteReader reader(bytes);
  CHECK(to_hex(reader.id().view()) == "000102030405060708090a0b0c0d0e0f");
  CHECK(reader.left() == 1);
  reader.id();
  CHECK_FALSE(reader.good());
}

TEST_CASE("a reader can be failed from outside") {
  const Bytes bytes = from_hex("01");
  ByteReader reader(bytes);
  reader.fail();
  CHECK_FALSE(reader.good());
  CHECK(reader.varint() == 0);
}

}  // namespace test_codec
