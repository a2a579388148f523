// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/role_fields.hpp>

#include <lifeboat/record/seen.hpp>

#include "record/invariants/payments.hpp"
#include "record/records.hpp"

using namespace lifeboat;

namespace test_role_fields {

namespace {
template <class R>
Schema schema_of() {
  auto schema = read_schema(schema_bytes<R>());
  REQUIRE(schema);
  return *schema;
}
}  // namespace

TEST_CASE("roles are found where they lie, each struct a scope of its own") {
  const Schema schema = schema_of<Batch>();
  const RoleFields roles = role_fields(schema);
  REQUIRE(roles.scopes.size() == 5);  // the record, three parts, the fee
  CHECK(roles.scopes[0].keys.size() == 1);
  CHECK(roles.scopes[0].debits.size() == 1);
  CHECK(roles.scopes[0].moneys.size() == 1);
  CHECK(roles.scopes[0].credits.empty());
  REQUIRE(roles.key);
  CHECK(roles.key->offset == 1);  // behind the optional's own byte
  REQUIRE(roles.money);
  CHECK_FALSE(roles.money->repeated);

  Batch batch{Key{"B"}, {1}, {30, EUR}, {}, std::nullopt, {}};
  const auto present = [&] {
    const Bytes bytes = encoded(batch);
    const RecordValue record = *record_value(schema, bytes);
    std::string text = roles.key->is_in(record) ? "key" : "";
    for (const RoleScope& scope : roles.scopes)
      for (const PlacedField& money : scope.moneys)
        if (money.is_in(record)) text.append(" ").append(to_text(money.of(record).as_money()));
    return text;
  };
  CHECK(present() == "key 0.30 EUR");
  REQUIRE(batch.parts.push_back({{2}, {10, EUR}}));
  REQUIRE(batch.parts.push_back({{3}, {-4, USD}}));
  CHECK(present() == "key 0.30 EUR 0.10 EUR -0.04 USD");
  batch.key.reset();
  batch.fee = Fee{{9}, {1, JPY}};
  CHECK(present() == " 0.30 EUR 0.10 EUR -0.04 USD 1 JPY");
}

TEST_CASE("every field is placed where value_at finds it") {
  const Schema schema = schema_of<Everything>();
  Everything all = everything();
  const Bytes bytes = encoded(all);
  const RecordValue record = *record_value(schema, bytes);
  for (const char* path : {"flag", "i64", "u16", "channel", "text", "uuid", "time", "stage"}) {
    INFO(path);
    const auto placed = placed_field(schema, path);
    REQUIRE(placed);
    CHECK(placed->is_in(record));
    CHECK(value_text(placed->of(record)) == value_text(*value_at(record, path)));
  }
  const auto expires = placed_field(schema, "card.expires");
  REQUIRE(expires);
  CHECK(expires->of(record).as_signed() == 2712);
  CHECK(placed_field(schema, "card.number")->sensitive);
  CHECK_FALSE(placed_field(schema, "card.nothing"));
  CHECK_FALSE(placed_field(schema, "i8.more"));
  all.card.expires.reset();
  const Bytes without = encoded(all);
  CHECK_FALSE(expires->is_in(*record_value(schema, without)));
  CHECK(placed_field(schema, "stage")->path != placed_field(schema, "channel")->path);
  CHECK(placed_field(schema, "stage")->path == role_fields(schema).scopes.front().stages.front().path);
}

TEST_CASE("whole numbers of every width and sign") {
  const Schema schema = schema_of<Everything>();
  Everything all = everything();
  all.u64 = ~std::uint64_t{0};
  const Bytes bytes = encoded(all);
  const RecordValue record = *record_value(schema, bytes);
  const auto number = [&](const char* path) { return whole_number(*value_at(record, path)); };
  CHECK(number("i8") == -1);
  CHECK(number("i64") == -4);
  CHECK(number("u8") == 5);
  CHECK(number("channel") == 2);
  CHECK(number("stage") == 3);
  CHECK(number("u64") == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("types are met once, unknown ones are none, and bytes that break a rule are an error") {
  SeenTypes types;
  const Bytes bytes = encoded(support::transfer(1));
  CHECK_FALSE(*types.see(1, 1, bytes));
  types.learn(as_bytes("no schema"));
  types.learn(schema_bytes<Transfer>());
  types.learn(schema_bytes<Transfer>());
  const auto seen = types.see(1, 1, bytes);
  REQUIRE(seen);
  REQUIRE(*seen);
  CHECK((*seen)->schema->name == "transfer");
  CHECK((*types.see(1, 1, bytes))->schema == (*seen)->schema);
  CHECK_FALSE(*types.see(1, 2, bytes));
  CHECK_FALSE(*types.see(9, 1, bytes));
  Bytes broken = bytes;
  broken[0] = std::byte{99};  // a key of 99 bytes
  const auto refused = types.see(1, 1, broken);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::corrupt);
  CHECK(refused.error().sentence() == "a record of transfer has bytes that break a rule of its type");
}

}  // namespace test_role_fields

struct Crowded {
  std::array<std::array<Stage<State>, 100>, 82> stages;
};
BOOST_HANA_ADAPT_STRUCT(Crowded, stages);

namespace test_role_fields {

TEST_CASE("a type of more roles than any engine has is unknown, and costs no memory") {
  const Schema schema = schema_of<Crowded>();
  const RoleFields roles = role_fields(schema);
  CHECK(roles.too_many);
  CHECK(roles.scopes.empty());
  SeenTypes types;
  types.learn(schema_bytes<Crowded>());
  const Bytes bytes(encoded_size<Crowded>());
  CHECK_FALSE(*types.see(record_number<Crowded>(), record_version<Crowded>(), bytes));
}

}  // namespace test_role_fields
