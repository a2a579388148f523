// SPDX-License-Identifier: BSL-1.0
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>

#include "catch.hpp"
#include "support/program.hpp"

namespace test_backup_dry_run {

using support::ProgramAnswer;
using support::ProgramPlace;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the first archive is a full, the next one an increment, and the answer says what was done") {
  const ProgramPlace place;
  const ProgramAnswer first = place.backup();
  CHECK(first.status == 0);
  CHECK(first.out.starts_with("full "));
  CHECK(has(first.out, " | cut per file at 1:1 | read 97.7 KiB, stored "));
  CHECK(has(first.out, " | decoded and compared | committed 1-1 | "));
  CHECK(std::count(first.out.begin(), first.out.end(), '\n') == 1);

  place.write("a.txt", "two\n");
  const ProgramAnswer second = place.backup();
  CHECK(second.status == 0);
  CHECK(second.out.starts_with("incremental "));
  CHECK(has(second.out, "reused 97.7 KiB"));
  CHECK(has(second.out, "committed 1-2"));

  CHECK(place.call_with_source({"backup", "--strategy", "full"}).out.starts_with("full "));
  CHECK(place.call_with_source({"backup", "--strategy", "differential"}).out.starts_with("differential "));
}

TEST_CASE("a medium on the source's device is named") {
  const ProgramPlace place;
  const ProgramAnswer answer = place.backup();
  CHECK(has(answer.err, "warning LB-SAME-DEVICE: " + place.medium() + " is on the device of " + place.source() +
                            ": this is no backup.\nnext: a medium on another machine\n"));
}

TEST_CASE("a dry run counts and changes nothing") {
  const ProgramPlace place;
  const ProgramAnswer before = place.call_with_source({"backup", "--dry-run"});
  CHECK(before.status == 0);
  CHECK(has(before.out, "a repository would be made: " + place.medium()));
  CHECK(has(before.out, "would take a full | 4 entries: 4 new, 0 changed, 0 removed | read 97.7 KiB of 97.7 KiB"));
  CHECK(has(before.out, "next: lifeboat backup --source"));
  CHECK_FALSE(has(before.out, "--dry-run --source"));
  CHECK_FALSE(std::filesystem::exists(place / "backup"));
  CHECK_FALSE(std::filesystem::exists(place / "state"));

  REQUIRE(place.backup().status == 0);
  std::filesystem::remove(place.source() + "/a.txt");
  const ProgramAnswer after = place.call_with_source({"backup", "--dry-run"});
  CHECK(has(after.out, "would take an archive on "));
  CHECK(has(after.out, "1 removed"));
  CHECK(has(place.call({"list"}).out, "1 archive\n"));
}

TEST_CASE("what is missing is refused with the line that helps, and nothing is made") {
  const ProgramPlace place;
  const ProgramAnswer nothing = support::call_lifeboat({"backup"});
  CHECK(nothing.status == 2);
  CHECK(nothing.err ==
        "refused LB-USAGE: backup needs a source. Nothing was changed.\nnext: lifeboat backup --source DIR\n");

  const ProgramAnswer gone = place.call({"backup", "--source", place / "gone", "--state", place.state()});
  CHECK(gone.status == 3);
  CHECK(gone.err == "refused LB-SOURCE-MISSING: the source " + place / "gone" +
                        " is not there: No such file or directory. Nothing was changed.\nnext: ls -ld " +
                        place / "gone" + "\n");
  CHECK_FALSE(std::filesystem::exists(place / "backup"));

  const ProgramAnswer strange = support::call_lifeboat({"backup", "--source", place.source(), "--medium", "tape:x"});
  CHECK(strange.status == 2);
  CHECK(has(strange.err, "\"tape:x\" names no medium; known are disk:"));
}

TEST_CASE("a medium that is not mounted is refused, whether its folder is empty or gone") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  std::filesystem::rename(place / "backup", place / "away");
  const ProgramAnswer gone = place.backup();
  CHECK(gone.status == 3);
  CHECK(has(gone.err, "refused LB-MEDIUM-MISSING: " + place.medium() +
                          " is not there, but 1 archive was written there: is it mounted?"));
  CHECK(has(gone.err, "next: lifeboat backup --source " + place.source()));
  CHECK(has(gone.err, "    # when it is mounted\n"));
  CHECK_FALSE(std::filesystem::exists(place / "backup"));

  std::filesystem::create_directory(place / "backup");
  const ProgramAnswer empty = place.backup();
  CHECK(empty.status == 3);
  CHECK(has(empty.err, "refused LB-MEDIUM-EMPTY: " + place.medium() +
                           " is empty, but 1 archive was written there: is it mounted?"));
  CHECK(std::filesystem::is_empty(place / "backup"));

  std::filesystem::remove(place / "backup");
  std::filesystem::rename(place / "away", place / "backup");
  CHECK(place.backup().status == 0);
}

TEST_CASE("an emptied source is refused, and taken when that is said") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  std::filesystem::remove_all(place.source());
  std::filesystem::create_directory(place.source());
  const ProgramAnswer refused = place.backup();
  CHECK(refused.status == 3);
  CHECK(has(
      refused.err,
      "refused LB-SOURCE-EMPTIED: the source ledger is empty, but had 3 entries at the last backup: is it mounted?"));
  CHECK(has(refused.err, "next: lifeboat backup --source " + place.source()));
  CHECK(has(refused.err, " --accept-emptied    # if it is meant to be empty\n"));
  CHECK(has(place.call({"list"}).out, "1 archive\n"));

  const ProgramAnswer taken = place.call_with_source({"backup", "--accept-emptied"});
  CHECK(taken.status == 4);
  CHECK(has(taken.err, "warning LB-SOURCE-SHRUNKEN"));
}

TEST_CASE("a skipped socket is said and is no gap") {
  const ProgramPlace place;
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(socket >= 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = place.source() + "/s";
  REQUIRE(path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(socket);
  const ProgramAnswer answer = place.backup();
  CHECK(answer.status == 0);
  CHECK(has(answer.err, "warning LB-ENTRY-SKIPPED: 's' is a socket"));
}

TEST_CASE("the loss of the state folder drops the anchor, and that is printed") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  CHECK_FALSE(has(place.backup().err, "LB-UNANCHORED"));
  std::filesystem::remove_all(place.state());
  const ProgramAnswer answer = place.backup();
  CHECK(answer.status == 0);
  CHECK(
      has(answer.err, "warning LB-UNANCHORED: the state folder " + place.state() + " remembers nothing of this chain"));
  CHECK_FALSE(has(place.backup().err, "LB-UNANCHORED"));
}

TEST_CASE("an unknown policy is refused by its name") {
  const ProgramPlace place;
  CHECK(has(place.call_with_source({"backup", "--strategy", "weekly"}).err, "there is no strategy \"weekly\""));
  CHECK(has(place.call_with_source({"backup", "--verifier", "md5"}).err, "there is no verifier \"md5\""));
  CHECK(has(place.call_with_source({"backup", "--structural", "md5"}).err, "there is no structural digest \"md5\""));
  const ProgramAnswer weak = place.call_with_source({"backup", "--verifier", "xxh3"});
  CHECK(weak.status == 3);
  CHECK(has(weak.err,
            "refused LB-COMBINATION: an incremental or differential takes content of equal digest for unchanged"));
  CHECK(weak.err.ends_with(" --state " + place.state() + " --medium " + place.medium() + " --strategy full\n"));
  CHECK(place.call_with_source({"backup", "--verifier", "xxh3", "--strategy", "full"}).status == 0);
  CHECK(place.call_with_source({"backup", "--exclude", "[z-"}).status == 2);
}

TEST_CASE("a stop leaves the repository as it was") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  std::stop_source stop;
  stop.request_stop();
  place.write("a.txt", "three\n");
  const ProgramAnswer answer = place.call_with_source({"backup"}, stop.get_token());
  CHECK(answer.status == 130);
  CHECK(has(answer.err, "error LB-INTERRUPTED: "));
  CHECK(has(place.call({"list"}).out, "1 archive\n"));
  CHECK(place.call({"verify"}).status == 0);
}

TEST_CASE("what was committed stands where the state folder can not be written any more") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(place.state()))
    if (entry.is_directory()) folders.push_back(entry.path());
  REQUIRE(folders.size() == 1);
  std::filesystem::create_directory(folders.front() / "anchor.new");  // where it would be written: not even root can
  const ProgramAnswer answer = place.backup();
  CHECK(answer.status == 0);
  CHECK(has(answer.err, "warning LB-STATE-FOLDER: "));
  CHECK(has(place.call({"list"}).out, "2 archives\n"));
}

TEST_CASE("what was not changed is not told as changed") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  CHECK(has(place.call_with_source({"backup", "--dry-run"}).out, "0 new, 0 changed, 0 removed | read 97.7 KiB of"));
  CHECK(has(place.backup().out, "4 entries, 0 changed, 0 removed"));  // though all of it is read again, so young it is
}

}  // namespace test_backup_dry_run
