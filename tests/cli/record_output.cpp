// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/cli/record_output.hpp>

#include <lifeboat/cli/record_sums.hpp>

#include "catch.hpp"
#include "record/records.hpp"

/// A payment of which its engine says more.
struct MeantPayment {
  lifeboat::Key key;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(MeantPayment, key, amount);
template <>
struct lifeboat::RecordTraits<MeantPayment> {
  static constexpr std::string_view name = "meant";
  static constexpr std::array meanings{captures()};
};

namespace test_record_output {

using namespace lifeboat;
using namespace lifeboat::cli;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A session whose words are kept.
struct Quiet {
  Quiet() = default;
  std::string err;
  Host host = host_into(err);
  Output output{host.streams};
  Arguments arguments{*find_command("records"), {}, {}};
  Session session{output, arguments, host, nullptr};

  static Host host_into(std::string& text) {
    Host made;
    made.streams.context = &text;
    made.streams.write = [](void* context, bool, std::string_view written) {
      static_cast<std::string*>(context)->append(written);
      return 0;
    };
    return made;
  }
};

StoredRecord stored(const Bytes& bytes) { return {record_number<Everything>(), record_version<Everything>(), bytes}; }

}  // namespace

TEST_CASE("what is sensitive is printed in no form") {
  Quiet quiet;
  RecordTypes types;
  types.learn({schema_bytes<Everything>()}, quiet.session);
  const Bytes bytes = encoded(everything());
  const ShownRecord record = types.read(stored(bytes));
  REQUIRE(record.value);
  const RecordTable table({record.schema});
  const JournalGroup group{{1, 2}, {}, {}};
  RecordSums sums;
  REQUIRE(sums.add(record));
  sums.print(quiet.session);
  for (const std::string& text : {record_text(record), json_text(record_json(record)), table.row(group, record)}) {
    CHECK(has(text, "(sensitive)"));
    CHECK_FALSE(has(text, "4111"));
  }
  CHECK_FALSE(has(json_text(quiet.session.json), "4111"));
}

TEST_CASE("JSON of every kind of member") {
  Quiet quiet;
  RecordTypes types;
  types.learn({schema_bytes<Everything>()}, quiet.session);
  const Bytes bytes = encoded(everything());
  CHECK(json_text(value_json(*types.read(stored(bytes)).value)) ==
        R"json({"flag":true,"i8":-1,"i16":-2,"i32":-3,"i64":-4,"u8":5,"u16":6,"u32":7,"u64":8,"channel":2,)json"
        R"json("three":[1,-1,256],"text":"abc","list":[9,-9],"fee":{"amount":"-0.05","currency":"EUR"},)json"
        R"json("uuid":"01020300000000000000000000000000","time":"1969-12-31T23:59:59.999999999Z","stage":3,)json"
        R"json("card":{"number":"(sensitive)","expires":2712}})json");
}

TEST_CASE("a table has a column for each field, two for money, and loses nothing that has none") {
  Quiet quiet;
  RecordTypes types;
  types.learn({schema_bytes<Card>()}, quiet.session);
  const RecordTable table({&types.all().front()});
  CHECK(table.head() == "group,group_time,record_number,record_version,record_type,number,expires,record_rest\n");
  types.learn({schema_bytes<Payment>()}, quiet.session);
  const Bytes payment = encoded(Payment{*Key::of("a,b"), {1}, {2}, {5, EUR}});
  const ShownRecord late = types.read({record_number<Payment>(), record_version<Payment>(), payment});
  CHECK(table.row({{1, 2}, {}, {}}, late).ends_with(",,,\"key=a,b from=1 to=2 amount=0.05 amount.currency=EUR\"\n"));
}

TEST_CASE("what has no schema is told by number, version and length; what breaks its schema as well") {
  Quiet quiet;
  RecordTypes types;
  const Bytes seven(7);
  const ShownRecord unknown = types.read({9, 2, seven});
  CHECK(record_text(unknown) == "type 9 version 2, 7 bytes: its schema is not known");
  CHECK(json_text(record_json(unknown)) ==
        R"({"number":9,"version":2,"type":"type 9","fields":null,"length":7,"why":"its schema is not known"})");
  CHECK(RecordTable({}).row({{1, 2}, {}, {}}, unknown) ==
        "1:2,1970-01-01T00:00:00.000000000Z,9,2,type 9,7 bytes: its schema is not known\n");
  types.learn({schema_bytes<Everything>()}, quiet.session);
  Bytes bytes = encoded(everything());
  bytes[0] = std::byte{7};  // a bool
  const ShownRecord broken = types.read(stored(bytes));
  CHECK(broken.schema != nullptr);
  CHECK_FALSE(broken.value);
  CHECK(has(record_text(broken), ": it breaks the rules of its schema"));
  CHECK(quiet.err.empty());
  Bytes later = schema_bytes<Card>();
  later.back() = std::byte{99};  // a kind that this version does not know
  types.learn({later, later}, quiet.session);
  CHECK(types.all().size() == 1);
  CHECK(quiet.err.starts_with("warning LB-CORRUPT: the schema of a record type "));
  CHECK(quiet.err.find("warning", 1) == std::string::npos);
}

TEST_CASE("a bound is a position or a time; a time of day is never taken for a position that there can not be") {
  CHECK(parse_position("1:42") == Position{1, 42});
  CHECK(parse_position("0:0") == Position{0, 0});
  CHECK(parse_position("18446744073709551615:18446744073709551615")->sequence == ~std::uint64_t{0});
  for (const char* text :
       {"", "1", "1:", ":1", "1:2:3", "01:2", "1:02", "1:18446744073709551616", "-1:2", "1: 2", "1:2 "})
    CHECK_FALSE(parse_position(text));
  CHECK(parse_bound("--since", "14:30", 14, {})->position == Position{14, 30});
  CHECK(parse_bound("--since", "14:30", 13, {}).error().id() == ErrorId::time_zone);
  CHECK(parse_bound("--since", "14:030", 1, {}).error().id() == ErrorId::time_syntax);
  CHECK(parse_bound("--since", "2:1", 1, {})->position == Position{2, 1});
}

TEST_CASE("a type that was given meanings is no other type to who prints it, in either order") {
  const Bytes meant = schema_bytes<MeantPayment>();
  const Bytes plain(meant.begin(), meant.begin() + static_cast<std::ptrdiff_t>(without_meanings(meant).size()));
  REQUIRE(plain != meant);
  for (const std::vector<Bytes>& schemas : {std::vector<Bytes>{meant, plain}, std::vector<Bytes>{plain, meant}}) {
    Quiet quiet;
    RecordTypes types;
    for (int twice = 0; twice < 2; ++twice) types.learn(schemas, quiet.session);
    CHECK(types.all().size() == 1);
  }
}

}  // namespace test_record_output
