// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/result.hpp>

#include <memory>

#include "catch.hpp"

namespace test_result {

using namespace lifeboat;

namespace {

Result<int> half(int n) {
  if (n % 2 != 0)
    return Error{ErrorId::limit, std::to_string(n) + " is odd"}.because(33).next("an even one").unchanged();
  return n / 2;
}
Result<int> quarter(int n) {
  LIFEBOAT_TRY(const int h, half(n));
  LIFEBOAT_TRY(const int q, half(h));
  return q;
}
Status check(int n) {
  LIFEBOAT_CHECK(quarter(n));
  return ok();
}

}  // namespace

TEST_CASE("a value or an error comes through") {
  REQUIRE(quarter(8));
  CHECK(*quarter(8) == 2);
  const auto failed = quarter(6);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().id() == ErrorId::limit);
  CHECK(failed.error().sentence() == "3 is odd");
  CHECK(failed.error().system_error() == 33);
  CHECK(failed.error().next() == "an even one");
  CHECK(failed.error().is_unchanged());
  CHECK(check(8));
  CHECK_FALSE(check(7));
}

TEST_CASE("an error is one pointer wide, copies deeply and moves cheaply") {
  static_assert(sizeof(Error) == sizeof(void*));
  Error first{ErrorId::busy, "busy"};
  Error copy = first;
  first = Error{ErrorId::space, "space"};
  CHECK(copy.sentence() == "busy");
  const Error moved = std::move(copy);
  CHECK(moved.id() == ErrorId::busy);
}

TEST_CASE("values that can only be moved are taken out") {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(5); };
  const auto use = [&]() -> Result<int> {
    LIFEBOAT_TRY(const std::unique_ptr<int> p, make());
    return *p;
  };
  CHECK(*use() == 5);
}

}  // namespace test_result
