// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// A path made absolute by its text alone, without "." and "..", so that a folder that is gone still has the name that
/// it had. Unchanged where the current folder is unknown.
template <class = void>
std::string absolute_path(std::string_view path) {
  std::string whole(path);
  if (!path.starts_with('/')) {
    struct Free {
      void operator()(char* text) const noexcept { std::free(text); }
    };
    const std::unique_ptr<char, Free> here(::getcwd(nullptr, 0));
    if (here == nullptr) return whole;
    whole = std::string(here.get()) + "/" + whole;
  }
  std::vector<std::string_view> parts;
  std::string_view rest = whole;
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  std::string clean;
  for (const std::string_view part : parts) clean.append("/").append(part);
  return clean.empty() ? "/" : clean;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
