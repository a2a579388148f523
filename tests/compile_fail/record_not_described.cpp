// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: a record is a struct that BOOST_HANA_ADAPT_STRUCT describes
#include <lifeboat/record/encoding.hpp>

using namespace lifeboat;

struct Payment {
  Key key;
  Money amount;
};

static_assert(encoded_size<Payment>() != 0);
