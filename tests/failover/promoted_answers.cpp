// SPDX-License-Identifier: BSL-1.0
// A promoted standby answers each key as its primary did: what was paid, what is in doubt, and what is new.
#include <lifeboat/failover/standby.hpp>

#include <lifeboat/restore/doubt_port.hpp>
#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/sync/transport/tcp.hpp>

#include <thread>

#include "support/two_sides.hpp"

namespace test_promoted_answers {

using namespace lifeboat;
using namespace support;
using namespace std::chrono_literals;

namespace {

struct Ignores final : StatePort {
  Status apply(const JournalGroup&, const SegmentHeader&) override { return ok(); }
};

template <class Sync>
std::string pay(Sync& sync, std::uint64_t n) {
  return sync.log()
      .template append_once<LocalDurable>({}, payment_of(n))
      .match([](Acked<LocalDurable> a) { return "acked " + to_text(a.position); },
             [](Already a) { return "already " + to_text(a.position); },
             [](InDoubt) { return std::string("in doubt"); },
             [](NotWritten w) { return "not written " + std::string(to_string(w.id)); },
             [](Unknown) { return std::string("unknown"); });
}

}  // namespace

TEST_CASE("a promoted standby answers each key as its primary did") {
  const support::BothEnds two;
  append_payments(*open_journal(two.journal), 1, 3);
  // An earlier loss has left one key in doubt.
  {
    const auto window = opened(DoubtWindow::open({.folder = doubt_folder(two.journal), .create = true}));
    const StatementLine line{"K-5000", {}, {}, {}, "", "undone"};
    REQUIRE(window->open_window({.basis = LossBasis::undone, .after = {1, 3}, .fresh_epoch = 2, .by = "A. Nightshift"},
                                std::span(&line, 1)));
  }
  const auto window = opened(DoubtWindow::open({.folder = doubt_folder(two.journal)}));
  const auto no_stamp = [](std::string_view) { return Stamp{}; };
  WindowDoubt doubt(*window, no_stamp);
  auto receiver = opened(TcpReceiver::open(two.receiver()));
  Position last{};
  std::string said;
  Ignores state;
  std::unique_ptr<Standby> standby;
  {
    auto sync = BasicLogSync<Tcp>::open({.journal = two.journal,
                                         .to = two.shipper(receiver->port()),
                                         .schemas = {schema_bytes<Payment>()},
                                         .segment_length = 256U << 10U,
                                         .queue_bytes = 32U << 10U,
                                         .epoch = 2,
                                         .keys_memory = 64U << 10U,
                                         .doubt = &doubt});
    INFO((sync ? std::string() : sync.error().sentence()));
    REQUIRE(sync);
    standby = opened(Standby::open({.receiver = std::move(receiver), .state = &state}));
    for (std::uint64_t n = 4; n <= 600; ++n) REQUIRE(pay(*sync, n) == "acked 2:" + std::to_string(n));
    CHECK(pay(*sync, 5000) == "in doubt");
    CHECK(pay(*sync, 4) == "already 2:4");
    last = sync->log().durable<LocalDurable>();
    REQUIRE(standby->wait(last, soon()));
    for (const Moment until = soon(); standby->receiver().status().keys == Position{};) {
      REQUIRE(std::chrono::steady_clock::now() < until);
      std::this_thread::sleep_for(1ms);
    }
    CHECK(standby->receiver().status().doubt == *journal_end(doubt_folder(two.journal)));
  }
  PromoteRequest request;
  request.by = "A. Nightshift";
  request.reason = "site lost";
  request.journal = journal_of("");
  request.nothing_lost = true;  // in epoch 2: the windows of the loss before have come over the link
  auto done = standby->promote(std::move(request));
  INFO((done ? std::string() : done.error().sentence()));
  REQUIRE(done);
  CHECK(done->epoch == 3);
  CHECK(done->window == 0);
  done->journal.reset();
  standby.reset();
  const auto there = opened(DoubtWindow::open({.folder = doubt_folder(two.replica)}));
  WindowDoubt same(*there, no_stamp);
  auto sync = LogSync::open({.journal = two.replica,
                             .schemas = {schema_bytes<Payment>()},
                             .segment_length = 256U << 10U,
                             .queue_bytes = 32U << 10U,
                             .doubt = &same});
  INFO((sync ? std::string() : sync.error().sentence()));
  REQUIRE(sync);
  for (std::uint64_t n = 4; n <= 600; ++n) REQUIRE(pay(*sync, n) == "already 2:" + std::to_string(n));
  CHECK(pay(*sync, 5000) == "in doubt");
  CHECK(pay(*sync, 601).rfind("acked 3:", 0) == 0);
}

}  // namespace test_promoted_answers
