// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/verifier/any.hpp>

#include "known_answers.hpp"

namespace test_any {

using namespace lifeboat;

TEST_CASE("a verifier chosen by name is that verifier, and keeps the laws") {
  for (const VerifierTraits& known : known_verifiers) {
    CAPTURE(known.id);
    const AnyVerifier::Config config{std::string(known.name), {}};
    known_answers::require_laws<AnyVerifier>(config);

    auto any = AnyVerifier::open(config);
    REQUIRE(any);
    CHECK(any->chosen().id == known.id);
    CHECK(any->chosen().size == known.size);
    CHECK(any->chosen().cryptographic == known.cryptographic);
    CHECK_FALSE(any->chosen().at_run_time);
  }
}

TEST_CASE("the default of a verifier chosen at run time is SHA-256") {
  auto any = AnyVerifier::open({});
  REQUIRE(any);
  CHECK(any->chosen().id == 1);
  STATIC_REQUIRE(AnyVerifier::traits.at_run_time);
}

TEST_CASE("the port over a verifier chosen at run time is the port itself, with the chosen traits") {
  auto any = AnyVerifier::open({.name = "blake2b"});
  REQUIRE(any);
  const VerifierTraits* chosen = &any->chosen();
  const auto port = verifier_port(std::move(*any));
  CHECK(&port->traits() == chosen);
}

TEST_CASE("an unknown name is refused with the names there are") {
  const auto any = AnyVerifier::open({.name = "md5"});
  REQUIRE_FALSE(any);
  CHECK(any.error().id() == ErrorId::usage);
  CHECK(any.error().sentence() ==
        "there is no verifier \"md5\"; there are sha256, sha512-256, sm3, blake2b, xxh3");
  CHECK(any.error().is_unchanged());
}

}  // namespace test_any
