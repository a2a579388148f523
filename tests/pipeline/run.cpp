// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/pipeline/run.hpp>

#include <atomic>
#include <functional>
#include <thread>

#include <lifeboat/journal/journal.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/strategy/any.hpp>
#include <lifeboat/testing/fake_clock.hpp>
#include <lifeboat/verifier/known.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/scripted_source.hpp"
#include "support/temp_folder.hpp"

namespace test_run {

using namespace lifeboat;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// What was asked of a sync, and what it answers.
struct Asked final : SyncPort {
  std::atomic<int> passes{0};
  int comparisons = 0;
  bool away = false;
  bool equal = true;
  bool keeps = true;

  Result<SyncReport> sync(SyncContext&, std::stop_token) override {
    ++passes;
    if (away) return Error{ErrorId::medium_io, "the copy is away"};
    return SyncReport{};
  }
  Result<SyncVerdict> verify(SyncContext&, std::stop_token) override {
    ++comparisons;
    SyncVerdict verdict;
    verdict.equal = equal;
    if (!equal) verdict.first_difference = "a: 3 bytes more";
    return verdict;
  }
  [[nodiscard]] bool keeps_replica() const noexcept override { return keeps; }
  std::unique_ptr<Journal> journal;
  [[nodiscard]] std::optional<LogView> log() const override {
    if (!journal) return std::nullopt;
    LogView view;
    view.folder = journal->folder();
    view.durable = journal->durable();
    view.segment = journal->segment();
    return view;
  }
  Result<Recycled> recycle(Position, Position) override { return Recycled{}; }
};

/// A source whose backup takes as long as `until` says.
struct SlowSource final : SourcePort {
  support::ScriptedSource files;
  std::function<void()> until;

  Result<SourceFacts> facts() override { return files.facts(); }
  Status flush() override { return files.flush(); }
  Result<Cut> freeze() override {
    if (until) until();
    return files.freeze();
  }
  void thaw() noexcept override {}
  Status scan(EntrySink& sink, std::stop_token stop) override { return files.scan(sink, std::move(stop)); }
};

/// A runner over Memory, whose clock and sync are in the test's hands.
struct Running {
  testing::FakeClock clock;
  Asked* sync = nullptr;
  SlowSource* source = nullptr;
  std::function<void()> verify_until;
  std::vector<std::string> told;
  std::unique_ptr<Core> core;
  int verified = 0;
  Actor actor;
  std::optional<PlanRunner> runner;

  explicit Running(const Plan& plan, bool keeps = true, std::unique_ptr<Journal> journal = nullptr) {
    Parts parts;
    parts.medium = std::move(*open_medium<Memory>({}));
    parts.verifier = std::move(*open_verifier_by_name("sha256"));
    parts.strategy = std::make_unique<StrategyAdapter<AnyStrategy>>(std::move(*AnyStrategy::open({"full"})));
    auto slow = std::make_unique<SlowSource>();
    slow->files.file("a", "content");
    source = slow.get();
    parts.source = std::move(slow);
    auto asked = std::make_unique<Asked>();
    asked->keeps = keeps;
    asked->journal = std::move(journal);
    sync = asked.get();
    parts.sync = std::move(asked);
    parts.source_id = "s";
    parts.environment.clock = &clock;
    parts.log = {
        this,
        [](void* self, const Event& event) noexcept { static_cast<Running*>(self)->told.emplace_back(event.sentence); },
        nullptr};
    core = std::make_unique<Core>(std::move(parts));
    REQUIRE(core->open());
    runner.emplace(*core, plan, actor, verify_);
  }
  /// One step, after so long.
  seconds step(seconds later = seconds(0)) {
    clock.pass_seconds(static_cast<std::uint64_t>(later.count()));
    return runner->step({});
  }

 private:
  struct Verify {
    Running& running;
    Status operator()(std::stop_token) const {
      ++running.verified;
      if (running.verify_until) running.verify_until();
      return ok();
    }
  };
  Verify verify_{*this};
};

std::unique_ptr<Journal> small_segments(const std::string& folder) {
  auto journal = Journal::open({.folder = folder,
                                .segment_length = 256U << 10U,
                                .queue_bytes = 64U << 10U,
                                .schemas = {schema_bytes<Payment>()}});
  REQUIRE(journal);
  return std::move(*journal);
}

/// Appends until the segment that is written is closed.
void close_one(Journal& journal) {
  const std::uint64_t before = journal.segment();
  for (std::uint64_t n = 1; journal.segment() == before; ++n)
    journal.append(Payment{*Key::of("K-" + std::to_string(n)), {1}, {2}, {100, EUR}})
        .match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL("not written"); }, [](Unknown) { FAIL("unknown"); });
}

constexpr Plan plan{.backup_every = hours(1),
                    .full_every = seconds(0),
                    .verify_every = hours(12),
                    .sync_every = minutes(10),
                    .verify_sync_every = hours(2),
                    .retry_every = minutes(5)};

}  // namespace

TEST_CASE("a runner does what is due, each at its own interval, and a comparison behind the first pass") {
  Running running(plan);
  CHECK(running.step() <= minutes(10));
  CHECK(running.core->catalog()->archives.size() == 1);
  CHECK(running.sync->passes == 1);
  (void)running.step();
  CHECK(running.sync->comparisons == 1);
  for (int i = 0; i < 12; ++i) (void)running.step(minutes(10));
  CHECK(running.core->catalog()->archives.size() == 3);
  CHECK(running.sync->passes == 13);
  CHECK(running.sync->comparisons == 2);
  CHECK(running.told.empty());
  (void)running.step(hours(10));
  CHECK(running.verified == 1);
}

TEST_CASE("what differs is told, and looked at again when a failure is tried again") {
  Running running(plan);
  (void)running.step();
  running.sync->equal = false;
  (void)running.step();
  REQUIRE(running.told.size() == 1);
  CHECK(running.told[0] == "the copy is not what it was made from: a: 3 bytes more");
  (void)running.step(minutes(4));
  CHECK(running.sync->comparisons == 1);
  running.sync->equal = true;
  (void)running.step(minutes(1));
  CHECK(running.sync->comparisons == 2);
  CHECK(running.told.size() == 1);
}

TEST_CASE("a segment that was closed is shipped at once, but for a pass that failed: that is tried when it is due") {
  const support::TempFolder folder;
  Running running(plan, true, small_segments(folder / "journal"));
  Journal& written = *running.sync->journal;
  (void)running.step();
  CHECK(running.sync->passes == 1);
  (void)running.step(seconds(1));
  CHECK(running.sync->passes == 1);
  close_one(written);
  (void)running.step(seconds(1));
  CHECK(running.sync->passes == 2);
  (void)running.step(seconds(1));
  CHECK(running.sync->passes == 2);

  running.sync->away = true;
  close_one(written);
  (void)running.step(seconds(1));
  CHECK(running.sync->passes == 3);
  (void)running.step(minutes(4));
  CHECK(running.sync->passes == 3);
  running.sync->away = false;
  (void)running.step(minutes(1));
  CHECK(running.sync->passes == 4);
  (void)running.step(seconds(1));
  CHECK(running.sync->passes == 4);
}

TEST_CASE("a runner that waits looks for closed segments, and is stopped while it does") {
  const support::TempFolder folder;
  Running running(plan, true, small_segments(folder / "journal"));
  std::stop_source stop;
  std::thread runs([&] { (void)running.runner->run(stop.get_token()); });
  Journal& written = *running.sync->journal;
  for (int i = 0; i < 2; ++i) close_one(written);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (running.sync->passes < 2 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  stop.request_stop();
  runs.join();
  CHECK(running.sync->passes >= 2);
}

TEST_CASE("the log is shipped as often as the plan says while a backup is taken, and while a verification runs") {
  const support::TempFolder folder;
  Plan often = plan;
  often.journal_every = seconds(1);
  often.verify_every = seconds(1);
  Running running(often, true, small_segments(folder / "journal"));
  std::stop_source stop;
  bool backup_saw = false;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  // Time passes, and three passes come, while the one thing goes on that `run` does.
  const auto three_passes = [&] {
    const int before = running.sync->passes;
    while (running.sync->passes < before + 3 && std::chrono::steady_clock::now() < until) {
      running.clock.pass_seconds(1);
      std::this_thread::yield();
    }
    return running.sync->passes >= before + 3;
  };
  running.source->until = [&] {
    backup_saw = three_passes();
  };
  bool verify_saw = false;
  running.verify_until = [&] {
    verify_saw = three_passes();
    stop.request_stop();
  };
  std::thread ends([&] {
    while (running.core->catalog()->archives.empty() && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    running.clock.pass_seconds(2);  // the verification is due
    while (!stop.stop_requested() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    stop.request_stop();  // where nothing comes of it
  });
  REQUIRE(running.runner->run(stop.get_token()));
  ends.join();
  CHECK(backup_saw);
  CHECK(verify_saw);
}

TEST_CASE("a copy that was never made, or that nobody keeps, is not compared") {
  Running away(plan);
  away.sync->away = true;
  (void)away.step();
  (void)away.step(minutes(5));
  CHECK(away.sync->passes == 2);
  CHECK(away.sync->comparisons == 0);
  CHECK(away.told.size() == 2);

  Running none(plan, false);
  (void)none.step();
  (void)none.step(hours(3));
  CHECK(none.sync->comparisons == 0);
}

}  // namespace test_run
