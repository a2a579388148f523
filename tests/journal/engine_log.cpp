// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/engine_log.hpp>

#include <poll.h>

#include <future>
#include <thread>

#include <lifeboat/journal/kept_keys.hpp>
#include <lifeboat/sync/transport/link_status.hpp>

#include "catch.hpp"
#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_engine_log {

using namespace lifeboat;
using namespace std::chrono_literals;
using support::payment_of;

namespace {

/// A standby that is heard of, and has groups, when the test says so.
struct StandbyByHand final : StandbyPort {
  StandbyHead head;
  std::atomic<bool> up{true};
  std::promise<Position> durable_here;  ///< of the first group that the log nudges about
  std::atomic<bool> nudged{false};

  StandbyByHand() { head.connect(true); }
  void connect(bool on) {
    up = on;
    head.connect(on);
  }
  [[nodiscard]] Position acknowledged() const noexcept override { return head.acknowledged(); }
  [[nodiscard]] bool connected() const noexcept override { return up; }
  bool wait(Position position, const Deadline& deadline) noexcept override { return head.wait(position, deadline); }
  bool wait_connected(Position position, const Deadline& deadline) noexcept override {
    return head.wait_connected(position, deadline);
  }
  Result<int> durable_fd() override { return head.event(); }
  void nudge(Position durable) noexcept override {
    if (!nudged.exchange(true)) durable_here.set_value(durable);
  }
};

struct Opened {
  support::TempFolder folder;
  StandbyByHand standby;
  std::unique_ptr<EngineLog> log;

  explicit Opened(LostStandby lost) {
    auto journal = support::open_journal(folder / "j");
    auto keys = KeptKeys::open({.folder = folder / "k", .retry_groups = 1'000});
    REQUIRE(keys);
    KeysPort& asked = **keys;
    auto once = Once::open(*journal, asked);
    REQUIRE(once);
    log =
        std::make_unique<EngineLog>(std::move(journal), std::move(*keys), asked, std::move(*once), &standby, lost, 100);
  }
};

template <class Level>
std::string told(const AppendOnceOutcome<Level>& outcome) {
  constexpr std::string_view level = std::is_same_v<Level, LocalDurable> ? "here " : "there ";
  const auto weaker = [](Acked<LocalDurable> a) { return "here " + to_text(a.position); };
  const auto acked = [&](Acked<Level> a) { return std::string(level) + to_text(a.position); };
  const auto already = [](Already a) { return "already " + to_text(a.position); };
  const auto doubt = [](InDoubt) { return std::string("in doubt"); };
  const auto not_written = [](NotWritten n) { return "not written " + std::string(to_string(n.id)); };
  const auto unknown = [](Unknown u) { return "unknown " + to_text(u.position); };
  if constexpr (std::is_same_v<Level, LocalDurable>)
    return outcome.match(acked, already, doubt, not_written, unknown);
  else
    return outcome.match(acked, weaker, already, doubt, not_written, unknown);
}
std::string told(const AppendOutcome<StandbyDurable>& outcome) {
  return outcome.match([](Acked<StandbyDurable> a) { return "there " + to_text(a.position); },
                       [](Acked<LocalDurable> a) { return "here " + to_text(a.position); },
                       [](NotWritten n) { return "not written " + std::string(to_string(n.id)); },
                       [](Unknown u) { return "unknown " + to_text(u.position); });
}

bool readable(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

}  // namespace

TEST_CASE("a key that is in the journal is never said to be not written, while new ones are refused") {
  Opened at(LostStandby::stop);
  EngineLog& log = *at.log;
  at.standby.head.move({1, 1});
  CHECK(told(log.append_once<StandbyDurable>({}, payment_of(1))) == "there 1:1");
  at.standby.connect(false);
  CHECK(told(log.append_once<StandbyDurable>({}, payment_of(2))) == "not written LB-STANDBY-LOST");
  CHECK(told(log.append<StandbyDurable>({}, payment_of(2))) == "not written LB-STANDBY-LOST");
  CHECK(told(log.append_once<LocalDurable>({}, payment_of(2))) == "here 1:2");
  CHECK(told(log.append_once<StandbyDurable>({}, payment_of(2))) == "here 1:2");
  CHECK(told(log.append_once<StandbyDurable>({}, payment_of(1))) == "already 1:1");

  const auto until = std::chrono::steady_clock::now() + 1h;
  const Deadline past = std::chrono::steady_clock::now() - 1s;
  log.ceiling().hold(CeilingCopy::medium, 2, until);
  CHECK(told(log.append_once<LocalDurable>(past, payment_of(3))) == "not written LB-QUEUE-FULL");
  CHECK(log.back_pressure() == BackPressure{.ceilings = 1});
  CHECK(told(log.append_once<LocalDurable>(past, payment_of(2))) == "already 1:2");
  CHECK(told(log.append_once<StandbyDurable>(past, payment_of(1))) == "already 1:1");
  // What is not known can not be looked up either once the payment differs.
  Payment other = payment_of(2);
  other.amount.minor += 1;
  CHECK(told(log.append_once<LocalDurable>(past, other)) == "not written LB-KEY-REUSED");
  log.ceiling().withdraw(CeilingCopy::medium, until);
  CHECK(told(log.append_once<LocalDurable>({}, payment_of(3))) == "here 1:3");
  CHECK(log.back_pressure() == BackPressure{.ceilings = 1});
}

TEST_CASE("while one waits at a ceiling others are told what became of their keys, and of two with one key one pays") {
  Opened at(LostStandby::wait);
  EngineLog& log = *at.log;
  CHECK(told(log.append_once<LocalDurable>({}, payment_of(1))) == "here 1:1");
  const auto until = std::chrono::steady_clock::now() + 1h;
  log.ceiling().hold(CeilingCopy::medium, 1, until);
  std::string answers[2];
  std::vector<std::thread> threads;
  for (std::string& answer : answers)
    threads.emplace_back([&] { answer = told(log.append_once<LocalDurable>({}, payment_of(2))); });
  for (int i = 0; i < 200; ++i) {
    CHECK(told(log.append_once<LocalDurable>({}, payment_of(1))) == "already 1:1");
    std::this_thread::yield();
  }
  log.ceiling().withdraw(CeilingCopy::medium, until);
  for (std::thread& thread : threads) thread.join();
  std::sort(std::begin(answers), std::end(answers));
  CHECK(answers[0] == "already 1:2");
  CHECK(answers[1] == "here 1:2");
}

TEST_CASE("an append that waits for a standby ends when the link goes, where a lost standby means stop") {
  Opened at(LostStandby::stop);
  std::string answer;
  std::thread waits([&] { answer = told(at.log->append<StandbyDurable>({}, payment_of(1))); });
  CHECK(at.standby.durable_here.get_future().get() == Position{1, 1});
  at.standby.connect(false);
  waits.join();
  CHECK(answer == "here 1:1");
  at.standby.connect(true);
  at.standby.head.move({1, 1});
  CHECK(told(at.log->wait<StandbyDurable>({1, 1}, {})) == "there 1:1");
}

TEST_CASE("an append that waits for a standby waits on when the link goes, where a lost standby means wait") {
  Opened at(LostStandby::wait);
  std::string answer;
  std::thread waits([&] { answer = told(at.log->append<StandbyDurable>({}, payment_of(1))); });
  CHECK(at.standby.durable_here.get_future().get() == Position{1, 1});
  at.standby.connect(false);
  at.standby.connect(true);
  at.standby.head.move({1, 1});
  waits.join();
  CHECK(answer == "there 1:1");
}

TEST_CASE("an event loop is woken by the level that it waits for") {
  Opened at(LostStandby::wait);
  EngineLog& log = *at.log;
  const int here = log.durable_fd().value();
  const int there = log.durable_fd<StandbyDurable>().value();
  REQUIRE(here != there);
  CHECK(log.durable_fd<StandbyDurable>().value() == there);
  CHECK(told(log.append_once<LocalDurable>({}, payment_of(1))) == "here 1:1");
  CHECK(readable(here));
  CHECK_FALSE(readable(there));
  CHECK(log.durable<StandbyDurable>() == Position{});
  at.standby.head.move({1, 1});
  CHECK(readable(there));
  CHECK(log.durable<StandbyDurable>() == Position{1, 1});
  std::uint64_t count = 0;
  REQUIRE(::read(there, &count, sizeof count) == sizeof count);
  at.standby.head.move({1, 1});  // nothing moved
  CHECK_FALSE(readable(there));
  at.standby.connect(false);
  CHECK(readable(there));
  REQUIRE(::read(there, &count, sizeof count) == sizeof count);
  at.standby.head.close();
  CHECK(readable(there));
}

}  // namespace test_engine_log
