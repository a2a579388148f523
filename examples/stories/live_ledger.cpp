// SPDX-License-Identifier: BSL-1.0
// A ledger engine goes on paying while it backs itself up: it stands still for the moment of the cut, and no longer.
#include <fcntl.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "support/payments.hpp"
#include "support/pipeline.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

/// Appends payments to one file and keeps their total in another. The two must agree: that is why it is frozen.
class Shop final : public FreezeHook {
 public:
  Shop()
      : ledger_(::open("ledger/payments", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)),
        total_(::open("ledger/total", O_WRONLY | O_CREAT | O_CLOEXEC, 0600)),
        thread_([this](const std::stop_token& stop) { pay(stop); }) {}
  ~Shop() override {
    thread_.request_stop();
    thread_.join();
    ::close(ledger_);
    ::close(total_);
  }

  Result<Frozen> freeze(std::chrono::steady_clock::time_point deadline) override {
    const std::lock_guard between_two_payments(mutex_);
    frozen_until_ = deadline;  // it goes on by itself then, thawed or not
    frozen_at_ = made_;
    return Frozen{.cut = {.kind = CutKind::frozen}};
  }
  void thaw() noexcept override {
    const std::lock_guard lock(mutex_);
    frozen_until_ = {};
    changed_.notify_all();
  }

  [[nodiscard]] std::uint64_t frozen_at() const {
    const std::lock_guard lock(mutex_);
    return frozen_at_;
  }
  /// Comes back when the engine has made so many payments.
  void wait_for(std::uint64_t payments) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return made_ >= payments || broken_; });
    if (broken_) throw std::runtime_error("the engine could not write");
  }

 private:
  void pay(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested() && !broken_) {
      if (const auto deadline = frozen_until_; std::chrono::steady_clock::now() < deadline) {
        (void)changed_.wait_until(lock, stop, deadline, [&] { return frozen_until_ != deadline; });
        continue;
      }
      const Payment next = payment(made_);
      cents_ += next.cents;
      broken_ = ::write(ledger_, &next, sizeof next) != sizeof next ||
                ::pwrite(total_, &cents_, sizeof cents_, 0) != sizeof cents_;
      ++made_;
      changed_.notify_all();
      (void)changed_.wait_for(lock, stop, std::chrono::microseconds(50), [] { return false; });  // the next customer
    }
  }

  int ledger_;
  int total_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::chrono::steady_clock::time_point frozen_until_;
  std::uint64_t made_ = 0;
  std::uint64_t frozen_at_ = 0;
  std::int64_t cents_ = 0;
  bool broken_ = false;
  std::jthread thread_;
};

int main() {
  return tell([] {
    std::filesystem::create_directory("ledger");
    Shop engine;
    Pipeline pipeline =
        must(Pipeline::open({.source = {.root = "ledger", .freeze = &engine, .freeze_budget = std::chrono::seconds(60)},
                             .medium = {.root = "backup", .create = true},
                             .state = "state"}));

    engine.wait_for(200);
    BackupReport last = must(pipeline.backup());
    for (int more = 0; more < 2; ++more) {
      engine.wait_for(engine.frozen_at() + 200);
      last = must(pipeline.backup());
    }
    const std::uint64_t cut = engine.frozen_at();
    say("three archives are taken while payments go on, each of one frozen moment",
        last.record.facts.cut == CutKind::frozen && last.gap_count == 0);
    engine.wait_for(cut + 100);
    say("the engine went on: 100 payments and more came after the last cut");

    (void)must(pipeline.restore({.target = "look"}));
    const std::string ledger = read_file("look/payments");
    const Books books = add_up(ledger);
    say("restored: every payment up to the cut and none after it, each checksum right",
        books.payments == cut && books.tail == 0 && cut >= 600);
    std::int64_t total = 0;
    const std::string stored = read_file("look/total");
    if (stored.size() == sizeof total) std::memcpy(&total, stored.data(), sizeof total);
    say("the total in the other file is the sum of exactly these payments", total == books.cents);
    say("what is lost if the disk dies now: the payments after the cut, and no others");
  });
}
