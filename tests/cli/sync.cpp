// SPDX-License-Identifier: BSL-1.0
#include <filesystem>

#include "catch.hpp"
#include "support/program.hpp"

namespace test_sync {

using support::ProgramAnswer;
using support::ProgramPlace;
using support::read_text;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

ProgramAnswer call_sync(const ProgramPlace& place, std::vector<std::string> more = {}) {
  std::vector<std::string> words{"sync",        "--source",  place.source(),   "--state",
                                 place.state(), "--replica", place / "replica"};
  words.insert(words.end(), more.begin(), more.end());
  return support::call_lifeboat(words);
}

}  // namespace

TEST_CASE("sync brings a replica into step, compares it, and needs no medium") {
  const ProgramPlace place;
  const ProgramAnswer first = call_sync(place);
  CHECK(first.status == 0);
  CHECK(has(first.out, "synchronised | cut per file | "));
  CHECK(has(first.out, "\nequal: "));
  CHECK(has(first.out, " by digest, 0 differences\n"));
  CHECK(read_text(place / "replica/a.txt") == "one\n");

  place.write("a.txt", "two\n");
  CHECK(call_sync(place).status == 0);
  CHECK(read_text(place / "replica/a.txt") == "two\n");
  CHECK(call_sync(place, {"--check"}).status == 0);
}

TEST_CASE("sync --check changes nothing and names the first difference") {
  const ProgramPlace place;
  REQUIRE(call_sync(place).status == 0);
  std::ofstream(place / "replica/a.txt") << "somebody else\n";
  const ProgramAnswer found = call_sync(place, {"--check"});
  CHECK(found.status == 1);
  CHECK(has(found.out, "first: "));
  CHECK(has(found.out, "a.txt"));
  CHECK(read_text(place / "replica/a.txt") == "somebody else\n");
}

TEST_CASE("what is no replica, or an emptied one, is refused") {
  const ProgramPlace place;
  std::filesystem::create_directory(place / "replica");
  std::ofstream(place / "replica/mine") << "mine";
  const ProgramAnswer strange = call_sync(place);
  CHECK(strange.status == 3);
  CHECK(has(strange.err, "refused LB-REPLICA-STRANGE"));
  std::filesystem::remove_all(place / "replica");
  REQUIRE(call_sync(place).status == 0);
  std::filesystem::remove_all(place / "replica");
  std::filesystem::create_directory(place / "replica");
  const ProgramAnswer emptied = call_sync(place);
  CHECK(emptied.status == 3);
  CHECK(has(emptied.err, "refused LB-REPLICA-EMPTIED"));
  CHECK(has(emptied.err, "next: lifeboat sync --source "));
  CHECK(call_sync(place, {"--accept-emptied-replica"}).status == 0);
  CHECK(support::call_lifeboat({"sync", "--source", place.source(), "--state", place.state()}).status == 2);
  CHECK(support::call_lifeboat({"sync", "--replica", place / "replica"}).status == 2);
}

}  // namespace test_sync
