// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/transport/reserver.hpp>

#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/sync/transport/tcp.hpp>

#include <thread>

#include "support/two_sides.hpp"

namespace test_reserver {

using namespace lifeboat;
using namespace support;
using namespace std::chrono_literals;

namespace {

using Log = BasicLogSync<Tcp>;

Log open_log(const BothEnds& two, std::uint16_t port, std::uint64_t groups) {
  auto to = two.shipper(port);
  to.reserve_groups = groups;
  to.reserve_for = 600s;
  auto sync = Log::open({.journal = two.journal,
                         .to = to,
                         .schemas = {schema_bytes<Payment>()},
                         .segment_length = 256U << 10U,
                         .queue_bytes = 32U << 10U});
  INFO((sync ? std::string() : sync.error().sentence()));
  REQUIRE(sync);
  return std::move(*sync);
}

std::string append(Log& log, std::uint64_t n, std::chrono::milliseconds patience) {
  return log.log()
      .append<LocalDurable>(std::chrono::steady_clock::now() + patience, payment_of(n))
      .match([](Acked<LocalDurable> a) { return "acked " + to_text(a.position); },
             [](NotWritten w) { return "not written " + std::string(to_string(w.id)); },
             [](Unknown) { return std::string("unknown"); });
}

/// Appends until one is held back; how many went.
std::uint64_t append_until_held(Log& log) {
  for (std::uint64_t n = 0;; ++n) {
    Position last{};
    if (!log.log()
             .submit(payment_of(n))
             .match(
                 [&](Position p) {
                   last = p;
                   return true;
                 },
                 [](NotWritten) { return false; })) {
      // A full queue is emptied first; what is held back then is so by the ceiling.
      if (append(log, n, 200ms).rfind("not written", 0) == 0) return n;
    }
    REQUIRE(n < 100'000);
  }
}

}  // namespace

TEST_CASE("a ceiling is reserved at the standby, and nothing above it is handed out while that holds") {
  const BothEnds two;
  auto receiver = opened(TcpReceiver::open(two.receiver()));
  auto config = two.receiver();
  config.listen.port = receiver->port();
  Position upto{};
  {
    Log log = open_log(two, receiver->port(), 3'000);
    REQUIRE(append(log, 1, 10s) == "acked 1:1");
    for (const Moment until = soon(); !receiver->status().ceiling;) {
      REQUIRE(std::chrono::steady_clock::now() < until);
      std::this_thread::sleep_for(1ms);
    }
    receiver->stop();
    upto = read_reservation(two.replica, ceiling_name)->value().upto;
    CHECK(upto.epoch == 1);
    CHECK(upto.sequence >= 3'000);
    receiver.reset();
    CHECK(append_until_held(log) > 0);
    CHECK(log.log().durable<LocalDurable>().sequence < upto.sequence);
    CHECK(append(log, 2, 1ms) == "not written LB-QUEUE-FULL");
  }
  // A process that comes after it holds to that, too.
  {
    Log log = open_log(two, config.listen.port, 3'000);
    CHECK(append(log, 3, 1ms) == "not written LB-QUEUE-FULL");
    // The standby is back: a higher one is reserved, and it goes on.
    receiver = opened(TcpReceiver::open(config));
    CHECK(append(log, 4, 30s).rfind("acked", 0) == 0);
    CHECK(receiver->status().ceiling->upto > upto);
  }
}

TEST_CASE("where nothing is to be reserved nothing is") {
  const BothEnds two;
  const auto receiver = opened(TcpReceiver::open(two.receiver()));
  Log log = open_log(two, receiver->port(), 0);
  REQUIRE(append(log, 1, 10s) == "acked 1:1");
  REQUIRE(receiver->wait({1, 1}, soon()));
  CHECK_FALSE(receiver->status().ceiling);
  CHECK_FALSE(read_reservation(two.journal, promised_standby_name)->has_value());
}

}  // namespace test_reserver
