// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/schema.hpp>

using namespace lifeboat;

struct Card {
  Key key;
  std::uint8_t state;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Card, key, state, amount);
struct Refund {
  Key key;
  Key payment;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Refund, key, payment, amount);
struct Balance {
  std::uint64_t account;
  Money balance;
};
BOOST_HANA_ADAPT_STRUCT(Balance, account, balance);

template <>
struct lifeboat::RecordTraits<Card> {
  static constexpr std::string_view name = "card";
  static constexpr std::array meanings{captures().where("state", 3), refunds().where("state", 255)};
};
template <>
struct lifeboat::RecordTraits<Refund> {
  static constexpr std::string_view name = "refund";
  static constexpr std::array meanings{refunds().by_key("payment").of_amount("amount")};
};
template <>
struct lifeboat::RecordTraits<Balance> {
  static constexpr std::string_view name = "balance";
  static constexpr std::array meanings{states_balance("account", "balance").as_debits()};
};

const Bytes schemas[] = {schema_bytes<Card>(), schema_bytes<Refund>(), schema_bytes<Balance>()};
