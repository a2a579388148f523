// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/fixed_string.hpp>

#include "catch.hpp"

namespace test_fixed_string {

using namespace lifeboat;

TEST_CASE("a fixed string holds any bytes up to its bound") {
  constexpr FixedString<4> full = "abcd";
  STATIC_REQUIRE(full.view() == "abcd");
  CHECK(FixedString<4>().empty());
  CHECK(FixedString<4>::of(std::string_view("a\0b", 3))->view() == std::string_view("a\0b", 3));
  CHECK(FixedString<4>::of("")->empty());
  CHECK_FALSE(FixedString<4>::of("abcde"));
}

TEST_CASE("fixed strings are ordered as texts are") {
  using Text = FixedString<8>;
  CHECK(Text("a") < Text("b"));
  CHECK(Text("a") < Text("ab"));
  CHECK(Text("b") > Text("ab"));
  CHECK(Text("ab") == *Text::of("ab"));
  CHECK_FALSE(Text("ab") == Text("abc"));
}

TEST_CASE("a bounded list takes no more than its bound") {
  Bounded<int, 2> list;
  CHECK(list.push_back(1));
  CHECK(list.push_back(2));
  CHECK_FALSE(list.push_back(3));
  CHECK(list.size() == 2);
  CHECK(std::vector<int>(list.begin(), list.end()) == std::vector<int>{1, 2});
  Bounded<int, 2> other;
  (void)other.push_back(1);
  CHECK_FALSE(list == other);
  (void)other.push_back(2);
  CHECK(list == other);
  list.clear();
  CHECK(list.empty());
}

}  // namespace test_fixed_string
