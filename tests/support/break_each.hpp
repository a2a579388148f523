// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "catch.hpp"
#include "support/broken_calls.hpp"

// Runs something again and again, each time with another of its system calls broken.
namespace support {

/// A folder in memory where there is one: what a process that died leaves is the same.
inline std::string fast_place() { return ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; }

/// What a broken run came to.
enum class Ran { died, failed, done };

/// Runs `work` in a child whose call number `at` breaks; gives how it ended, and how many calls came.
template <class Work>
std::pair<Ran, int> run_broken(Breakage breakage, int at, int error, Work&& work) {
  auto* const seen = static_cast<std::atomic<int>*>(
      ::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  REQUIRE(static_cast<void*>(seen) != MAP_FAILED);
  const pid_t child = ::fork();
  if (child == 0) {
    broken_calls().error = error;
    broken_calls().at = at;
    broken_calls().breakage = breakage;
    const bool good = work();
    broken_calls().breakage = Breakage::none;
    *seen = broken_calls().seen.load();
    ::_exit(good ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  const int calls = *seen;
  ::munmap(seen, sizeof(std::atomic<int>));
  REQUIRE(WIFEXITED(status));
  const int code = WEXITSTATUS(status);
  REQUIRE((code <= 1 || code == died_as_planned));
  return {code == 0 ? Ran::done : code == 1 ? Ran::failed : Ran::died, calls};
}

/// Breaks each call in turn in each way. `prepare` makes the beginning anew, `look` is told how the run ended. Gives
/// how many calls there were. With steps, the two errors fail other calls.
template <class Prepare, class Work, class Look>
int break_each(Prepare&& prepare, Work&& work, Look&& look, int step_of_deaths = 1, int step_of_failures = 1) {
  int most = 0;
  for (const auto& [breakage, error] : {std::pair{Breakage::die_before, 0}, std::pair{Breakage::die_after, 0},
                                        std::pair{Breakage::fail, EIO}, std::pair{Breakage::fail, ENOSPC}})
    for (int at = error == ENOSPC && step_of_failures > 1 ? 2 : 1;;
         at += breakage == Breakage::fail ? step_of_failures : step_of_deaths) {
      INFO("call " << at << " breakage " << static_cast<int>(breakage) << " error " << error);
      prepare();
      const auto [ran, calls] = run_broken(breakage, at, error, work);
      look(ran);
      if (ran == Ran::died) continue;
      most = std::max(most, calls);
      if (calls < at) break;
    }
  return most;
}

inline void copy_over(const std::string& from, const std::string& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

}  // namespace support
