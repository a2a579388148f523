// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/verifier/evp_verifier.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

struct Sha256Algorithm {
  static constexpr VerifierTraits traits{.name = "sha256", .id = 1, .size = 32, .cryptographic = true};
  static constexpr const char* openssl_name = "SHA2-256";
};

/// SHA-256 (FIPS 180-4), the verifier to start with: fast where the processor has SHA instructions, known to auditors.
using Sha256 = EvpVerifier<Sha256Algorithm>;

static_assert(Verifier<Sha256>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
