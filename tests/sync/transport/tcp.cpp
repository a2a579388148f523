// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/transport/tcp.hpp>

#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/testing/laws/transport.hpp>

#include "support/two_sides.hpp"

namespace test_tcp {

using namespace lifeboat;
using namespace support;
using namespace std::chrono_literals;

using SyncOverTcp = BasicLogSync<Tcp>;
static_assert(Sync<SyncOverTcp>);
static_assert(SyncOverTcp::failure_domains == 2);

namespace {

SyncOverTcp open_sync(const TwoSides& two, std::uint16_t port, LostStandby lost = LostStandby::wait) {
  auto sync = SyncOverTcp::open({.journal = two.journal,
                                 .to = two.shipper(port),
                                 .schemas = {schema_bytes<Payment>()},
                                 .segment_length = 256U << 10U,
                                 .queue_bytes = 32U << 10U,
                                 .lost_standby = lost});
  INFO((sync ? std::string() : sync.error().sentence()));
  REQUIRE(sync);
  return std::move(*sync);
}

std::string outcome_of(const AppendOutcome<StandbyDurable>& outcome) {
  return outcome.match([](Acked<StandbyDurable> a) { return "standby " + to_text(a.position); },
                       [](Acked<LocalDurable> a) { return "here " + to_text(a.position); },
                       [](NotWritten n) { return "not written " + std::string(to_string(n.id)); },
                       [](Unknown u) { return "unknown " + to_text(u.position); });
}

}  // namespace

TEST_CASE("a link to another process keeps the laws of a transport") {
  const TwoSides two;
  const auto receiver = opened(TcpReceiver::open(two.receiver()));
  const auto laws =
      testing::transport_laws<Tcp>({two.shipper(receiver->port()), two.folder.path(), two.replica}, payment_of(1));
  INFO(laws.report());
  CHECK(laws.all_hold());
}

TEST_CASE("an append that wants the standby is acknowledged when the group is durable there") {
  const TwoSides two;
  const auto receiver = opened(TcpReceiver::open(two.receiver()));
  SyncOverTcp sync = open_sync(two, receiver->port());
  for (std::uint64_t n = 1; n <= 50; ++n) {
    REQUIRE(outcome_of(sync.log().append<StandbyDurable>({}, payment_of(n))) == "standby 1:" + std::to_string(n));
    REQUIRE(receiver->durable() >= Position{1, n});
  }
  CHECK(sync.log().durable<StandbyDurable>() == Position{1, 50});
  CHECK(payments_in(two.replica).size() == 50);
}

TEST_CASE("without a standby an append waits until its deadline, or is refused where that is asked for") {
  const TwoSides two;
  const std::uint16_t port = opened(TcpReceiver::open(two.receiver()))->port();  // free again
  {
    SyncOverTcp sync = open_sync(two, port);
    CHECK(outcome_of(sync.log().append<StandbyDurable>(std::chrono::steady_clock::now() + 20ms, payment_of(1))) ==
          "here 1:1");
    CHECK(sync.log().durable<StandbyDurable>() == Position{});
  }
  SyncOverTcp sync = open_sync(two, port, LostStandby::stop);
  CHECK(outcome_of(sync.log().append<StandbyDurable>({}, payment_of(2))) == "not written LB-STANDBY-LOST");
}

TEST_CASE("a pass waits for the standby, a verification compares chains, and an absent standby is an error") {
  const TwoSides two;
  {
    const auto journal = open_journal(two.journal);
    append_payments(*journal, 1, 40, 4);
  }
  std::uint16_t port = 0;
  {
    const auto receiver = opened(TcpReceiver::open(two.receiver()));
    port = receiver->port();
    Tcp tcp = Tcp::open(two.shipper(port), two.journal).value();
    auto report = tcp.ship({});
    INFO((report ? std::string() : report.error().sentence()));
    REQUIRE(report);
    CHECK(report->position == Position{1, 40});
    CHECK(report->items_sent == 40);
    report = tcp.ship({});
    REQUIRE(report);
    CHECK(report->items_sent == 0);
    const auto verdict = tcp.compare({});
    REQUIRE(verdict);
    CHECK(verdict->equal);
    CHECK(verdict->items == 40);
    CHECK(verdict->moved_on_count == 0);
  }
  Tcp tcp = Tcp::open(two.shipper(port), two.journal).value();
  const auto none = tcp.ship({});
  REQUIRE_FALSE(none);
  CHECK(none.error().id() == ErrorId::peer_lost);
  CHECK(tcp.compare({}).error().id() == ErrorId::peer_lost);
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = tcp.ship(stop.get_token());
  REQUIRE_FALSE(stopped);
}

}  // namespace test_tcp
