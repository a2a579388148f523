// SPDX-License-Identifier: BSL-1.0
// What goes beside the groups: the doubt window and the known keys of a primary, at its standby.
#include <lifeboat/sync/transport/beside_sender.hpp>

#include <lifeboat/restore/doubt.hpp>
#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/sync/transport/tcp.hpp>

#include <filesystem>
#include <thread>

#include "support/two_sides.hpp"

namespace test_beside_sender {

using namespace lifeboat;
using namespace support;
using namespace std::chrono_literals;

namespace {

using Log = BasicLogSync<Tcp>;

Log open_log(const BothEnds& two, std::uint16_t port) {
  auto sync = Log::open({.journal = two.journal,
                         .to = two.shipper(port),
                         .schemas = {schema_bytes<Payment>()},
                         .segment_length = 256U << 10U,
                         .queue_bytes = 32U << 10U,
                         .keys_memory = 64U << 10U});
  INFO((sync ? std::string() : sync.error().sentence()));
  REQUIRE(sync);
  return std::move(*sync);
}

Loss loss_of(std::uint64_t epoch) {
  return {.basis = LossBasis::unknown, .after = {epoch - 1, 9}, .fresh_epoch = epoch, .by = "A. Nightshift"};
}

template <class Done>
bool comes(Done&& done) {
  for (const Moment until = soon(); std::chrono::steady_clock::now() < until; std::this_thread::sleep_for(1ms))
    if (done()) return true;
  return false;
}

}  // namespace

TEST_CASE("known keys come to the standby when it has their groups, also where it comes and goes") {
  const BothEnds two;
  auto receiver = opened(TcpReceiver::open(two.receiver()));
  auto config = two.receiver();
  config.listen.port = receiver->port();
  Log log = open_log(two, receiver->port());
  for (std::uint64_t n = 1; n <= 900; ++n) {
    log.log()
        .append_once<LocalDurable>({}, payment_of(n))
        .match([](Acked<LocalDurable>) {}, [](Already) { FAIL(); }, [](InDoubt) { FAIL(); }, [](NotWritten) { FAIL(); },
               [](Unknown) { FAIL(); });
    if (n == 400) {
      receiver.reset();
      receiver = opened(TcpReceiver::open(config));
    }
  }
  KeySource here(keys_folder(two.journal));
  REQUIRE(*here.look());
  REQUIRE(here.set().covered.sequence >= 500);
  CHECK(comes([&] { return receiver->status().keys == here.set().covered; }));
  receiver->stop();
  KeySource there(keys_folder(two.replica));
  REQUIRE(*there.look());
  CHECK(there.check() == here.check());
  const auto keys = KeptKeys::open({.folder = keys_folder(two.replica), .retry_groups = ~std::uint64_t{0}});
  REQUIRE(keys);
  REQUIRE((*keys)->verify());
  CHECK((*keys)->find("K-1")->has_value());
}

TEST_CASE("the doubt window is at the standby before the groups that came behind it") {
  const BothEnds two;
  append_payments(*open_journal(two.journal), 1, 20);
  const auto window = opened(DoubtWindow::open({.folder = doubt_folder(two.journal), .create = true}));
  REQUIRE(window->open_window(loss_of(2)));
  auto receiver = opened(TcpReceiver::open(two.receiver()));
  auto config = two.receiver();
  config.listen.port = receiver->port();
  const auto shipper = opened(TcpShipper::open(two.shipper(receiver->port())));
  REQUIRE(receiver->wait({1, 1}, soon()));
  const Position stood = receiver->status().doubt.last;
  CHECK(stood == journal_end(doubt_folder(two.journal))->last);
  CHECK_FALSE(receiver->status().no_doubt);

  // Later records follow by themselves, in this connection and in the next one.
  REQUIRE(window->close_key("A-7", KeyVerdict::not_paid, {.by = "B. Dayshift"}));
  CHECK(comes([&] { return receiver->status().doubt.last > stood; }));
  receiver.reset();
  REQUIRE(window->open_window(loss_of(3)));
  receiver = opened(TcpReceiver::open(config));
  CHECK(comes([&] { return receiver->status().doubt == *journal_end(doubt_folder(two.journal)); }));
  receiver->stop();
  const auto there = opened(DoubtWindow::open({.folder = doubt_folder(two.replica)}));
  CHECK(there->windows() == 2);
  CHECK(there->closings().size() == 1);
}

TEST_CASE("a doubt window that somebody wrote at the standby is two histories, and stops the link") {
  const BothEnds two;
  append_payments(*open_journal(two.journal), 1, 5);
  const auto window = opened(DoubtWindow::open({.folder = doubt_folder(two.journal), .create = true}));
  REQUIRE(window->open_window(loss_of(2)));
  std::filesystem::create_directory(two.replica);
  { (void)opened(DoubtWindow::open({.folder = doubt_folder(two.replica), .create = true}))->open_window(loss_of(4)); }
  const auto receiver = opened(TcpReceiver::open(two.receiver()));
  Told told;
  auto config = two.shipper(receiver->port());
  config.log = told.sink();
  const auto shipper = opened(TcpShipper::open(config));
  CHECK(told.wait_for(ErrorId::diverged).find("doubt") != std::string::npos);
  CHECK(receiver->durable() == Position{});
}

TEST_CASE("a primary without a doubt window says so") {
  const BothEnds two;
  append_payments(*open_journal(two.journal), 1, 5);
  const auto receiver = opened(TcpReceiver::open(two.receiver()));
  const auto shipper = opened(TcpShipper::open(two.shipper(receiver->port())));
  REQUIRE(shipper->wait({1, 5}, soon()));
  CHECK(receiver->status().no_doubt);
  receiver->stop();
  CHECK_FALSE(has_doubt(two.replica));
  CHECK_FALSE(std::filesystem::exists(keys_folder(two.replica)));
}

}  // namespace test_beside_sender
