// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/transport/shipper_status.hpp>

#include "catch.hpp"

namespace test_shipper_status {

using namespace lifeboat;

TEST_CASE("what is durable only rises, and only news is news") {
  ShipperStatus status;
  CHECK(status.at({}).away_since);
  CHECK(status.note_durable({1, 5}));
  CHECK(!status.note_durable({1, 5}));
  CHECK(!status.note_durable({1, 4}));
  CHECK(status.durable() == Position{1, 5});
  status.sent({{1, 4}, {}}, 4, 400);
  CHECK(status.durable() == Position{1, 5});
  status.sent({{1, 7}, {}}, 3, 300);
  CHECK(status.durable() == Position{1, 7});
  const HeartbeatMessage beat = status.heartbeat({1000, 0});
  CHECK(beat.durable == Position{1, 7});
  CHECK(beat.time == Timestamp{1000, 0});
  const LinkStatus link = status.at({2000, 0});
  CHECK(link.durable_time == Timestamp{1000, 0});
  CHECK(link.groups == 7);
  CHECK(link.bytes == 700);
}

TEST_CASE("a reason that stays is told once, and since when the link is away") {
  ShipperStatus status;
  const Error lost{ErrorId::peer_lost, "nobody answers"};
  CHECK(status.away(lost));
  const auto since = status.at({}).away_since;
  CHECK(!status.away(lost));
  CHECK(status.away(Error{ErrorId::peer_lost, "it said goodbye"}));
  status.away();
  CHECK(status.at({}).away_since == since);
  CHECK(status.at({}).refusal->sentence() == "it said goodbye");
  status.stopped();
  CHECK(status.at({}).state == LinkState::stopped);
}

TEST_CASE("what the standby said is shown, with the days of the certificate") {
  ShipperStatus status;
  status.standby({{1, 3}, {}});
  status.beside({{1, 2}, {}}, {1, 1});
  status.reserved({{1, 100}, {60, 0}});
  status.own_certificate({3 * 86'400, 0});
  const auto heard = std::chrono::steady_clock::now();
  status.heard(heard);
  const LinkStatus link = status.at({86'400, 0});
  CHECK(link.standby.last == Position{1, 3});
  CHECK(link.doubt.last == Position{1, 2});
  CHECK(link.keys == Position{1, 1});
  CHECK(link.ceiling->upto == Position{1, 100});
  CHECK(link.own_certificate_days == 2);
  CHECK(link.heard == heard);
}

}  // namespace test_shipper_status
