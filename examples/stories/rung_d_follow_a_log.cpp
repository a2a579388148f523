// SPDX-License-Identifier: BSL-1.0
// Rung (d): the engine has a log already; it is followed as a file that only grows, with no freeze and no torn archive.
#include <fcntl.h>

#include <atomic>
#include <thread>

#include "support/payments.hpp"
#include "support/pipeline.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

/// The engine knows nothing of backups: it appends, often in two writes for one payment.
class Shop {
 public:
  Shop() : log_(::open("ledger/log/0001.wal", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {}
  ~Shop() {
    writer_.request_stop();
    writer_.join();
    ::close(log_);
  }
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  void wait_for(std::uint64_t payments) const {
    for (std::uint64_t seen = acknowledged_; seen < payments; seen = acknowledged_) acknowledged_.wait(seen);
  }

 private:
  void append(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const Payment next = payment(acknowledged_);
      const char* bytes = reinterpret_cast<const char*>(&next);
      if (::write(log_, bytes, 50) != 50 || ::write(log_, bytes + 50, 78) != 78) std::abort();
      ++acknowledged_;
      acknowledged_.notify_all();
      std::this_thread::sleep_for(std::chrono::microseconds(20));  // the next customer
    }
  }

  int log_;
  std::atomic<std::uint64_t> acknowledged_ = 0;
  std::jthread writer_{[this](const std::stop_token& stop) { append(stop); }};
};

int main() {
  return tell([] {
    std::filesystem::create_directories("ledger/log");
    Shop engine;
    Pipeline pipeline = must(Pipeline::open({.source = {.root = "ledger", .append_only = {"/log/*.wal"}},
                                             .medium = {.root = "backup", .create = true},
                                             .state = "state"}));
    std::uint64_t before = 0;
    std::uint64_t gaps = 0;
    for (int archive = 0; archive < 4; ++archive) {
      engine.wait_for(engine.acknowledged() + 1'000);
      before = engine.acknowledged();
      gaps += must(pipeline.backup()).gap_count;
    }
    say("four archives are taken while the log grows: nothing is torn, and the engine never stands still", gaps == 0);

    (void)must(pipeline.restore({.target = "look"}));
    const Books books = add_up(read_file("look/log/0001.wal"));
    say("restored: a prefix of the log with all that was acknowledged when the last backup began",
        books.payments >= before && before >= 4'000);
    say("its end may lie inside a payment; the engine's own recovery cuts it, as after a power cut",
        books.tail < sizeof(Payment));
  });
}
