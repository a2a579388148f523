// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/verifier/sm3.hpp>

#include "known_answers.hpp"

namespace test_sm3 {

using lifeboat::Sm3;
using namespace known_answers;

TEST_CASE("SM3 gives the digests of GB/T 32905-2016") {
  CHECK(digest<Sm3>("abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
  CHECK(digest<Sm3>("abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd") ==
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

TEST_CASE("SM3 of nothing and of much") {
  CHECK(digest<Sm3>("") == "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
  CHECK(digest<Sm3>(million_a()) == "c8aaf89429554029e231941a2acc0ad61ff2a5acd8fadd25847a3a732b3b02c3");
}

TEST_CASE("SM3 keeps the laws of a verifier") { require_laws<Sm3>(); }

TEST_CASE("SM3 states what it is") {
  STATIC_REQUIRE(Sm3::traits.name == "sm3");
  STATIC_REQUIRE(Sm3::traits.id == 3);
  STATIC_REQUIRE(Sm3::traits.size == 32);
  STATIC_REQUIRE(Sm3::traits.cryptographic);
}

}  // namespace test_sm3
