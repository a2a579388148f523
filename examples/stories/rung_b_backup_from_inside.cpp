// SPDX-License-Identifier: BSL-1.0
// Rung (b): the engine includes the header, answers a freeze, and a thread of its own backs it up as the plan says.
#include <condition_variable>
#include <mutex>
#include <thread>

#include <lifeboat/schedule/objectives.hpp>

#include "support/payments.hpp"
#include "support/pipeline.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

/// An engine that was there before: it replaces two files, and they must be of the same moment.
class Shop {
 public:
  using Clock = std::chrono::steady_clock;

  void pay(std::uint64_t payment) {
    std::unique_lock lock(mutex_);
    const Clock::time_point deadline = paused_until_;  // at which it goes on, resumed or not
    resumed_.wait_until(lock, deadline, [this] { return paused_until_ == Clock::time_point(); });
    write_file("ledger/accounts", "balance after payment " + number(payment) + "\n");
    write_file("ledger/counter", number(payment));
  }
  /// False where the moment between two payments came too late.
  bool pause(Clock::time_point deadline) {
    const std::lock_guard between_two_payments(mutex_);
    if (Clock::now() >= deadline) return false;
    paused_until_ = deadline;
    return true;
  }
  void resume() {
    const std::lock_guard lock(mutex_);
    paused_until_ = {};
    resumed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable resumed_;
  Clock::time_point paused_until_;
};

/// What it gains: two functions.
struct StandStill final : FreezeHook {
  explicit StandStill(Shop& of) : engine(of) {}
  Result<Frozen> freeze(std::chrono::steady_clock::time_point deadline) override {
    paused = engine.pause(deadline);
    if (!paused) return Error{ErrorId::freeze_failed, "the engine is busy"};
    return Frozen{.cut = {.kind = CutKind::frozen}};
  }
  void thaw() noexcept override {  // once for each freeze, also for one that failed
    if (paused) engine.resume();
    paused = false;
  }
  Shop& engine;
  bool paused = false;
};

/// How often, and what is kept. A plan that can not keep what it promises does not compile.
constexpr Plan half_hourly{.backup_every = std::chrono::minutes(30),
                           .full_every = std::chrono::hours(24 * 7),
                           .keep = {.windows = 4, .age = std::chrono::hours(24 * 30)}};
constexpr Objectives promised{.rpo = std::chrono::hours(1)};
static_assert(prove<Pipeline>(half_hourly, promised));

/// Where warnings go: into the engine's own log.
LogSink into(std::ofstream& log) {
  return {.context = &log, .event = [](void* to, const Event& e) noexcept {
            *static_cast<std::ofstream*>(to) << to_string(e.id) << ": " << e.sentence << std::endl;
          }};
}

int main() {
  return tell([] {
    std::filesystem::create_directory("ledger");
    Shop engine;
    engine.pay(0);
    std::ofstream log("engine.log");
    StandStill still(engine);
    Pipeline pipeline =
        must(Pipeline::open({.source = {.root = "ledger", .freeze = &still, .freeze_budget = std::chrono::seconds(60)},
                             .medium = {.root = "backup", .create = true},
                             .plan = half_hourly,
                             .log = into(log),
                             .state = "state"}));

    std::jthread keeper([&](std::stop_token stop) { (void)pipeline.run(std::move(stop)); });
    std::uint64_t paid = 0;
    while (must(pipeline.list()).archives.empty()) engine.pay(++paid);
    keeper.request_stop();
    keeper.join();
    const Catalog chain = must(pipeline.list());
    say("the engine went on paying until its keeper had taken the first archive, of a frozen moment",
        chain.archives.front().facts.cut == CutKind::frozen);

    const RestoreRequest look{.target = "look", .point = RestorePoint::at_time(chain.archives.front().facts.cut_ended)};
    const RestorePlan plan = must(pipeline.plan_restore(look));  // nothing is written; plan.refusals speak against it
    say("the plan: " + number(plan.files) + " files, and nothing speaks against it", plan.possible());
    (void)must(pipeline.restore(look));
    const std::string counter = read_file("look/counter");
    say("restored: accounts and counter are of the same payment",
        read_file("look/accounts") == "balance after payment " + counter + "\n");
    say("and that is a payment that was made", std::stoull(counter) <= paid);
  });
}
