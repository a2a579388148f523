// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/record_view.hpp>

#include "catch.hpp"
#include "record/records.hpp"

namespace test_record_view {

using namespace lifeboat;

namespace {
Schema schema_of_everything() {
  auto schema = read_schema(schema_bytes<Everything>());
  REQUIRE(schema);
  return *schema;
}
}  // namespace

TEST_CASE("a record is printed by its schema alone, but for what is sensitive") {
  const Schema schema = schema_of_everything();
  const Bytes bytes = encoded(everything());
  const auto value = record_value(schema, bytes);
  REQUIRE(value);
  CHECK(value_text(*value) ==
        "flag=true i8=-1 i16=-2 i32=-3 i64=-4 u8=5 u16=6 u32=7 u64=8 channel=2 three=[1, -1, 256] text=abc "
        "list=[9, -9] fee=-0.05 EUR uuid=01020300000000000000000000000000 time=1969-12-31T23:59:59.999999999Z stage=3 "
        "card={number=(sensitive) expires=2712}");
}

TEST_CASE("a field is found by its path") {
  const Schema schema = schema_of_everything();
  const Bytes bytes = encoded(everything());
  const RecordValue record = *record_value(schema, bytes);
  REQUIRE(value_at(record, "card.expires"));
  CHECK(value_text(*value_at(record, "card.expires")) == "2712");
  CHECK(value_at(record, "fee")->element(0).as_money() == Money{-5, EUR});
  CHECK_FALSE(value_at(record, "nothing"));
  CHECK_FALSE(value_at(record, "card.nothing"));
  CHECK_FALSE(value_at(record, "i8.more"));
  CHECK_FALSE(value_at(record, "card.number.value"));
}

// The reader without the struct refuses exactly what the reader with it refuses.
TEST_CASE("bytes keep the rules by the schema as they do by the struct") {
  const Schema schema = schema_of_everything();
  const Bytes good = encoded(everything());
  for (std::size_t at = 0; at < good.size(); ++at)
    for (unsigned flip = 1; flip < 256; ++flip) {
      Bytes bytes = good;
      bytes[at] ^= static_cast<std::byte>(flip);
      if (record_value(schema, bytes).has_value() != decode_record<Everything>(bytes).has_value())
        FAIL("byte " << at << " flipped by " << flip);
    }
  CHECK_FALSE(record_value(schema, ByteView(good).first(good.size() - 1)));
}

}  // namespace test_record_view
