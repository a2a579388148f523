// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/medium_ceiling.hpp>

#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>

#include <lifeboat/testing/faulty_medium.hpp>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_medium_ceiling {

using namespace lifeboat;
using namespace std::chrono_literals;

namespace {

struct Numbers final : SequencePort {
  std::uint64_t last = 50;
  [[nodiscard]] Position handed_out() const noexcept override { return {1, last}; }
};

/// A medium that can not remove.
struct KeepsAll : Memory {
  static constexpr Capabilities capabilities{.put_if_absent = true, .ranged_read = true};
  explicit KeepsAll(Memory memory) : Memory(std::move(memory)) {}
  static Result<KeepsAll> open(Config config) {
    LIFEBOAT_TRY(Memory memory, Memory::open(std::move(config)));
    return KeepsAll(std::move(memory));
  }
};

}  // namespace

TEST_CASE("a ceiling on a medium is held to before it stands there, and the next takes its place") {
  const support::TempFolder folder;
  const auto medium = std::move(*open_medium<Memory>({}));
  Numbers numbers;
  SequenceCeiling ceiling(numbers);
  CHECK(ceilings_on(*medium, "ledger")->empty());
  REQUIRE(reserve_on(*medium, "ledger", folder.path(), ceiling, 1000, {5000, 7}, 180s));
  CHECK(ceiling.limit() == 1050);
  const std::vector<Reservation> first{{{1, 1050}, {5180, 0}}};
  CHECK(*ceilings_on(*medium, "ledger") == first);
  CHECK(read_reservation(folder.path(), promised_medium_name)->value() == first.front());
  numbers.last = 80;
  REQUIRE(reserve_on(*medium, "ledger", folder.path(), ceiling, 1000, {5060, 0}, 180s));
  CHECK(ceiling.limit() == 1080);
  CHECK(*ceilings_on(*medium, "ledger") == std::vector<Reservation>{{{1, 1080}, {5240, 0}}});
  CHECK(ceilings_on(*medium, "other")->empty());
}

TEST_CASE("while a ceiling still stands on a medium it is held to, for the lowest bounds the loss") {
  const support::TempFolder folder;
  Numbers numbers;
  SequenceCeiling ceiling(numbers);
  const auto held_to = [&](MediumPort& medium, bool fails) {
    numbers.last += 100;
    CHECK(reserve_on(medium, "ledger", folder.path(), ceiling, 1000, {5060, 0}, 180s).has_value() != fails);
    std::uint64_t lowest = ~std::uint64_t{0};
    const std::vector<Reservation> all = ceilings_on(medium, "ledger").value();
    for (const Reservation& one : all) lowest = std::min(lowest, one.upto.sequence);
    CHECK(ceiling.limit() == lowest);
    CHECK(read_reservation(folder.path(), promised_medium_name)->value().upto.sequence == lowest);
    return lowest;
  };
  SECTION("the medium can not remove") {
    const auto medium = std::move(*open_medium<KeepsAll>({}));
    CHECK(held_to(*medium, false) == 1150);
    CHECK(held_to(*medium, false) == 1150);
    CHECK(ceilings_on(*medium, "ledger")->size() == 2);
  }
  SECTION("it fails to") {
    const auto script = std::make_shared<testing::FaultScript>();
    const auto medium = std::move(*open_medium<testing::FaultyMedium<Memory>>({.inner = {}, .script = script}));
    CHECK(held_to(*medium, false) == 1150);
    script->fail(testing::MediumCall::remove, 1, ErrorId::medium_io);
    CHECK(held_to(*medium, true) == 1150);
    CHECK(held_to(*medium, false) == 1350);
  }
}

TEST_CASE("what bounds a loss held when the writer had stopped, and is the lowest that did") {
  const std::vector<Reservation> ceilings{{{1, 100}, {50, 0}}, {{1, 200}, {80, 0}}, {{2, 150}, {80, 0}}};
  const Position head{1, 40};
  CHECK_FALSE(bound_of(ceilings, head, {}));
  CHECK(bound_of(ceilings, head, Timestamp{50, 0}) == Position{1, 100});
  CHECK(bound_of(ceilings, head, Timestamp{50, 1}) == Position{1, 200});
  CHECK_FALSE(bound_of(ceilings, head, Timestamp{81, 0}));
  CHECK(bound_of(ceilings, {1, 120}, Timestamp{50, 0}) == Position{1, 200});
}

}  // namespace test_medium_ceiling
