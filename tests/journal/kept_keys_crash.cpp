// SPDX-License-Identifier: BSL-1.0
// Every call with which kept keys change their folder, one at a time: the process dies before it, dies after it, or the
// call fails. What is found afterwards holds every key that was covered. crash.cpp defines the calls that break.
#include <lifeboat/journal/kept_keys.hpp>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "catch.hpp"
#include "support/broken_calls.hpp"
#include "support/in_child.hpp"
#include "support/temp_folder.hpp"

using namespace lifeboat;
using support::around;
using support::Breakage;
using support::broken_calls;

// NOLINTBEGIN: the signatures are the C library's
extern "C" {
int renameat(int a, const char* from, int b, const char* to) noexcept {
  return around<int (*)(int, const char*, int, const char*)>("renameat", a, from, b, to);
}
int unlinkat(int folder, const char* name, int flags) noexcept {
  return around<int (*)(int, const char*, int)>("unlinkat", folder, name, flags);
}
}
// NOLINTEND

namespace {

std::string key(std::uint64_t n) { return "payment-" + std::to_string(n); }
KnownKey known(std::uint64_t n) { return {{1, n}, content_of(as_bytes(key(n)))}; }

auto open_keys(const std::string& folder) {
  return KeptKeys::open({.folder = folder, .retry_groups = ~std::uint64_t{0}, .memory = 64U << 10U});
}

/// Learns from what is covered on, as a start does that replays the journal; tells what is covered after each.
template <class Tell>
void work(const std::string& folder, std::uint64_t count, Tell tell) {
  const auto keys = open_keys(folder);
  if (!keys) return;
  std::uint64_t n = (*keys)->covered().sequence;
  tell(n);
  for (const std::uint64_t end = n + count; n < end; ++n) {
    if (!(*keys)->learn(key(n + 1), known(n + 1))) return;
    (*keys)->cover({1, n + 1});
    if (n % 300 == 299) (void)(*keys)->tidy().has_value();
    tell((*keys)->covered().sequence);
  }
  (void)(*keys)->save().has_value();
  tell((*keys)->covered().sequence);
}

void check_left(const std::string& folder, std::uint64_t covered) {
  const auto keys = open_keys(folder);
  INFO((keys ? std::string() : keys.error().sentence()));
  REQUIRE(keys);
  REQUIRE((*keys)->covered().sequence >= covered);
  REQUIRE((*keys)->verify());
  for (std::uint64_t n = 1; n <= (*keys)->covered().sequence; ++n) {
    const auto found = (*keys)->find(key(n));
    const bool right = found && *found == known(n);
    if (!right) FAIL("key " << n << " of " << covered << " is not known");
  }
  // No run is left that nobody names.
  std::size_t runs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    runs += entry.path().filename().string().starts_with("run-") ? 1U : 0U;
  CHECK(runs == (*keys)->facts().runs);
}

}  // namespace

TEST_CASE("a process that dies at any call leaves every key that was covered") {
  const support::TempFolder folder;
  const std::string before = folder / "before";
  work(before, 900, [](std::uint64_t) {});
  for (const bool anew : {true, false})
    for (const Breakage breakage : {Breakage::die_before, Breakage::die_after})
      for (int at = 1;; ++at) {
        const std::string here = folder / "here";
        std::filesystem::remove_all(here);
        if (!anew) std::filesystem::copy(before, here);
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        const pid_t child = ::fork();
        if (child == 0) {
          broken_calls().at = at;
          broken_calls().breakage = breakage;
          work(here, 800, [&](std::uint64_t covered) {
            if (::write(ends[1], &covered, sizeof covered) != sizeof covered) ::_exit(1);
          });
          ::_exit(0);
        }
        ::close(ends[1]);
        std::uint64_t covered = 0;
        std::uint64_t told = 0;
        while (::read(ends[0], &told, sizeof told) == sizeof told) covered = told;
        ::close(ends[0]);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        INFO("call " << at << " breakage " << static_cast<int>(breakage) << (anew ? " in a new folder" : ""));
        check_left(here, covered);
        REQUIRE(WIFEXITED(status));
        if (WEXITSTATUS(status) == 0) {  // there were not so many calls
          CHECK(at > 40);
          CHECK(covered == (anew ? 800 : 1700));
          break;
        }
        REQUIRE(WEXITSTATUS(status) == support::died_as_planned);
      }
}

TEST_CASE("a call that fails loses no key that was covered, and what could not be learned makes find an error") {
  const support::TempFolder folder;
  for (const Breakage breakage : {Breakage::fail, Breakage::short_write})
    for (int at = 1; at < 60; ++at) {
      const std::string here = folder / "here";
      std::filesystem::remove_all(here);
      const auto answer = support::in_child([&] {
        broken_calls().error = at % 2 == 0 ? EIO : ENOSPC;
        broken_calls().at = at;
        broken_calls().breakage = breakage;
        const auto keys = open_keys(here);
        if (!keys) return std::string("0");
        std::uint64_t learned = 0;
        for (; learned < 1'500; ++learned) {
          const Status done = (*keys)->learn(key(learned + 1), known(learned + 1));
          if (!done) {
            const auto asked = (*keys)->find(key(learned + 1));
            if (asked || asked.error().id() != ErrorId::stopped) return std::string("a key was lost silently");
            break;
          }
          (*keys)->cover({1, learned + 1});
          if (const auto found = (*keys)->find(key(learned + 1)); !found || !*found)
            return std::string("a key is not found");
        }
        return std::to_string((*keys)->covered().sequence);
      });
      INFO("call " << at << " breakage " << static_cast<int>(breakage));
      REQUIRE(answer.status == 0);
      INFO(answer.text);
      REQUIRE(answer.text.find_first_not_of("0123456789") == std::string::npos);
      check_left(here, std::strtoull(answer.text.c_str(), nullptr, 10));
    }
}

TEST_CASE("processes that are killed at any moment lose no key that was covered") {
  const support::TempFolder folder;
  const std::string here = folder / "k";
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 dice(seed);
  std::uint64_t covered = 0;
  for (int round = 0; round < 15; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      work(here, ~std::uint64_t{0} / 2, [&](std::uint64_t now) {
        if (::write(ends[1], &now, sizeof now) != sizeof now) ::_exit(1);
      });
      ::_exit(1);
    }
    ::close(ends[1]);
    std::uint64_t told = 0;
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(dice() % 60);
    while (std::chrono::steady_clock::now() < until && ::read(ends[0], &told, sizeof told) == sizeof told)
      covered = told;
    REQUIRE(::kill(child, SIGKILL) == 0);
    while (::read(ends[0], &told, sizeof told) == sizeof told) covered = told;
    ::close(ends[0]);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    check_left(here, covered);
  }
  CHECK(covered > 0);
}
