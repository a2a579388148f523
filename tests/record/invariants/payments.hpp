// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/testing/laws/invariant.hpp>
#include <lifeboat/testing/made_groups.hpp>

#include "catch.hpp"

// A small payment engine's records, that the tests of invariants share.

enum class State : std::uint8_t { asked = 1, authorised = 2, captured = 3, refunded = 4 };

struct Transfer {
  lifeboat::Key key;
  lifeboat::DebitAccount from;
  lifeboat::CreditAccount to;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Transfer, key, from, to, amount);

struct DebitEntry {
  lifeboat::DebitAccount account;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(DebitEntry, account, amount);

struct CreditEntry {
  lifeboat::CreditAccount account;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(CreditEntry, account, amount);

struct CardPayment {
  lifeboat::Key key;
  lifeboat::Stage<State> state;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(CardPayment, key, state, amount);

struct Balance {
  std::uint64_t account;
  lifeboat::Money balance;
};
BOOST_HANA_ADAPT_STRUCT(Balance, account, balance);

struct Secret {
  lifeboat::Sensitive<lifeboat::Key> key;
  lifeboat::Sensitive<lifeboat::Stage<State>> state;
  lifeboat::DebitAccount account;
  lifeboat::Sensitive<lifeboat::Money> amount;
};
BOOST_HANA_ADAPT_STRUCT(Secret, key, state, account, amount);

/// Lists, options and nested structs with roles.
struct Fee {
  lifeboat::CreditAccount to;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Fee, to, amount);
struct Batch {
  std::optional<lifeboat::Key> key;
  lifeboat::DebitAccount from;
  lifeboat::Money total;
  lifeboat::Bounded<Fee, 3> parts;
  std::optional<Fee> fee;
  std::array<std::uint8_t, 4> unrelated;
};
BOOST_HANA_ADAPT_STRUCT(Batch, key, from, total, parts, fee, unrelated);

struct Note {
  lifeboat::FixedString<20> text;
};
BOOST_HANA_ADAPT_STRUCT(Note, text);

#define LIFEBOAT_TESTS_TRAITS(R, N, TEXT)          \
  template <>                                      \
  struct lifeboat::RecordTraits<R> {               \
    static constexpr RecordNumber number = N;      \
    static constexpr std::uint16_t version = 1;    \
    static constexpr std::string_view name = TEXT; \
  }
LIFEBOAT_TESTS_TRAITS(Transfer, 1, "transfer");
LIFEBOAT_TESTS_TRAITS(DebitEntry, 2, "debit");
LIFEBOAT_TESTS_TRAITS(CreditEntry, 3, "credit");
LIFEBOAT_TESTS_TRAITS(CardPayment, 4, "card");
LIFEBOAT_TESTS_TRAITS(Balance, 5, "balance");
LIFEBOAT_TESTS_TRAITS(Secret, 6, "secret");
LIFEBOAT_TESTS_TRAITS(Batch, 7, "batch");
LIFEBOAT_TESTS_TRAITS(Note, 8, "note");

namespace support {

inline Transfer transfer(std::uint64_t n, std::int64_t minor = 100) {
  return {*lifeboat::Key::of("T-" + std::to_string(n)), {n}, {n + 1}, {minor, lifeboat::EUR}};
}

/// What an invariant says of groups, unknown types included.
template <class I>
lifeboat::InvariantReport told(I&& model, const lifeboat::testing::MadeGroups& made) {
  lifeboat::InvariantAdapter<std::remove_cvref_t<I>> port(model);
  for (const lifeboat::SeenGroup& group : made.groups()) REQUIRE(port.see(group));
  auto report = port.finish();
  REQUIRE(report);
  return *report;
}

}  // namespace support

/// The laws hold: the report is told where one does not.
#define REQUIRE_LAWS(...)                              \
  do {                                                 \
    const lifeboat::testing::Laws laws_ = __VA_ARGS__; \
    INFO(laws_.report());                              \
    REQUIRE(laws_.all_hold());                         \
  } while (false)
