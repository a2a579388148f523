// SPDX-License-Identifier: BSL-1.0
// After open the commit path allocates nothing: while it runs, every operator new of this program throws. What
// libcrypto takes is another thing: it is counted, and refused too.
#include <lifeboat/journal/journal.hpp>

#include <openssl/crypto.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <new>
#include <thread>

#include <lifeboat/journal/once.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/no_memory.hpp"
#include "support/temp_folder.hpp"

using namespace lifeboat;
using support::refused_in;

namespace {

std::atomic<bool> no_crypto_memory{false};
std::atomic<std::uint64_t> crypto_allocations{0};

void* crypto_malloc(std::size_t size, const char*, int) {
  ++crypto_allocations;
  return no_crypto_memory ? nullptr : std::malloc(size);
}
void* crypto_realloc(void* at, std::size_t size, const char*, int) {
  ++crypto_allocations;
  return no_crypto_memory ? nullptr : std::realloc(at, size);
}
void crypto_free(void* at, const char*, int) { std::free(at); }

/// Possible only before libcrypto allocated anything.
const bool crypto_is_counted = CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) == 1;

Payment payment(std::uint64_t n) { return {Key{}, {n}, {n + 1}, {100, EUR}}; }
Payment keyed(std::uint64_t n) {
  Payment one = payment(n);
  char text[] = "K-00000";
  for (std::size_t at = sizeof text - 2; n != 0; n /= 10) text[at--] = static_cast<char>('0' + n % 10);
  one.key = *Key::of(text);
  return one;
}

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

char told(const AppendOnceOutcome<LocalDurable>& outcome) noexcept {
  return outcome.match([](Acked<LocalDurable>) { return 'p'; }, [](Already) { return 'a'; },
                       [](InDoubt) { return 'd'; }, [](NotWritten) { return 'n'; }, [](Unknown) { return 'u'; });
}

/// Keys in room that was made before, or none: then to ask takes memory.
class KeysInArray final : public KeysPort {
 public:
  explicit KeysInArray(std::size_t room) { known_.reserve(room); }
  Result<std::optional<KnownKey>> find(std::string_view key) override {
    if (greedy) return Error{ErrorId::medium_io, "a sentence that has more characters than a string holds by itself"};
    for (const auto& [text, what] : known_)
      if (text.view() == key) return std::optional(what);
    return std::optional<KnownKey>();
  }
  Status learn(std::string_view key, const KnownKey& known) override {
    if (greedy) return Error{ErrorId::medium_io, "a sentence that has more characters than a string holds by itself"};
    known_.emplace_back(*Key::of(key), known);
    return ok();
  }
  void cover(Position up_to) noexcept override { covered_ = up_to; }
  [[nodiscard]] Position covered() const noexcept override { return covered_; }
  bool greedy = false;

 private:
  std::vector<std::pair<Key, KnownKey>> known_;
  Position covered_{};
};

std::uint64_t segments_in(const std::string& folder) {
  std::uint64_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder))
    count += file.path().filename().string().starts_with("segment-") ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("without memory a string is not made, in another thread neither, and it is seen") {
  int thrown = 0;
  const auto make = [&] {
    try {
      std::string(1000, 'x').clear();
    } catch (const std::bad_alloc&) {
      ++thrown;
    }
  };
  CHECK(refused_in(make) == 1);
  std::atomic<bool> go{false};
  std::thread other([&] {
    while (!go) std::this_thread::yield();
    make();
    go = false;
  });
  CHECK(refused_in([&] {
          go = true;
          while (go) std::this_thread::yield();
        }) == 1);
  other.join();
  CHECK(thrown == 2);
}

TEST_CASE("append, submit, wait and durable need no memory within a segment, nor when the queue is full") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j", 4U << 20U);
  const std::vector<Payment> many(2000, payment(6));
  bool good = true;
  bool too_long = false;
  CHECK(refused_in([&] {
          for (std::uint64_t n = 1; n <= 100; ++n) good = good && acked(journal->append(payment(n), payment(n)));
          Position last{};
          bool full = false;
          while (!full)
            journal->submit(payment(0))
                .match([&](Position position) { last = position; },
                       [&](NotWritten r) { full = r.id == ErrorId::queue_full; });
          good = good && acked(journal->wait(last)) && journal->durable() == last;
          const std::array<Payment, 3> three{payment(1), payment(2), payment(3)};
          good = good && acked(journal->append(payment(0), std::span<const Payment>(three)));
          journal->append(std::span<const Payment>(many))
              .match([](Acked<LocalDurable>) {}, [&](NotWritten r) { too_long = r.id == ErrorId::limit; },
                     [](Unknown) {});
        }) == 0);
  CHECK(good);
  CHECK(too_long);
  CHECK(segments_in(folder / "j") == 1);
}

TEST_CASE("a group that is built step by step needs no memory once it is made, nor does its append") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j", 4U << 20U);
  RecordGroup group;
  bool good = true;
  CHECK(refused_in([&] {
          for (int turn = 0; turn < 20; ++turn) {
            group.clear();
            for (std::uint64_t n = 0; n < 30; ++n) good = good && group.add(payment(n));
            good = good && acked(journal->append(group));
          }
          while (group.try_add(payment(0))) {
          }
        }) == 0);
  CHECK(good);
  CHECK(group.add(payment(0)).error().id() == ErrorId::limit);
}

TEST_CASE("appends need no memory across the ends of segments") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j", 256U << 10U);
  bool good = true;
  CHECK(refused_in([&] {
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

TEST_CASE("many threads append without memory, from their first append on") {
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
  CHECK(refused_in([&] {
          go = true;
          while (ready > 0) std::this_thread::yield();
        }) == 0);
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("append_once needs no memory beside what its keys need, and without theirs nothing is written") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j", 256U << 10U);
  KeysInArray keys(1000);
  const auto once = Once::open(*journal, keys);
  REQUIRE(once);
  const std::vector<Payment> many(5000, keyed(7));
  std::string answers(8, '?');
  CHECK(refused_in([&] {
          bool good = true;
          for (std::uint64_t n = 100; n < 900; ++n) good = good && told((*once)->append({}, keyed(n))) == 'p';
          answers[0] = good ? 'p' : '-';
          answers[1] = told((*once)->append({}, keyed(100)));
          answers[2] = told((*once)->append({}, keyed(100), payment(3)));
          answers[3] = told((*once)->append({}, keyed(5), std::span<const Payment>(many)));
        }) == 0);
  keys.greedy = true;
  CHECK(refused_in([&] { answers[4] = told((*once)->append({}, keyed(5))); }) != 0);
  keys.greedy = false;
  answers[5] = told((*once)->append({}, keyed(5)));
  answers[6] = told((*once)->append({}, keyed(5)));
  RecordGroup group;
  CHECK(refused_in([&] {
          group.clear();
          const bool good = group.try_add(keyed(6)) && group.try_add(payment(7));
          answers[7] = good && told((*once)->append({}, group)) == 'p' ? 'g' : '-';
        }) == 0);
  CHECK(answers == "pannupag");
  CHECK(journal->durable() == Position{1, 802});
}

TEST_CASE("libcrypto takes memory once for a digest, and an append that gets none is not acknowledged") {
  if (!crypto_is_counted) {
    WARN("NOT RUN: libcrypto has allocated before this program began");
    return;
  }
  const support::TempFolder folder;
  auto journal = open_journal(folder / "j", 256U << 10U);
  (void)journal->append(payment(1));  // what a thread's first call takes
  crypto_allocations = 0;
  bool good = true;
  for (std::uint64_t n = 2; n <= 101; ++n) good = good && acked(journal->append(payment(n)));
  CHECK(good);
  const std::uint64_t taken = crypto_allocations;
  std::cout << "libcrypto allocated " << taken << " times in 100 flushes\n";
  CHECK(taken <= 100);
  if (taken == 0) return;  // a libcrypto that uses its state again needs nothing
  // Neither it nor anybody else gets any.
  char said = '?';
  no_crypto_memory = true;
  const std::uint64_t asked_for_words = refused_in([&] {
    said = journal->append(payment(102))
               .match([](Acked<LocalDurable>) { return 'a'; }, [](NotWritten) { return 'n'; },
                      [](Unknown) { return 'u'; });
  });
  no_crypto_memory = false;
  CHECK(said == 'n');
  CHECK(asked_for_words != 0);
  CHECK_FALSE(acked(journal->append(payment(103))));  // it stopped
  journal.reset();
  journal = open_journal(folder / "j", 256U << 10U);
  CHECK(journal->durable() == Position{1, 101});
  CHECK(acked(journal->append(payment(102))));
}
