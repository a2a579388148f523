// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

#include <lifeboat/core/result.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The longest source id, in bytes.
inline constexpr std::size_t source_id_longest = 64;

namespace detail {

constexpr bool is_source_id_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace detail

/// The id that a source has unless told otherwise: the last component of its path, with '_' for what no id may hold,
/// without leading dots, cut at 64 bytes; "root" for "/". The path is absolute, or its last component is a name.
template <class = void>
std::string default_source_id(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  if (const std::size_t slash = path.rfind('/'); slash != std::string_view::npos) path.remove_prefix(slash + 1);
  while (path.starts_with('.')) path.remove_prefix(1);
  std::string id(path.substr(0, source_id_longest));
  for (char& c : id)
    if (!detail::is_source_id_char(c)) c = '_';
  return id.empty() ? "root" : id;
}

/// source_id where `id` is not 1 to 64 of [A-Za-z0-9._-] or begins with a dot.
template <class = void>
Status check_source_id(std::string_view id) {
  bool fits = !id.empty() && id.size() <= source_id_longest && id.front() != '.';
  for (const char c : id) fits = fits && detail::is_source_id_char(c);
  if (fits) return ok();
  return Error{ErrorId::source_id,
               "'" + std::string(id) + "' is no source id: 1 to 64 of A-Z a-z 0-9 . _ -, no leading dot"}
      .next("--id " + default_source_id(id))
      .unchanged();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
