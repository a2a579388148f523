// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/random.hpp>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <set>

#include "catch.hpp"

namespace test_random {

using namespace lifeboat;

namespace {

/// Whether 64 buffers of 4099 bytes are all different, and each has about as many ones as zeros.
bool looks_random() {
  std::set<Bytes> seen;
  SystemRandom random;
  for (int i = 0; i < 64; ++i) {
    Bytes bytes(4099);
    random.fill(bytes);
    int ones = 0;
    for (const std::byte b : bytes) ones += __builtin_popcount(std::to_integer<unsigned>(b));
    if (ones < 4099 * 4 - 1000 || ones > 4099 * 4 + 1000) return false;  // over ten standard deviations
    Id id = random_id(random);
    seen.insert(Bytes(id.bytes.begin(), id.bytes.end()));
    seen.insert(std::move(bytes));
  }
  return seen.size() == 128;
}

/// Forbids a system call to this process from now on: it fails with EPERM.
bool forbid(unsigned number) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter{4, program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

enum Answer : int { random_bits = 0, not_random = 1, not_forbidden = 2, no_filters = 3 };

/// What a child finds that may call neither getrandom nor, if asked, openat.
int in_a_sandbox(bool without_files) {
  const pid_t child = ::fork();
  REQUIRE(child != -1);
  if (child == 0) {
    if (!forbid(SYS_getrandom) || (without_files && !forbid(SYS_openat))) ::_exit(no_filters);
    std::byte one[1];
    if (fill_random(one) != EPERM) ::_exit(not_forbidden);
    if (without_files && open_at(AT_FDCWD, "/dev/urandom", O_RDONLY).error != EPERM) ::_exit(not_forbidden);
    ::_exit(looks_random() ? random_bits : not_random);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("the machine's random bits fill any length, and ids differ") {
  CHECK(looks_random());
  SystemRandom random;
  random.fill({});
}

TEST_CASE("a sandbox without getrandom still has random bits, and one without files too") {
  for (const bool without_files : {false, true}) {
    const int answer = in_a_sandbox(without_files);
    if (answer == no_filters) {
      WARN("this machine lets no process filter its system calls: not tried");
      continue;
    }
    CHECK(answer == random_bits);
  }
}

TEST_CASE("an environment's own random bits are taken in place of the machine's") {
  struct Sevens final : RandomPort {
    void fill(MutableBytes out) override {
      for (std::byte& b : out) b = std::byte{7};
    }
  } sevens;
  Environment environment;
  CHECK(random_id(environment) != random_id(environment));
  environment.random = &sevens;
  CHECK(to_hex(random_id(environment).view()) == "07070707070707070707070707070707");
}

}  // namespace test_random
