// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/meaning.hpp>

#include <lifeboat/record/schema.hpp>

#include "catch.hpp"

enum class Charged : std::uint8_t { asked = 1, authorised = 2, captured = 3 };
struct Inner {
  std::optional<lifeboat::Key> payment;
  lifeboat::Sensitive<lifeboat::Money> net;
};
BOOST_HANA_ADAPT_STRUCT(Inner, payment, net);
struct Charge {
  lifeboat::Key key;
  lifeboat::Stage<Charged> state;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Charge, key, state, amount);
/// The same, to say nothing of it.
struct PlainCharge {
  lifeboat::Key key;
  lifeboat::Stage<Charged> state;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(PlainCharge, key, state, amount);
/// Whatever a path may lead through.
struct Nested {
  std::optional<Inner> inner;
  bool settled;
  std::int8_t small;
  std::uint64_t large;
};
BOOST_HANA_ADAPT_STRUCT(Nested, inner, settled, small, large);
struct Holding {
  lifeboat::CreditAccount account;
  std::uint32_t shelf;
  lifeboat::Money has;
  lifeboat::Money owes;
};
BOOST_HANA_ADAPT_STRUCT(Holding, account, shelf, has, owes);

template <>
struct lifeboat::RecordTraits<Charge> {
  static constexpr RecordNumber number = 7;
  static constexpr std::uint16_t version = 2;
  static constexpr std::string_view name = "charge";
  static constexpr std::array meanings{authorises().where("state", Charged::authorised),
                                       captures().where("state", Charged::captured)};
};
template <>
struct lifeboat::RecordTraits<PlainCharge> {
  static constexpr RecordNumber number = 7;
  static constexpr std::uint16_t version = 2;
  static constexpr std::string_view name = "charge";
};
template <>
struct lifeboat::RecordTraits<Nested> {
  static constexpr std::string_view name = "nested";
  static constexpr std::array meanings{refunds().where("settled", true).by_key("inner.payment").of_amount("inner.net"),
                                       captures().where("small", -128),
                                       authorises().where("large", std::uint64_t{1} << 63U)};
};
template <>
struct lifeboat::RecordTraits<Holding> {
  static constexpr std::string_view name = "holding";
  static constexpr std::array meanings{states_balance("account", "has"), states_balance("shelf", "owes").as_debits()};
};

namespace test_meaning {

using namespace lifeboat;

// Golden: what stands in journals.
TEST_CASE("meanings stand behind the fields of a schema, and are no layout") {
  const std::string plain = to_hex(schema_bytes<PlainCharge>());
  CHECK(to_hex(schema_bytes<Charge>()) == plain +
                                              "02"
                                              "01057374617465"
                                              "0200000000000000"
                                              "0000"
                                              "02057374617465"
                                              "0300000000000000"
                                              "0000");
  STATIC_REQUIRE(layout_digest<Charge>() == layout_digest<PlainCharge>());
  CHECK(schema_digest<Charge>() != schema_digest<PlainCharge>());
  CHECK(schema_digest<Charge>() == schema_digest_of(schema_bytes<Charge>()));
  const Bytes bytes = schema_bytes<Charge>();
  CHECK(to_hex(without_meanings(bytes)) == plain);
  const Bytes without = schema_bytes<PlainCharge>();
  CHECK(to_hex(without_meanings(without)) == plain);
  CHECK(read_schema(without)->meanings.empty());
}

// The bytes of docs/records.md, section 3.
TEST_CASE("the example of the page is a schema that refunds by its payment's key") {
  const auto schema =
      read_schema(from_hex("03000000"
                           "0100"
                           "06726566756e64"
                           "03"
                           "036b657920"
                           "077061796d656e7420"
                           "06616d6f756e7411"
                           "01"
                           "0300077061796d656e7400"));
  REQUIRE(schema);
  CHECK(schema->title() == "refund");
  CHECK(schema->meanings == std::vector<SchemaMeaning>{{.kind = MeaningKind::refunds, .key = "payment"}});
}

TEST_CASE("meanings are read as they were said") {
  const auto charge = read_schema(schema_bytes<Charge>());
  REQUIRE(charge);
  CHECK(charge->meanings == std::vector<SchemaMeaning>{{.kind = MeaningKind::authorises, .field = "state", .value = 2},
                                                       {.kind = MeaningKind::captures, .field = "state", .value = 3}});
  const auto nested = read_schema(schema_bytes<Nested>());
  REQUIRE(nested);
  CHECK(
      nested->meanings ==
      std::vector<SchemaMeaning>{
          {.kind = MeaningKind::refunds, .field = "settled", .value = 1, .key = "inner.payment", .amount = "inner.net"},
          {.kind = MeaningKind::captures, .field = "small", .value = -128},
          {.kind = MeaningKind::authorises, .field = "large", .value = std::numeric_limits<std::int64_t>::max()}});
  const auto holding = read_schema(schema_bytes<Holding>());
  REQUIRE(holding);
  CHECK(holding->meanings ==
        std::vector<SchemaMeaning>{
            {.kind = MeaningKind::states_balance, .account = "account", .balance = "has"},
            {.kind = MeaningKind::states_balance, .account = "shelf", .balance = "owes", .credits_add = false}});
}

TEST_CASE("meanings that nobody vouches for are refused, and bounded") {
  const Bytes good = schema_bytes<Nested>();
  for (std::size_t length = 0; length < good.size(); ++length) {
    const auto read = read_schema(ByteView(good).first(length));
    CHECK(read.has_value() == (length == read_schema(good)->without_meanings));
  }
  for (std::size_t at = 0; at < good.size(); ++at)
    for (unsigned flip = 1; flip < 256; ++flip) {
      Bytes bytes = good;
      bytes[at] ^= static_cast<std::byte>(flip);
      if (const auto read = read_schema(bytes)) CHECK(read->meanings.size() <= record_meanings_max);
    }
  // A record "a" with the members k, a key; n, a u64; m, a money; t, a text; and what follows.
  const auto refused = [](const std::string& meanings, const char* name = "0161") {
    const auto read = read_schema(
        from_hex("010000000100" + std::string(name) + "04" + "016b20" + "016e09" + "016d11" + "01740c05" + meanings));
    return !read && read.error().id() == ErrorId::corrupt;
  };
  const std::string captures = "02000000";
  CHECK_FALSE(refused(""));
  CHECK_FALSE(refused("01" + captures));
  CHECK(refused("01" + captures, "00"));       // meanings and no name
  CHECK(refused("00"));                        // none, and said so
  CHECK(refused("02" + captures));             // more than there are
  CHECK(refused("01" + captures + "00"));      // less
  CHECK(refused("02" + captures + captures));  // one twice
  CHECK(refused("0100000000"));                // kinds that nobody knows
  CHECK(refused("0105000000"));
  CHECK(
      refused("0102"
              "017a"
              "0000000000000000"
              "0000"));  // a field that is not there
  CHECK(
      refused("0102"
              "0174"
              "0000000000000000"
              "0000"));  // a text
  CHECK_FALSE(
      refused("0102"
              "016e"
              "0000000000000000"
              "0000"));
  CHECK(
      refused("0102"
              "00"
              "016d"
              "00"));  // a key that is money
  CHECK_FALSE(
      refused("0102"
              "00"
              "016b"
              "00"));
  CHECK(
      refused("0102"
              "00"
              "00"
              "016b"));  // an amount that is a key
  CHECK_FALSE(
      refused("0102"
              "00"
              "00"
              "016d"));
  CHECK_FALSE(
      refused("0104"
              "016e"
              "016d"
              "01"));
  CHECK(
      refused("0104"
              "016e"
              "016d"
              "02"));  // a third side
  CHECK(
      refused("0104"
              "016b"
              "016d"
              "00"));  // an account that is a key
  CHECK(
      refused("0104"
              "00"
              "016d"
              "00"));  // an account that is the record
  CHECK(
      refused("0104"
              "016e"
              "016e"
              "00"));  // a balance that is no money
  // Its own key, and first money, where it has none.
  CHECK(refused("", "0161") == false);
  const auto bare =
      read_schema(from_hex("010000000100"
                           "0161"
                           "01"
                           "016e09"
                           "01" +
                           captures));
  CHECK_FALSE(bare);
  std::string many = "41";
  for (unsigned i = 0; i < 65; ++i)
    many +=
        "02"
        "016e" +
        to_hex(Bytes{static_cast<std::byte>(i)}) +
        "00000000000000"
        "0000";
  CHECK(refused(many));  // 65
}

}  // namespace test_meaning
