// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/failover/standby_state.hpp>

#include <map>

#include "support/hand_receiver.hpp"
#include "support/temp_folder.hpp"

namespace test_standby_state {

using namespace lifeboat;
using namespace support;

TEST_CASE("a state that knows its records follows by their types, and never acts on the outside") {
  using Logged = Records<Payment>;
  struct Ledger {
    std::map<std::uint64_t, std::int64_t> sums;
    bool acted = false;
    Status apply(const Logged::Group& group, Position, Applying how) {
      group.each([&](const Payment& payment) { sums[payment.to.number] += payment.amount.minor; });
      acted = acted || how.live();
      return ok();
    }
  };
  const support::TempFolder folder;
  append_payments(*open_journal(folder / "j"), 1, 20, 4);
  Ledger ledger;
  StandbyState<Logged, Ledger> follows(ledger);
  auto receiver = std::make_unique<HandReceiver>(folder / "j", folder / "r");
  receiver->take();
  const auto standby = Standby::open({.receiver = std::move(receiver), .state = &follows});
  REQUIRE(standby);
  REQUIRE((*standby)->wait({1, 20}, std::chrono::steady_clock::now() + std::chrono::seconds(30)));
  (*standby)->stop();
  CHECK(ledger.sums.size() == 20);
  CHECK(ledger.sums[21] == 100);
  CHECK(follows.records() == 20);
  CHECK_FALSE(ledger.acted);
}

}  // namespace test_standby_state
