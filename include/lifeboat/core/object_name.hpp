// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <lifeboat/core/result.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

inline constexpr std::size_t object_name_max = 512;       ///< bytes in a name
inline constexpr std::size_t object_component_max = 128;  ///< bytes between two '/'

/// Whether a component may stand in an object's name: 1 to 128 of [A-Za-z0-9._-], the first no dot. Such a name is
/// the same on every store, in every shell and in every URL.
constexpr bool valid_object_component(std::string_view component) noexcept {
  if (component.empty() || component.size() > object_component_max || component.front() == '.') return false;
  for (const char c : component) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

/// Whether `name` may name an object: valid components joined by '/', at most 512 bytes.
constexpr bool valid_object_name(std::string_view name) noexcept {
  if (name.size() > object_name_max) return false;
  for (std::size_t slash = name.find('/'); slash != std::string_view::npos; slash = name.find('/')) {
    if (!valid_object_component(name.substr(0, slash))) return false;
    name.remove_prefix(slash + 1);
  }
  return valid_object_component(name);
}

/// Refuses what is no object's name with `object_name`.
template <class = void>
Status check_object_name(std::string_view name) {
  if (valid_object_name(name)) return ok();
  std::string shown(name.substr(0, object_component_max));
  for (char& c : shown)
    if (c < ' ' || c > '~') c = '?';
  return Error{ErrorId::object_name, "\"" + shown +
                                         "\" can not name an object: a name is of components of 1 to 128 "
                                         "of [A-Za-z0-9._-], none starting with a dot, joined by '/', 512 bytes in all"}
      .unchanged();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
