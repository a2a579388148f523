// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/verifier/structural.hpp>

#include "known_answers.hpp"

namespace test_structural {

using namespace lifeboat;

TEST_CASE("a structural digest is SHA-256 or SM3, by the number in the repository") {
  const auto sha256 = open_structural(StructuralId::sha256);
  const auto sm3 = open_structural(StructuralId::sm3);
  REQUIRE(sha256);
  REQUIRE(sm3);
  Bytes out(32);
  REQUIRE((*sha256)->leaves(as_bytes("abc"), 3, out));
  CHECK(to_hex(out) == known_answers::digest<Sha256>("abc"));
  REQUIRE((*sm3)->leaves(as_bytes("abc"), 3, out));
  CHECK(to_hex(out) == known_answers::digest<Sm3>("abc"));
}

TEST_CASE("a structural digest that is not known is refused by number") {
  for (const int number : {0, 3, 255}) {
    const auto port = open_structural(static_cast<StructuralId>(number));
    REQUIRE_FALSE(port);
    CHECK(port.error().id() == ErrorId::feature_unknown);
    CHECK(port.error().sentence().find(std::to_string(number)) != std::string::npos);
  }
}

}  // namespace test_structural
