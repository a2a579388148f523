// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <string>
#include <utility>

#include <lifeboat/core/bytes.hpp>
#include <lifeboat/core/port.hpp>
#include <lifeboat/core/result.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// One digest being computed: any number of `update`, then `finish`, which writes the digest into the first
/// `traits.size` bytes of its buffer and begins the next. Used by one thread at a time.
template <class S>
concept VerifierState = std::movable<S> && requires(S& state, ByteView data, MutableBytes out) {
  { state.update(data) } -> std::same_as<Status>;
  { state.finish(out) } -> std::same_as<Status>;
};

/// The digest that everything stored is checked with.
///
/// Minimal definition: a movable class with
/// - `static constexpr VerifierTraits traits`: its name, id, bytes of a digest (1 to 64), cryptographic or not. Ids
///   below 0x8000 are the library's; choose one of your own from 0x8000 on and never change it;
/// - `struct Config` and `static Result<V> open(Config)`;
/// - `State`, and `Result<State> begin() const`;
/// - `Status digest(ByteView, MutableBytes) const`: a digest in one call.
/// It may have `Status leaves(ByteView, std::size_t leaf, MutableBytes) const`, where many leaves at once are faster.
///
/// Laws (lifeboat/testing/laws/verifier.hpp runs them):
/// - however the bytes are cut into updates, the digest is that of `digest`;
/// - a state is as new after `finish`, also after one that was refused for its buffer;
/// - exactly `traits.size` bytes are written, and none into a shorter buffer;
/// - the digests of leaves are those of each leaf alone;
/// - inputs that differ, also in length alone, have different digests;
/// - const members may be called from many threads at once.
///
/// Models: Sha256, Sha512_256, Sm3, Blake2b, Xxh3, AnyVerifier.
/// Errors: usage for a short buffer; crypto where the algorithm is missing or fails; config from `open`.
template <class V>
concept Verifier =
    std::movable<V> &&
    requires {
      typename V::Config;
      typename V::State;
      { V::traits } -> std::convertible_to<VerifierTraits>;
    } && VerifierState<typename V::State> &&
    requires(const V& verifier, typename V::Config config, ByteView data, MutableBytes out) {
      { V::open(std::move(config)) } -> std::same_as<Result<V>>;
      { verifier.begin() } -> std::same_as<Result<typename V::State>>;
      { verifier.digest(data, out) } -> std::same_as<Status>;
    };

/// The error of a buffer too short for `needed` bytes of digests, if it is.
template <class = void>
Status digest_fits(std::string_view verifier, std::uint64_t needed, MutableBytes out) {
  if (out.size() >= needed) return ok();
  return Error{ErrorId::usage, std::string(verifier) + " writes " + std::to_string(needed) +
                                   " bytes of digest, and the buffer has " + std::to_string(out.size())};
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
