// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <lifeboat/core/bytes.hpp>
#include <lifeboat/core/result.hpp>

// The only file that includes OpenSSL: its digests, under names of ours.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The OpenSSL library context that algorithms are fetched from, with the providers and FIPS settings that the engine
/// gave it; null: the process's default one. Borrowed: it outlives all that was opened with it.
struct CryptoLibrary {
  OSSL_LIB_CTX* context = nullptr;
};

namespace detail {

/// Keeps what OpenSSL says in its thread's error queue away from the engine, which may be about to read that queue.
class OpensslQuiet {
 public:
  OpensslQuiet() noexcept { ERR_set_mark(); }
  OpensslQuiet(const OpensslQuiet&) = delete;
  OpensslQuiet& operator=(const OpensslQuiet&) = delete;
  ~OpensslQuiet() { ERR_pop_to_mark(); }

  template <class = void>
  [[nodiscard]] Error error(std::string sentence) const {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    if (reason != nullptr) sentence.append(": ").append(reason);
    return Error{ErrorId::crypto, std::move(sentence)};
  }
};

struct OpensslFree {
  void operator()(EVP_MD* algorithm) const noexcept { EVP_MD_free(algorithm); }
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

}  // namespace detail

/// One digest being computed by OpenSSL, with one context used again after every `finish`.
/// Errors: crypto where OpenSSL fails, usage where the buffer is too small.
template <class = void>
class BasicEvpHash {
 public:
  static Result<BasicEvpHash> start(const EVP_MD* algorithm, std::size_t size) {
    const detail::OpensslQuiet quiet;
    BasicEvpHash hash;
    hash.context_.reset(EVP_MD_CTX_new());
    hash.size_ = size;
    if (hash.context_ == nullptr || EVP_DigestInit_ex2(hash.context_.get(), algorithm, nullptr) != 1)
      return quiet.error("OpenSSL could not begin a digest");
    return hash;
  }

  Status update(ByteView data) {
    const detail::OpensslQuiet quiet;
    return add(quiet, data);
  }

  /// Writes the digest into the first bytes of `out` and begins the next.
  Status finish(MutableBytes out) {
    const detail::OpensslQuiet quiet;
    if (out.size() < size_) return Error{ErrorId::usage, "the buffer is shorter than the digest"};
    return close(quiet, out.data());
  }

  /// The digests of consecutive leaves of `data`, one after the other. The caller has checked that `out` holds them.
  Status leaves(ByteView data, std::size_t leaf, MutableBytes out) {
    const detail::OpensslQuiet quiet;
    for (std::byte* to = out.data(); !data.empty(); to += size_) {
      const ByteView piece = data.first(data.size() < leaf ? data.size() : leaf);
      LIFEBOAT_CHECK(add(quiet, piece));
      LIFEBOAT_CHECK(close(quiet, to));
      data = data.subspan(piece.size());
    }
    return ok();
  }

 private:
  BasicEvpHash() = default;

  Status add(const detail::OpensslQuiet& quiet, ByteView data) {
    if (EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1) return ok();
    return quiet.error("OpenSSL could not go on with a digest");
  }
  Status close(const detail::OpensslQuiet& quiet, std::byte* to) {
    EVP_MD_CTX* const context = context_.get();
    if (EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(to), nullptr) == 1 &&
        EVP_DigestInit_ex2(context, nullptr, nullptr) == 1)
      return ok();
    return quiet.error("OpenSSL could not finish a digest");
  }

  std::unique_ptr<EVP_MD_CTX, detail::OpensslFree> context_;
  std::size_t size_ = 0;
};
using EvpHash = BasicEvpHash<>;

/// A digest algorithm fetched from OpenSSL once; any thread may begin digests with it.
template <class = void>
class BasicEvpAlgorithm {
 public:
  /// `name` as OpenSSL's providers know it ("SHA2-256"), `size` as it must be.
  /// Errors: crypto where the library context does not offer it, as a FIPS provider does not offer BLAKE2.
  static Result<BasicEvpAlgorithm> fetch(CryptoLibrary library, const char* name, std::size_t size) {
    const detail::OpensslQuiet quiet;
    BasicEvpAlgorithm fetched;
    fetched.algorithm_.reset(EVP_MD_fetch(library.context, name, nullptr));
    fetched.size_ = size;
    if (fetched.algorithm_ == nullptr)
      return quiet.error(std::string("OpenSSL does not offer ").append(name).append(" with the engine's settings"));
    if (EVP_MD_get_size(fetched.algorithm_.get()) != static_cast<int>(size))
      return quiet.error(std::string("OpenSSL gives digests of another length for ").append(name));
    return fetched;
  }

  [[nodiscard]] Result<EvpHash> begin() const { return EvpHash::start(algorithm_.get(), size_); }

 private:
  BasicEvpAlgorithm() = default;

  std::unique_ptr<EVP_MD, detail::OpensslFree> algorithm_;
  std::size_t size_ = 0;
};
using EvpAlgorithm = BasicEvpAlgorithm<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
