// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <lifeboat/core/version.hpp>

// Words for the lines that messages propose: a shell takes them back as they are, whatever bytes a path has.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The length of the UTF-8 sequence that begins at `at`; 0 where there is none. Overlong forms, surrogates and what
/// lies beyond Unicode are none.
constexpr std::size_t utf8_length(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(at);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return follows(at + 1) ? 2 : 0;
  if (first >= 0xE0 && first < 0xF0) {
    const unsigned second = byte(at + 1);
    if (!follows(at + 1) || !follows(at + 2)) return 0;
    return (first == 0xE0 && second < 0xA0) || (first == 0xED && second >= 0xA0) ? 0 : 3;
  }
  if (first >= 0xF0 && first < 0xF5) {
    const unsigned second = byte(at + 1);
    if (!follows(at + 1) || !follows(at + 2) || !follows(at + 3)) return 0;
    return (first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90) ? 0 : 4;
  }
  return 0;
}

constexpr bool is_utf8(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

/// A word as a shell takes it back. One with control characters or bytes that are no UTF-8 is $'...', which shows as it
/// is pasted.
template <class = void>
std::string shell_quoted(std::string_view word) {
  bool plain = !word.empty();
  bool shown = is_utf8(word);
  for (const char c : word) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && std::string_view("_-./:=@%+,").find(c) == std::string_view::npos) plain = false;
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) shown = false;
  }
  if (plain) return std::string(word);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string quoted = shown ? "'" : "$'";
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    if (shown && c == '\'')
      quoted.append("'\\''");
    else if (shown || (byte >= 0x20 && byte < 0x7F && c != '\'' && c != '\\'))
      quoted.push_back(c);
    else
      quoted.append("\\x").append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
  }
  return quoted.append("'");
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
