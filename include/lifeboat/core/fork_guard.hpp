// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <utility>

#include <lifeboat/core/result.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Tells a process that was forked off from the one that opened a handle: locks, threads and descriptors are the
/// parent's. One page that the kernel wipes in every child (MADV_WIPEONFORK); asking costs one load.
class ForkGuard {
 public:
  ForkGuard() noexcept {
    void* page = ::mmap(nullptr, size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return;
    if (::madvise(page, size(), MADV_WIPEONFORK) != 0) {  // Linux before 4.14: no answer is better than a wrong one
      ::munmap(page, size());
      return;
    }
    mark_ = static_cast<volatile unsigned char*>(page);
    *mark_ = 1;
  }
  ForkGuard(ForkGuard&& other) noexcept : mark_(std::exchange(other.mark_, nullptr)) {}
  ForkGuard& operator=(ForkGuard&& other) noexcept {
    std::swap(mark_, other.mark_);
    return *this;
  }
  ~ForkGuard() {
    if (mark_ != nullptr) ::munmap(const_cast<unsigned char*>(mark_), size());
  }

  /// Whether this is a child of the process that made it.
  [[nodiscard]] bool forked() const noexcept { return mark_ != nullptr && *mark_ != 1; }

  /// forked in a child of the process that made this; `what` names the handle.
  Status check(const char* what) const {
    if (!forked()) return ok();
    return Error{ErrorId::forked, std::string(what) + " was opened by the parent of this process"}
        .next("open it again in the child")
        .unchanged();
  }

 private:
  static std::size_t size() noexcept { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }
  volatile unsigned char* mark_ = nullptr;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
