// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/verifier/xxh3.hpp>

#include "known_answers.hpp"

namespace test_xxh3 {

using lifeboat::Xxh3;
using namespace known_answers;

namespace {

/// The bytes that xxHash's own sanity check hashes.
lifeboat::Bytes sanity_bytes(std::size_t size) {
  lifeboat::Bytes bytes(size);
  std::uint64_t generator = 2654435761U;
  for (std::byte& b : bytes) {
    b = static_cast<std::byte>(generator >> 56U);
    generator *= 11400714785074694797ULL;
  }
  return bytes;
}

}  // namespace

TEST_CASE("XXH3 with 128 bits gives the values of xxHash's own sanity check, the high half first") {
  CHECK(digest<Xxh3>("") == "99aa06d3014798d86001c324468d497f");
  CHECK(digest<Xxh3>(sanity_bytes(1)) == "a6cd5e9392000f6ac44bdff4074eecdb");
  CHECK(digest<Xxh3>(sanity_bytes(6)) == "082afe0b8162d12a3e7039bdda43cfc6");
  CHECK(digest<Xxh3>(sanity_bytes(12)) == "6e3efd8fc7802b18061a192713f69ad9");
  CHECK(digest<Xxh3>(sanity_bytes(24)) == "0ce966e4678d37611e7044d28b1b901d");
  CHECK(digest<Xxh3>(sanity_bytes(48)) == "a002ac4e5478227ef942219aed80f67b");
  CHECK(digest<Xxh3>(sanity_bytes(81)) == "4952f58181ab00425e8bafb9f95fb803");
  CHECK(digest<Xxh3>(sanity_bytes(222)) == "337e09641b948717f1aebd597cec6b3a");
  CHECK(digest<Xxh3>(sanity_bytes(403)) == "1b6de21e332dd73dcdeb804d65c6dea4");
  CHECK(digest<Xxh3>(sanity_bytes(512)) == "18d2d110dcc9bca1617e49599013cb6b");
  CHECK(digest<Xxh3>(sanity_bytes(2048)) == "f736557fd47073a5dd59e2c3a5f038e0");
}

TEST_CASE("XXH3 keeps the laws of a verifier") { require_laws<Xxh3>(); }

TEST_CASE("XXH3 states that it is not cryptographic") {
  STATIC_REQUIRE(Xxh3::traits.name == "xxh3");
  STATIC_REQUIRE(Xxh3::traits.id == 5);
  STATIC_REQUIRE(Xxh3::traits.size == 16);
  STATIC_REQUIRE_FALSE(Xxh3::traits.cryptographic);
}

}  // namespace test_xxh3
