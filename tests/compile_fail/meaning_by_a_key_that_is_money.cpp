// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: what authorises, captures or refunds \(RecordTraits<...>::meanings\) has a Key of its own, or
// by_key
#include <lifeboat/record/schema.hpp>

using namespace lifeboat;

struct Refund {
  Key key;
  Key payment;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Refund, key, payment, amount);

template <>
struct lifeboat::RecordTraits<Refund> {
  static constexpr std::string_view name = "refund";
  static constexpr std::array meanings{refunds().by_key("amount")};
};

const Bytes schema = schema_bytes<Refund>();
