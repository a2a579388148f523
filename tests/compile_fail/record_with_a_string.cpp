// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: a record is trivially copyable: no strings
#include <lifeboat/record/schema.hpp>

using namespace lifeboat;

struct Payment {
  std::string key;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Payment, key, amount);

static_assert(encoded_size<Payment>() != 0);
