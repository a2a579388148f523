// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: a record with Sensitive fields is not appended to a journal in the clear
#include <lifeboat/journal/journal.hpp>

using namespace lifeboat;

struct Card {
  std::optional<Sensitive<FixedString<19>>> number;
};
BOOST_HANA_ADAPT_STRUCT(Card, number);
struct Payment {
  Key key;
  std::array<Card, 2> cards;
};
BOOST_HANA_ADAPT_STRUCT(Payment, key, cards);

void pay(Journal& journal) { (void)journal.append(Payment{}); }
