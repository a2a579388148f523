// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/condition.hpp>

#include "catch.hpp"
#include "record/records.hpp"

namespace test_condition {

using namespace lifeboat;

namespace {

std::deque<Schema> types() { return {*read_schema(schema_bytes<Payment>()), *read_schema(schema_bytes<Everything>())}; }

Result<RecordFilter> read(const std::string& text) { return parse_condition(text, types(), {1'795'672'800, 0}); }

std::string sentence(const std::string& text) {
  const auto filter = read(text);
  return filter ? "taken" : filter.error().sentence();
}

}  // namespace

TEST_CASE("a condition that some type could meet is taken") {
  for (const char* text :
       {"account=42", "from!=1", "key=A-1", "amount>=100.00 EUR", "flag=true", "i8<-1", "channel=2", "stage=3",
        "fee=none", "fee>0.01 EUR", "text=anything", "uuid=x", "card.expires=none", "time>=2026-11-26T06:00:00Z"})
    CHECK((read(text) || (UNSCOPED_INFO(text << ": " << sentence(text)), false)));
  CHECK(parse_condition("nothing=1", {}, {})->path == "nothing");  // where no type is known
}

TEST_CASE("a time becomes the text that times are compared by") {
  CHECK(read("time>=2026-11-26T07:00:00.5+01:00")->value == "2026-11-26T06:00:00.500000000Z");
}

TEST_CASE("a condition that no record could meet is refused, with what there is") {
  CHECK(read("nothing").error().id() == ErrorId::usage);
  CHECK(read("acount=1").error().id() == ErrorId::path_unknown);
  CHECK(sentence("acount=1").find("there are key, from, to, amount, flag") != std::string::npos);
  CHECK(sentence("card.nothing=1").find("has a field 'card.nothing'") != std::string::npos);
  CHECK(sentence("account=me").find("is a whole number") != std::string::npos);
  CHECK(sentence("amount>=100").find("is money") != std::string::npos);
  CHECK(sentence("flag=1").find("true or false") != std::string::npos);
  CHECK(sentence("three=1").find("several values") != std::string::npos);
  CHECK(sentence("card=1").find("name one of them") != std::string::npos);
  CHECK(sentence("card.number=1").find("is sensitive") != std::string::npos);
  CHECK(sentence("time>06:00Z").find("names no day") != std::string::npos);
  CHECK(sentence("time>yesterday").find("is a time") != std::string::npos);
  CHECK(parse_condition("acount=1", types(), {}, "only").error().sentence().starts_with("only acount=1: "));
}

}  // namespace test_condition
