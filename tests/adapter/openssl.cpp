// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/adapter/openssl.hpp>

#include "catch.hpp"

namespace test_openssl {

using namespace lifeboat;

TEST_CASE("an algorithm that OpenSSL does not have is an error that names it, and leaves OpenSSL's error queue alone") {
  REQUIRE(ERR_peek_error() == 0);
  ERR_raise(ERR_LIB_USER, 42);
  const auto missing = EvpAlgorithm::fetch({}, "NO-SUCH-DIGEST", 32);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().id() == ErrorId::crypto);
  CHECK(missing.error().sentence().find("NO-SUCH-DIGEST") != std::string::npos);
  CHECK(ERR_GET_REASON(ERR_get_error()) == 42);
  CHECK(ERR_get_error() == 0);
}

TEST_CASE("an algorithm with another length than stated is refused") {
  const auto other = EvpAlgorithm::fetch({}, "SHA2-256", 31);
  REQUIRE_FALSE(other);
  CHECK(other.error().id() == ErrorId::crypto);
}

TEST_CASE("a context is used again after each digest, and after a buffer that was too short") {
  const auto algorithm = EvpAlgorithm::fetch({}, "SHA2-256", 32);
  REQUIRE(algorithm);
  auto hash = algorithm->begin();
  REQUIRE(hash);
  for (int round = 0; round < 3; ++round) {
    Bytes out(32);
    REQUIRE(hash->update(as_bytes("a")));
    REQUIRE(hash->update(as_bytes("bc")));
    const auto refused = hash->finish(MutableBytes(out).first(31));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::usage);
    REQUIRE(hash->finish(out));
    CHECK(to_hex(out) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }
}

TEST_CASE("a digest goes on when the algorithm that began it is gone") {
  auto algorithm = EvpAlgorithm::fetch({}, "SHA2-256", 32);
  REQUIRE(algorithm);
  auto hash = algorithm->begin();
  REQUIRE(hash);
  algorithm = Error{ErrorId::usage, "gone"};
  Bytes out(32);
  REQUIRE(hash->update(as_bytes("abc")));
  REQUIRE(hash->finish(out));
  REQUIRE(hash->update(as_bytes("abc")));
  REQUIRE(hash->finish(out));
  CHECK(to_hex(out) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace test_openssl
