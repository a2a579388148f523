// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: a record has no floating point: money is counted in minor units
#include <lifeboat/record/encoding.hpp>

using namespace lifeboat;

struct Payment {
  Key key;
  double amount;
};
BOOST_HANA_ADAPT_STRUCT(Payment, key, amount);

static_assert(encoded_size<Payment>() != 0);
