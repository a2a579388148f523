// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: a member of this record is not described to Boost.Hana and would be lost
#include <lifeboat/record/encoding.hpp>

using namespace lifeboat;

struct Payment {
  Key key;
  Money amount;
  std::uint32_t channel;
};
BOOST_HANA_ADAPT_STRUCT(Payment, key, amount);

static_assert(encoded_size<Payment>() != 0);
