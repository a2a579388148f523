// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/throttle.hpp>

#include <chrono>

#include "catch.hpp"

namespace test_throttle {

using namespace lifeboat;

TEST_CASE("Readers together keep to their rate, and never wait after they were stopped") {
  std::stop_source stop;
  const Error stopped{ErrorId::interrupted, "the reading was stopped"};
  Throttle free(0, stop.get_token(), stopped);
  for (int i = 0; i < 1000; ++i) REQUIRE(free.pass(1U << 30U));
  Throttle slow(1'000'000, stop.get_token(), stopped);
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 4; ++i) REQUIRE(slow.pass(10'000));
  // The first passes at once, each other one waits for those before it: never less than three hundredths of a second.
  CHECK(std::chrono::steady_clock::now() - began >= std::chrono::milliseconds(29));
  stop.request_stop();
  CHECK(slow.pass(1U << 30U).error().id() == ErrorId::interrupted);
  CHECK(free.pass(1).error().id() == ErrorId::interrupted);
}

}  // namespace test_throttle
