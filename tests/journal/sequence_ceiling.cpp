// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/sequence_ceiling.hpp>

#include <thread>

#include "catch.hpp"

namespace test_sequence_ceiling {

using namespace lifeboat;
using namespace std::chrono_literals;

namespace {

auto in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

}  // namespace

TEST_CASE("without a reservation nothing is held back") {
  SequenceCeiling ceiling;
  CHECK(ceiling.wait(~std::uint64_t{0}, in(0ms)));
  CHECK(ceiling.limit() == ~std::uint64_t{0});
}

TEST_CASE("what lies above a reservation waits for a higher one, and the lower counts until the copy has the higher") {
  SequenceCeiling ceiling;
  ceiling.promise(CeilingCopy::standby, 100, in(1h));
  CHECK(ceiling.wait(100, in(0ms)));
  CHECK_FALSE(ceiling.wait(101, in(5ms)));
  ceiling.promise(CeilingCopy::standby, 200, in(1h));
  CHECK_FALSE(ceiling.wait(101, in(5ms)));
  CHECK(ceiling.limit() == 100);
  bool let = false;
  std::thread waits([&] { let = ceiling.wait(150, {}); });
  ceiling.confirm(CeilingCopy::medium);
  CHECK(ceiling.limit() == 100);
  ceiling.confirm(CeilingCopy::standby);
  waits.join();
  CHECK(let);
  CHECK(ceiling.limit() == 200);
  CHECK_FALSE(ceiling.wait(201, in(0ms)));
  // Every copy's counts.
  ceiling.promise(CeilingCopy::medium, 120, in(1h));
  CHECK(ceiling.limit() == 120);
}

TEST_CASE("nothing is held back for longer than a reservation lasts") {
  SequenceCeiling ceiling;
  ceiling.promise(CeilingCopy::standby, 100, in(30ms));
  ceiling.promise(CeilingCopy::standby, 50, in(60ms));
  CHECK(ceiling.limit() == 50);
  CHECK(ceiling.wait(1000, {}));
  CHECK(ceiling.limit() == ~std::uint64_t{0});
  ceiling.promise(CeilingCopy::standby, 7, in(-1ms));
  CHECK(ceiling.wait(8, in(0ms)));
}

}  // namespace test_sequence_ceiling
