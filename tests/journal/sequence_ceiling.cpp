// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/sequence_ceiling.hpp>

#include <atomic>
#include <thread>

#include "catch.hpp"

namespace test_sequence_ceiling {

using namespace lifeboat;
using namespace std::chrono_literals;

namespace {

auto in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

/// So much is handed out; `steps` more at each look.
struct Numbers final : SequencePort {
  mutable std::uint64_t last = 0;
  std::uint64_t steps = 0;
  std::uint64_t epoch = 1;
  mutable int looks = 0;
  [[nodiscard]] Position handed_out() const noexcept override {
    last += ++looks < 4 ? steps : 0;
    return {epoch, last};
  }
};

}  // namespace

TEST_CASE("without a reservation nothing is held back") {
  const Numbers numbers;
  SequenceCeiling ceiling(numbers);
  CHECK(ceiling.wait(~std::uint64_t{0}, in(0ms)));
  CHECK(ceiling.limit() == ~std::uint64_t{0});
}

TEST_CASE("what was promised is held to until a higher one stands at the same copy") {
  Numbers numbers;
  SequenceCeiling ceiling(numbers);
  REQUIRE(ceiling.promise(CeilingCopy::standby, 100, in(1h)) == Position{1, 100});
  CHECK(ceiling.wait(100, in(0ms)));
  CHECK_FALSE(ceiling.wait(101, in(5ms)));
  numbers.last = 100;
  CHECK(ceiling.promise(CeilingCopy::standby, 100, in(1h)) == Position{1, 900});  // eight times what came
  CHECK_FALSE(ceiling.wait(101, in(5ms)));
  CHECK(ceiling.limit() == 100);
  CHECK(ceiling.held_of(CeilingCopy::medium).upto == ~std::uint64_t{0});
  std::atomic<bool> let = false;
  std::thread waits([&] { let = ceiling.wait(150, {}); });
  ceiling.confirm(CeilingCopy::medium);
  ceiling.confirm(CeilingCopy::replica);
  CHECK(ceiling.limit() == 100);
  ceiling.confirm(CeilingCopy::standby);
  waits.join();
  CHECK(let);
  CHECK(ceiling.limit() == 900);
  CHECK_FALSE(ceiling.wait(901, in(0ms)));
  for (const CeilingCopy copy : {CeilingCopy::medium, CeilingCopy::replica}) {
    // Another copy holds on its own.
    CHECK(ceiling.promise(copy, 20, in(1h)) == Position{1, 120});
    CHECK(ceiling.limit() == 120);
    CHECK(ceiling.held_of(copy).upto == 120);
    ceiling.confirm(copy);
    CHECK(ceiling.limit() == 120);
    ceiling.withdraw(copy, ceiling.held_of(copy).until);
    CHECK(ceiling.limit() == 900);
  }
}

TEST_CASE("a reservation that ends holds nothing back any more") {
  const Numbers numbers;
  SequenceCeiling ceiling(numbers);
  ceiling.hold(CeilingCopy::standby, 100, in(30ms));
  ceiling.hold(CeilingCopy::standby, 50, in(60ms));
  CHECK(ceiling.limit() == 50);
  CHECK(ceiling.wait(1000, {}));
  CHECK(ceiling.limit() == ~std::uint64_t{0});
  ceiling.hold(CeilingCopy::standby, 7, in(-1ms));
  CHECK(ceiling.wait(8, in(0ms)));
}

TEST_CASE("a promise lies above all that was handed out until it was held to") {
  Numbers numbers;
  numbers.last = 1'000;
  numbers.steps = 50;  // while it is made
  SequenceCeiling ceiling(numbers);
  const auto upto = ceiling.promise(CeilingCopy::replica, 20, in(1h));
  REQUIRE(upto);
  CHECK(upto->sequence >= numbers.last);
  CHECK(ceiling.limit() == upto->sequence);
  numbers.epoch = 0;
  CHECK_FALSE(ceiling.promise(CeilingCopy::replica, 20, in(1h)));
  numbers.epoch = 2;
  numbers.last = ~std::uint64_t{0} - 5;  // numbers never begin again
  CHECK(ceiling.promise(CeilingCopy::medium, 20, in(1h)) == Position{2, ~std::uint64_t{0}});
}

}  // namespace test_sequence_ceiling
