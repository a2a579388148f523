// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/verifier/sha512_256.hpp>

#include "known_answers.hpp"

namespace test_sha512_256 {

using lifeboat::Sha512_256;
using namespace known_answers;

TEST_CASE("SHA-512/256 gives the digests of FIPS 180-4") {
  CHECK(digest<Sha512_256>("") == "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a");
  CHECK(digest<Sha512_256>("abc") == "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23");
  CHECK(digest<Sha512_256>("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                           "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu") ==
        "3928e184fb8690f840da3988121d31be65cb9d3ef83ee6146feac861e19b563a");
  CHECK(digest<Sha512_256>(million_a()) == "9a59a052930187a97038cae692f30708aa6491923ef5194394dc68d56c74fb21");
}

TEST_CASE("SHA-512/256 keeps the laws of a verifier") { require_laws<Sha512_256>(); }

TEST_CASE("SHA-512/256 states what it is") {
  STATIC_REQUIRE(Sha512_256::traits.name == "sha512-256");
  STATIC_REQUIRE(Sha512_256::traits.id == 2);
  STATIC_REQUIRE(Sha512_256::traits.size == 32);
  STATIC_REQUIRE(Sha512_256::traits.cryptographic);
}

}  // namespace test_sha512_256
