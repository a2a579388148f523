// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/records.hpp>
#include <lifeboat/record/roles.hpp>
#include <lifeboat/record/schemas_of.hpp>

// A payment as a group of records: whose it is, what leaves one account, what arrives on others.
struct Payment {
  lifeboat::Key key;
};
struct Debit {
  lifeboat::DebitAccount account;
  lifeboat::Money amount;
};
struct Credit {
  lifeboat::CreditAccount account;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Payment, key);
BOOST_HANA_ADAPT_STRUCT(Debit, account, amount);
BOOST_HANA_ADAPT_STRUCT(Credit, account, amount);

template <>
struct lifeboat::RecordTraits<Payment> {
  static constexpr RecordNumber number = 1;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "payment";
};
template <>
struct lifeboat::RecordTraits<Debit> {
  static constexpr RecordNumber number = 2;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "debit";
};
template <>
struct lifeboat::RecordTraits<Credit> {
  static constexpr RecordNumber number = 3;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "credit";
};

namespace story {

using Logged = lifeboat::Records<Payment, Debit, Credit>;

inline std::vector<lifeboat::Bytes> schemas() {
  return lifeboat::schemas_of<Logged>();
}

}  // namespace story
