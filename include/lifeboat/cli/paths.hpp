// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

struct FreeText {
  void operator()(char* text) const noexcept { std::free(text); }
};

}  // namespace detail

/// A path made absolute by its text alone, without "." and "..", so that a folder that is gone still has the name that
/// it had. Unchanged where the current folder is unknown.
template <class = void>
std::string absolute_path(std::string_view path) {
  std::string whole(path);
  if (!path.starts_with('/')) {
    const std::unique_ptr<char, detail::FreeText> here(::getcwd(nullptr, 0));
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

/// The same with no link in it, as far as it is there.
template <class = void>
std::string real_path(std::string_view path) {
  std::string there = absolute_path(path);
  std::string missing;
  while (true) {
    const std::unique_ptr<char, detail::FreeText> real(::realpath(there.c_str(), nullptr));
    if (real != nullptr) return absolute_path(std::string(real.get()) + missing);
    const std::size_t slash = there.rfind('/');
    if (slash == std::string::npos || there == "/") return absolute_path(path);
    missing.insert(0, there.substr(slash));
    there.resize(slash == 0 ? 1 : slash);
  }
}

/// Where `path` is below `folder`: "" for the folder itself; nothing where it is elsewhere. Both are absolute.
template <class = void>
std::optional<std::string> path_below(std::string_view path, std::string_view folder) {
  while (folder.ends_with('/')) folder.remove_suffix(1);
  if (path == folder || (folder.empty() && path == "/")) return std::string();
  if (!path.starts_with(folder) || path[folder.size()] != '/') return {};
  return std::string(path.substr(folder.size() + 1));
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
