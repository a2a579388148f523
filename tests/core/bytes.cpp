// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/bytes.hpp>

#include "catch.hpp"

namespace test_bytes {

using namespace lifeboat;

TEST_CASE("text and bytes see the same memory") {
  const std::string text("a\0\xff", 3);
  CHECK(as_bytes(text).size() == 3);
  CHECK(as_bytes(text)[2] == std::byte{0xff});
  CHECK(as_text(as_bytes(text)) == text);
  CHECK(static_cast<const void*>(as_text(as_bytes(text)).data()) == text.data());
}

TEST_CASE("integers are stored with the low byte first, at any address") {
  std::byte raw[9]{};
  store_le(raw + 1, std::uint64_t{0x0102030405060708});
  CHECK(to_hex(raw) == "000807060504030201");
  CHECK(load_le<std::uint64_t>(raw + 1) == 0x0102030405060708);
  CHECK(load_le<std::uint16_t>(raw + 1) == 0x0708);
  store_le(raw, std::int32_t{-2});
  CHECK(load_le<std::int32_t>(raw) == -2);
}

TEST_CASE("a digest keeps its bytes and its length, and at most 64 of them") {
  const Bytes bytes(80, std::byte{7});
  const Digest whole{ByteView(bytes).first(64)};
  CHECK(whole.view().size() == 64);
  CHECK(Digest{bytes} == whole);
  const Digest half{ByteView(bytes).first(32)};
  CHECK_FALSE(half == whole);
  CHECK(half == Digest{ByteView(bytes).last(32)});
  CHECK(Digest{}.view().empty());
}

TEST_CASE("hexadecimal goes there and back") {
  const Bytes bytes{std::byte{0}, std::byte{0x7f}, std::byte{0xa0}, std::byte{0xff}};
  CHECK(to_hex(bytes) == "007fa0ff");
  CHECK(from_hex("007fa0ff") == bytes);
  CHECK(from_hex("007FA0fF") == bytes);
  CHECK(to_hex({}).empty());
}

TEST_CASE("what is no hexadecimal gives nothing") {
  const char* const text = GENERATE("", "0", "007", "0g", "g0", " 00", "0x00", "00 ", "-1");
  CAPTURE(text);
  CHECK(from_hex(text).empty());
}

TEST_CASE("ids compare byte by byte") {
  Id low;
  Id high;
  high.bytes[15] = std::byte{1};
  CHECK(low < high);
  CHECK(low == Id{});
  CHECK(low != high);
  CHECK(high.view().size() == 16);
}

}  // namespace test_bytes
