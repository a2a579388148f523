// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/verifier/known.hpp>

#include "known_answers.hpp"

namespace test_known {

using namespace lifeboat;

TEST_CASE("numbers and names open the same verifiers, as docs/format.md numbers them") {
  const std::pair<std::uint16_t, std::string_view> numbered[] = {
      {1, "sha256"}, {2, "sha512-256"}, {3, "sm3"}, {4, "blake2b"}, {5, "xxh3"}};
  REQUIRE(std::size(known_verifiers) == std::size(numbered));
  for (const auto& [id, name] : numbered) {
    CAPTURE(id);
    const auto by_id = open_verifier_by_id(id);
    const auto by_name = open_verifier_by_name(name);
    REQUIRE(by_id);
    REQUIRE(by_name);
    const VerifierTraits& traits = (*by_id)->traits();
    CHECK(traits.id == id);
    CHECK(traits.name == name);
    CHECK((*by_name)->traits().id == id);
    CHECK_FALSE(traits.keyed);
    CHECK(traits.cryptographic == (name != "xxh3"));
    Bytes a(traits.size);
    Bytes b(traits.size);
    REQUIRE((*by_id)->leaves(as_bytes("abc"), 3, a));
    REQUIRE((*by_name)->leaves(as_bytes("abc"), 3, b));
    CHECK(a == b);
    CHECK(a != Bytes(traits.size));
  }
}

TEST_CASE("an unknown number in an archive is refused by number") {
  for (const std::uint16_t id : std::vector<std::uint16_t>{0, 6, 0x8000, 0xFFFF}) {
    const auto port = open_verifier_by_id(id);
    REQUIRE_FALSE(port);
    CHECK(port.error().id() == ErrorId::feature_unknown);
    CHECK(port.error().sentence().find(std::to_string(id)) != std::string::npos);
  }
}

}  // namespace test_known
