// SPDX-License-Identifier: BSL-1.0
// Who works at a connection: the link's thread, or one that waits for a group of its own.
#include <lifeboat/sync/transport/shipper_session.hpp>

#include <filesystem>
#include <fstream>
#include <thread>

#include <lifeboat/sync/transport/compare_standby.hpp>

#include "support/two_sides.hpp"

namespace test_shipper_session {

using namespace lifeboat;
using namespace support;
using namespace std::chrono_literals;

namespace {

/// How often the threads of this name gave up the processor by themselves.
std::uint64_t waits_of(const std::string& name) {
  std::uint64_t waits = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string own;
    std::getline(std::ifstream(task.path() / "comm"), own);
    if (own != name) continue;
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("voluntary_ctxt_switches:")) waits += std::stoull(line.substr(24));
  }
  return waits;
}

bool append(Journal& journal, std::uint64_t n) {
  return journal.append(payment_of(n))
      .match([](Acked<LocalDurable>) { return true; }, [](NotWritten) { return false; }, [](Unknown) { return false; });
}

}  // namespace

TEST_CASE("who waits alone for his group ships it and takes the answer, and the link's thread sleeps") {
  const BothEnds two;
  const auto receiver = opened(TcpReceiver::open(two.receiver()));
  const auto shipper = opened(TcpShipper::open(two.shipper(receiver->port())));
  const auto journal = open_journal(two.journal);
  REQUIRE(append(*journal, 1));
  shipper->nudge(journal->durable());
  REQUIRE(shipper->wait({1, 1}, soon()));
  constexpr std::uint64_t count = 300;
  const std::uint64_t before = waits_of("lifeboat-ship");
  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t n = 2; n <= count; ++n) {
    REQUIRE(append(*journal, n));
    CHECK(shipper->nudge_and_wait(journal->durable(), {1, n}, soon(), n % 2 == 0));
    CHECK(receiver->durable() >= Position{1, n});
  }
  const auto took = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  // Else it is woken for each group, and for each answer; it looks by itself every 20 ms.
  CHECK(waits_of("lifeboat-ship") - before < count + static_cast<std::uint64_t>(took.count()) / 10);
  CHECK(shipper->status().connections == 1);
  CHECK(shipper->status().groups == count);
  CHECK(payments_in(two.replica) == payments_in(two.journal));
}

TEST_CASE("beside one that ships for himself others append, ask and compare, and all of it gets there once") {
  const BothEnds two;
  const auto receiver = opened(TcpReceiver::open(two.receiver()));
  const auto shipper = opened(TcpShipper::open(two.shipper(receiver->port())));
  const auto journal = open_journal(two.journal);
  std::atomic<std::uint64_t> wrote{0};
  std::atomic<std::uint64_t> next{1};
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (unsigned who = 0; who < 3; ++who)
    threads.emplace_back([&, who] {
      for (std::uint64_t i = 0; i < 100; ++i) {
        const auto acked = journal->append(payment_of(next++))
                               .match([](Acked<LocalDurable> a) { return a.position; },
                                      [](NotWritten) { return Position{}; }, [](Unknown) { return Position{}; });
        if (acked == Position{}) continue;
        if (who == 0) {  // alone most of the time: the others do not wait
          if (shipper->nudge_and_wait(journal->durable(), acked, soon(), false)) ++wrote;
        } else {
          shipper->nudge(journal->durable());
          ++wrote;
          std::this_thread::sleep_for(std::chrono::microseconds(300 * who));
        }
      }
    });
  std::thread asking([&] {
    while (!over) {
      const LinkStatus link = shipper->status();
      const Position said = shipper->acknowledged();
      if (said < link.standby.last) over = true;  // it only rises
      const auto ask = [&](const JournalHead& after, std::uint32_t batches) {
        return shipper->prove(after, batches, {});
      };
      if (said.sequence != 0 && shipper->standby_proves()) {
        const auto verdict = StandbyComparison(two.journal, ask).run(said);
        if (!verdict || !verdict->equal) over = true;
      }
      std::this_thread::sleep_for(1ms);
    }
  });
  for (std::thread& thread : threads) thread.join();
  CHECK(!over.exchange(true));
  asking.join();
  CHECK(wrote == 300);
  CHECK(shipper->wait({1, 300}, soon()));
  CHECK(shipper->status().connections == 1);
  const auto there = payments_in(two.replica);
  CHECK(there == payments_in(two.journal));
  CHECK(there.size() == 300);
}

TEST_CASE("a standby that falls silent holds nobody beyond his deadline, and what he sent is acknowledged later") {
  const BothEnds two;
  const auto receiver = opened(TcpReceiver::open(two.receiver()));
  Proxy proxy(receiver->port(), 1);
  const auto shipper = opened(TcpShipper::open(two.shipper(proxy.port())));
  const auto journal = open_journal(two.journal);
  REQUIRE(append(*journal, 1));
  REQUIRE(shipper->nudge_and_wait(journal->durable(), {1, 1}, soon(), false));
  proxy.hold(true);
  REQUIRE(append(*journal, 2));
  const auto now = std::chrono::steady_clock::now();
  CHECK(!shipper->nudge_and_wait(journal->durable(), {1, 2}, now, false));
  CHECK(!shipper->nudge_and_wait(journal->durable(), {1, 2}, now + 50ms, false));
  CHECK(!shipper->nudge_and_wait(journal->durable(), {1, 2}, soon(), true));  // until it is not heard of
  CHECK(std::chrono::steady_clock::now() < now + 20s);
  CHECK(shipper->acknowledged() == Position{1, 1});
  proxy.hold(false);
  CHECK(shipper->wait({1, 2}, soon()));
  CHECK(payments_in(two.replica) == payments_in(two.journal));
}

TEST_CASE("a connection that ends while somebody works at it is made again by the link, and he waits for that") {
  const BothEnds two;
  auto r = two.receiver();
  auto receiver = opened(TcpReceiver::open(r));
  r.listen.port = receiver->port();
  const auto shipper = opened(TcpShipper::open(two.shipper(receiver->port())));
  const auto journal = open_journal(two.journal);
  for (std::uint64_t n = 1; n <= 40; ++n) {
    REQUIRE(append(*journal, n));
    if (n % 10 == 0) {
      receiver.reset();
      receiver = opened(TcpReceiver::open(r));
    }
    CHECK(shipper->nudge_and_wait(journal->durable(), {1, n}, soon(), false));
  }
  CHECK(shipper->status().connections >= 5);
  CHECK(payments_in(two.replica) == payments_in(two.journal));
}

}  // namespace test_shipper_session
