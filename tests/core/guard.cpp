// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/guard.hpp>

#include <pthread.h>

#include <memory>
#include <new>
#include <stdexcept>
#include <thread>

#include "catch.hpp"

namespace test_guard {

using namespace lifeboat;

TEST_CASE("what a callback gives becomes a result") {
  STATIC_REQUIRE(std::is_same_v<decltype(guarded("it", [] {})), Status>);
  STATIC_REQUIRE(std::is_same_v<decltype(guarded("it", [] { return 1; })), Result<int>>);
  STATIC_REQUIRE(std::is_same_v<decltype(guarded("it", [] { return Result<int>(1); })), Result<int>>);
  STATIC_REQUIRE(std::is_same_v<decltype(guarded("it", [] { return ok(); })), Status>);

  int called = 0;
  CHECK(guarded("it", [&] { ++called; }).has_value());
  CHECK(called == 1);
  CHECK(*guarded("it", [] { return 42; }) == 42);
  CHECK(**guarded("it", [] { return std::make_unique<int>(42); }) == 42);
  const auto failed = guarded("it", [] { return Result<int>(Error{ErrorId::busy, "the door is locked"}); });
  REQUIRE_FALSE(failed);
  CHECK(failed.error().id() == ErrorId::busy);
}

TEST_CASE("what a callback throws becomes an error that names the callback and says what it said") {
  const auto known = guarded("the freeze callback", [] { throw std::runtime_error("no lock"); });
  REQUIRE_FALSE(known);
  CHECK(known.error().id() == ErrorId::callback_threw);
  CHECK(known.error().sentence() == "the freeze callback threw: no lock");

  const auto strange = guarded("the freeze callback", []() -> int { throw 42; });
  REQUIRE_FALSE(strange);
  CHECK(strange.error().id() == ErrorId::callback_threw);
  CHECK(strange.error().sentence() == "the freeze callback threw something that is no std::exception");
}

TEST_CASE("memory that has run out passes, as everywhere in the library") {
  CHECK_THROWS_AS((void)guarded("it", [] { throw std::bad_alloc(); }), std::bad_alloc);
}

TEST_CASE("a thread that ends inside a callback ends, and is no exception") {
  bool unwound = false;
  bool went_on = false;
  pthread_t thread{};
  struct Flags {
    bool* unwound;
    bool* went_on;
  } flags{&unwound, &went_on};
  const auto body = [](void* argument) -> void* {
    struct AtExit {
      bool* flag;
      ~AtExit() { *flag = true; }
    } at_exit{static_cast<Flags*>(argument)->unwound};
    (void)guarded("it", [] { ::pthread_exit(nullptr); });
    *static_cast<Flags*>(argument)->went_on = true;
    return nullptr;
  };
  REQUIRE(::pthread_create(&thread, nullptr, body, &flags) == 0);
  REQUIRE(::pthread_join(thread, nullptr) == 0);
  CHECK(unwound);
  CHECK_FALSE(went_on);
}

}  // namespace test_guard
