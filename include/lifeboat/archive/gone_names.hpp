// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Names of files that have several, which are not where links to them lead: the next name of such a file has its
/// content, and those after it are links to that one. Memory: the names that are gone.
template <class = void>
class BasicGoneNames {
 public:
  void add(const std::string& name) { gone_.insert(std::upper_bound(gone_.begin(), gone_.end(), name), name); }

  /// Where a link to `name` leads: there, or to the name that took its place; none: it is gone, and none did yet.
  [[nodiscard]] std::optional<std::string> holder(const std::string& name) const {
    const auto taken = std::find_if(taken_.begin(), taken_.end(), [&](const auto& one) { return one.first == name; });
    if (taken != taken_.end()) return taken->second;
    if (std::binary_search(gone_.begin(), gone_.end(), name)) return std::nullopt;
    return name;
  }
  void take_place(std::string name, std::string by) { taken_.emplace_back(std::move(name), std::move(by)); }

 private:
  std::vector<std::string> gone_;                           ///< sorted
  std::vector<std::pair<std::string, std::string>> taken_;  ///< gone names, and who has their content
};
using GoneNames = BasicGoneNames<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
