// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/verifier/adapt.hpp>
#include <lifeboat/verifier/sha256.hpp>
#include <lifeboat/verifier/xxh3.hpp>

#include "known_answers.hpp"

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

TEST_CASE("the settings of the engine's own library context hold") {
  OSSL_LIB_CTX* context = OSSL_LIB_CTX_new();
  REQUIRE(context != nullptr);
  {
    const auto with_defaults = Sha256::open({{context}});
    REQUIRE(with_defaults);
    Bytes out(32);
    CHECK(with_defaults->digest(as_bytes("abc"), out).has_value());
  }
  REQUIRE(EVP_set_default_properties(context, "provider=lifeboat-no-such-provider") == 1);
  const auto refused = Sha256::open({{context}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::crypto);
  OSSL_LIB_CTX_free(context);
}
