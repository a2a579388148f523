// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/verifier/adapt.hpp>
#include <lifeboat/verifier/sha256.hpp>
#include <lifeboat/verifier/xxh3.hpp>

#include "known_answers.hpp"

namespace test_adapt {

using namespace lifeboat;

TEMPLATE_TEST_CASE("a port refuses leaves of no bytes and a buffer too short, and writes nothing then", "", Sha256,
                   Xxh3) {
  const auto port = open_verifier_port<TestType>();
  REQUIRE(port);
  const Bytes data(10'000);
  Bytes out(3 * TestType::traits.size - 1, std::byte{0x5A});
  const auto short_buffer = (*port)->leaves(data, 4096, out);
  REQUIRE_FALSE(short_buffer);
  CHECK(short_buffer.error().id() == ErrorId::usage);
  CHECK(out == Bytes(out.size(), std::byte{0x5A}));
  const auto no_leaf = (*port)->leaves(data, 0, out);
  REQUIRE_FALSE(no_leaf);
  CHECK(no_leaf.error().id() == ErrorId::usage);
  CHECK((*port)->leaves({}, 4096, {}).has_value());
}

}  // namespace test_adapt
