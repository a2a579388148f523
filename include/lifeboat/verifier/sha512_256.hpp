// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/verifier/evp_verifier.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

struct Sha512_256Algorithm {
  static constexpr VerifierTraits traits{.name = "sha512-256", .id = 2, .size = 32, .cryptographic = true};
  static constexpr const char* openssl_name = "SHA2-512/256";
};

/// SHA-512/256 (FIPS 180-4): digests of 32 bytes, faster than SHA-256 where the processor has no SHA instructions.
using Sha512_256 = EvpVerifier<Sha512_256Algorithm>;

static_assert(Verifier<Sha512_256>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
