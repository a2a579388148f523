// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/reserve_ceiling.hpp>

#include <filesystem>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_reserve_ceiling {

using namespace lifeboat;
using namespace std::chrono_literals;

namespace {

struct Numbers final : SequencePort {
  std::uint64_t last = 10;
  std::uint64_t epoch = 1;
  [[nodiscard]] Position handed_out() const noexcept override { return {epoch, last}; }
};

constexpr Timestamp now{5000, 7};

}  // namespace

TEST_CASE("a ceiling is held to and promised in the writer's folder before it is put at a copy, of whatever kind") {
  for (const CeilingCopy copy : ceiling_copies) {
    const support::TempFolder folder;
    const Numbers numbers;
    SequenceCeiling ceiling(numbers);
    bool put = false;
    REQUIRE(reserve_ceiling(ceiling, copy, folder.path(), 100, now, 180s, [&](const Reservation& what) -> Result<bool> {
      CHECK(what == Reservation{{1, 110}, {5180, 7}});
      CHECK(ceiling.limit() == 110);
      CHECK(read_reservation(folder.path(), promised_name(copy))->value() == what);
      return put = true;
    }));
    CHECK(put);
    for (const CeilingCopy other : ceiling_copies)
      CHECK(read_reservation(folder.path(), promised_name(other))->has_value() == (other == copy));
  }
}

TEST_CASE("where it is not known which one stands at the copy, the lowest is held to, for as long as any does") {
  const support::TempFolder folder;
  Numbers numbers;
  SequenceCeiling ceiling(numbers);
  const auto reserve = [&](std::chrono::seconds lasts, const Result<bool>& answer) {
    numbers.last += 5;
    return reserve_ceiling(ceiling, CeilingCopy::replica, folder.path(), 100, now, lasts,
                           [&](const Reservation&) { return answer; });
  };
  const auto promised = [&] { return read_reservation(folder.path(), promised_replica_name)->value(); };
  REQUIRE(reserve(600s, true));
  CHECK(promised() == Reservation{{1, 115}, {5600, 7}});
  CHECK(reserve(60s, Error{ErrorId::medium_io, "it is away"}).error().id() == ErrorId::medium_io);
  CHECK(ceiling.limit() == 115);
  CHECK(promised().upto == Position{1, 115});
  CHECK(promised().until >= Timestamp{5600, 7});
  REQUIRE(reserve(60s, false));
  CHECK(ceiling.limit() == 115);
  REQUIRE(reserve(60s, true));
  CHECK(ceiling.limit() == 130);
  CHECK(promised() == Reservation{{1, 130}, {5060, 7}});
}

TEST_CASE("what can not be promised is not put, and not held to") {
  const support::TempFolder folder;
  Numbers numbers;
  SequenceCeiling ceiling(numbers);
  const auto never = [](const Reservation&) -> Result<bool> {
    FAIL();
    return true;
  };
  CHECK_FALSE(reserve_ceiling(ceiling, CeilingCopy::replica, folder / "none", 100, now, 180s, never));
  CHECK(ceiling.limit() == ~std::uint64_t{0});
  numbers.epoch = 0;
  CHECK(reserve_ceiling(ceiling, CeilingCopy::replica, folder.path(), 100, now, 180s, never));
  CHECK(std::filesystem::is_empty(folder.path()));
}

}  // namespace test_reserve_ceiling
