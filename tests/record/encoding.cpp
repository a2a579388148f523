// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/encoding.hpp>

#include "catch.hpp"
#include "record/records.hpp"

enum class Rail : std::uint8_t { sepa = 1, card = 2 };
template <>
struct lifeboat::RecordTraits<Rail> {
  static constexpr Rail values[] = {Rail::sepa, Rail::card};
};

struct Listed {
  Rail rail = Rail::sepa;
  lifeboat::Bounded<lifeboat::Money, 3> amounts;
  std::array<lifeboat::Timestamp, 2> times;
};
BOOST_HANA_ADAPT_STRUCT(Listed, rail, amounts, times);

namespace test_encoding {

using namespace lifeboat;

TEST_CASE("a payment is encoded as docs/records.md shows it") {
  const Bytes bytes = encoded(Payment{Key{"A-1001"}, {1}, {2}, {125'00, EUR}});
  CHECK(bytes.size() == 92);
  CHECK(to_hex(ByteView(bytes).first(8)) == "0600412d31303031");
  CHECK(to_hex(ByteView(bytes).subspan(8, 56)) == std::string(112, '0'));
  CHECK(to_hex(ByteView(bytes).subspan(64)) == "01000000000000000200000000000000d43000000000000045555202");
}

// Golden: what stands on disks. It never changes.
TEST_CASE("every kind of member has the encoding that it always had") {
  CHECK(to_hex(encoded(everything())) ==
        "01"  // flag
        "ff"
        "feff"
        "fdffffff"
        "fcffffffffffffff"  // signed
        "05"
        "0600"
        "07000000"
        "0800000000000000"  // unsigned
        "02"                // channel
        "0100"
        "ffff"
        "0001"  // three
        "0300"
        "6162630000"  // text
        "0200"
        "09000000"
        "f7ffffff"
        "00000000"  // list
        "01"
        "fbffffffffffffff"
        "455552"
        "02"                                // fee
        "01020300000000000000000000000000"  // uuid
        "ffffffffffffffff"
        "ffc99a3b"  // time
        "0300"      // stage
        "1000"
        "34313131313131313131313131313131"
        "000000"  // card number
        "01"
        "980a0000");  // expires
}

TEST_CASE("what is encoded is decoded as it was") {
  const Everything e = everything();
  const auto back = decode_record<Everything>(encoded(e));
  REQUIRE(back);
  CHECK(encoded(*back) == encoded(e));
  CHECK(back->text.view() == "abc");
  CHECK(back->list.size() == 2);
  CHECK(back->list[1] == -9);
  CHECK(back->fee == Money{-5, EUR});
  CHECK(back->time == Timestamp{-1, 999'999'999});
  CHECK(back->card.number.value.view() == "4111111111111111");
  CHECK(encoded(*decode_record<Everything>(encoded(Everything{}))) == encoded(Everything{}));
}

// One value, one encoding: any bytes that are decoded are encoded as they stood.
TEST_CASE("no byte can be changed to another encoding of the same record") {
  const Bytes good = encoded(everything());
  std::size_t refused = 0;
  for (std::size_t at = 0; at < good.size(); ++at)
    for (unsigned flip = 1; flip < 256; ++flip) {
      Bytes bytes = good;
      bytes[at] ^= static_cast<std::byte>(flip);
      const auto read = decode_record<Everything>(bytes);
      if (!read)
        ++refused;
      else if (encoded(*read) != bytes)
        FAIL("byte " << at << " flipped by " << flip << " is read and encoded otherwise");
    }
  CHECK(refused > 0);
}

TEST_CASE("bytes that break a rule are refused") {
  const Bytes good = encoded(everything());
  const auto with = [&](std::size_t at, unsigned value) {
    Bytes bytes = good;
    bytes[at] = static_cast<std::byte>(value);
    return bytes;
  };
  CHECK_FALSE(decode_record<Everything>(with(0, 2)));      // a bool
  CHECK_FALSE(decode_record<Everything>(with(38, 6)));     // a text of 6 of 5
  CHECK_FALSE(decode_record<Everything>(with(44, 1)));     // behind the text
  CHECK_FALSE(decode_record<Everything>(with(45, 4)));     // a list of 4 of 3
  CHECK_FALSE(decode_record<Everything>(with(55, 1)));     // behind the list
  CHECK_FALSE(decode_record<Everything>(with(59, 2)));     // an optional
  CHECK_FALSE(decode_record<Everything>(with(68, 'e')));   // a currency
  CHECK_FALSE(decode_record<Everything>(with(71, 19)));    // its digits
  CHECK_FALSE(decode_record<Everything>(with(99, 0x3c)));  // a second's nanoseconds
  CHECK_FALSE(decode_record<Everything>(ByteView(good).first(good.size() - 1)));
  Bytes longer = good;
  longer.push_back(std::byte{0});
  CHECK_FALSE(decode_record<Everything>(longer));
}

TEST_CASE("a value that could not be read again is told before it is written") {
  const auto refused = [](auto change) {
    Everything e = everything();
    CHECK(encodable(e));
    change(e);
    // What is written all the same is refused by whoever reads it: the two agree.
    CHECK_FALSE(decode_record<Everything>(encoded(e)));
    return !encodable(e);
  };
  CHECK(refused([](Everything& e) { e.fee->currency.letters[0] = 'e'; }));
  CHECK(refused([](Everything& e) { e.fee->currency.digits = 19; }));
  CHECK(refused([](Everything& e) { e.time.nanoseconds = 1'000'000'000; }));
  Listed listed{};
  CHECK(encodable(listed));
  REQUIRE(listed.amounts.push_back({1, EUR}));
  CHECK(encodable(listed));
  REQUIRE(listed.amounts.push_back({1, Currency{"Eur", 2}}));
  CHECK_FALSE(encodable(listed));
  listed.amounts.clear();
  listed.times[1].nanoseconds = 2'000'000'000;
  CHECK_FALSE(encodable(listed));
  listed.times[1] = {};
  Bytes bytes = encoded(listed);
  CHECK(decode_record<Listed>(bytes));
  bytes[0] = std::byte{3};
  CHECK_FALSE(decode_record<Listed>(bytes));
  listed.rail = Rail{3};
  CHECK_FALSE(encodable(listed));
}

TEST_CASE("members are counted, whatever they are") {
  STATIC_REQUIRE(detail::arity<Payment>() == 4);
  STATIC_REQUIRE(detail::arity<Everything>() == 18);
  STATIC_REQUIRE(detail::arity<Card>() == 2);
  struct Optional {
    std::optional<std::array<int, 2>> only;
  };
  struct None {};
  STATIC_REQUIRE(detail::arity<Optional>() == 1);
  STATIC_REQUIRE(detail::arity<None>() == 0);
}

}  // namespace test_encoding
