// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/verifier/evp_verifier.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

struct Blake2bAlgorithm {
  static constexpr VerifierTraits traits{.name = "blake2b", .id = 4, .size = 64, .cryptographic = true};
  static constexpr const char* openssl_name = "BLAKE2B-512";
};

/// BLAKE2b with digests of 64 bytes (RFC 7693), the one length that OpenSSL 3.0 offers; no FIPS provider has it.
using Blake2b = EvpVerifier<Blake2bAlgorithm>;

static_assert(Verifier<Blake2b>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
