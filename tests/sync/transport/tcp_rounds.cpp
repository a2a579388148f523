// SPDX-License-Identifier: BSL-1.0
// Seeded rounds over a line that drops, delays, splits, corrupts and freezes, with both sides ended and begun anew:
// what the standby acknowledged is in its journal, nothing twice, and nothing is lost after the line is good again.
// Then rounds of two processes, that are stopped for longer than a peer waits, and a standby that is killed and begun
// anew. LIFEBOAT_ROUNDS says how many rounds, LIFEBOAT_SEED which one comes first.
#include <lifeboat/sync/transport/compare_standby.hpp>
#include <lifeboat/sync/transport/tcp_receiver.hpp>
#include <lifeboat/sync/transport/tcp_shipper.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <thread>

#include "support/rounds.hpp"
#include "support/two_sides.hpp"

namespace test_tcp_rounds {

using namespace lifeboat;
using namespace support;
using namespace std::chrono_literals;

namespace {

/// A process of its own, which ends with this.
class Process {
 public:
  template <class Body>
  explicit Process(Body&& body) : id_(::fork()) {
    if (id_ != 0) return;
    body();
    ::_exit(9);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (id_ > 0) (void)end();
  }
  void send(int signal) const { (void)::kill(id_, signal); }
  /// Kills it. Its exit status where it had ended by itself.
  int end() {
    send(SIGKILL);
    return wait();
  }
  int wait() {
    int status = 0;
    (void)::waitpid(id_, &status, 0);
    id_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t id_;
};

/// Why a copy may be behind.
std::string words(const LinkStatus& link) {
  const std::string how = link.state == LinkState::up ? "up" : link.state == LinkState::away ? "away" : "stopped";
  return "the link is " + how + " after " + std::to_string(link.connections) + " connections, the standby at " +
         to_text(link.standby.last) + ": " + (link.refusal ? link.refusal->sentence() : std::string("nothing refused"));
}

/// What both sides read again, up to there.
Result<SyncVerdict> compared(const std::string& journal, TcpShipper& shipper, const Position& upto) {
  const auto ask = [&](const JournalHead& after, std::uint32_t batches) { return shipper.prove(after, batches, {}); };
  return StandbyComparison(journal, ask).run(upto);
}

/// Receives until it is killed; tells its port.
void be_standby(TcpReceiverConfig config, int tell) {
  const auto receiver = TcpReceiver::open(std::move(config));
  if (!receiver) ::_exit(2);
  const std::uint16_t port = (*receiver)->port();
  if (::write(tell, &port, sizeof port) != sizeof port) ::_exit(3);
  while (true) ::pause();
}

/// Appends so many groups, and tells what the standby has acknowledged after each few; ends when it has all.
void be_primary(const JournalConfig& config, const TcpShipperConfig& link, std::uint64_t count, std::uint64_t together,
                int tell) {
  const auto journal = Journal::open(config);
  const auto shipper = TcpShipper::open(link);
  if (!journal || !shipper) ::_exit(2);
  for (std::uint64_t n = 1; n <= count; n += together) {
    const std::uint64_t last = std::min(count, n + together - 1);
    if (!appended(**journal, n, last, together)) ::_exit(4);
    (*shipper)->nudge((*journal)->durable());
    (void)(*shipper)->wait({1, last}, std::chrono::steady_clock::now() + 20ms);
    const std::uint64_t said = (*shipper)->acknowledged().sequence;
    if (::write(tell, &said, sizeof said) != sizeof said) ::_exit(3);
  }
  if ((*shipper)->wait({1, count}, soon())) ::_exit(0);
  const std::string why = words((*shipper)->status()) + "\n";
  (void)!::write(STDERR_FILENO, why.data(), why.size());
  ::_exit(5);
}

}  // namespace

TEST_CASE("over a bad line every group that was acknowledged is there once, and in the end all are") {
  const auto rounds = static_cast<std::uint32_t>(rounds_or(12));
  const auto first = static_cast<std::uint32_t>(seed_or_any());
  int disturbances = 0;
  std::uint64_t connections = 0;
  for (std::uint32_t round = 0; round < rounds; ++round) {
    const std::uint32_t seed = first + round;
    INFO("LIFEBOAT_SEED=" << seed);
    std::mt19937 dice(seed);
    const TwoSides two;
    auto r = two.receiver();
    r.heartbeat = 100ms;
    auto receiver = opened(TcpReceiver::open(r));
    Proxy proxy(receiver->port(), seed);
    const auto below = [&](unsigned n) { return static_cast<unsigned>(dice() % n); };
    proxy.disturb(below(8), 5 + below(30), 20 + below(60), below(4));
    auto s = two.shipper(proxy.port());
    s.heartbeat = 100ms;
    s.connect_timeout = 400ms;
    s.window = 1000U << dice() % 12;
    auto shipper = opened(TcpShipper::open(s));
    const auto journal = open_journal(two.journal);
    const std::uint64_t count = 200 + dice() % 800;
    const std::uint64_t together = 1 + dice() % 30;
    std::atomic<bool> wrote{true};
    std::thread writer([&] {
      for (std::uint64_t n = 1; n <= count; n += together) {
        if (!appended(*journal, n, std::min(count, n + together - 1), together)) wrote = false;
        if (n % 3 == 0) std::this_thread::sleep_for(1ms);
      }
    });
    for (int i = 0; i < 8; ++i) {
      // What is said to be durable there is read there, at that very moment.
      const Position said = shipper->acknowledged();
      if (said.sequence != 0) {
        const auto there = payments_in(two.replica);
        CHECK(there.size() >= said.sequence);
        for (std::size_t k = 0; k < there.size(); ++k)
          if (there[k] != k + 1) FAIL("group " << k + 1 << " is " << there[k]);
      }
      if (said.sequence != 0 && shipper->standby_proves() && dice() % 3 == 0) {
        const auto verdict = compared(two.journal, *shipper, said);  // or the link was lost meanwhile
        INFO((verdict ? verdict->first_difference : verdict.error().sentence()));
        if (verdict) CHECK((verdict->equal && verdict->items >= said.sequence));
      }
      (void)shipper->wait({1, said.sequence + 50}, std::chrono::steady_clock::now() + 30ms);
      if (dice() % 6 == 0) {
        connections += shipper->status().connections;
        shipper = opened(TcpShipper::open(s));
      }
      if (dice() % 6 == 0) {
        receiver.reset();
        receiver = opened(TcpReceiver::open(r));
        proxy.point_at(receiver->port());
      }
    }
    writer.join();
    CHECK(wrote);
    proxy.disturb(0, 0, 0, 0);
    shipper->nudge(journal->durable());
    const bool caught_up = shipper->wait({1, count}, soon());
    INFO(words(shipper->status()));
    CHECK(caught_up);
    CHECK(receiver->durable() == Position{1, count});
    auto verdict = compared(two.journal, *shipper, {1, count});
    for (const Moment until = soon(); !verdict && std::chrono::steady_clock::now() < until;)
      verdict = compared(two.journal, *shipper, {1, count});
    REQUIRE(verdict);
    CHECK(verdict->equal);
    CHECK(verdict->items == count);
    const auto there = payments_in(two.replica);
    CHECK(there == payments_in(two.journal));
    CHECK(there.size() == count);
    disturbances += proxy.disturbances();
    connections += shipper->status().connections;
  }
  // The line was bad, and connections were lost for it.
  CHECK(disturbances > 0);
  CHECK(connections >= rounds);
}

TEST_CASE("a standby that is stopped or killed, and a primary that is stopped, lose nothing that was acknowledged") {
  const auto rounds = static_cast<std::uint32_t>(rounds_or(6));
  const auto first = static_cast<std::uint32_t>(seed_or_any());
  for (std::uint32_t round = 0; round < rounds; ++round) {
    const std::uint32_t seed = first + round;
    INFO("LIFEBOAT_SEED=" << seed);
    std::mt19937 dice(seed);
    const TwoSides two;
    int told_port[2];
    int told[2];
    REQUIRE(::pipe(told_port) == 0);
    auto r = two.receiver();
    r.heartbeat = 50ms;
    const auto begin = [&] {
      auto standby = std::make_unique<Process>([&] { be_standby(r, told_port[1]); });
      REQUIRE(::read(told_port[0], &r.listen.port, sizeof r.listen.port) == sizeof r.listen.port);
      return standby;
    };
    auto standby = begin();
    REQUIRE(::pipe(told) == 0);  // of the primary alone: its end is seen here
    auto s = two.shipper(r.listen.port);
    s.heartbeat = 50ms;
    s.connect_timeout = 300ms;
    const std::uint64_t count = 100 + dice() % 200;
    const std::uint64_t together = 1 + dice() % 5;
    Process primary([&] { be_primary(journal_of(two.journal), s, count, together, told[1]); });
    ::close(told[1]);
    std::uint64_t acknowledged = 0;
    std::uint64_t kills = 0;
    for (std::uint64_t said = 0; ::read(told[0], &said, sizeof said) == sizeof said;) {
      CHECK(said >= acknowledged);
      acknowledged = said;
      // Shorter and longer than the three heartbeats after which a peer is lost.
      const auto pause = std::chrono::milliseconds(dice() % 250);
      switch (dice() % 24) {
        case 0:
          standby->send(SIGSTOP);
          std::this_thread::sleep_for(pause);
          standby->send(SIGCONT);
          break;
        case 1:
          primary.send(SIGSTOP);
          std::this_thread::sleep_for(pause);
          primary.send(SIGCONT);
          break;
        case 2: {
          CHECK(standby->end() == -1);
          ++kills;
          // One that was killed before its first group has no journal yet.
          const auto there = acknowledged == 0 ? std::vector<std::uint64_t>{} : payments_in(two.replica);
          CHECK(there.size() >= acknowledged);
          for (std::size_t k = 0; k < there.size(); ++k)
            if (there[k] != k + 1) FAIL("group " << k + 1 << " is " << there[k]);
          standby = begin();
          break;
        }
        default: break;
      }
    }
    CHECK(primary.wait() == 0);
    CHECK(standby->end() == -1);
    INFO("killed " << kills << " times");
    CHECK(payments_in(two.replica) == payments_in(two.journal));
    CHECK(payments_in(two.replica).size() == count);
    for (const int fd : {told_port[0], told_port[1], told[0]}) ::close(fd);
  }
}

}  // namespace test_tcp_rounds
