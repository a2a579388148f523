// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <utility>

#include <tl/expected.hpp>

#include <lifeboat/core/error.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A value or an Error. Unlike tl::expected it can not be dropped silently.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  // NOLINTNEXTLINE(google-explicit-constructor): `return Error{...}` is how every function here fails
  Result(Error error) : tl::expected<T, Error>(tl::unexpect, std::move(error)) {}

#if !defined(__cpp_exceptions)
  // Built so, tl::expected 1.0 copies what it is to move.
  Result(const Result&) = default;
  Result(Result&&) = default;
  Result& operator=(const Result&) = default;
  Result& operator=(Result&& other) noexcept {
    if (this == &other) return *this;
    std::destroy_at(this);
    return *std::construct_at(this, std::move(other));
  }
  ~Result() = default;
#endif
};

/// Success, or an Error.
using Status = Result<void>;

/// Success.
inline Status ok() { return Status{}; }

}  // namespace lifeboat::inline LIFEBOAT_ABI

#define LIFEBOAT_DETAIL_JOIN2(a, b) a##b
#define LIFEBOAT_DETAIL_JOIN(a, b) LIFEBOAT_DETAIL_JOIN2(a, b)

/// LIFEBOAT_TRY(auto value, expression): takes the value out of a Result, or returns its error from this function.
#define LIFEBOAT_TRY(declaration, ...)                                                        \
  auto LIFEBOAT_DETAIL_JOIN(lifeboat_result_, __LINE__) = (__VA_ARGS__);                      \
  if (!LIFEBOAT_DETAIL_JOIN(lifeboat_result_, __LINE__))                                      \
    return std::move(LIFEBOAT_DETAIL_JOIN(lifeboat_result_, __LINE__)).error();               \
  declaration = std::move(*LIFEBOAT_DETAIL_JOIN(lifeboat_result_, __LINE__))

/// LIFEBOAT_CHECK(expression): returns the error of a Status from this function.
#define LIFEBOAT_CHECK(...)                                                                   \
  do {                                                                                        \
    auto lifeboat_status_ = (__VA_ARGS__);                                                    \
    if (!lifeboat_status_) return std::move(lifeboat_status_).error();                        \
  } while (false)
