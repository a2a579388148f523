// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/acl_text.hpp>

#include <random>

#include "catch.hpp"

namespace test_acl_text {

using namespace lifeboat;

namespace {

struct Line {
  std::uint16_t tag;
  std::uint16_t rights;
  std::uint32_t id = 0xFFFF'FFFF;
};

Bytes acl_of(std::initializer_list<Line> lines, std::uint32_t version = 2) {
  Bytes acl(4);
  store_le(acl.data(), version);
  for (const Line& line : lines) {
    acl.resize(acl.size() + 8);
    store_le(acl.data() + acl.size() - 8, line.tag);
    store_le(acl.data() + acl.size() - 6, line.rights);
    store_le(acl.data() + acl.size() - 4, line.id);
  }
  return acl;
}

}  // namespace

TEST_CASE("an ACL becomes text and comes back", "[source][acl]") {
  const Bytes acl = acl_of({{1, 6}, {2, 4, 12}, {2, 7, 4'294'967'294U}, {4, 5}, {8, 0, 0}, {16, 7}, {32, 1}});
  std::string text;
  REQUIRE(acl_to_text(acl, text));
  CHECK(text == "user::rw-\nuser:12:r--\nuser:4294967294:rwx\ngroup::r-x\ngroup:0:---\nmask::rwx\nother::--x\n");
  Bytes again;
  REQUIRE(acl_from_text(text, again));
  CHECK(again == acl);
}

TEST_CASE("what is no ACL is refused in both directions", "[source][acl]") {
  std::string text;
  Bytes acl;
  CHECK_FALSE(acl_to_text({}, text));
  CHECK_FALSE(acl_to_text(acl_of({}), text));
  CHECK_FALSE(acl_to_text(acl_of({{1, 6}}, 1), text));
  CHECK_FALSE(acl_to_text(acl_of({{3, 6}}), text));
  CHECK_FALSE(acl_to_text(acl_of({{1, 8}}), text));
  CHECK_FALSE(acl_to_text(acl_of({{1, 6, 5}}), text));
  CHECK_FALSE(acl_to_text(acl_of({{2, 6}}), text));
  Bytes odd = acl_of({{1, 6}});
  odd.pop_back();
  CHECK_FALSE(acl_to_text(odd, text));
  for (const std::string_view bad :
       {"", "\n", "user::rw-", "user::rw\n", "user::rwxx\n", "user::wrx\n", "user:x:rw-\n", "user:-1:rw-\n",
        "user:01:rw-\n", "user:4294967295:rw-\n", "user:4294967296:rw-\n", "mask:1:rw-\n", "other:1:rw-\n",
        "owner::rw-\n", "user:rw-\n", "user::rw-\n\n", "u::rw-\n", "user::rw-,other::r--\n", "user:1:2:rw-\n"}) {
    INFO(bad);
    CHECK_FALSE(acl_from_text(bad, acl));
  }
}

TEST_CASE("random bytes never mislead either direction", "[source][acl]") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::size_t texts = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bytes acl(4 + 8 * (random() % 4) + (random() % 10 == 0 ? random() % 8 : 0));
    for (std::byte& b : acl) b = static_cast<std::byte>(random() % 9);
    store_le(acl.data(), std::uint32_t{2});
    std::string text;
    Bytes again;
    if (acl_to_text(acl, text)) {
      ++texts;
      REQUIRE(acl_from_text(text, again));
      REQUIRE(again == acl);
      text[random() % text.size()] = static_cast<char>(random());
      if (acl_from_text(text, again)) REQUIRE(acl_to_text(again, text));
    }
  }
  CHECK(texts < 20'000);
}

}  // namespace test_acl_text
