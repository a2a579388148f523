// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: RecordTraits<...>::meanings says the same twice
#include <lifeboat/record/schema.hpp>

using namespace lifeboat;

struct Refund {
  Key payment;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Refund, payment, amount);

template <>
struct lifeboat::RecordTraits<Refund> {
  static constexpr std::string_view name = "refund";
  static constexpr std::array meanings{refunds(), refunds()};
};

const Bytes schema = schema_bytes<Refund>();
