// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/rules.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_rules {

namespace {

using namespace lifeboat;
using Lines = std::vector<std::string>;

bool left(const Lines& exclude, std::string_view path, bool directory = false) {
  auto rules = Rules::parse(exclude, Lines{});
  REQUIRE(rules);
  return rules->match(path, directory) == Verdict::leave;
}

Verdict chosen(const Lines& only, std::string_view path, bool directory = false, const Lines& exclude = {}) {
  auto rules = Rules::parse(exclude, only);
  REQUIRE(rules);
  return rules->match(path, directory);
}

void refused(const Lines& exclude, const char* because) {
  auto rules = Rules::parse(exclude, Lines{});
  REQUIRE_FALSE(rules);
  CHECK(rules.error().id() == ErrorId::pattern);
  CHECK(rules.error().is_unchanged());
  INFO(rules.error().sentence());
  CHECK(rules.error().sentence().find(because) != std::string::npos);
}

}  // namespace

TEST_CASE("a name without a slash is excluded at every depth", "[source][rules]") {
  CHECK(left({"cache"}, "cache"));
  CHECK(left({"cache"}, "a/b/cache"));
  CHECK(left({"cache"}, "cache/x"));
  CHECK_FALSE(left({"cache"}, "cached"));
  CHECK_FALSE(left({"cache"}, "xcache"));
  CHECK(left({"*.log"}, "a/.log"));
  CHECK_FALSE(left({"*.log"}, "a.logs"));
}

TEST_CASE("a slash at the beginning or in the middle anchors", "[source][rules]") {
  CHECK(left({"/cache"}, "cache"));
  CHECK_FALSE(left({"/cache"}, "a/cache"));
  CHECK(left({"a/b"}, "a/b"));
  CHECK_FALSE(left({"a/b"}, "x/a/b"));
  CHECK(left({"a/*"}, "a/b"));
  CHECK(left({"a/*"}, "a/b/c"));  // below an excluded folder
  CHECK_FALSE(left({"a/*"}, "a"));
}

TEST_CASE("a slash at the end means folders only", "[source][rules]") {
  CHECK(left({"tmp/"}, "tmp", true));
  CHECK_FALSE(left({"tmp/"}, "tmp", false));
  CHECK(left({"tmp/"}, "a/tmp/file"));
  CHECK(left({"a/tmp/"}, "a/tmp", true));
}

TEST_CASE("wildcards stop at slashes and double stars do not", "[source][rules]") {
  CHECK(left({"/a*c"}, "abbc"));
  CHECK_FALSE(left({"/a*c"}, "ab/bc"));
  CHECK(left({"/a?c"}, "abc"));
  CHECK_FALSE(left({"/a?c"}, "a/c"));
  CHECK(left({"**/x"}, "x"));
  CHECK(left({"**/x"}, "a/b/x"));
  CHECK(left({"**/x/y"}, "a/x/y"));
  CHECK_FALSE(left({"**/x/y"}, "ax/y"));
  CHECK(left({"a/**"}, "a/b"));
  CHECK_FALSE(left({"a/**"}, "a", true));
  CHECK(left({"a/**/b"}, "a/b"));
  CHECK(left({"a/**/b"}, "a/x/y/b"));
  CHECK_FALSE(left({"a/**/b"}, "ab"));
  CHECK_FALSE(left({"a/**/b"}, "a/xb"));
  CHECK(left({"a**b"}, "axxb"));  // anywhere but between slashes: as one star
  CHECK_FALSE(left({"/a**b"}, "ax/xb"));
}

TEST_CASE("escapes, comments, blanks and trailing spaces", "[source][rules]") {
  CHECK(left({"\\#x"}, "#x"));
  CHECK(left({"\\!x"}, "!x"));
  CHECK(left({"a\\*b"}, "a*b"));
  CHECK_FALSE(left({"a\\*b"}, "axb"));
  CHECK_FALSE(left({"# x", "", "   "}, "x"));
  CHECK(left({"x  "}, "x"));
  CHECK(left({"x\\ "}, "x "));
  CHECK(left({"x\\  "}, "x "));
  CHECK(left({" x"}, " x"));
  CHECK(left({"x\r"}, "x"));
}

TEST_CASE("the last match wins, but nothing comes back from below an excluded folder", "[source][rules]") {
  CHECK_FALSE(left({"*.log", "!keep.log"}, "a/keep.log"));
  CHECK(left({"!keep.log", "*.log"}, "a/keep.log"));
  CHECK(left({"a/", "!a/keep"}, "a/keep"));
  CHECK_FALSE(left({"a/*", "!a/keep"}, "a/keep"));
  CHECK_FALSE(left({"/*", "!/foo", "/foo/*", "!/foo/bar"}, "foo/bar/x"));
}

TEST_CASE("patterns of what to take keep the folders above", "[source][rules]") {
  CHECK(chosen({"/a/b"}, "a/b/c/d") == Verdict::take);
  CHECK(chosen({"/a/b"}, "a", true) == Verdict::look);
  CHECK(chosen({"/a/b"}, "x", true) == Verdict::leave);  // nothing below can match: not entered
  CHECK(chosen({"/a/b"}, "a/x") == Verdict::leave);
  CHECK(chosen({"*.txt"}, "x", true) == Verdict::look);
  CHECK(chosen({"*.txt"}, "x/y.txt") == Verdict::take);
  CHECK(chosen({"*.txt"}, "x/y.bin") == Verdict::leave);
  CHECK(chosen({"/a/**/z"}, "a/b/c", true) == Verdict::look);
  CHECK(chosen({"/a/*/z"}, "a/b/c", true) == Verdict::leave);
  CHECK(chosen({"/a"}, "a/x.log", false, {"*.log"}) == Verdict::leave);
  CHECK(chosen({"a"}, "", true) == Verdict::look);
  CHECK(chosen({}, "", true) == Verdict::take);
}

TEST_CASE("patterns that can not be meant are refused by name", "[source][rules]") {
  refused({"a["}, "without its ']'");
  refused({"[a-"}, "without its ']'");
  refused({"[]"}, "without its ']'");
  refused({"[[:nope:]]"}, "unknown class");
  refused({"a\\"}, "backslash");
  refused({"!"}, "names nothing");
  refused({"/"}, "names nothing");
  refused({"./a"}, "no path matches");
  refused({"a/../b"}, "no path matches");
  refused({"a//b"}, "no path matches");
  refused({std::string("a\0b", 3)}, "zero byte");
  refused({std::string(5000, 'a')}, "longer than");
  CHECK_FALSE(Rules::parse(Lines{}, Lines{"!a"}));
  CHECK_FALSE(Rules::parse(Lines{}, Lines{"# nothing"}));
}

TEST_CASE("git agrees", "[source][rules]") {
  if (std::system("git --version >/dev/null 2>&1") != 0) {
    WARN("NOT RUN: git is not installed");
    return;
  }
  const support::TempFolder folder;
  const std::string root = folder.path();
  REQUIRE(std::system(("git init -q '" + root + "' >/dev/null 2>&1").c_str()) == 0);
  struct Item {
    std::string path;
    bool directory;
  };
  std::vector<Item> items;
  const char* const names[] = {"a",  "b", "ab", "a b", "a.c", "#a",  "-",     "]",
                               "a ", "7", "B",  "*",   "?a",  "[a]", "a\\b", "!a"};
  for (const char* first : names) {
    const bool directory = std::string_view(first).size() < 3 && first[0] != '-';
    items.push_back({first, directory});
    if (!directory) continue;
    ::mkdir((root + "/" + first).c_str(), 0700);
    for (const char* second : {"a", "b", "ab", "a.c", "b]"}) {
      const std::string path = std::string(first) + "/" + second;
      const bool below = std::string_view(second).size() == 1;
      items.push_back({path, below});
      if (!below) continue;
      ::mkdir((root + "/" + path).c_str(), 0700);
      for (const char* third : {"a", "ba", "a-"}) items.push_back({path + "/" + third, false});
    }
  }
  for (const Item& item : items)
    if (!item.directory) std::ofstream(root + "/" + item.path) << "x";
  std::string asked;
  for (const Item& item : items) asked += item.path + '\0';
  std::ofstream(root + "/.git/asked", std::ios::binary) << asked;

  const char* const pieces[] = {"a",    "b",    "ab",   "*",     "?",     "**",    "/",      "/**/",        "**/",
                                "/**",  "[ab]", "[!a]", "[a-c]", ".",     "c",     "\\a",    "-",           "[]]",
                                " ",    "\\ ",  "#",    "a/b",   "/a",    "b/",    "[^b]",   "[a-]",        "[]-a]",
                                "\\*",  "\\?",  "\\[",  "\\\\",  "\\!",   "***",   "/***/",  "[\\]]",       "[[a]",
                                "[*?]", "[!]a-]", "[[:alpha:]]", "[[:digit:][:upper:]]"};
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 150; ++round) {
    Lines lines;
    std::string text;
    while (lines.size() < 1 + random() % 4) {
      std::string line = random() % 4 == 0 ? "!" : "";
      const std::size_t count = 1 + random() % 5;
      for (std::size_t i = 0; i < count; ++i) line += pieces[random() % std::size(pieces)];
      // git strips a literal beginning before it looks for "**", and so takes "a**/b" for "a/**/b"; its manual does not
      bool loose = false;
      for (std::size_t at = line.find("**"); at != std::string::npos; at = line.find("**", at + 1))
        if (at > 0 && line[at - 1] != '/' && line[at - 1] != '*' && line[at - 1] != '!') loose = true;
      if (loose || !Rules::parse(Lines{line}, Lines{})) continue;
      text += line + "\n";
      lines.push_back(std::move(line));
    }
    std::ofstream(root + "/.git/info/exclude", std::ios::binary) << text;
    // check-ignore -v -n prints source, line, pattern and path, each ended by a zero byte
    const std::string command =
        "cd '" + root + "' && git check-ignore --no-index -z --stdin < .git/asked > .git/answer 2>/dev/null; true";
    REQUIRE(std::system(command.c_str()) == 0);
    std::ifstream answer(root + "/.git/answer", std::ios::binary);
    std::set<std::string> ignored;
    for (std::string path; std::getline(answer, path, '\0');) ignored.insert(path);
    for (const Item& item : items) {
      INFO("patterns:\n" << text << "path: '" << item.path << "' directory: " << item.directory);
      REQUIRE(left(lines, item.path, item.directory) == (ignored.count(item.path) != 0));
    }
  }
}

}  // namespace test_rules
