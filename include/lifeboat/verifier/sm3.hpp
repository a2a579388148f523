// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/verifier/evp_verifier.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

struct Sm3Algorithm {
  static constexpr VerifierTraits traits{.name = "sm3", .id = 3, .size = 32, .cryptographic = true};
  static constexpr const char* openssl_name = "SM3";
};

/// SM3 (GB/T 32905-2016), for engines that must use the Chinese commercial algorithms.
using Sm3 = EvpVerifier<Sm3Algorithm>;

static_assert(Verifier<Sm3>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
