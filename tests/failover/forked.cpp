// SPDX-License-Identifier: BSL-1.0
// A child that is forked off from a primary or a standby neither sends nor acknowledges, and ends by itself.
#include <lifeboat/failover/standby.hpp>

#include <thread>

#include "support/in_child.hpp"
#include "support/two_sides.hpp"

namespace test_forked {

using namespace lifeboat;
using namespace support;
using namespace std::chrono_literals;

namespace {

struct Counts final : StatePort {
  std::uint64_t groups = 0;
  Status apply(const JournalGroup&, const SegmentHeader&) override {
    ++groups;
    return ok();
  }
};

}  // namespace

TEST_CASE("a forked child neither sends nor acknowledges, and its parent goes on") {
  const support::BothEnds two;
  const auto journal = open_journal(two.journal);
  append_payments(*journal, 1, 10);
  Counts state;
  auto made = opened(TcpReceiver::open(two.receiver()));
  TcpReceiver* const receiver = made.get();
  auto shipper = opened(TcpShipper::open(two.shipper(receiver->port())));
  auto standby = opened(Standby::open({.receiver = std::move(made), .state = &state}));
  REQUIRE(shipper->wait({1, 10}, soon()));
  REQUIRE(standby->wait({1, 10}, soon()));
  // Somebody waits at each of them while it forks.
  std::thread waits([&] { (void)shipper->wait({1, 20}, soon()); });
  std::thread waits_too([&] { (void)standby->wait({1, 20}, soon()); });
  const ChildAnswer child = in_child([&] {
    std::string said;
    const auto say = [&](bool right, const char* what) { said += right ? "" : std::string(what) + "; "; };
    say(!shipper->wait({1, 1}, {}), "the shipper acknowledges");
    say(shipper->acknowledged() == Position{}, "the shipper has a head");
    say(!shipper->connected(), "the shipper is connected");
    shipper->nudge({1, 11});
    say(shipper->status().refusal->id() == ErrorId::forked, "the shipper's status");
    say(!receiver->wait({1, 1}, {}), "the receiver has a group");
    say(receiver->durable() == Position{}, "the receiver has a head");
    say(receiver->status().refusal->id() == ErrorId::forked, "the receiver's status");
    say(!standby->wait({1, 1}, {}), "the standby has applied");
    say(standby->lag().error().id() == ErrorId::forked, "the standby's lag");
    say(standby->failure()->id() == ErrorId::forked, "the standby's failure");
    say(standby->read([](Position at) { return at; }) == Position{}, "the standby's position");
    PromoteRequest request;
    request.by = request.reason = "a child";
    say(standby->promote(std::move(request)).error().id() == ErrorId::forked, "the standby is promoted");
    shipper->stop();
    standby->stop();
    shipper.reset();
    standby.reset();
    return said + "ended";
  });
  CHECK(child.status == 0);
  CHECK(child.text == "ended");
  append_payments(*journal, 11, 20);
  shipper->nudge({1, 20});
  CHECK(shipper->wait({1, 20}, soon()));
  CHECK(standby->wait({1, 20}, soon()));
  waits.join();
  waits_too.join();
  CHECK(shipper->status().connections == 1);
  standby->stop();
  CHECK(state.groups == 20);
  shipper.reset();
  standby.reset();
  CHECK(open_replica(two.replica)->last() == Position{1, 20});
}

}  // namespace test_forked
