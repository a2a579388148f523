// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/lifeboat.hpp>
#include <lifeboat/sync/transport/tcp.hpp>

#include <filesystem>
#include <thread>

#include "support/two_sides.hpp"

namespace test_link_in_status {

using namespace lifeboat;
using namespace support;
using Two = support::BothEnds;
using Bank = DisasterRecoveryPipeline<Full, Disk, BasicLogSync<Tcp>, Sha256>;

TEST_CASE("a primary's status has its link: what the standby lacks, how long, and the days of both certificates") {
  const Two two;
  auto receiver = opened(TcpReceiver::open(two.receiver()));
  std::filesystem::create_directory(two.folder / "state");
  auto bank = Bank::open({.source = {.id = "bank", .root = two.folder / "state"},
                          .medium = {.root = two.folder / "backup", .create = true},
                          .sync = {.journal = two.journal,
                                   .to = two.shipper(receiver->port()),
                                   .schemas = schemas_of<Payment>(),
                                   .segment_length = 256U << 10U,
                                   .queue_bytes = 32U << 10U},
                          .keep_state = false});
  INFO((bank ? std::string() : bank.error().sentence()));
  REQUIRE(bank);
  const auto pays = [&](std::uint64_t n) {
    return bank->append(payment_of(n))
        .match([](Acked<LocalDurable>) { return true; }, [](NotWritten) { return false; },
               [](Unknown) { return false; });
  };
  const auto report = [&] {
    const auto status = bank->status();
    REQUIRE(status);
    REQUIRE(status->standby);
    return *status->standby;
  };
  for (std::uint64_t n = 1; n <= 3; ++n) REQUIRE(pays(n));
  REQUIRE(bank->sync());
  StandbyReport now = report();
  CHECK(now.link.state == LinkState::up);
  CHECK(now.link.standby.last == Position{1, 3});
  CHECK(now.lacks == 0);
  CHECK(now.behind == std::chrono::nanoseconds(0));
  CHECK(now.link.own_certificate_days == 10);
  CHECK(now.link.peer_certificate_days == 10);
  auto note = read_standby_note(two.journal, link_note_name);
  REQUIRE((note && *note));
  CHECK((*note)->up);
  CHECK((*note)->acknowledged == Position{1, 3});
  CHECK((*note)->own_certificate_days == 10);

  receiver.reset();
  for (std::uint64_t n = 4; n <= 5; ++n) REQUIRE(pays(n));
  CHECK_FALSE(bank->sync());  // says why there is no link
  now = report();
  CHECK(now.link.state == LinkState::away);
  CHECK(now.link.standby.last == Position{1, 3});
  CHECK(now.lacks == 2);
  REQUIRE(now.behind);
  CHECK(now.behind->count() > 0);
  note = read_standby_note(two.journal, link_note_name);
  REQUIRE((note && *note));
  CHECK_FALSE((*note)->up);
  CHECK((*note)->acknowledged == Position{1, 3});
  CHECK_FALSE((*note)->refusal.empty());
}

}  // namespace test_link_in_status
