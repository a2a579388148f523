// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <utility>

#include <lifeboat/adapter/xxhash.hpp>
#include <lifeboat/verifier/verifier.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// XXH3 with 128 bits, in canonical order. It finds what breaks by chance at the speed of memory, and nothing that
/// somebody forged: it is not cryptographic, and the rules of compatibility.hpp follow from that.
/// Errors: crypto where libxxhash can not have memory.
template <class = void>
class BasicXxh3 {
 public:
  static constexpr VerifierTraits traits{.name = "xxh3", .id = 5, .size = xxh3_size, .cryptographic = false};
  struct Config {};
  using State = Xxh3Hash;

  static Result<BasicXxh3> open(Config) { return BasicXxh3(); }

  [[nodiscard]] Result<State> begin() const { return Xxh3Hash::start(); }

  Status digest(ByteView data, MutableBytes out) const {
    LIFEBOAT_CHECK(digest_fits(traits.name, traits.size, out));
    xxh3_128(data, out.data());
    return ok();
  }

  /// Each leaf in one call: a state costs more than a leaf of 4 KiB.
  Status leaves(ByteView data, std::size_t leaf, MutableBytes out) const {
    for (std::byte* to = out.data(); !data.empty(); to += traits.size) {
      const ByteView piece = data.first(data.size() < leaf ? data.size() : leaf);
      xxh3_128(piece, to);
      data = data.subspan(piece.size());
    }
    return ok();
  }

 private:
  BasicXxh3() = default;
};
using Xxh3 = BasicXxh3<>;

static_assert(Verifier<Xxh3>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
