// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Appends a text as JSON writes it, quotes included. Bytes that are no UTF-8, and control characters, become \u00XX
/// of that byte, so that every text has a line of its own and nothing is lost.
template <class = void>
void append_json(std::string& out, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  /// How many bytes of one character begin here; 0: none that is one.
  const auto character = [&](std::size_t at) -> std::size_t {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const unsigned lead = byte(at);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xc2 && lead < 0xe0 ? 2
                               : lead < 0xf0                 ? 3
                               : lead < 0xf5                 ? 4
                                                             : 0;
    if (length == 0 || (lead >= 0x80 && lead < 0xc2)) return 0;
    for (std::size_t i = 1; i < length; ++i)
      if ((byte(at + i) & 0xc0U) != 0x80U) return 0;
    const unsigned second = length > 2 ? byte(at + 1) : 0;
    const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
    const bool outside = (lead == 0xed && second >= 0xa0) || (lead == 0xf4 && second >= 0x90);
    return overlong || outside ? 0 : length;
  };
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const unsigned byte = static_cast<unsigned char>(text[at]);
    const std::size_t length = character(at);
    if (length == 0 || byte < 0x20 || byte == 0x7f) {
      out.append("\\u00");
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
      ++at;
      continue;
    }
    if (byte == '"' || byte == '\\') out += '\\';
    out.append(text.substr(at, length));
    at += length;
  }
  out += '"';
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
