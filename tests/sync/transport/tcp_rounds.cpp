// SPDX-License-Identifier: BSL-1.0
// Seeded rounds over a line that drops, delays, splits, corrupts and freezes, with both sides ended and begun anew:
// what the standby acknowledged is in its journal, nothing twice, and nothing is lost after the line is good again.
// Then rounds of two processes with such a line between them, which are stopped for longer than a peer waits, killed,
// and begun anew. LIFEBOAT_ROUNDS says how many rounds, LIFEBOAT_SEED which one comes first.
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

/// What a primary tells after each few groups.
struct Said {
  std::uint64_t acknowledged = 0;  ///< by the standby
  std::uint64_t appended = 0;
};

/// Goes on until there are so many groups, and tells of them; ends when the standby has all.
void be_primary(const JournalConfig& config, const TcpShipperConfig& link, std::uint64_t count, std::uint64_t together,
                int tell) {
  const auto journal = Journal::open(config);
  const auto shipper = TcpShipper::open(link);
  if (!journal || !shipper) ::_exit(2);
  Said said{0, (*journal)->recovery().last};
  do {
    const std::uint64_t last = std::min(count, said.appended + together);
    if (!appended(**journal, said.appended + 1, last, together)) ::_exit(4);
    (void)(*shipper)->nudge_and_wait((*journal)->durable(), {1, last}, std::chrono::steady_clock::now() + 10ms, false);
    said = {(*shipper)->acknowledged().sequence, last};
    if (::write(tell, &said, sizeof said) != sizeof said) ::_exit(3);
  } while (said.appended < count);
  if ((*shipper)->wait({1, count}, soon())) ::_exit(0);
  const std::string why = words((*shipper)->status()) + "\n";
  (void)!::write(STDERR_FILENO, why.data(), why.size());
  ::_exit(5);
}

/// A bad line to a port, until it is told by a byte to be a good one; tells its own port.
void be_line(std::uint16_t target, std::uint32_t seed, int tell, int hear) {
  std::mt19937 dice(seed);
  const auto below = [&](unsigned n) { return static_cast<unsigned>(dice() % n); };
  Proxy proxy(target, seed);
  proxy.disturb(below(8), below(20), 20 + below(60), below(4));
  const std::uint16_t port = proxy.port();
  if (::write(tell, &port, sizeof port) != sizeof port) ::_exit(3);
  char byte = 0;
  (void)!::read(hear, &byte, 1);
  proxy.disturb(0, 0, 0, 0);
  while (true) ::pause();
}

}  // namespace

TEST_CASE("over a bad line every group that was acknowledged is there once, and in the end all are") {
  const auto rounds = static_cast<std::uint32_t>(rounds_or(20));
  const auto first = static_cast<std::uint32_t>(seed_or_any());
  int disturbances = 0;
  std::uint64_t connections = 0;
  for (std::uint32_t round = 0; round < rounds; ++round) {
    const std::uint32_t seed = first + round;
    INFO("LIFEBOAT_SEED=" << seed);
    std::mt19937 dice(seed);
    const BothEnds two;
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
      (void)shipper->nudge_and_wait(journal->durable(), {1, said.sequence + 50},
                                    std::chrono::steady_clock::now() + 30ms, dice() % 2 == 0);
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

TEST_CASE("a primary and a standby that are stopped and killed, over a bad line, lose nothing that was acknowledged") {
  const auto rounds = static_cast<std::uint32_t>(rounds_or(20));
  const auto first = static_cast<std::uint32_t>(seed_or_any());
  std::uint64_t primaries = 0;
  std::uint64_t standbys = 0;
  for (std::uint32_t round = 0; round < rounds; ++round) {
    const std::uint32_t seed = first + round;
    INFO("LIFEBOAT_SEED=" << seed);
    std::mt19937 dice(seed);
    const BothEnds two;
    int told_port[2];
    int made_good[2];
    REQUIRE(::pipe(told_port) == 0);
    REQUIRE(::pipe(made_good) == 0);
    auto r = two.receiver();
    r.heartbeat = 50ms;
    const auto begin_standby = [&] {
      auto standby = std::make_unique<Process>([&] { be_standby(r, told_port[1]); });
      REQUIRE(::read(told_port[0], &r.listen.port, sizeof r.listen.port) == sizeof r.listen.port);
      return standby;
    };
    auto standby = begin_standby();
    std::uint16_t port = 0;
    const Process line([&] { be_line(r.listen.port, seed, told_port[1], made_good[0]); });
    REQUIRE(::read(told_port[0], &port, sizeof port) == sizeof port);
    auto s = two.shipper(port);
    s.heartbeat = 50ms;
    s.connect_timeout = 300ms;
    const std::uint64_t count = 60 + dice() % 90;
    const std::uint64_t together = 2 + dice() % 4;
    int told = -1;
    const auto begin_primary = [&] {
      int ends[2];
      REQUIRE(::pipe(ends) == 0);  // of this primary alone: its end is seen here
      auto primary =
          std::make_unique<Process>([&] { be_primary(journal_of(two.journal), s, count, together, ends[1]); });
      ::close(ends[1]);
      told = ends[0];
      return primary;
    };
    auto primary = begin_primary();
    std::uint64_t acknowledged = 0;
    std::uint64_t of_this = 0;  // a primary that is begun anew has heard of none
    const auto hear = [&](Said& said) {
      if (::read(told, &said, sizeof said) != sizeof said) return false;
      CHECK(said.acknowledged >= of_this);
      of_this = said.acknowledged;
      acknowledged = std::max(acknowledged, of_this);
      return true;
    };
    const auto look = [&] {
      // One that was killed before its first group has no journal yet.
      const auto there = acknowledged == 0 ? std::vector<std::uint64_t>{} : payments_in(two.replica);
      CHECK(there.size() >= acknowledged);
      for (std::size_t k = 0; k < there.size(); ++k)
        if (there[k] != k + 1) FAIL("group " << k + 1 << " is " << there[k]);
    };
    bool good = false;
    for (Said said; hear(said);) {
      if (said.appended == count && !std::exchange(good, true)) REQUIRE(::write(made_good[1], "g", 1) == 1);
      // Shorter and longer than the three heartbeats after which a peer is lost.
      const auto pause = std::chrono::milliseconds(dice() % 250);
      switch (dice() % 24) {
        case 0:
          standby->send(SIGSTOP);
          std::this_thread::sleep_for(pause);
          standby->send(SIGCONT);
          break;
        case 1:
          primary->send(SIGSTOP);
          std::this_thread::sleep_for(pause);
          primary->send(SIGCONT);
          break;
        case 2:
          CHECK(standby->end() == -1);
          ++standbys;
          look();
          standby = begin_standby();
          break;
        case 3: {
          primary->send(SIGKILL);
          while (hear(said)) continue;  // what it told before
          ::close(told);
          const int ended = primary->wait();
          CHECK((ended == -1 || ended == 0));  // or it was ready just then
          primaries += ended == -1 ? 1 : 0;
          look();
          of_this = 0;
          primary = begin_primary();
          break;
        }
        default: break;
      }
    }
    ::close(told);
    CHECK(primary->wait() == 0);
    CHECK(standby->end() == -1);
    INFO("killed " << primaries << " primaries and " << standbys << " standbys");
    CHECK(payments_in(two.replica) == payments_in(two.journal));
    CHECK(payments_in(two.replica).size() == count);
    for (const int fd : {told_port[0], told_port[1], made_good[0], made_good[1]}) ::close(fd);
  }
  if (rounds >= 20) {
    CHECK(primaries > 0);
    CHECK(standbys > 0);
  }
}

}  // namespace test_tcp_rounds
