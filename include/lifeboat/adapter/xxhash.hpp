// SPDX-License-Identifier: BSL-1.0
#pragma once

// Inlined, every unit would have a copy of its own, made with that unit's flags: two units, two functions, one name.
#if defined(XXH_INLINE_ALL) || defined(XXH_PRIVATE_API)
#error "lifeboat links libxxhash: include lifeboat before defining XXH_INLINE_ALL or XXH_PRIVATE_API"
#endif

#include <xxhash.h>

#include <cstring>
#include <memory>
#include <utility>

#include <lifeboat/core/bytes.hpp>
#include <lifeboat/core/result.hpp>

// The only file that includes xxHash: XXH3 with 128 bits, written in its canonical order (big-endian).
namespace lifeboat::inline LIFEBOAT_ABI {

/// Bytes of an XXH3 digest.
inline constexpr std::size_t xxh3_size = sizeof(XXH128_canonical_t);
static_assert(xxh3_size == 16);

namespace detail {

struct XxhashFree {
  void operator()(XXH3_state_t* state) const noexcept { (void)XXH3_freeState(state); }
};

inline void xxh3_store(XXH128_hash_t hash, std::byte* to) noexcept {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  std::memcpy(to, canonical.digest, sizeof canonical.digest);
}

}  // namespace detail

/// The digest of `data`; `to` has room for 16 bytes.
inline void xxh3_128(ByteView data, std::byte* to) noexcept {
  detail::xxh3_store(XXH3_128bits(data.data(), data.size()), to);
}

/// 128 bits as two numbers.
struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};
/// The digest of `data` under a seed: where that is random, nobody can choose data whose digests are the same.
inline Hash128 xxh3_128_seeded(ByteView data, std::uint64_t seed) noexcept {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(data.data(), data.size(), seed);
  return {hash.high64, hash.low64};
}

/// The short form, with a seed: for what is checked in a moment and written again soon.
inline std::uint64_t xxh3_64(ByteView data, std::uint64_t seed) noexcept {
  return XXH3_64bits_withSeed(data.data(), data.size(), seed);
}

/// One XXH3 digest being computed. Errors: crypto where libxxhash fails, usage where the buffer is too small.
template <class = void>
class BasicXxh3Hash {
 public:
  static Result<BasicXxh3Hash> start() {
    BasicXxh3Hash hash;
    hash.state_.reset(XXH3_createState());
    if (hash.state_ == nullptr || XXH3_128bits_reset(hash.state_.get()) != XXH_OK)
      return Error{ErrorId::crypto, "libxxhash could not begin a digest"};
    return hash;
  }

  Status update(ByteView data) {
    // libxxhash 0.8.1 takes no bytes at no address for an error.
    if (data.empty() || XXH3_128bits_update(state_.get(), data.data(), data.size()) == XXH_OK) return ok();
    return Error{ErrorId::crypto, "libxxhash could not go on with a digest"};
  }

  /// Writes the digest into the first bytes of `out` and begins the next.
  Status finish(MutableBytes out) {
    if (out.size() < xxh3_size) return Error{ErrorId::usage, "the buffer is shorter than the digest"};
    detail::xxh3_store(XXH3_128bits_digest(state_.get()), out.data());
    if (XXH3_128bits_reset(state_.get()) == XXH_OK) return ok();
    return Error{ErrorId::crypto, "libxxhash could not begin a digest"};
  }

 private:
  BasicXxh3Hash() = default;

  std::unique_ptr<XXH3_state_t, detail::XxhashFree> state_;
};
using Xxh3Hash = BasicXxh3Hash<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
