// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/verifier/evp_verifier.hpp>

#include "known_answers.hpp"

namespace test_evp_verifier {

using namespace lifeboat;

namespace {

/// A digest of OpenSSL's that a user adds: two lines.
struct Sha3Algorithm {
  static constexpr VerifierTraits traits{.name = "sha3-256", .id = 0x8003, .size = 32, .cryptographic = true};
  static constexpr const char* openssl_name = "SHA3-256";
};
using Sha3 = EvpVerifier<Sha3Algorithm>;

struct MissingAlgorithm {
  static constexpr VerifierTraits traits{.name = "missing", .id = 0x8004, .size = 32, .cryptographic = true};
  static constexpr const char* openssl_name = "NO-SUCH-DIGEST";
};

}  // namespace

TEST_CASE("any digest that OpenSSL has becomes a verifier by its name") {
  known_answers::require_laws<Sha3>();
  CHECK(known_answers::digest<Sha3>("abc") == "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
}

TEST_CASE("a digest that OpenSSL does not have is refused at open") {
  const auto missing = EvpVerifier<MissingAlgorithm>::open({});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().id() == ErrorId::crypto);
}

TEST_CASE("the settings of the engine's own library context hold") {
  OSSL_LIB_CTX* context = OSSL_LIB_CTX_new();
  REQUIRE(context != nullptr);
  {
    const auto with_defaults = Sha3::open({{context}});
    REQUIRE(with_defaults);
    Bytes out(32);
    CHECK(with_defaults->digest(as_bytes("abc"), out).has_value());
  }
  REQUIRE(EVP_set_default_properties(context, "provider=lifeboat-no-such-provider") == 1);
  const auto refused = Sha3::open({{context}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::crypto);
  OSSL_LIB_CTX_free(context);
}

}  // namespace test_evp_verifier
