// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/describe.hpp>
#include <lifeboat/record/roles.hpp>

// The record of most stories: a payment that is whole in itself. records.cpp says what each line is for.
struct Payment {
  lifeboat::Key key;
  lifeboat::DebitAccount from;
  lifeboat::CreditAccount to;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Payment, key, from, to, amount);

template <>
struct lifeboat::RecordTraits<Payment> {
  static constexpr RecordNumber number = 1;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "payment";
};
