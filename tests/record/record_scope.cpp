// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/record_scope.hpp>

#include <lifeboat/record/schemas_of.hpp>

#include "record/records.hpp"
#include "support/booked.hpp"

namespace test_record_scope {

using namespace lifeboat;

namespace {

RecordScope scope_of(std::vector<std::string> only, std::vector<std::string> exclude = {}) {
  auto scope = RecordScope::parse(std::move(only), std::move(exclude));
  INFO((scope ? std::string() : scope.error().sentence()));
  REQUIRE(scope);
  scope->learn(schemas_of<Booking, Remark, Everything, Payment>());
  return std::move(*scope);
}

template <class R>
ScopeFit fit(const RecordScope& scope, const R& record) {
  return scope.fit(record_number<R>(), record_version<R>(), encoded(record));
}

Error refused(std::vector<std::string> only, std::vector<std::string> exclude = {}) {
  const auto scope = RecordScope::parse(std::move(only), std::move(exclude));
  return scope ? Error{ErrorId::stopped, "it was taken"} : scope.error();
}
Error unmet(std::vector<std::string> only, std::vector<std::string> exclude = {}) {
  const Status met = scope_of(std::move(only), std::move(exclude)).check();
  return met ? Error{ErrorId::stopped, "it was taken"} : met.error();
}

const Booking booking{Key{"B-1"}, {42}, {7}, {100'00, EUR}};

}  // namespace

TEST_CASE("a record is wanted, excluded or neither, by its type and its fields") {
  CHECK(fit(scope_of({"booking"}), booking) == ScopeFit::only);
  CHECK(fit(scope_of({"remark"}), booking) == ScopeFit::none);
  CHECK(fit(scope_of({"remark", "account=7"}), booking) == ScopeFit::only);
  CHECK(fit(scope_of({"account=7"}, {"booking"}), booking) == ScopeFit::excluded);
  CHECK(fit(scope_of({}, {"remark"}), booking) == ScopeFit::only);
  CHECK(fit(scope_of({}, {"amount>=100.00 EUR"}), booking) == ScopeFit::excluded);
  CHECK(fit(scope_of({"amount>=100.01 EUR"}), booking) == ScopeFit::none);
  CHECK(fit(scope_of({"account=7"}), Remark{}) == ScopeFit::none);
  // A type that has no name of its own.
  const Payment payment{Key{"A"}, {1}, {2}, {1, EUR}};
  CHECK(fit(scope_of({"type " + std::to_string(record_number<Payment>())}), payment) == ScopeFit::only);
}

TEST_CASE("what no schema describes, or breaks its rules, can not be read") {
  const RecordScope scope = scope_of({}, {"remark"});
  const Bytes bytes = encoded(booking);
  CHECK(scope.fit(99, 1, bytes) == ScopeFit::unreadable);
  CHECK(scope.fit(1, 2, bytes) == ScopeFit::unreadable);
  CHECK(scope.fit(1, 1, ByteView(bytes).first(bytes.size() - 1)) == ScopeFit::unreadable);
  Bytes broken = bytes;
  broken[0] = std::byte{0xff};  // the length of its key
  CHECK(scope.fit(1, 1, broken) == ScopeFit::unreadable);
  CHECK(fit(scope, LeftOut{3}) == ScopeFit::unreadable);
  CHECK(RecordScope::parse({"booking"}, {})->fit(1, 1, bytes) == ScopeFit::unreadable);  // no schema was learnt
}

TEST_CASE("of two types with one number and length the first is meant, and later ones change nothing") {
  RecordScope scope = scope_of({"account=42"});
  Bytes other = schema_bytes<Booking>();
  const std::string was = "from";
  const auto at = std::search(other.begin(), other.end(), as_bytes(was).begin(), as_bytes(was).end());
  REQUIRE(at != other.end());
  REQUIRE(*(at + 4) == std::byte{33});
  *(at + 4) = std::byte{9};  // "from" is no account there, but a number
  REQUIRE(read_schema(other));
  scope.learn(std::vector<Bytes>{other});
  CHECK(fit(scope, booking) == ScopeFit::only);
  auto late = RecordScope::parse({"account=42"}, {});
  late->learn(std::vector<Bytes>{other, schema_bytes<Booking>()});
  CHECK(fit(*late, booking) == ScopeFit::none);
  CHECK(fit(*late, Booking{Key{"B-1"}, {7}, {42}, {1, EUR}}) == ScopeFit::only);
}

TEST_CASE("the text of a scope has its conditions in order, and once") {
  CHECK(scope_of({"remark", "account=42", "remark"}, {"b", "a"}).text() ==
        "exclude a\nexclude b\nonly account=42\nonly remark\n");
  CHECK(scope_of({"account=42", "remark"}, {"a", "b"}).text() == scope_of({"remark", "account=42"}, {"b", "a"}).text());
  CHECK(scope_of({"a"}).text() != scope_of({}, {"a"}).text());
}

TEST_CASE("what is no condition, or could never be met, is refused") {
  CHECK(refused({}).id() == ErrorId::config);
  for (const char* text : {"", "=1", "key!1", "a\nb", "a\rb"}) {
    CHECK(refused({text}).id() == ErrorId::usage);
    CHECK(refused({}, {text}).id() == ErrorId::usage);
  }
  CHECK(refused({std::string(70'000, 'x')}).id() == ErrorId::limit);
  CHECK(unmet({"payment"}).sentence() ==
        "only payment: no record type of this journal has that name; there are booking, remark, type " +
            std::to_string(record_number<Everything>()) + ", type " + std::to_string(record_number<Payment>()));
  CHECK(unmet({}, {"acount=1"}).id() == ErrorId::path_unknown);
  CHECK(unmet({}, {"acount=1"}).sentence().starts_with("exclude acount=1: no record type"));
  CHECK(unmet({"account=one"}).sentence().find("whole number") != std::string::npos);
  // What is sensitive fits no condition: one that asks for it would keep nothing out.
  CHECK(unmet({}, {"card.number=4111111111111111"}).sentence().find("is sensitive") != std::string::npos);
  CHECK(fit(scope_of({}, {"card.number=4111111111111111"}), everything()) == ScopeFit::only);
  // The name of the record that says what is left out is none of the engine's.
  CHECK(unmet({"left out"}).id() == ErrorId::path_unknown);
  CHECK(unmet({"records=1"}).id() == ErrorId::path_unknown);
  // A scope is the same tomorrow.
  CHECK(unmet({"time>=12:00Z"}).sentence().find("names no day") != std::string::npos);
  CHECK(scope_of({"time>=2026-11-26T12:00Z"}).check());
  CHECK(RecordScope::parse({"whatever"}, {})->check());  // no type is known yet
}

}  // namespace test_record_scope
