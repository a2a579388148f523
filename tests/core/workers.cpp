// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/workers.hpp>

#include <dirent.h>
#include <signal.h>

#include <atomic>
#include <deque>
#include <string>

#include "catch.hpp"

namespace test_workers {

using namespace lifeboat;

namespace {

struct Square final : Job {
  std::uint64_t value = 0;
  std::uint64_t result = 0;
  void run() noexcept override { result = value * value; }
};

struct Held final : Job {
  std::atomic<bool> go{false};
  void run() noexcept override {
    while (!go) ::sched_yield();
  }
};

struct Look final : Job {
  bool all_blocked = false;
  std::string name;
  void run() noexcept override {
    sigset_t mask;
    sigemptyset(&mask);
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    all_blocked =
        sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGCHLD) == 1;
    char text[32] = {};
    pthread_getname_np(pthread_self(), text, sizeof text);
    name = text;
  }
};

/// Runs until as many others run too, so that it can only end when so many threads are at work.
struct Meet final : Job {
  explicit Meet(std::atomic<int>& at, int wanted) : count(at), all(wanted) {}
  std::atomic<int>& count;
  int all;
  void run() noexcept override {
    ++count;
    while (count.load() < all) sched_yield();
  }
};

std::size_t threads_of_this_process() {
  std::size_t count = 0;
  DIR* tasks = opendir("/proc/self/task");
  REQUIRE(tasks != nullptr);
  while (const dirent* entry = readdir(tasks))
    if (entry->d_name[0] != '.') ++count;
  closedir(tasks);
  return count;
}

}  // namespace

TEST_CASE("jobs are taken back in the order in which they were given") {
  Workers workers(3);
  std::deque<Square> jobs;
  std::uint64_t sum = 0;
  std::uint64_t next = 0;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    jobs.emplace_back().value = i;
    workers.submit(jobs.back());
    if (jobs.size() < 64) continue;
    workers.wait(jobs.front());
    REQUIRE(jobs.front().result == next * next);
    ++next;
    sum += jobs.front().result;
    jobs.pop_front();
  }
  for (; !jobs.empty(); jobs.pop_front()) {
    workers.wait(jobs.front());
    sum += jobs.front().result;
  }
  CHECK(sum == 19999ULL * 20000 * 39999 / 6);
}

TEST_CASE("a job that was waited for may be given again") {
  Workers workers(1);
  Square job;
  for (std::uint64_t i = 0; i < 100; ++i) {
    job.value = i;
    workers.submit(job);
    workers.wait(job);
    REQUIRE(job.result == i * i);
  }
}

TEST_CASE("as many threads work at once as were asked for") {
  Workers workers(4);
  CHECK(workers.threads() == 4);
  std::atomic<int> count{0};
  std::deque<Meet> jobs;
  for (int i = 0; i < 4; ++i) workers.submit(jobs.emplace_back(count, 4));
  for (Meet& job : jobs) workers.wait(job);
  CHECK(count == 4);
}

TEST_CASE("no thread starts before there is a job, and all end with the pool") {
  const std::size_t before = threads_of_this_process();
  {
    Workers workers(4);
    CHECK(threads_of_this_process() == before);
    Square job;
    workers.submit(job);
    workers.wait(job);
    CHECK(threads_of_this_process() > before);
  }
  // A thread that was joined may still be seen for a moment; one that was not is seen for ever.
  while (threads_of_this_process() != before) sched_yield();
}

TEST_CASE("threads of the library block all signals and have its name") {
  sigset_t before;
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  Workers workers(1);
  Look job;
  workers.submit(job);
  workers.wait(job);
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  CHECK(job.all_blocked);
  CHECK(job.name == "lifeboat-work");
  CHECK(sigismember(&before, SIGTERM) == sigismember(&after, SIGTERM));
}

TEST_CASE("a pool that goes drops what has not begun") {
  std::deque<Square> jobs(1000);
  Workers workers(2);
  for (Square& job : jobs) workers.submit(job);
}

TEST_CASE("0 threads are as many as the process may run on") {
  CHECK(Workers(0).threads() == processors_allowed());
  CHECK(processors_allowed() >= 1);
  CHECK(threads_of(Budgets{.threads = 7}) == 7);
  CHECK(threads_of(Budgets{}) == processors_allowed());
}

TEST_CASE("a job that is not done is not waited for longer than was asked") {
  Workers workers(1);
  Held held;
  workers.submit(held);
  CHECK_FALSE(workers.wait_for(held, std::chrono::milliseconds(1)));
  held.go = true;
  while (!workers.wait_for(held, std::chrono::milliseconds(1))) {
  }
  workers.wait(held);
}

}  // namespace test_workers
