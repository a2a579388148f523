// SPDX-License-Identifier: BSL-1.0
// A link to a standby while every operator new of this program throws, and after.
#include <lifeboat/sync/transport/tcp_receiver.hpp>
#include <lifeboat/sync/transport/tcp_shipper.hpp>

#include "support/no_memory.hpp"
#include "support/two_sides.hpp"

namespace test_link_memory {

using namespace lifeboat;
using namespace support;
using namespace std::chrono_literals;

TEST_CASE("a link that finds no memory comes back when there is some, and nothing is lost") {
  const BothEnds two;
  auto r = two.receiver();
  r.heartbeat = 50ms;
  const auto receiver = opened(TcpReceiver::open(r));
  auto s = two.shipper(receiver->port());
  s.heartbeat = 50ms;
  const auto shipper = opened(TcpShipper::open(s));
  const auto journal = open_journal(two.journal);
  REQUIRE(appended(*journal, 1, 10, 1));
  shipper->nudge(journal->durable());
  REQUIRE(shipper->wait({1, 10}, soon()));
  bool wrote = true;
  std::uint64_t refused_ones = 0;
  for (std::uint64_t n = 11; n <= 60; n += 10) {
    refused_ones += refused_in([&] {
      for (std::uint64_t i = n; i < n + 10; ++i)
        wrote = wrote && journal->append(payment_of(i))
                             .match([](Acked<LocalDurable>) { return true; }, [](NotWritten) { return false; },
                                    [](Unknown) { return false; });
      shipper->nudge(journal->durable());
      std::this_thread::sleep_for(60ms);
    });
    shipper->nudge(journal->durable());
    CHECK(shipper->wait({1, n + 9}, soon()));
    CHECK(shipper->acknowledged() == Position{1, n + 9});
  }
  CHECK(wrote);
  // It was asked for, by the link: else nothing was proved.
  CHECK(refused_ones > 0);
  CHECK(payments_in(two.replica) == payments_in(two.journal));
  CHECK(payments_in(two.replica).size() == 60);
}

TEST_CASE("an append that waits for its standby needs no memory, though it ships its group by itself") {
  const BothEnds two;
  const auto receiver = opened(TcpReceiver::open(two.receiver()));
  const auto shipper = opened(TcpShipper::open(two.shipper(receiver->port())));
  const auto journal = open_journal(two.journal);
  const auto pays = [&](std::uint64_t n) {
    return journal->append(payment_of(n))
               .match([](Acked<LocalDurable>) { return true; }, [](NotWritten) { return false; },
                      [](Unknown) { return false; }) &&
           shipper->nudge_and_wait(journal->durable(), {1, n}, soon(), false);
  };
  bool paid = true;
  for (std::uint64_t n = 1; n <= 50; ++n) paid = paid && pays(n);
  CHECK(refused_here_in([&] {
          for (std::uint64_t n = 51; n <= 350; ++n) paid = paid && pays(n);
        }) == 0);
  CHECK(paid);
  CHECK(shipper->status().connections == 1);
  CHECK(payments_in(two.replica).size() == 350);
}

}  // namespace test_link_memory
