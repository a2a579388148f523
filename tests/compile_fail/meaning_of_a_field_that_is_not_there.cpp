// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: `where` in RecordTraits<...>::meanings names the path of an integer
#include <lifeboat/record/schema.hpp>

using namespace lifeboat;

struct Card {
  Key key;
  std::uint8_t state;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Card, key, state, amount);

template <>
struct lifeboat::RecordTraits<Card> {
  static constexpr std::string_view name = "card";
  static constexpr std::array meanings{captures().where("status", 3)};
};

const Bytes schema = schema_bytes<Card>();
