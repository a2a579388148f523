// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/pattern.hpp>

#include <string>

#include "catch.hpp"

namespace test_pattern {

namespace {

using namespace lifeboat;

bool named(const std::string& line, std::string_view path) {
  const auto pattern = Pattern::parse(line);
  REQUIRE(pattern);
  return pattern->names(path, false);
}

}  // namespace

TEST_CASE("brackets", "[source][rules]") {
  CHECK(named("[abc]", "b"));
  CHECK_FALSE(named("[abc]", "d"));
  CHECK(named("[a-c]x", "bx"));
  CHECK_FALSE(named("[!a-c]x", "bx"));
  CHECK(named("[!a-c]x", "dx"));
  CHECK(named("[^a-c]x", "dx"));
  CHECK(named("[]]", "]"));
  CHECK(named("[!]]", "["));
  CHECK(named("[a-]", "-"));
  CHECK(named("[-a]", "-"));
  CHECK(named("[\\]]", "]"));
  CHECK(named("[[:digit:]]", "7"));
  CHECK_FALSE(named("[[:digit:]]", "d"));
  CHECK(named("[[:alpha:]_-]", "_"));
  CHECK_FALSE(named("/a[/]b", "a/b"));
  CHECK_FALSE(named("[z-a]", "m"));
  CHECK(named("[\x80-\xff]", "\xfe"));
  CHECK(named("?", "\xff"));
}

TEST_CASE("long and hostile patterns end in linear time", "[source][rules]") {
  std::string stars;
  for (int i = 0; i < 1000; ++i) stars += "*a";
  std::string deep;
  for (int i = 0; i < 500; ++i) deep += "**/a*/";
  deep += "b";
  const std::string text(4000, 'a');
  std::string path;
  for (int i = 0; i < 2000; ++i) path += "a/";
  CHECK(named(stars, text));
  CHECK_FALSE(named(stars + "b", text));
  CHECK_FALSE(Pattern::parse(deep)->names(path + "c", false));
  CHECK(Pattern::parse(deep)->names(path + "b", false));
}

TEST_CASE("a pattern says whether it could name something below a folder", "[source][pattern]") {
  CHECK(Pattern::parse("name")->may_name_below("any/folder"));
  CHECK(Pattern::parse("/a/b")->may_name_below("a"));
  CHECK_FALSE(Pattern::parse("/a/b")->may_name_below("b"));
  CHECK_FALSE(Pattern::parse("/a/b")->may_name_below("a/b"));
  CHECK(Pattern::parse("/a/**")->may_name_below("a/b"));
  CHECK(Pattern::parse("a/**/z")->may_name_below("a/b/c"));
  CHECK_FALSE(Pattern::parse("a/*/z")->may_name_below("a/b/c"));
  CHECK(Pattern::parse("!/x")->negated());
}

}  // namespace test_pattern
