// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: BOOST_HANA_ADAPT_STRUCT names a member of this record twice
#include <lifeboat/record/encoding.hpp>

using namespace lifeboat;

struct Payment {
  Key key;
  std::uint32_t channel;
  std::uint32_t page;
};
BOOST_HANA_ADAPT_STRUCT(Payment, key, channel, channel);

static_assert(encoded_size<Payment>() != 0);
