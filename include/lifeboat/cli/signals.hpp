// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <stop_token>
#include <thread>

#include <lifeboat/core/file_descriptor.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// For a program's main alone, before it starts a thread: SIGINT, SIGTERM and SIGHUP ask for a stop, and asking twice
/// kills nothing half-way; one that the program was started to ignore (nohup, a shell's background) stays ignored. A
/// pipe whose reader went is an error of the write. Ends with what it was before.
class Signals {
 public:
  Signals() {
    ::sigemptyset(&asked_);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
      struct sigaction before {};
      if (::sigaction(number, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) ::sigaddset(&asked_, number);
    }
    ::pthread_sigmask(SIG_BLOCK, &asked_, &before_);
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &pipe_before_);
    signals_ = FileDescriptor(::signalfd(-1, &asked_, SFD_CLOEXEC));
    end_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC));
    if (signals_ && end_) waiter_ = std::thread([this] { wait(); });
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() {
    if (waiter_.joinable()) {
      ::eventfd_write(end_.get(), 1);
      waiter_.join();
    }
    ::sigaction(SIGPIPE, &pipe_before_, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  [[nodiscard]] std::stop_token token() const noexcept { return stop_.get_token(); }

 private:
  void wait() {
    while (true) {
      struct pollfd events[] = {{signals_.get(), POLLIN, 0}, {end_.get(), POLLIN, 0}};
      if (::poll(events, 2, -1) < 0) continue;
      if (events[1].revents != 0) return;
      struct signalfd_siginfo info {};
      if (events[0].revents != 0 && ::read(signals_.get(), &info, sizeof info) == sizeof info) stop_.request_stop();
    }
  }

  std::stop_source stop_;
  sigset_t asked_{};
  sigset_t before_{};
  struct sigaction pipe_before_ {};
  FileDescriptor signals_;
  FileDescriptor end_;
  std::thread waiter_;
};

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
