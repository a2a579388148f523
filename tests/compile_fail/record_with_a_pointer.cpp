// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: a record has no pointers: they point out of it
#include <lifeboat/record/encoding.hpp>

using namespace lifeboat;

struct Payment {
  Key key;
  const char* note;
};
BOOST_HANA_ADAPT_STRUCT(Payment, key, note);

static_assert(encoded_size<Payment>() != 0);
