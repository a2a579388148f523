// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/once.hpp>

using namespace lifeboat;

struct Fee {
  Key key;
  CreditAccount to;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Fee, key, to, amount);

int pay(Once& once) {
  return once.append({}, Fee{}).match([](Acked<LocalDurable>) { return 0; }, [](Already) { return 1; },
                                      [](InDoubt) { return 2; }, [](NotWritten) { return 3; },
                                      [](Unknown) { return 4; });
}
