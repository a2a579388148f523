// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>

#include <lifeboat/core/file_descriptor.hpp>

// Another process of a story, which ends with it, and pipes that never make it wait for ever.
namespace story {

/// A process that is gone when this is.
class Child {
 public:
  /// Runs it in a child, which must not come back. Only while this process has one thread.
  template <class Run>
  explicit Child(Run&& run) {
    std::fflush(nullptr);
    const pid_t teller = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("there can be no second process");
    if (pid_ != 0) return;
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != teller) ::_exit(1);
    try {
      run();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "the second process: %s\n", error.what());
    }
    ::_exit(1);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { kill(); }

  /// kill -9, and waits until it is gone.
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    (void)wait();
  }
  /// Waits until it is gone; whether it was by kill -9.
  bool wait() {
    int status = 0;
    return ::waitpid(std::exchange(pid_, 0), &status, 0) > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

 private:
  pid_t pid_ = 0;
};

/// What one process tells another, piece by piece.
struct Pipe {
  lifeboat::FileDescriptor from;
  lifeboat::FileDescriptor to;

  Pipe() {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("there can be no pipe");
    from = lifeboat::FileDescriptor(ends[0]);
    to = lifeboat::FileDescriptor(ends[1]);
  }
  template <class T>
  bool put(const T& piece) const {
    return ::write(to.get(), &piece, sizeof piece) == sizeof piece;
  }
  /// False at the end. A minute without a word ends the story.
  template <class T>
  bool take(T& piece) const {
    pollfd wanted{from.get(), POLLIN, 0};
    if (::poll(&wanted, 1, 60'000) == 0) throw std::runtime_error("the second process has said nothing for a minute");
    return ::read(from.get(), &piece, sizeof piece) == sizeof piece;
  }
};

}  // namespace story
