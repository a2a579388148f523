// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <utility>

#include <lifeboat/adapter/openssl.hpp>
#include <lifeboat/verifier/verifier.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A verifier computed by OpenSSL. `Algorithm` names it: `traits`, and `openssl_name` as a provider knows it.
/// Errors: crypto where the library context does not offer the algorithm, or where OpenSSL fails.
template <class Algorithm>
class EvpVerifier {
 public:
  static constexpr VerifierTraits traits = Algorithm::traits;
  struct Config {
    CryptoLibrary library{};  ///< whose providers and FIPS settings hold
  };
  using State = EvpHash;

  static Result<EvpVerifier> open(Config config) {
    LIFEBOAT_TRY(auto fetched, EvpAlgorithm::fetch(config.library, Algorithm::openssl_name, traits.size));
    return EvpVerifier(std::move(fetched));
  }

  [[nodiscard]] Result<State> begin() const { return algorithm_.begin(); }

  Status digest(ByteView data, MutableBytes out) const {
    LIFEBOAT_CHECK(digest_fits(traits.name, traits.size, out));
    LIFEBOAT_TRY(auto state, begin());
    LIFEBOAT_CHECK(state.update(data));
    return state.finish(out);
  }

  /// One context for all leaves.
  Status leaves(ByteView data, std::size_t leaf, MutableBytes out) const {
    LIFEBOAT_TRY(auto state, begin());
    return state.leaves(data, leaf, out);
  }

 private:
  explicit EvpVerifier(EvpAlgorithm algorithm) noexcept : algorithm_(std::move(algorithm)) {}

  EvpAlgorithm algorithm_;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
