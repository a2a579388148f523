// SPDX-License-Identifier: BSL-1.0
#include <filesystem>

#include "catch.hpp"
#include "support/program.hpp"

namespace test_opening_choose_media {

using support::ProgramAnswer;
using support::ProgramPlace;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a medium is enough to look, and with several sources the words must say which") {
  const ProgramPlace place;
  const ProgramAnswer none = place.call({"list"});
  CHECK(none.status == 3);
  CHECK(has(none.err, "refused LB-MEDIUM-MISSING: " + place.medium() + ": there is no such folder: is it mounted?"));
  REQUIRE(place.backup().status == 0);
  CHECK(place.call({"list"}).status == 0);
  REQUIRE(place.call_with_source({"backup", "--id", "other"}).status == 0);
  const ProgramAnswer both = place.call({"list"});
  CHECK(both.status == 3);
  CHECK(both.err == "refused LB-SOURCE-UNKNOWN: " + place.medium() +
                        " holds several sources: ledger, other. Nothing was changed.\nnext: lifeboat list --medium " +
                        place.medium() + " --id ledger\n");
  CHECK(place.call({"list", "--id", "other"}).status == 0);
  const ProgramAnswer unknown = place.call({"list", "--id", "third"});
  CHECK(unknown.status == 3);
  CHECK(has(unknown.err, " holds nothing of third, but of: ledger, other. Nothing was changed."));
  CHECK(place.call({"list", "--id", "a b"}).status == 2);
  CHECK(support::call_lifeboat({"list"}).status == 2);
}

TEST_CASE("the medium comes from the environment where no word names it") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  ::setenv("LIFEBOAT_MEDIUM", place.medium().c_str(), 1);
  const ProgramAnswer told = support::call_lifeboat({"list"});
  const ProgramAnswer other = support::call_lifeboat({"list", "--medium", "disk:" + place / "none"});
  ::unsetenv("LIFEBOAT_MEDIUM");
  CHECK(told.status == 0);
  CHECK(other.status == 3);
}

TEST_CASE("the state folder is the source's own, below XDG_STATE_HOME, wherever it is called from") {
  const ProgramPlace place;
  const char* before = std::getenv("XDG_STATE_HOME");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("XDG_STATE_HOME", (place / "xdg").c_str(), 1);
  const ProgramAnswer first = place.call({"backup", "--source", place.source()});
  const ProgramAnswer second = place.call({"backup", "--source", place.source() + "/../ledger/"});
  if (before == nullptr)
    ::unsetenv("XDG_STATE_HOME");
  else
    ::setenv("XDG_STATE_HOME", kept.c_str(), 1);
  CHECK(first.status == 0);
  CHECK(second.status == 0);
  std::size_t folders = 0;
  for (const auto& entry : std::filesystem::directory_iterator(place / "xdg/lifeboat")) {
    CHECK(entry.path().filename().string().size() == 16);
    ++folders;
  }
  CHECK(folders == 1);
}

TEST_CASE("an archive is chosen by latest, by its id, or by enough digits of it") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  const std::string shown = place.call({"show"}).out;
  const std::string id = shown.substr(std::string("archive ").size(), 32);
  for (const std::string& name : {std::string("latest"), id, id.substr(0, 1), id.substr(0, 8)})
    CHECK(place.call({"show", name}).out == shown);
  CHECK(place.call({"show", id + "0"}).status == 3);
  REQUIRE(place.backup().status == 0);
  const ProgramAnswer both = place.call({"show", ""});
  CHECK(both.status == 2);
}

TEST_CASE("objects without a chain are named, with the line that restores them all the same") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  const std::string id = place.call({"show"}).out.substr(std::string("archive ").size(), 12);
  std::filesystem::remove_all(place / "backup/chain");
  for (const auto& words : {std::vector<std::string>{"list"}, {"list", "--id", "ledger"}}) {
    const ProgramAnswer list = place.call(words);
    CHECK(list.status == 3);
    CHECK(has(list.err, " holds something of 1 archive of ledger, and no chain that names them: " + id +
                            ". Nothing was changed.\nnext: lifeboat restore --id ledger --archive " + id +
                            " --despite chain --target DIR --medium " + place.medium() + "\n"));
  }
}

TEST_CASE("a medium inside its source is refused, unless it is left out; so is a target inside the medium") {
  const ProgramPlace place;
  const std::string inside = "disk:" + place.source() + "/sub/repo";
  const auto backup = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"backup", "--source", place.source(), "--state", place.state(), "--medium", inside});
    return support::call_lifeboat(more);
  };
  const ProgramAnswer refused = backup({});
  CHECK(refused.status == 3);
  CHECK(
      has(refused.err, "refused LB-COMBINATION: the medium " + inside + " is inside the source. Nothing was changed."));
  CHECK(has(refused.err, "--medium " + inside + " --exclude /sub/repo\n"));
  CHECK(backup({"--dry-run"}).status == 3);
  CHECK_FALSE(std::filesystem::exists(place.source() + "/sub/repo"));
  CHECK(backup({"--exclude", "/sub/repo"}).status == 0);
  CHECK(has(support::call_lifeboat({"list", "--medium", inside}).out, " in 4 entries"));

  const ProgramAnswer target =
      support::call_lifeboat({"restore", "--medium", inside, "--target", place.source() + "/sub/repo/in"});
  CHECK(target.status == 3);
  CHECK(has(target.err, "is inside the medium"));
}

TEST_CASE("what only looks needs neither a home nor a right to the state folder") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  const char* before = std::getenv("HOME");
  const std::string home = before == nullptr ? "" : before;
  ::unsetenv("HOME");
  const ProgramAnswer status = place.call({"status", "--source", place.source()});
  const ProgramAnswer backup = place.call({"backup", "--source", place.source()});
  if (before != nullptr) ::setenv("HOME", home.c_str(), 1);
  CHECK(status.status == 0);
  CHECK(has(status.out, "unanchored"));
  CHECK(backup.status == 3);
  CHECK(has(backup.err, "refused LB-STATE-FOLDER: neither XDG_STATE_HOME nor HOME"));
}

TEST_CASE("a repository whose descriptor is gone is told from something else") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  std::filesystem::remove(place / "backup/repository");
  const ProgramAnswer gone = place.call({"list"});
  CHECK(gone.status == 3);
  CHECK(has(gone.err, " holds archives, but its descriptor, the object repository, is missing. Nothing was changed."));
  std::filesystem::remove_all(place / "backup/archive");
  CHECK(has(place.backup().err, " holds objects, but is no Lifeboat repository. Nothing was changed."));
}

}  // namespace test_opening_choose_media
