// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <utility>

#include <lifeboat/core/port.hpp>
#include <lifeboat/verifier/verifier.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A State as the inside of the library sees it.
template <VerifierState S>
class HashAdapter final : public HashPort {
 public:
  explicit HashAdapter(S state) noexcept(std::is_nothrow_move_constructible_v<S>) : state_(std::move(state)) {}
  Status update(ByteView data) override { return state_.update(data); }
  Status finish(MutableBytes out) override { return state_.finish(out); }

 private:
  S state_;
};

/// A Verifier as the inside of the library sees it: the one template between the slot and the archive.
template <Verifier V>
class VerifierAdapter final : public VerifierPort {
 public:
  explicit VerifierAdapter(V verifier) : verifier_(std::move(verifier)) {}

  [[nodiscard]] const V& verifier() const noexcept { return verifier_; }

  [[nodiscard]] const VerifierTraits& traits() const noexcept override {
    if constexpr (requires { verifier_.chosen(); })
      return verifier_.chosen();
    else
      return traits_;
  }

  /// Errors: usage where `leaf` is 0 or `out` too short, nothing written then; else those of the verifier.
  Status leaves(ByteView data, std::size_t leaf, MutableBytes out) const override {
    if (leaf == 0) return Error{ErrorId::usage, "a leaf has at least one byte"};
    const std::size_t size = traits().size;
    const std::size_t count = data.size() / leaf + (data.size() % leaf == 0 ? 0 : 1);
    LIFEBOAT_CHECK(digest_fits(traits().name, count * size, out));
    if constexpr (requires { verifier_.leaves(data, leaf, out); }) {
      return verifier_.leaves(data, leaf, out);
    } else {
      LIFEBOAT_TRY(auto state, verifier_.begin());
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = i * leaf;
        LIFEBOAT_CHECK(state.update(data.subspan(at, data.size() - at < leaf ? data.size() - at : leaf)));
        LIFEBOAT_CHECK(state.finish(out.subspan(i * size, size)));
      }
      return ok();
    }
  }

  [[nodiscard]] Result<std::unique_ptr<HashPort>> begin() const override {
    LIFEBOAT_TRY(auto state, verifier_.begin());
    return std::unique_ptr<HashPort>(std::make_unique<HashAdapter<typename V::State>>(std::move(state)));
  }

 private:
  static constexpr VerifierTraits traits_ = V::traits;
  V verifier_;
};

/// The port over an opened verifier. One chosen at run time is a port already, and is handed over.
template <Verifier V>
std::unique_ptr<VerifierPort> verifier_port(V verifier) {
  if constexpr (requires { std::move(verifier).into_port(); })
    return std::move(verifier).into_port();
  else
    return std::make_unique<VerifierAdapter<V>>(std::move(verifier));
}

/// Opens a verifier and gives its port.
template <Verifier V>
Result<std::unique_ptr<VerifierPort>> open_verifier_port(typename V::Config config = {}) {
  LIFEBOAT_TRY(V verifier, V::open(std::move(config)));
  return verifier_port(std::move(verifier));
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
