// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

// Every operator new of the program that includes this, in one unit, throws while there is no memory.
namespace support {

inline std::atomic<bool> no_memory{false};
inline thread_local bool no_memory_here = false;
inline std::atomic<std::uint64_t> refused{0};

inline void* allocate_or_null(std::size_t size, std::size_t alignment) noexcept {
  if (no_memory_here || no_memory.load(std::memory_order_relaxed)) {
    refused.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  if (size == 0) size = 1;
  if (alignment <= alignof(std::max_align_t)) return std::malloc(size);
  return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}
inline void* allocate(std::size_t size, std::size_t alignment) {
  void* const at = allocate_or_null(size, alignment);
  if (at == nullptr) throw std::bad_alloc();
  return at;
}

/// Calls while there is no memory, in any thread; how often it was asked for.
template <class F>
std::uint64_t refused_in(F&& call) {
  refused = 0;
  no_memory = true;
  call();
  no_memory = false;
  return refused;
}

/// The same in this thread alone.
template <class F>
std::uint64_t refused_here_in(F&& call) {
  refused = 0;
  no_memory_here = true;
  call();
  no_memory_here = false;
  return refused;
}

}  // namespace support

// NOLINTBEGIN(misc-new-delete-overloads)
// Not inlined: g++ would take free for the other half of the operator new that it knows.
void* operator new(std::size_t size) { return support::allocate(size, 1); }
void* operator new[](std::size_t size) { return support::allocate(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return support::allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return support::allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return support::allocate_or_null(size, 1); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return support::allocate_or_null(size, 1); }
[[gnu::noinline]] void operator delete(void* at) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete[](void* at) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete(void* at, std::size_t) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete[](void* at, std::size_t) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete(void* at, std::align_val_t) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete[](void* at, std::align_val_t) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete(void* at, std::size_t, std::align_val_t) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete[](void* at, std::size_t, std::align_val_t) noexcept { std::free(at); }
// NOLINTEND(misc-new-delete-overloads)
