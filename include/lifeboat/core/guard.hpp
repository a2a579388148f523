// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#if defined(__cpp_exceptions)
#include <cxxabi.h>

#include <exception>
#include <new>
#endif

#include <cerrno>

#include <lifeboat/core/result.hpp>

// The one place that catches what a user's callback throws.
namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

template <class R>
struct GuardedResult {
  using type = Result<R>;
};
template <class R>
struct GuardedResult<Result<R>> {
  using type = Result<R>;
};

template <class F>
using Guarded = typename GuardedResult<std::remove_cvref_t<std::invoke_result_t<F&>>>::type;

/// Calls, and turns nothing into a Status, a value into a Result.
template <class F>
Guarded<F> call_as_result(F& callback) {
  if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
    callback();
    return ok();
  } else {
    return callback();
  }
}

}  // namespace detail

/// Calls the user's `callback`; what it throws is the error callback_threw, which names `what` and the exception's own
/// text. Gives Status where the callback gives nothing, Result<T> where it gives T or Result<T>. std::bad_alloc passes,
/// and so does the unwinding of a thread that ends inside. Built without exceptions it only calls.
template <class F>
detail::Guarded<F> guarded([[maybe_unused]] std::string_view what, F&& callback) {
#if defined(__cpp_exceptions)
  try {
    return detail::call_as_result(callback);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& thrown) {
    return Error{ErrorId::callback_threw, std::string(what).append(" threw: ").append(thrown.what())};
  } catch (...) {
    if (abi::__cxa_current_exception_type() == nullptr) throw;  // no C++ exception: the thread ends, and must go on so
    return Error{ErrorId::callback_threw, std::string(what).append(" threw something that is no std::exception")};
  }
#else
  return detail::call_as_result(callback);
#endif
}

/// Calls what gives an errno and may allocate, where nothing may be thrown: ENOMEM when there is no memory.
template <class F>
[[nodiscard]] int errno_without_memory(F&& call) noexcept {
#if defined(__cpp_exceptions)
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
#else
  return call();
#endif
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
