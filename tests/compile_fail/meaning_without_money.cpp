// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: what authorises, captures or refunds \(RecordTraits<...>::meanings\) has a Money, or of_amount
#include <lifeboat/record/schema.hpp>

using namespace lifeboat;

struct Refund {
  Key payment;
  std::int64_t cents;
};
BOOST_HANA_ADAPT_STRUCT(Refund, payment, cents);

template <>
struct lifeboat::RecordTraits<Refund> {
  static constexpr std::string_view name = "refund";
  static constexpr std::array meanings{refunds()};
};

const Bytes schema = schema_bytes<Refund>();
