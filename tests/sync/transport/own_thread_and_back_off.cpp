// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/own_thread.hpp>
#include <lifeboat/sync/transport/link_status.hpp>

#include <string>
#include <thread>

#include "catch.hpp"

namespace test_own_thread_and_back_off {

using namespace lifeboat;
using namespace std::chrono_literals;

TEST_CASE("a thread of the library is named, and blocks all signals that can be blocked") {
  struct Seen {
    char name[16] = {};
    bool usr1 = false;
    bool term = false;
    bool main_usr1 = false;
  } seen;
  {
    OwnThread thread;
    CHECK_FALSE(thread.running());
    REQUIRE(thread.start("lifeboat-test", &seen, [](void* self) noexcept {
      auto& to = *static_cast<Seen*>(self);
      (void)::pthread_getname_np(::pthread_self(), to.name, sizeof to.name);
      sigset_t blocked;
      (void)::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
      to.usr1 = ::sigismember(&blocked, SIGUSR1) == 1;
      to.term = ::sigismember(&blocked, SIGTERM) == 1;
    }) == 0);
    CHECK(thread.running());
    thread.join();
    CHECK_FALSE(thread.running());
  }
  CHECK(std::string(seen.name) == "lifeboat-test");
  CHECK(seen.usr1);
  CHECK(seen.term);
  sigset_t here;
  REQUIRE(::pthread_sigmask(SIG_SETMASK, nullptr, &here) == 0);
  CHECK(::sigismember(&here, SIGUSR1) == 0);
}

TEST_CASE("tries come further apart, up to a limit, and never twice at one time") {
  BackOff back_off(100ms, 1000ms);
  CHECK(back_off.next(0) == 100ms);
  CHECK(back_off.next(0) == 200ms);
  CHECK(back_off.next(200) == 200ms);  // 400 less half of it
  CHECK(back_off.next(17) == 783ms);
  for (std::uint64_t random : {0U, 7U, 499U, 500U, 501U, 12345U}) {
    const auto wait = back_off.next(random);
    CHECK(wait <= 1000ms);
    CHECK(wait >= 500ms);
  }
  back_off.reset();
  CHECK(back_off.next(0) == 100ms);
}

TEST_CASE("who waits for the standby is woken when it is there, and when it never will be") {
  StandbyHead head;
  CHECK(head.acknowledged() == Position{});
  CHECK_FALSE(head.wait({1, 1}, std::chrono::steady_clock::now() + 1ms));
  head.move({1, 7});
  head.move({1, 5});  // it only rises
  CHECK(head.acknowledged() == Position{1, 7});
  CHECK(head.wait({1, 7}, {}));
  bool there = false;
  bool never = true;
  std::thread waits([&] {
    there = head.wait({1, 9}, {});
    never = head.wait({2, 1}, {});
  });
  head.move({1, 10});
  head.close();
  waits.join();
  CHECK(there);
  CHECK_FALSE(never);
  CHECK(head.wait({1, 10}, {}));
}

TEST_CASE("who waits for a standby that is heard of is woken when it no longer is") {
  StandbyHead head;
  CHECK_FALSE(head.wait_connected({1, 1}, {}));  // it never was
  head.connect(true);
  head.move({1, 3});
  CHECK(head.wait_connected({1, 3}, {}));
  bool there = true;
  std::thread waits([&] { there = head.wait_connected({1, 4}, {}); });
  head.connect(false);
  waits.join();
  CHECK_FALSE(there);
  CHECK(head.wait_connected({1, 3}, {}));  // what it has, it has
}

}  // namespace test_own_thread_and_back_off
