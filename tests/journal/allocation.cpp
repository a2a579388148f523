// SPDX-License-Identifier: BSL-1.0
// After open the commit path allocates nothing: every operator new of this program is counted here while it is asked.
#include <lifeboat/journal/journal.hpp>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <thread>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/temp_folder.hpp"

using namespace lifeboat;

namespace {

std::atomic<bool> asked{false};
std::atomic<std::uint64_t> allocations{0};

void* allocate_or_null(std::size_t size, std::size_t alignment) noexcept {
  if (asked.load(std::memory_order_relaxed)) allocations.fetch_add(1, std::memory_order_relaxed);
  if (size == 0) size = 1;
  if (alignment <= alignof(std::max_align_t)) return std::malloc(size);
  return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}
void* allocate(std::size_t size, std::size_t alignment) {
  void* const at = allocate_or_null(size, alignment);
  if (at == nullptr) throw std::bad_alloc();
  return at;
}

/// How many allocations a call makes, in all threads.
template <class F>
std::uint64_t allocations_of(F&& call) {
  allocations = 0;
  asked = true;
  call();
  asked = false;
  return allocations;
}

Payment payment(std::uint64_t n) { return {Key{}, {n}, {n + 1}, {100, EUR}}; }

std::unique_ptr<Journal> open_journal(const std::string& folder, std::uint64_t segment) {
  auto journal = Journal::open(
      {.folder = folder, .segment_length = segment, .queue_bytes = 16U << 10U, .schemas = {schema_bytes<Payment>()}});
  REQUIRE(journal);
  return std::move(*journal);
}

bool acked(const AppendOutcome<LocalDurable>& outcome) noexcept {
  return outcome.match([](Acked<LocalDurable>) { return true; }, [](NotWritten) { return false; },
                       [](Unknown) { return false; });
}

std::uint64_t segments_in(const std::string& folder) {
  std::uint64_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder))
    count += file.path().filename().string().starts_with("segment-") ? 1 : 0;
  return count;
}

}  // namespace

// NOLINTBEGIN(misc-new-delete-overloads)
// Not inlined: g++ would take free for the other half of the operator new that it knows.
void* operator new(std::size_t size) { return allocate(size, 1); }
void* operator new[](std::size_t size) { return allocate(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate_or_null(size, 1); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate_or_null(size, 1); }
[[gnu::noinline]] void operator delete(void* at) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete[](void* at) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete(void* at, std::size_t) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete[](void* at, std::size_t) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete(void* at, std::align_val_t) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete[](void* at, std::align_val_t) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete(void* at, std::size_t, std::align_val_t) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete[](void* at, std::size_t, std::align_val_t) noexcept { std::free(at); }
// NOLINTEND(misc-new-delete-overloads)

TEST_CASE("the counter counts: a string that is made is seen, in another thread too") {
  CHECK(allocations_of([] { std::string(1000, 'x').clear(); }) == 1);
  CHECK(allocations_of([] { std::thread([] { std::string(1000, 'x').clear(); }).join(); }) >= 2);
}

TEST_CASE("append, submit, wait and durable allocate nothing within a segment, nor when the queue is full") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j", 4U << 20U);
  bool good = true;
  CHECK(allocations_of([&] {
          for (std::uint64_t n = 1; n <= 100; ++n) good = good && acked(journal->append(payment(n), payment(n)));
          Position last{};
          bool full = false;
          while (!full)
            journal->submit(payment(0))
                .match([&](Position position) { last = position; },
                       [&](NotWritten refused) { full = refused.id == ErrorId::queue_full; });
          good = good && acked(journal->wait(last)) && journal->durable() == last;
          const std::array<Payment, 3> three{payment(1), payment(2), payment(3)};
          good = good && acked(journal->append(payment(0), std::span<const Payment>(three)));
        }) == 0);
  CHECK(good);
  CHECK(segments_in(folder / "j") == 1);
}

TEST_CASE("a group that was built step by step allocates nothing once it is made, nor does its append") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j", 4U << 20U);
  RecordGroup group;
  bool good = true;
  CHECK(allocations_of([&] {
          for (int turn = 0; turn < 20; ++turn) {
            group.clear();
            for (std::uint64_t n = 0; n < 30; ++n) good = good && group.add(payment(n));
            good = good && acked(journal->append(group));
          }
        }) == 0);
  CHECK(good);
}

TEST_CASE("appends allocate nothing across the ends of segments") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j", 256U << 10U);
  bool good = true;
  CHECK(allocations_of([&] {
          for (std::uint64_t n = 1; n <= 100; ++n) {
            Position last{};
            for (int i = 0; i < 60; ++i)
              journal->submit(payment(n))
                  .match([&](Position position) { last = position; }, [&](NotWritten) { good = false; });
            good = good && acked(journal->wait(last));
          }
        }) == 0);
  CHECK(good);
  CHECK(segments_in(folder / "j") >= 3);
}

TEST_CASE("many threads that append allocate nothing but what their own beginning takes") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j", 256U << 10U);
  std::atomic<int> ready{0};
  std::atomic<bool> go{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      ++ready;
      while (!go) std::this_thread::yield();
      for (std::uint64_t n = 0; n < 200; ++n)
        if (!acked(journal->append(payment(t * 1000 + n)))) ++wrong;
      --ready;
    });
  while (ready < 8) std::this_thread::yield();
  CHECK(allocations_of([&] {
          go = true;
          while (ready > 0) std::this_thread::yield();
        }) == 0);
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}
