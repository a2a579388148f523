// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/outcome.hpp>

#include <string>

#include "catch.hpp"

namespace test_outcome {

using namespace lifeboat;

namespace {
std::string name(const AppendOutcome<LocalDurable>& outcome) {
  return outcome.match([](Acked<LocalDurable> a) { return "acked " + std::to_string(a.position.sequence); },
                       [](NotWritten n) { return "not written " + std::to_string(n.system_error); },
                       [](Unknown u) { return "unknown " + std::to_string(u.position.sequence); });
}
}  // namespace

TEST_CASE("an outcome is opened by match, with what belongs to its case") {
  CHECK(name(Acked<LocalDurable>{{1, 7}}) == "acked 7");
  CHECK(name(NotWritten{ErrorId::stopped, 5}) == "not written 5");
  CHECK(name(Unknown{{1, 8}, ErrorId::medium_io, 5}) == "unknown 8");
}

TEST_CASE("an outcome can not be taken for a yes or a no") {
  STATIC_REQUIRE_FALSE(std::is_convertible_v<AppendOutcome<LocalDurable>, bool>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<bool, AppendOutcome<LocalDurable>>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<bool, SubmitOutcome>);
  STATIC_REQUIRE(std::is_trivially_copyable_v<AppendOutcome<LocalDurable>>);
}

}  // namespace test_outcome
