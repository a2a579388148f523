// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include <lifeboat/archive/digest.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The digest of a file over the digests of its leaves (docs/format.md, "Digests"), fed in order. Memory: its runs.
template <class = void>
class BasicFileDigest {
 public:
  /// The hash must be ready; it is this file's until `finish`.
  Status begin(HashPort& hash, std::uint64_t size, std::uint8_t leaf, const VerifierTraits& verifier) {
    hash_ = &hash;
    digest_size_ = verifier.size;
    runs_.clear();
    std::byte head[11];
    store_le(head, size);
    head[8] = static_cast<std::byte>(leaf);
    store_le(head + 9, verifier.id);
    LIFEBOAT_CHECK(hash.update(as_bytes(digest_tag::file)));
    return hash.update(head);
  }

  /// Digests of consecutive leaves, the first of them number `first`.
  Status add(std::uint64_t first, ByteView digests) {
    const std::uint64_t count = digests.size() / digest_size_;
    if (count == 0) return ok();
    if (!runs_.empty() && runs_.back().first + runs_.back().count == first)
      runs_.back().count += count;
    else
      runs_.push_back({first, count});
    return hash_->update(digests);
  }

  Result<Digest> finish() {
    Bytes tail(runs_.size() * 16 + 8);
    std::byte* at = tail.data();
    for (const Run& run : runs_) {
      store_le(at, run.first);
      store_le(at + 8, run.count);
      at += 16;
    }
    store_le(at, static_cast<std::uint64_t>(runs_.size()));
    LIFEBOAT_CHECK(hash_->update(tail));
    Digest digest;
    digest.size = structural_size;
    LIFEBOAT_CHECK(hash_->finish({digest.bytes.data(), structural_size}));
    return digest;
  }

 private:
  struct Run {
    std::uint64_t first;
    std::uint64_t count;
  };
  HashPort* hash_ = nullptr;
  std::size_t digest_size_ = 32;
  std::vector<Run> runs_;
};
using FileDigest = BasicFileDigest<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
