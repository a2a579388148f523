// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/schema.hpp>

#include "catch.hpp"
#include "record/records.hpp"

using namespace lifeboat;

struct Numbered {
  std::uint32_t value;
};
BOOST_HANA_ADAPT_STRUCT(Numbered, value);
template <>
struct lifeboat::RecordTraits<Numbered> {
  static constexpr RecordNumber number = 7;
  static constexpr std::uint16_t version = 3;
  static constexpr std::string_view name = "numbered";
};

namespace test_schema {

// Golden: what stands on disks, and what engines have pinned.
TEST_CASE("schemas have the bytes that they always had") {
  CHECK(to_hex(schema_bytes<Numbered>()) ==
        "07000000"
        "0300"
        "086e756d6265726564"
        "01"
        "0576616c7565"
        "08");
  CHECK(to_hex(schema_bytes<Payment>()).substr(8) ==
        "0000"
        "00"
        "04"
        "036b6579"
        "20"
        "0466726f6d"
        "21"
        "02746f"
        "22"
        "06616d6f756e74"
        "11");
  STATIC_REQUIRE(layout_digest<Payment>() == 0x3d3a'1cfd'729d'dcb8U);
  STATIC_REQUIRE(record_number<Payment>() == 0xcfa7'c045U);
  STATIC_REQUIRE(record_number<Numbered>() == 7);
}

TEST_CASE("a schema says where every field lies") {
  const auto schema = read_schema(schema_bytes<Everything>());
  REQUIRE(schema);
  CHECK(schema->record.size == encoded_size<Everything>());
  CHECK(schema->version == 0);
  CHECK(schema->title() == "type " + std::to_string(record_number<Everything>()));
  REQUIRE(schema->record.members.size() == 18);
  const SchemaField& card = schema->record.members.back();
  CHECK(card.name == "card");
  CHECK(card.type.kind == SchemaKind::structure);
  CHECK(card.offset + card.type.size == encoded_size<Everything>());
  CHECK(card.type.members[0].type.kind == SchemaKind::sensitive);
  CHECK(read_schema(schema_bytes<Numbered>())->title() == "numbered");
}

TEST_CASE("the layout digest changes with names, types and order") {
  struct Swapped {
    Key key;
    CreditAccount to;
  };
  STATIC_REQUIRE(layout_digest<Payment>() != layout_digest<Everything>());
  STATIC_REQUIRE(layout_digest<Payment>() != layout_digest<Numbered>());
}

TEST_CASE("schemas that nobody vouches for are refused, and bounded") {
  const Bytes good = schema_bytes<Everything>();
  for (std::size_t length = 0; length < good.size(); ++length) CHECK_FALSE(read_schema(ByteView(good).first(length)));
  Bytes longer = good;
  longer.push_back(std::byte{0});
  CHECK_FALSE(read_schema(longer));
  // A flipped byte is another schema, or none; it never is a crash or more than was asked for.
  for (std::size_t at = 0; at < good.size(); ++at)
    for (unsigned flip = 1; flip < 256; flip += 3) {
      Bytes bytes = good;
      bytes[at] ^= static_cast<std::byte>(flip);
      if (const auto read = read_schema(bytes)) CHECK(read->record.size <= record_bytes_max);
    }
  const auto refused = [](const char* hex) {
    const auto read = read_schema(from_hex(hex));
    return !read && read.error().id() == ErrorId::corrupt;
  };
  CHECK(
      refused("00000000"
              "0000"
              "00"
              "00"));  // no member
  CHECK(
      refused("00000000"
              "0000"
              "00"
              "01"
              "0161"
              "63"));  // an unknown type
  CHECK(
      refused("00000000"
              "0000"
              "00"
              "01"
              "0161"
              "0a"
              "11"));  // an enum of money
  CHECK(
      refused("00000000"
              "0000"
              "00"
              "01"
              "0161"
              "0b"
              "00"
              "06"));  // an array of none
  CHECK(
      refused("00000000"
              "0000"
              "00"
              "01"
              "0161"
              "0b"
              "e0d403"
              "0b"
              "e0d403"
              "06"));  // 60,000 times 60,000
  std::string deep =
      "00000000"
      "0000"
      "00"
      "01"
      "0161";
  for (int i = 0; i < 20; ++i) deep += "0e";
  CHECK(refused((deep + "06").c_str()));
}

}  // namespace test_schema
