// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

#include <lifeboat/core/environment.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

template <class>
class BasicWorkers;

/// A piece of work for a pool of threads. Whoever submits it keeps it alive, and leaves it alone, until `wait` returns
/// or the pool is gone. What went wrong is a member of the job. It may be submitted again after it was waited for.
struct Job {
  virtual void run() noexcept = 0;
  virtual ~Job() = default;

 private:
  template <class>
  friend class BasicWorkers;
  bool done_ = false;  // guarded by the pool's mutex
};

/// How many processors this process may run on: at least 1.
template <class = void>
unsigned processors_allowed() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  const int count = CPU_COUNT(&set);
  return count < 1 ? 1 : static_cast<unsigned>(count);
}

/// The number of threads that a budget means.
template <class = void>
unsigned threads_of(const Budgets& budgets) noexcept {
  return budgets.threads != 0 ? budgets.threads : processors_allowed();
}

/// The threads that backup, verify, restore and sync work with. Jobs begin in the order in which they were submitted;
/// one thread, the owner, submits and waits, keeps the jobs in order and bounds how many there are: a parallel stage
/// before an ordered one. No thread is started before there is a job for it. The threads block all signals, are named
/// "lifeboat-work", and have a stack of 1 MiB. Where the system gives none, jobs run inside `submit`.
/// The destructor drops jobs that have not begun, and joins.
template <class = void>
class BasicWorkers {
 public:
  static constexpr std::size_t stack_bytes = std::size_t{1} << 20U;

  /// `threads` at most; 0 means as many as the process may run on.
  explicit BasicWorkers(unsigned threads) : wanted_(threads != 0 ? threads : processors_allowed()) {
    threads_.reserve(wanted_);
  }
  BasicWorkers(const BasicWorkers&) = delete;
  BasicWorkers& operator=(const BasicWorkers&) = delete;
  ~BasicWorkers() {
    {
      const std::scoped_lock guard(mutex_);
      ending_ = true;
      queue_.clear();
    }
    work_.notify_all();
    for (const pthread_t thread : threads_) ::pthread_join(thread, nullptr);
  }

  [[nodiscard]] unsigned threads() const noexcept { return wanted_; }

  /// Hands a job over. It must not be waiting or running.
  void submit(Job& job) {
    bool start = false;
    {
      const std::scoped_lock guard(mutex_);
      job.done_ = false;
      queue_.push_back(&job);
      start = queue_.size() > idle_ && threads_.size() < wanted_;
    }
    work_.notify_one();
    if (start) start_thread();
    if (threads_.empty()) {
      {
        const std::scoped_lock guard(mutex_);
        queue_.pop_back();
      }
      job.run();
      job.done_ = true;
    }
  }

  /// Returns when the job has run.
  void wait(Job& job) {
    std::unique_lock guard(mutex_);
    done_.wait(guard, [&job] { return job.done_; });
  }
  /// The same for a moment at most; false where it is not done by then.
  bool wait_for(Job& job, std::chrono::milliseconds moment) {
    std::unique_lock guard(mutex_);
    return done_.wait_for(guard, moment, [&job] { return job.done_; });
  }

 private:
  void start_thread() {
    pthread_attr_t attributes;
    if (::pthread_attr_init(&attributes) != 0) return;
    (void)::pthread_attr_setstacksize(&attributes, stack_bytes);
    // A thread inherits the mask of the one that starts it: this way it never has a moment with another.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    if (::pthread_sigmask(SIG_SETMASK, &all, &before) == 0) {
      pthread_t thread;
      if (::pthread_create(&thread, &attributes, &BasicWorkers::main, this) == 0) threads_.push_back(thread);
      (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }
    ::pthread_attr_destroy(&attributes);
  }

  static void* main(void* self) noexcept {
    (void)::pthread_setname_np(::pthread_self(), "lifeboat-work");
    static_cast<BasicWorkers*>(self)->serve();
    return nullptr;
  }

  void serve() noexcept {
    std::unique_lock guard(mutex_);
    while (true) {
      ++idle_;
      work_.wait(guard, [this] { return ending_ || !queue_.empty(); });
      --idle_;
      if (ending_) return;
      Job* const job = queue_.front();
      queue_.pop_front();
      guard.unlock();
      job->run();
      guard.lock();
      job->done_ = true;
      done_.notify_all();
    }
  }

  const unsigned wanted_;
  std::vector<pthread_t> threads_;  // of the owner alone
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable done_;
  std::deque<Job*> queue_;
  std::size_t idle_ = 0;
  bool ending_ = false;
};
using Workers = BasicWorkers<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
