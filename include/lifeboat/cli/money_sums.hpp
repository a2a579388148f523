// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <map>
#include <string>

#include <lifeboat/cli/json.hpp>
#include <lifeboat/record/money.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// Sums of money, one for each currency.
using MoneySums = std::map<Currency, MoneySum>;

/// False where a sum does not fit into 128 bits.
template <class = void>
[[nodiscard]] bool add_money(MoneySums& sums, const Money& money) {
  return sums.try_emplace(money.currency, MoneySum{money.currency, 0}).first->second.add(money);
}

/// "1148390.25 EUR, 12 JPY".
template <class = void>
std::string sums_text(const MoneySums& sums) {
  std::string text;
  for (const auto& [currency, sum] : sums) text.append(text.empty() ? "" : ", ").append(to_text(sum));
  return text;
}
template <class = void>
Json sums_json(const MoneySums& sums) {
  Json list = Json::array();
  for (const auto& [currency, sum] : sums) {
    const std::string text = to_text(sum);
    list.push_back({{"sum", text.substr(0, text.find(' '))}, {"currency", currency.code()}});
  }
  return list;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
