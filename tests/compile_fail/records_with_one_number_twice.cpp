// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: two types of these Records have the same number
#include <lifeboat/record/engine_group.hpp>

using namespace lifeboat;

struct Payment {
  Key key;
};
BOOST_HANA_ADAPT_STRUCT(Payment, key);
struct Refund {
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Refund, amount);

template <>
struct lifeboat::RecordTraits<Payment> {
  static constexpr RecordNumber number = 1;
};
template <>
struct lifeboat::RecordTraits<Refund> {
  static constexpr RecordNumber number = 1;
};

GroupDecoder<Records<Payment, Refund>> decoder;
