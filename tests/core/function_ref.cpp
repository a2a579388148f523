// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/function_ref.hpp>

#include <string>

#include "catch.hpp"

namespace test_function_ref {

using lifeboat::FunctionRef;

namespace {
int twice(FunctionRef<int(int)> f) { return f(f(1)); }
}  // namespace

TEST_CASE("lambdas and objects are called through a borrowed reference") {
  int calls = 0;
  CHECK(twice([&](int x) {
          ++calls;
          return x + 1;
        }) == 3);
  CHECK(calls == 2);
  struct Counter {
    int n = 0;
    int operator()(int x) { return x + ++n; }
  } counter;
  CHECK(twice(counter) == 4);
  CHECK(counter.n == 2);
}

TEST_CASE("arguments are passed on as they are") {
  std::string taken;
  const auto take = [&](std::string&& s) { taken = std::move(s); };
  FunctionRef<void(std::string&&)> f(take);
  f("moved");
  CHECK(taken == "moved");
  static_assert(sizeof(f) == 2 * sizeof(void*));
}

}  // namespace test_function_ref
