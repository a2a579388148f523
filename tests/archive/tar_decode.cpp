// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/tar_decode.hpp>

#include "catch.hpp"
#include "support/tar_tampered.hpp"

namespace test_tar_decode {

using namespace lifeboat;
using namespace support;

TEST_CASE("headers that are not ours are refused", "[archive][tar]") {
  using Block = detail::UstarBlock;
  CHECK(refused(file("f"), [](Block&) {}) == "");
  CHECK(has(refused(file("f"), [](Block& b) { b.type = 'L'; }), "long name"));
  CHECK(has(refused(file("f"), [](Block& b) { b.type = 'K'; }), "long name"));
  for (const char type : {'\0', '7', 'g', 'S', 'D', 'V', 'N', 'x', 'X', '8'})
    CHECK(refused(file("f"), [&](Block& b) { b.type = type; }) != "");
  CHECK(has(refused(file("f"), [](Block& b) { std::memcpy(b.magic, "ustar ", 6); }), "ustar"));
  CHECK(refused(file("f"), [](Block& b) { b.version[1] = '1'; }) != "");
  CHECK(refused(file("f"), [](Block& b) { b.rest[3] = 'x'; }) != "");
  CHECK(refused(file("f"), [](Block& b) { b.name[50] = 'x'; }) != "");
  CHECK(refused(file("f"), [](Block& b) { b.linkname[0] = 'x'; }) != "");
  CHECK(refused(file("f"), [](Block& b) { b.devminor[6] = '1'; }) != "");
  CHECK(refused(file("f"), [](Block& b) { b.mode[1] = '1'; }) != "");
  for (const char* name :
       {"f", "/f", "./../f", "./a//f", "./.", "./", "./f/", "./a/../f", "../f", "", ".lifeboat-x/f",
        ".lifeboat-00000000000000000000000000000000", ".lifeboat-0000000000000000000000000000000G/f",
        ".lifeboat-00000000000000000000000000000000/", ".lifeboat-00000000000000000000000000000000/../f",
        ".lifeboat-0000000000000000000000000000000A/f"}) {
    INFO(name);
    CHECK(refused(file("f"), [&](Block& b) { std::strncpy(b.name, name, sizeof b.name); }) != "");
  }
  Entry folder = file("d");
  folder.type = EntryType::directory;
  CHECK(refused(folder, [](Block& b) { b.name[3] = '\0'; }) != "");
  CHECK(refused(folder, [](Block& b) { b.size[10] = '1'; }) != "");
  Entry hard = file("h");
  hard.type = EntryType::hardlink;
  hard.target = "f";
  CHECK(refused(hard, [](Block& b) { b.linkname[0] = '/'; }) != "");
  CHECK(refused(hard, [](Block& b) { std::memcpy(b.linkname, "./../../x", 9); }) != "");
  Entry soft = file("s");
  soft.type = EntryType::symlink;
  soft.target = "t";
  CHECK(refused(soft, [](Block& b) { b.linkname[0] = '\0'; }) != "");

  const auto size = [](std::string_view text) {
    return [text](Block& b) {
      std::memset(b.size, 0, sizeof b.size);
      std::memcpy(b.size, text.data(), text.size());
    };
  };
  for (const std::string_view text : {"77777777777", "777777777777", "", " 1", "8", "-1", "1x", "00000000000 1", "+1",
                                      "\x80\x00\x00\x00\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "\x80\xFF", "\xFF\xFF\xFF"}) {
    INFO(text);
    CHECK(refused(file("f", 1), size(text), "x") != "");
  }
  static constexpr char most[] = {'\x80', 0, 0, 0, '\x7F', '\xFF', '\xFF', '\xFF', '\xFF', '\xFF', '\xFF', '\xFF'};
  static constexpr char over[] = {'\x80', 0, 0, 0, '\x80', 0, 0, 0, 0, 0, 0, 0};
  static constexpr char wrapped[] = {'\x80', 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
  static constexpr char one[] = {'\x80', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  CHECK(has(refused(file("f", 1), size({most, 12}), "x"), "longer than there can be"));
  CHECK(has(refused(file("f", 1), size({over, 12}), "x"), "no number"));
  CHECK(has(refused(file("f", 1), size({wrapped, 12}), "x"), "no number"));
  CHECK(refused(file("f", 1), size({one, 12}), "x") == "");
}

}  // namespace test_tar_decode
