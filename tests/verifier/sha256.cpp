// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/verifier/sha256.hpp>

#include "known_answers.hpp"

namespace test_sha256 {

using lifeboat::Sha256;
using namespace known_answers;

TEST_CASE("SHA-256 gives the digests of FIPS 180-4") {
  CHECK(digest<Sha256>("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(digest<Sha256>("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(digest<Sha256>("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(digest<Sha256>(million_a()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 keeps the laws of a verifier") { require_laws<Sha256>(); }

TEST_CASE("SHA-256 states what it is") {
  STATIC_REQUIRE(Sha256::traits.name == "sha256");
  STATIC_REQUIRE(Sha256::traits.id == 1);
  STATIC_REQUIRE(Sha256::traits.size == 32);
  STATIC_REQUIRE(Sha256::traits.cryptographic);
  STATIC_REQUIRE_FALSE(Sha256::traits.at_run_time);
}

}  // namespace test_sha256
