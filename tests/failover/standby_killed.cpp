// SPDX-License-Identifier: BSL-1.0
// Two processes: a primary under load that is killed, and a standby that is promoted. Every group that was acknowledged
// at StandbyDurable is there, once, and the former primary is fenced when it comes back. LIFEBOAT_ROUNDS says how many
// times, LIFEBOAT_SEED which comes first.
#include <lifeboat/failover/standby.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <set>
#include <thread>

#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/sync/transport/tcp.hpp>

#include "support/rounds.hpp"
#include "support/two_sides.hpp"

namespace test_standby_killed {

using namespace lifeboat;
using namespace support;
using namespace std::chrono_literals;

namespace {

/// What a thread of the primary tells of each append.
struct Said {
  std::uint64_t position = 0;
  std::uint64_t payment = 0;
  std::uint64_t standby = 0;  ///< 1: acknowledged by the standby; 0: durable at the primary
};

/// Appends from some threads until it is killed; tells each outcome through the pipe.
[[noreturn]] void be_primary(const support::BothEnds& two, std::uint16_t port, int tell) {
  auto sync = BasicLogSync<Tcp>::open({.journal = two.journal,
                                       .to = two.shipper(port),
                                       .schemas = {schema_bytes<Payment>()},
                                       .segment_length = 256U << 10U,
                                       .queue_bytes = 32U << 10U});
  if (!sync) ::_exit(2);
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      for (std::uint64_t n = 1;; ++n) {
        const std::uint64_t payment = t * 1'000'000 + n;
        const Said said = sync->log()
                              .append<StandbyDurable>(std::chrono::steady_clock::now() + 2s, payment_of(payment))
                              .match(
                                  [&](Acked<StandbyDurable> a) {
                                    return Said{a.position.sequence, payment, 1};
                                  },
                                  [&](Acked<LocalDurable> a) {
                                    return Said{a.position.sequence, payment, 0};
                                  },
                                  [](NotWritten) { return Said{}; }, [](Unknown) { return Said{}; });
        if (said.position != 0 && ::write(tell, &said, sizeof said) != sizeof said) ::_exit(3);
      }
    });
  for (std::thread& thread : threads) thread.join();
  ::_exit(4);
}

struct Seen final : StatePort {
  std::map<std::uint64_t, std::uint64_t> payment_at;
  std::set<std::uint64_t> payments;
  bool twice = false;

  Status apply(const JournalGroup& group, const SegmentHeader&) override {
    RecordsOfGroup records = group.records();
    const auto record = records.next();
    const auto payment = record ? decode_record<Payment>(record->bytes) : std::nullopt;
    if (!payment) return Error{ErrorId::corrupt, "no payment"};
    twice = twice || !payments.insert(payment->from.number).second ||
            !payment_at.emplace(group.position.sequence, payment->from.number).second;
    return ok();
  }
};

}  // namespace

TEST_CASE("a primary that is killed under load has lost nothing that the standby acknowledged") {
  const auto rounds = static_cast<std::uint32_t>(rounds_or(20));
  const auto first = static_cast<std::uint32_t>(seed_or_any());
  for (std::uint32_t round = 0; round < rounds; ++round) {
    const std::uint32_t seed = first + round;
    INFO("LIFEBOAT_SEED=" << seed);
    std::mt19937 dice(seed);
    const support::BothEnds two;
    int port_to[2];
    int said_from[2];
    REQUIRE(::pipe(port_to) == 0);
    REQUIRE(::pipe(said_from) == 0);
    const pid_t primary = ::fork();  // before this process has threads
    if (primary == 0) {
      std::uint16_t port = 0;
      if (::read(port_to[0], &port, sizeof port) != sizeof port) ::_exit(1);
      be_primary(two, port, said_from[1]);
    }
    ::close(said_from[1]);
    ::close(port_to[0]);
    auto receiver = opened(TcpReceiver::open(two.receiver()));
    const std::uint16_t port = receiver->port();
    REQUIRE(::write(port_to[1], &port, sizeof port) == sizeof port);
    ::close(port_to[1]);
    Seen state;
    auto standby = opened(Standby::open({.receiver = std::move(receiver), .state = &state}));

    const std::uint64_t wanted = 40 + dice() % 200;
    std::vector<Said> said;
    for (Said one; said.size() < wanted && ::read(said_from[0], &one, sizeof one) == sizeof one;) said.push_back(one);
    CHECK(said.size() == wanted);
    REQUIRE(::kill(primary, SIGKILL) == 0);
    for (Said one; ::read(said_from[0], &one, sizeof one) == sizeof one;) said.push_back(one);
    ::close(said_from[0]);
    REQUIRE(::waitpid(primary, nullptr, 0) == primary);

    PromoteRequest request;
    request.by = "the test";
    request.reason = "killed";
    request.journal = journal_of("");
    auto done = standby->promote(std::move(request));
    INFO((done ? std::string() : done.error().sentence()));
    REQUIRE(done);
    CHECK(done->epoch == 2);
    CHECK_FALSE(state.twice);
    std::uint64_t acknowledged = 0;
    for (const Said& one : said) {
      if (one.standby == 0) continue;
      ++acknowledged;
      const auto found = state.payment_at.find(one.position);
      if (found == state.payment_at.end()) FAIL("group " << one.position << " was acknowledged and is lost");
      CHECK(found->second == one.payment);
    }
    CHECK(acknowledged > 0);
    CHECK(state.payment_at.size() == done->loss.last.sequence);
    append_payments(*done->journal, 9'000'001, 9'000'002);
    done->journal.reset();
    standby.reset();

    // The former primary comes back with its journal, and meets what went on without it.
    Told told;
    const auto again = opened(TcpReceiver::open(two.receiver()));
    auto config = two.shipper(again->port());
    config.log = told.sink();
    (void)open_journal(two.journal);
    const auto shipper = opened(TcpShipper::open(config));
    CHECK(told.wait_for(ErrorId::fenced).find("epoch 2") != std::string::npos);
    CHECK(shipper->status().refusal->id() == ErrorId::fenced);
  }
}

}  // namespace test_standby_killed
