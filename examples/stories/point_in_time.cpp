// SPDX-License-Identifier: BSL-1.0
// At 14:03 a file of orders was loaded twice. An operator goes back to just before it, at the keyboard: the time needs
// a zone, the plan comes first, and what was paid since then is counted, listed, and accepted by its number.
#include <fstream>

#include <lifeboat/core/time_parse.hpp>
#include <lifeboat/lifeboat.hpp>
#include <lifeboat/testing/fake_clock.hpp>

#include "support/payment_record.hpp"
#include "support/shell.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256>;

/// The engine keeps a total in a file, and in the same file the position of the last payment in it.
class Bank final : public FreezeHook {
 public:
  explicit Bank(const ClockPort& clock)
      : pipeline_(must(Pipeline::open({.source = {.id = "ledger", .root = "ledger", .freeze = this},
                                       .medium = {.root = "backup", .create = true},
                                       .sync = {.journal = "ledger/journal", .clock = &clock},
                                       .state = "state/engine",
                                       .environment = {.clock = &clock}}))) {}

  void pay(const std::string& key, std::int64_t cents) {
    applied_ = pipeline_.append_once(Payment{*Key::of(key), {1}, {2}, {cents, EUR}})
                   .match([](Acked<LocalDurable> acked) { return acked.position; },
                          [](Already already) { return already.position; }, [](InDoubt) { return Position(); },
                          [](NotWritten) { return Position(); }, [](Unknown) { return Position(); });
    if (applied_ == Position()) throw std::runtime_error("a payment is not durable");
    total_ += cents;
  }
  Pipeline& pipeline() { return pipeline_; }

  Result<Frozen> freeze(std::chrono::steady_clock::time_point) override {
    std::ofstream("ledger/total") << to_text(applied_) << ' ' << total_ << '\n';
    return Frozen{.cut = {.kind = CutKind::frozen, .has_position = true, .position = applied_}};
  }
  void thaw() noexcept override {}

 private:
  Position applied_;
  std::int64_t total_ = 0;
  Pipeline pipeline_;
};

int main() {
  return tell([] {
    testing::FakeClock clock(must(parse_time("2025-11-24T14:00:00Z", {})));
    std::filesystem::create_directory("ledger");
    {
      Bank engine(clock);
      for (int n = 1; n <= 20; ++n) engine.pay("A-" + std::to_string(n), 10'00), clock.pass_seconds(6);
      must(engine.pipeline().backup());
      say("14:02: twenty payments are made, and a backup is taken");
      for (int n = 21; n <= 30; ++n) engine.pay("A-" + std::to_string(n), 10'00), clock.pass_seconds(6);
      say("14:03: ten more are made; then a file of orders is loaded for the second time");
      for (int n = 1; n <= 7; ++n) engine.pay("B-" + std::to_string(n), 25'50), clock.pass_seconds(6);
      must(engine.pipeline().sync());
    }
    type("lifeboat records --journal ledger/journal --since 2025-11-24T14:02:54Z --until 2025-11-24T14:03:12Z");
    type("lifeboat restore --medium disk:backup --target fixed --before 14:03", 3);
    const std::string line = "lifeboat restore --medium disk:backup --target fixed --before 2025-11-24T14:03:00Z";
    type(line + " --dry-run");
    type(line + " --accept-undone 7");
    type("lifeboat records --journal fixed/journal --since 1:29 --sum");
    type("head -n 2 fixed.undone.jsonl");
    type("lifeboat adopt fixed --medium disk:backup --nothing-lost --by alice");
  });
}
