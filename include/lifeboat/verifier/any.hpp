// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <lifeboat/verifier/known.hpp>
#include <lifeboat/verifier/verifier.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A verifier chosen by name when it is opened, as the program needs it. Its own traits say only that; `chosen()` are
/// those of what was opened, and the rules that are compile-time elsewhere are asked of them at open.
/// Errors: usage for an unknown name, then those of the chosen one.
template <class = void>
class BasicAnyVerifier {
 public:
  static constexpr VerifierTraits traits{.name = "any", .at_run_time = true};
  struct Config {
    std::string name = "sha256";
    CryptoLibrary library{};
  };
  class State {
   public:
    explicit State(std::unique_ptr<HashPort> hash) noexcept : hash_(std::move(hash)) {}
    Status update(ByteView data) { return hash_->update(data); }
    Status finish(MutableBytes out) { return hash_->finish(out); }

   private:
    std::unique_ptr<HashPort> hash_;
  };

  static Result<BasicAnyVerifier> open(Config config) {
    LIFEBOAT_TRY(auto port, open_verifier_by_name(config.name, config.library));
    return BasicAnyVerifier(std::move(port));
  }
  explicit BasicAnyVerifier(std::unique_ptr<VerifierPort> port) noexcept : port_(std::move(port)) {}

  [[nodiscard]] const VerifierTraits& chosen() const noexcept { return port_->traits(); }

  [[nodiscard]] Result<State> begin() const {
    LIFEBOAT_TRY(auto hash, port_->begin());
    return State(std::move(hash));
  }
  Status digest(ByteView data, MutableBytes out) const {
    LIFEBOAT_CHECK(digest_fits(chosen().name, chosen().size, out));
    LIFEBOAT_TRY(auto hash, port_->begin());
    LIFEBOAT_CHECK(hash->update(data));
    return hash->finish(out);
  }
  Status leaves(ByteView data, std::size_t leaf, MutableBytes out) const { return port_->leaves(data, leaf, out); }

  /// The port itself; the verifier is empty afterwards.
  [[nodiscard]] std::unique_ptr<VerifierPort> into_port() && noexcept { return std::move(port_); }

 private:
  std::unique_ptr<VerifierPort> port_;
};
using AnyVerifier = BasicAnyVerifier<>;

static_assert(Verifier<AnyVerifier>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
