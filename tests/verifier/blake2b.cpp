// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/verifier/blake2b.hpp>

#include "known_answers.hpp"

namespace test_blake2b {

using lifeboat::Blake2b;
using namespace known_answers;

TEST_CASE("BLAKE2b-512 gives the digest of RFC 7693") {
  CHECK(digest<Blake2b>("abc") ==
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
        "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}

TEST_CASE("BLAKE2b-512 of nothing and of much") {
  CHECK(digest<Blake2b>("") ==
        "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419"
        "d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce");
  CHECK(digest<Blake2b>(million_a()) ==
        "98fb3efb7206fd19ebf69b6f312cf7b64e3b94dbe1a17107913975a793f177e1"
        "d077609d7fba363cbba00d05f7aa4e4fa8715d6428104c0a75643b0ff3fd3eaf");
}

TEST_CASE("BLAKE2b-512 keeps the laws of a verifier") { require_laws<Blake2b>(); }

TEST_CASE("BLAKE2b-512 states what it is") {
  STATIC_REQUIRE(Blake2b::traits.name == "blake2b");
  STATIC_REQUIRE(Blake2b::traits.id == 4);
  STATIC_REQUIRE(Blake2b::traits.size == 64);
  STATIC_REQUIRE(Blake2b::traits.cryptographic);
}

}  // namespace test_blake2b
