// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/part_note.hpp>

#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_part_note {

using namespace lifeboat;

namespace {

PartNote a_note() {
  PartNote note;
  note.part.bytes.fill(std::byte{0x11});
  note.position = {2, 1402};
  note.anchor.fill(std::byte{0x22});
  note.chain.fill(std::byte{0x33});
  note.scope = "exclude remark\nonly account=42\n";
  return note;
}

std::string content(const std::string& file) {
  std::ifstream f(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(f), {}};
}

}  // namespace

TEST_CASE("a note is read as it was written, and replaced whole") {
  const support::TempFolder folder;
  CHECK_FALSE(*read_part_note(folder / "."));
  CHECK_FALSE(*read_part_note(folder / "nowhere"));
  for (const std::string scope : {"exclude remark\nonly account=42\n", "only a\n"}) {
    PartNote note = a_note();
    note.scope = scope;
    REQUIRE(write_part_note(folder / ".", note));
    const auto read = read_part_note(folder / ".");
    REQUIRE((read && *read));
    CHECK((*read)->part == note.part);
    CHECK((*read)->position == note.position);
    CHECK((*read)->anchor == note.anchor);
    CHECK((*read)->chain == note.chain);
    CHECK((*read)->scope == scope);
  }
  CHECK_FALSE(std::filesystem::exists(folder / "scope.new"));
  CHECK(write_part_note(folder / "nowhere", a_note()).error().id() == ErrorId::medium_io);
}

TEST_CASE("no byte of a note can change or be missing, and none can be added") {
  const support::TempFolder folder;
  REQUIRE(write_part_note(folder / ".", a_note()));
  const std::string whole = content(folder / "scope");
  CHECK(whole.size() == 8 + 16 + 16 + 32 + 32 + 4 + 31 + 16);
  for (std::size_t at = 0; at != whole.size(); ++at) {
    std::string other = whole;
    other[at] = static_cast<char>(other[at] ^ 0x20);
    std::ofstream(folder / "scope", std::ios::binary) << other;
    REQUIRE_FALSE(*read_part_note(folder / "."));
    std::ofstream(folder / "scope", std::ios::binary) << whole.substr(0, at);
    REQUIRE_FALSE(*read_part_note(folder / "."));
  }
  std::ofstream(folder / "scope", std::ios::binary) << whole << '\0';
  CHECK_FALSE(*read_part_note(folder / "."));
}

TEST_CASE("a note with a whole check that says too little or too much is none") {
  const support::TempFolder folder;
  REQUIRE(write_part_note(folder / ".", a_note()));
  const std::string whole = content(folder / "scope");
  const auto sealed = [&](std::string body) {
    std::byte check[xxh3_size];
    xxh3_128(as_bytes(body), check);
    body.append(reinterpret_cast<const char*>(check), sizeof check);
    std::ofstream(folder / "scope", std::ios::binary) << body;
    const auto read = read_part_note(folder / ".");
    REQUIRE(read);
    return read->has_value();
  };
  const std::string body = whole.substr(0, whole.size() - xxh3_size);
  CHECK(sealed(body));
  CHECK_FALSE(sealed(body + "x"));
  CHECK_FALSE(sealed(body.substr(0, body.size() - 1)));
  CHECK_FALSE(sealed("LBSCOPE2" + body.substr(8)));
  CHECK_FALSE(sealed(""));
}

}  // namespace test_part_note
