// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/roles.hpp>

#include <string>

#include "catch.hpp"

namespace test_roles {

using namespace lifeboat;

TEST_CASE("a key is what a client sent, or none where it is too long") {
  CHECK(Key{"A-1001"}.view() == "A-1001");
  CHECK(Key::of("A-1001") == Key{"A-1001"});
  CHECK(Key::of(std::string(62, 'k'))->view().size() == 62);
  CHECK_FALSE(Key::of(std::string(63, 'k')));
  CHECK(Key{"a"} < Key{"b"});
}

TEST_CASE("stages are ordered as their enumerators are") {
  enum class State : std::uint8_t { asked = 1, paid = 2 };
  CHECK(Stage<State>{State::asked} < Stage<State>{State::paid});
  CHECK(Stage<State>{State::paid} == Stage<State>{State::paid});
}

}  // namespace test_roles
