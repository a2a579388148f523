// SPDX-License-Identifier: BSL-1.0
// Seeded rounds over a line that drops, delays, splits, corrupts and freezes, with both sides ended and begun anew:
// what the standby acknowledged is in its journal, nothing twice, and nothing is lost after the line is good again.
// LIFEBOAT_ROUNDS says how many rounds, LIFEBOAT_SEED which one comes first.
#include <lifeboat/sync/transport/tcp_receiver.hpp>
#include <lifeboat/sync/transport/tcp_shipper.hpp>

#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include "support/two_sides.hpp"

using namespace lifeboat;
using namespace support;
using namespace std::chrono_literals;

namespace {

std::uint32_t number_of(const char* name, std::uint32_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr ? static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10)) : otherwise;
}

}  // namespace

TEST_CASE("over a bad line every group that was acknowledged is there once, and in the end all are") {
  const std::uint32_t rounds = number_of("LIFEBOAT_ROUNDS", 12);
  const std::uint32_t first = number_of("LIFEBOAT_SEED", std::random_device{}());
  int disturbances = 0;
  std::uint64_t connections = 0;
  for (std::uint32_t round = 0; round < rounds; ++round) {
    const std::uint32_t seed = first + round;
    INFO("LIFEBOAT_SEED=" << seed);
    std::mt19937 dice(seed);
    const TwoSides two;
    auto r = two.receiver();
    r.heartbeat = 100ms;
    auto receiver = opened(TcpReceiver::open(r));
    Proxy proxy(receiver->port(), seed);
    const auto below = [&](unsigned n) { return static_cast<unsigned>(dice() % n); };
    proxy.disturb(below(8), 5 + below(30), 20 + below(60), below(4));
    auto s = two.shipper(proxy.port());
    s.heartbeat = 100ms;
    s.connect_timeout = 400ms;
    s.window = 1000U << dice() % 12;
    auto shipper = opened(TcpShipper::open(s));
    const auto journal = open_journal(two.journal);
    const std::uint64_t count = 200 + dice() % 800;
    const std::uint64_t together = 1 + dice() % 30;
    std::atomic<bool> wrote{true};
    std::thread writer([&] {
      for (std::uint64_t n = 1; n <= count; n += together) {
        if (!appended(*journal, n, std::min(count, n + together - 1), together)) wrote = false;
        if (n % 3 == 0) std::this_thread::sleep_for(1ms);
      }
    });
    for (int i = 0; i < 8; ++i) {
      // What is said to be durable there is read there, at that very moment.
      const Position said = shipper->acknowledged();
      if (said.sequence != 0) {
        const auto there = payments_in(two.replica);
        CHECK(there.size() >= said.sequence);
        for (std::size_t k = 0; k < there.size(); ++k)
          if (there[k] != k + 1) FAIL("group " << k + 1 << " is " << there[k]);
      }
      (void)shipper->wait({1, said.sequence + 50}, std::chrono::steady_clock::now() + 30ms);
      if (dice() % 6 == 0) {
        connections += shipper->status().connections;
        shipper = opened(TcpShipper::open(s));
      }
      if (dice() % 6 == 0) {
        receiver.reset();
        receiver = opened(TcpReceiver::open(r));
        proxy.point_at(receiver->port());
      }
    }
    writer.join();
    CHECK(wrote);
    proxy.disturb(0, 0, 0, 0);
    shipper->nudge(journal->durable());
    CHECK(shipper->wait({1, count}, soon()));
    CHECK(receiver->durable() == Position{1, count});
    const auto there = payments_in(two.replica);
    CHECK(there == payments_in(two.journal));
    CHECK(there.size() == count);
    disturbances += proxy.disturbances();
    connections += shipper->status().connections;
  }
  // The line was bad, and connections were lost for it.
  CHECK(disturbances > 0);
  CHECK(connections >= rounds);
}
