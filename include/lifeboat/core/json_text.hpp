// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

#include <lifeboat/core/shell_word.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Appends a text as JSON writes it, quotes included. Bytes that are no UTF-8, and control characters, become \u00XX
/// of that byte, so that every text has a line of its own and nothing is lost.
template <class = void>
void append_json(std::string& out, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const unsigned byte = static_cast<unsigned char>(text[at]);
    const std::size_t length = utf8_length(text, at);
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
