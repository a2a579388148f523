// SPDX-License-Identifier: BSL-1.0
#include <filesystem>

#include "catch.hpp"
#include "support/program.hpp"

namespace test_queries_show_history_cat_diff {

using support::ProgramAnswer;
using support::ProgramPlace;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("show says what an archive is and holds") {
  const ProgramPlace place;
  std::filesystem::create_symlink("a.txt", place.source() + "/link");
  REQUIRE(place.backup().status == 0);
  const ProgramAnswer all = place.call({"show"});
  CHECK(all.status == 0);
  CHECK(all.out.starts_with("archive "));
  CHECK(has(all.out, "\nsize    5 entries, 97.7 KiB; stored "));
  CHECK(has(all.out, "\nstate   verified never\n"));
  CHECK(has(all.out, " link -> a.txt\n"));
  CHECK(has(all.out, "      100000 "));
  const ProgramAnswer some = place.call({"show", "latest", "--only", "*.txt"});
  CHECK(has(some.out, " a.txt\n"));
  CHECK_FALSE(has(some.out, "b.bin"));
  CHECK(place.call({"show", "zz"}).status == 3);
}

TEST_CASE("history tells the versions of a path") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  place.write("a.txt", "longer\n");
  REQUIRE(place.backup().status == 0);
  std::filesystem::remove(place.source() + "/a.txt");
  REQUIRE(place.backup().status == 0);
  const ProgramAnswer answer = place.call({"history", "./a.txt"});
  CHECK(answer.status == 0);
  CHECK(has(answer.out, " | added | -rw"));
  CHECK(has(answer.out, " | content, mtime | -rw"));
  CHECK(has(answer.out, " | removed\n"));
  const ProgramAnswer never = place.call({"history", "never"});
  CHECK(never.status == 3);
  CHECK(
      never.err ==
      "refused LB-PATH-UNKNOWN: no archive of ledger has 'never'. Nothing was changed.\nnext: lifeboat show --medium " +
          place.medium() + "\n");
}

TEST_CASE("cat gives one file, whole and proved") {
  const ProgramPlace place;
  std::string bytes;
  for (int i = 0; i < 3'000'000; ++i) bytes.push_back(static_cast<char>(i * 7 + i / 251));
  place.write("big", bytes);
  REQUIRE(place.backup().status == 0);
  const ProgramAnswer answer = place.call({"cat", "latest", "big"});
  CHECK(answer.status == 0);
  CHECK(answer.out == bytes);
  CHECK(place.call({"cat", "latest", "/sub/b.bin"}).out == std::string(100'000, 'b'));
  CHECK(place.call({"cat", "latest", "sub"}).status == 3);
  CHECK(place.call({"cat", "latest", "none"}).status == 3);
  CHECK(place.call({"cat", "latest"}).status == 2);
}

TEST_CASE("diff of archives, and of an archive and a living tree") {
  const ProgramPlace place;
  place.write("left.tmp", "never taken");
  const auto backup = [&] { return place.call_with_source({"backup", "--exclude", "*.tmp"}); };
  REQUIRE(backup().status == 0);
  CHECK(place.call({"diff"}).status == 3);
  CHECK(place.call({"diff", "--compare", place.source()}).status == 0);
  place.write("a.txt", "changed\n");
  place.write("new", "n");
  REQUIRE(backup().status == 0);
  const ProgramAnswer two = place.call({"diff"});
  CHECK(two.status == 1);
  CHECK(has(two.out, "content, mtime: a.txt\n"));
  CHECK(has(two.out, "added: new\n"));
  CHECK(has(two.out, "from "));
  CHECK(place.call({"diff", "latest", "latest"}).status == 0);
  CHECK(place.call({"diff", "--only", "nothing"}).status == 0);

  const ProgramAnswer living = place.call({"diff", "latest", "--compare", place.source()});
  CHECK(living.status == 0);
  CHECK(has(living.out, " read and compared by digest | 0 differences | 0 moved on since "));
  place.write("a.txt", "after\n");
  CHECK(place.call({"diff", "--compare", place.source()}).status == 1);
  const ProgramAnswer verified = place.call({"verify", "--compare", place.source()});
  CHECK(verified.status == 0);  // it moved on after the cut
  CHECK(has(verified.out, "moved on: content, mtime: a.txt\n"));
  CHECK(place.call({"diff", "a", "b", "--compare", place.source()}).status == 2);
}

}  // namespace test_queries_show_history_cat_diff
