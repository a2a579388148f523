// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/encoding.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

template <class T>
struct SensitiveInside {
  static consteval bool value() {
    if constexpr (is_described<T>) {
      bool found = false;
      each_member<T>([&](auto, auto get) {
        using Member = std::remove_cvref_t<decltype(get(std::declval<const T&>()))>;
        found = found || SensitiveInside<Member>::value();
      });
      return found;
    } else {
      return false;
    }
  }
};
template <class T>
struct SensitiveInside<Sensitive<T>> {
  static consteval bool value() { return true; }
};
template <class T, std::size_t N>
struct SensitiveInside<std::array<T, N>> : SensitiveInside<T> {};
template <class T, std::size_t N>
struct SensitiveInside<Bounded<T, N>> : SensitiveInside<T> {};
template <class T>
struct SensitiveInside<std::optional<T>> : SensitiveInside<T> {};

}  // namespace detail

/// Whether a record has a Sensitive field, at whatever depth.
template <class R>
consteval bool holds_sensitive() {
  return detail::SensitiveInside<R>::value();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
