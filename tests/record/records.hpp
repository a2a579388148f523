// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/schema_bytes.hpp>

// Records that the tests of this room share. BOOST_HANA_ADAPT_STRUCT works in the global namespace only.

enum class Channel : std::uint8_t { card = 1, transfer = 2 };
enum class Progressed : std::uint16_t { asked = 1, authorised = 2, captured = 3 };

struct Payment {
  lifeboat::Key key;
  lifeboat::DebitAccount from;
  lifeboat::CreditAccount to;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Payment, key, from, to, amount);

struct Card {
  lifeboat::Sensitive<lifeboat::FixedString<19>> number;
  std::optional<std::int32_t> expires;
};
BOOST_HANA_ADAPT_STRUCT(Card, number, expires);

/// One member of every kind.
struct Everything {
  bool flag;
  std::int8_t i8;
  std::int16_t i16;
  std::int32_t i32;
  std::int64_t i64;
  std::uint8_t u8;
  std::uint16_t u16;
  std::uint32_t u32;
  std::uint64_t u64;
  Channel channel;
  std::array<std::int16_t, 3> three;
  lifeboat::FixedString<5> text;
  lifeboat::Bounded<std::int32_t, 3> list;
  std::optional<lifeboat::Money> fee;
  lifeboat::Uuid uuid;
  lifeboat::Timestamp time;
  lifeboat::Stage<Progressed> stage;
  Card card;
};
BOOST_HANA_ADAPT_STRUCT(Everything, flag, i8, i16, i32, i64, u8, u16, u32, u64, channel, three, text, list, fee, uuid,
                        time, stage, card);

inline Everything everything() {
  Everything e{};
  e.flag = true;
  e.i8 = -1;
  e.i16 = -2;
  e.i32 = -3;
  e.i64 = -4;
  e.u8 = 5;
  e.u16 = 6;
  e.u32 = 7;
  e.u64 = 8;
  e.channel = Channel::transfer;
  e.three = {1, -1, 256};
  e.text = "abc";
  (void)e.list.push_back(9);
  (void)e.list.push_back(-9);
  e.fee = lifeboat::Money{-5, lifeboat::EUR};
  e.uuid.bytes = {1, 2, 3};
  e.time = {-1, 999'999'999};
  e.stage = {Progressed::captured};
  e.card = {{"4111111111111111"}, 2712};
  return e;
}

template <class R>
lifeboat::Bytes encoded(const R& record) {
  lifeboat::Bytes bytes(lifeboat::encoded_size<R>());
  lifeboat::encode_record(record, bytes.data());
  return bytes;
}
