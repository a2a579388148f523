// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/json.hpp>
#include <lifeboat/journal/piece.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// Which groups are missing, as people read it.
template <class = void>
std::string gap_text(const JournalGap& gap) {
  return "behind " + to_text(gap.after) + " up to " + to_text(gap.upto);
}

template <class = void>
Json gaps_json(const std::vector<JournalGap>& gaps) {
  Json list = Json::array();
  for (const JournalGap& gap : gaps)
    list.push_back({{"after", to_text(gap.after)}, {"upto", to_text(gap.upto)}, {"groups", gap.groups}});
  return list;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
