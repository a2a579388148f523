// SPDX-License-Identifier: BSL-1.0
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "catch.hpp"
#include "support/program.hpp"

namespace test_signals {

using support::ProgramAnswer;
using support::ProgramPlace;
using support::SpawnedProgram;
using support::TempFolder;

namespace {

/// Everything below a folder with its length.
std::vector<std::string> listing(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().string().find("/lock/") != std::string::npos || !entry.is_regular_file()) continue;
    names.push_back(entry.path().string() + " " + std::to_string(entry.file_size()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool program_is_there() {
  const char* program = std::getenv("LIFEBOAT_PROGRAM");
  return program != nullptr && std::filesystem::exists(program);
}

}  // namespace

TEST_CASE("a signal stops a backup cleanly, twice as well: 130, and the repository is as it was") {
  REQUIRE(program_is_there());
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  const std::vector<std::string> before = listing(place / "backup");
  // Big enough for no machine to be through before the signal comes.
  const int big = ::open((place.source() + "/big").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const std::string block(1U << 20U, 'x');
  for (int i = 0; i < 512; ++i) REQUIRE(::write(big, block.data(), block.size()) == static_cast<ssize_t>(block.size()));
  ::close(big);
  for (const int number : {SIGINT, SIGTERM}) {
    const TempFolder folder;
    SpawnedProgram program({"backup", "--source", place.source(), "--state", place.state(), "--medium", place.medium()},
                           folder);
    REQUIRE(program.began());
    // The stream of the new archive exists: the backup is under way.
    while (listing(place / "backup").size() == before.size() && program.running()) std::this_thread::yield();
    ::kill(program.pid(), number);
    ::kill(program.pid(), number);
    const ProgramAnswer answer = program.wait();
    CHECK(answer.status == 130);
    CHECK(answer.err.find("stopping; nothing is left half done\n") != std::string::npos);
    CHECK(answer.err.find("error LB-INTERRUPTED: ") != std::string::npos);
    std::vector<std::string> after = listing(place / "backup");
    CHECK(after == before);
  }
  CHECK(place.call({"verify"}).status == 0);
}

TEST_CASE("a second backup is refused with the phase of the first") {
  REQUIRE(program_is_there());
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  place.write("big", std::string(std::size_t{256} << 20U, 'x'));
  const TempFolder folder;
  SpawnedProgram program(
      {"backup", "--source", place.source(), "--state", place.state(), "--medium", place.medium(), "--limit-rate",
       "128MiB"},
      folder);
  REQUIRE(program.began());
  const std::string note = place / "state/running";
  while (!support::read_text(note).ends_with('\n') && program.running()) std::this_thread::yield();
  ::kill(program.pid(), SIGSTOP);
  const ProgramAnswer second = place.backup();
  ::kill(program.pid(), SIGCONT);
  CHECK(second.status == 3);
  CHECK(second.err.find("refused LB-BUSY: another process is writing for this source") != std::string::npos);
  CHECK(second.err.find("; process " + std::to_string(program.pid()) + " is at it: read ") != std::string::npos);
  CHECK(program.wait().status == 0);
  CHECK_FALSE(std::filesystem::exists(note));
}

TEST_CASE("a signal that the program was started to ignore stays ignored") {
  REQUIRE(program_is_there());
  const ProgramPlace place;
  place.write("big", std::string(std::size_t{64} << 20U, 'x'));
  const TempFolder folder;
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGHUP, &ignore, &before);
  SpawnedProgram program({"backup", "--source", place.source(), "--state", place.state(), "--medium", place.medium()},
                         folder);
  ::sigaction(SIGHUP, &before, nullptr);
  REQUIRE(program.began());
  while (!std::filesystem::exists(place / "backup/repository") && program.running()) std::this_thread::yield();
  ::kill(program.pid(), SIGHUP);
  CHECK(program.wait().status == 0);
}

TEST_CASE("the built program runs from nothing but a medium") {
  REQUIRE(program_is_there());
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  const TempFolder folder;
  SpawnedProgram program({"restore", "--medium", place.medium(), "--target", place / "fixed"}, folder);
  const ProgramAnswer answer = program.wait();
  CHECK(answer.status == 0);
  CHECK(answer.err.empty());
  CHECK(support::read_text(place / "fixed/a.txt") == "one\n");
}

}  // namespace test_signals
