// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: append_once needs a key: a member of type Key
#include <lifeboat/journal/once.hpp>

using namespace lifeboat;

struct Fee {
  CreditAccount to;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Fee, to, amount);

void pay(Once& once) { (void)once.append({}, Fee{}); }
