// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/fork_guard.hpp>

#include <sys/wait.h>

#include "catch.hpp"

namespace test_fork_guard {

using namespace lifeboat;

TEST_CASE("a handle answers its maker, and forked in a child") {
  ForkGuard guard;
  REQUIRE(guard.check("the handle"));
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const Status checked = guard.check("the handle");
    ::_exit(!checked && checked.error().id() == ErrorId::forked ? 7 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
  CHECK(guard.check("the handle"));
}

TEST_CASE("a guard that was moved still tells") {
  ForkGuard guard;
  ForkGuard moved(std::move(guard));
  CHECK(moved.check("it"));
  ForkGuard assigned;
  assigned = std::move(moved);
  CHECK(assigned.check("it"));
}

}  // namespace test_fork_guard
