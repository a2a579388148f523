// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: a record has integers of fixed width only
#include <lifeboat/record/encoding.hpp>

using namespace lifeboat;

struct Payment {
  Key key;
  long long cents;
};
BOOST_HANA_ADAPT_STRUCT(Payment, key, cents);

static_assert(encoded_size<Payment>() != 0);
