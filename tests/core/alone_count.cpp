// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/alone_count.hpp>

#include <optional>

#include "catch.hpp"

using namespace lifeboat;

namespace test_alone_count {

TEST_CASE("who comes alone is alone, until somebody comes beside him") {
  AloneCount count;
  for (int i = 0; i < 3; ++i) CHECK(AloneCount::Here(count).alone());
  const AloneCount::Here first(count);
  CHECK(first.alone());
  const AloneCount::Here second(count);
  CHECK(!first.alone());
  CHECK(!second.alone());
}

TEST_CASE("a crowd is remembered for as many as come one by one behind it") {
  AloneCount count;
  {
    const AloneCount::Here first(count);
    const AloneCount::Here second(count);
  }
  for (unsigned i = 1; i < AloneCount::remembered; ++i) CHECK(!AloneCount::Here(count).alone());
  CHECK(AloneCount::Here(count).alone());
  std::optional<AloneCount::Here> first(count);
  const AloneCount::Here second(count);
  first.reset();  // the one who came first goes: the other is there still
  CHECK(!AloneCount::Here(count).alone());
}

}  // namespace test_alone_count
