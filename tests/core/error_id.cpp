// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/error_id.hpp>

#include <set>
#include <string>

#include "catch.hpp"

namespace test_error_id {

using namespace lifeboat;

TEST_CASE("every id has one text and one value") {
  std::set<ErrorId> ids;
  std::set<std::string_view> texts;
  for (const ErrorName& name : error_names) {
    CAPTURE(name.text);
    CHECK(ids.insert(name.id).second);
    CHECK(texts.insert(name.text).second);
    CHECK(to_string(name.id) == name.text);
    CHECK(outcome_of(name.id) == name.outcome);
  }
}

TEST_CASE("texts are LB- and words of capital letters") {
  for (const ErrorName& name : error_names) {
    CAPTURE(name.text);
    CHECK(name.text.substr(0, 3) == "LB-");
    CHECK(name.text.size() > 4);
    CHECK(name.text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == std::string_view::npos);
  }
}

TEST_CASE("values never change: they stand in logs") {
  STATIC_REQUIRE(static_cast<int>(ErrorId::usage) == 1);
  STATIC_REQUIRE(static_cast<int>(ErrorId::source_missing) == 10);
  STATIC_REQUIRE(static_cast<int>(ErrorId::medium_missing) == 30);
  STATIC_REQUIRE(static_cast<int>(ErrorId::format) == 50);
  STATIC_REQUIRE(static_cast<int>(ErrorId::damage) == 60);
  STATIC_REQUIRE(static_cast<int>(ErrorId::target_exists) == 80);
  STATIC_REQUIRE(static_cast<int>(ErrorId::sync_difference) == 100);
  STATIC_REQUIRE(static_cast<int>(ErrorId::state_folder) == 110);
}

TEST_CASE("an id of a later version is still told apart from success") {
  constexpr auto later = static_cast<ErrorId>(65535);
  STATIC_REQUIRE(to_string(later) == "LB-UNKNOWN");
  STATIC_REQUIRE(outcome_of(later) == Outcome::unfinished);
}

}  // namespace test_error_id
