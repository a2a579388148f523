// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <nlohmann/json.hpp>

#include <string>

#include <lifeboat/core/version.hpp>

// The only file that includes nlohmann_json.
namespace lifeboat::inline LIFEBOAT_ABI {

/// A JSON value; objects keep the order in which their members were added.
using Json = nlohmann::ordered_json;

/// A value on one line. Bytes that are no UTF-8 are replaced, never thrown at.
template <class = void>
std::string json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Reads a value; a discarded one (is_discarded) where the text is none.
template <class = void>
Json json_of(const std::string& text) {
  return Json::parse(text, nullptr, false);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
