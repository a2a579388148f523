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

#if defined(__cpp_exceptions)
/// Calls the user's `callback`; what it throws is the error callback_threw, which names `what` and the exception's own
/// text. Gives Status where the callback gives nothing, Result<T> where it gives T or Result<T>. std::bad_alloc passes,
/// and so does the unwinding of a thread that ends inside.
template <class F>
detail::Guarded<F> guarded_catching(std::string_view what, F&& callback) {
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
}
#endif

/// The same in a program built without exceptions, where nothing can be thrown.
template <class F>
detail::Guarded<F> guarded_plain(std::string_view, F&& callback) {
  return detail::call_as_result(callback);
}

/// Whether the unit that asks is built with exceptions. It is an argument of `guarded`, so that units built either way
/// never share one name for two functions.
#if defined(__cpp_exceptions)
#define LIFEBOAT_CATCHES true
#else
#define LIFEBOAT_CATCHES false
#endif

/// `guarded("the freeze callback", [&] { ... })`: the form that fits how the unit is built.
template <bool catches = LIFEBOAT_CATCHES, class F>
detail::Guarded<F> guarded(std::string_view what, F&& callback) {
#if defined(__cpp_exceptions)
  if constexpr (catches)
    return guarded_catching(what, callback);
  else
#else
  static_assert(!catches, "this unit is built without exceptions");
#endif
    return guarded_plain(what, callback);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
