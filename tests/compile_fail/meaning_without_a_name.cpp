// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: a record type with RecordTraits<...>::meanings has a name
#include <lifeboat/record/schema.hpp>

using namespace lifeboat;

struct Refund {
  Key payment;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Refund, payment, amount);

template <>
struct lifeboat::RecordTraits<Refund> {
  static constexpr std::array meanings{refunds()};
};

const Bytes schema = schema_bytes<Refund>();
