// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <pthread.h>
#include <signal.h>

#include <cstddef>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A thread of the library's own: it blocks all signals, is named "lifeboat-...", and has a stack of 1 MiB.
class OwnThread {
 public:
  OwnThread() = default;
  OwnThread(const OwnThread&) = delete;
  OwnThread& operator=(const OwnThread&) = delete;
  ~OwnThread() { join(); }

  /// Starts `run(context)`; `name` has 15 characters at most and outlives the thread. 0, or an errno.
  template <class = void>
  int start(const char* name, void* context, void (*run)(void*) noexcept) noexcept {
    name_ = name;
    context_ = context;
    run_ = run;
    pthread_attr_t attributes;
    int error = ::pthread_attr_init(&attributes);
    if (error != 0) return error;
    (void)::pthread_attr_setstacksize(&attributes, std::size_t{1} << 20U);
    // A thread inherits the mask of the one that starts it: this way it never has a moment with another.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    error = ::pthread_sigmask(SIG_SETMASK, &all, &before);
    if (error == 0) {
      error = ::pthread_create(&thread_, &attributes, &OwnThread::main<>, this);
      running_ = error == 0;
      (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }
    ::pthread_attr_destroy(&attributes);
    return error;
  }

  void join() noexcept {
    if (running_) ::pthread_join(thread_, nullptr);
    running_ = false;
  }
  /// In a forked child, which has no such thread: there is nothing to join.
  void forget() noexcept { running_ = false; }
  [[nodiscard]] bool running() const noexcept { return running_; }

 private:
  template <class = void>
  static void* main(void* self) noexcept {
    const auto* const mine = static_cast<const OwnThread*>(self);
    (void)::pthread_setname_np(::pthread_self(), mine->name_);
    mine->run_(mine->context_);
    return nullptr;
  }

  pthread_t thread_{};
  const char* name_ = nullptr;
  void* context_ = nullptr;
  void (*run_)(void*) noexcept = nullptr;
  bool running_ = false;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
