// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/describe.hpp>
#include <lifeboat/record/meaning.hpp>
#include <lifeboat/record/roles.hpp>

// What an engine logs of a card: its payment at each stage, and a refund, which names the payment; and what that means
// to its books.
enum class State : std::uint8_t { asked = 1, authorised = 2, captured = 3 };
struct Card {
  lifeboat::Key key;
  lifeboat::Stage<State> state;
  lifeboat::Money amount;
};
struct Refund {
  lifeboat::Key key;
  lifeboat::Key payment;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Card, key, state, amount);
BOOST_HANA_ADAPT_STRUCT(Refund, key, payment, amount);

template <>
struct lifeboat::RecordTraits<Card> {
  static constexpr RecordNumber number = 2;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "card";
  static constexpr std::array meanings{authorises().where("state", State::authorised),
                                       captures().where("state", State::captured)};
};
template <>
struct lifeboat::RecordTraits<Refund> {
  static constexpr RecordNumber number = 3;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "refund";
  static constexpr std::array meanings{refunds().by_key("payment")};  // not by the refund's own key
};
