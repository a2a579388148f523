// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: states_balance\(...\) in RecordTraits<...>::meanings names first the path of an integer or an
// account
#include <lifeboat/record/schema.hpp>

using namespace lifeboat;

struct Balance {
  Key account;
  Money balance;
};
BOOST_HANA_ADAPT_STRUCT(Balance, account, balance);

template <>
struct lifeboat::RecordTraits<Balance> {
  static constexpr std::string_view name = "balance";
  static constexpr std::array meanings{states_balance("account", "balance")};
};

const Bytes schema = schema_bytes<Balance>();
