// SPDX-License-Identifier: BSL-1.0
// A replica in a folder, and the ceiling that each pass reserves there: by threads, over lives, and where the primary
// is killed.
#include <lifeboat/sync/transport/embedded.hpp>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <thread>

#include <lifeboat/failover/promote_replica.hpp>
#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/verifier/structural.hpp>

#include "catch.hpp"
#include "support/in_child.hpp"
#include "support/journals.hpp"
#include "support/rounds.hpp"
#include "support/scripted_source.hpp"
#include "support/temp_folder.hpp"

namespace test_embedded {

using namespace lifeboat;
using namespace std::chrono_literals;

namespace {

/// A primary with a replica in a folder.
struct Two {
  support::TempFolder folder;
  std::string journal = folder / "j";
  std::string replica = folder / "r";

  [[nodiscard]] LogSync::Config config(std::uint64_t groups = 200) const {
    return {.journal = journal,
            .to = {.replica = replica, .segment_length = 256U << 10U, .reserve_groups = groups, .reserve_for = 600s},
            .schemas = {schema_bytes<Payment>()},
            .segment_length = 256U << 10U,
            .queue_bytes = 32U << 10U};
  }
  [[nodiscard]] LogSync open(std::uint64_t groups = 200) const { return open(config(groups)); }
  [[nodiscard]] static LogSync open(LogSync::Config config) {
    auto sync = LogSync::open(std::move(config));
    INFO((sync ? std::string() : sync.error().sentence()));
    REQUIRE(sync);
    return std::move(*sync);
  }
  [[nodiscard]] std::optional<Reservation> ceiling() const { return read_reservation(replica, ceiling_name).value(); }
  [[nodiscard]] std::optional<Reservation> promised() const {
    return read_reservation(journal, promised_replica_name).value();
  }
};

/// A pass, of which the log needs nothing but that it is made.
Result<SyncReport> pass(LogSync& sync) {
  support::ScriptedSource source;
  LIFEBOAT_TRY(const auto structural, open_structural(StructuralId::sha256));
  const SystemClock clock;
  SystemRandom random;
  SyncContext context{source, *structural, *structural, clock, random, Budgets{}, {}, {}};
  return sync.sync(context, {});
}

void passed(LogSync& sync) {
  const auto report = pass(sync);
  INFO((report ? std::string() : report.error().sentence()));
  REQUIRE(report);
}

/// Appends one group; its number, 0 where it was held back.
std::uint64_t append(LogSync& sync, std::uint64_t n, std::chrono::milliseconds patience = 10s) {
  return sync.log()
      .append<LocalDurable>(std::chrono::steady_clock::now() + patience, support::payment_of(n))
      .match([](Acked<LocalDurable> a) { return a.position.sequence; }, [](NotWritten) { return std::uint64_t{0}; },
             [](Unknown) { return std::uint64_t{0}; });
}

/// Appends as many as it can, up to `most`; the number of the last that was acknowledged.
std::uint64_t append_until_held(LogSync& sync, std::uint64_t most) {
  std::uint64_t last = 0;
  for (std::uint64_t n = 1; n <= most; ++n) {
    Position at{};
    sync.log().submit(support::payment_of(n)).match([&](Position p) { at = p; }, [](NotWritten) {});
    if (at != Position{}) continue;
    // A full queue is emptied first; what is held back then is so by the ceiling.
    const std::uint64_t acked = append(sync, n, 20ms);
    if (acked == 0) break;
    last = acked;
  }
  return last;
}

/// More than any that is reserved here, and than may be on its way above it.
constexpr std::uint64_t too_many = 100'000;

Promotion promoted(const std::string& replica, std::optional<Timestamp> stopped) {
  PromoteRequest request;
  request.by = "ann";
  request.reason = "disk lost";
  request.stopped = stopped;
  auto done = promote_replica(replica, {}, std::move(request));
  INFO((done ? std::string() : done.error().sentence()));
  REQUIRE(done);
  return std::move(*done);
}

Timestamp now() { return SystemClock().now().wall; }

/// A primary in a process of its own, that tells numbers through a pipe until it is killed.
class Killed {
 public:
  /// `body(tell)` runs in the child; it never returns.
  template <class Body>
  explicit Killed(const Body& body) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    child_ = ::fork();
    if (child_ == 0) {
      body([&](std::uint64_t number) {
        if (::write(ends[1], &number, sizeof number) != sizeof number) ::_exit(3);
      });
      while (true) ::pause();
    }
    ::close(ends[1]);
    from_ = ends[0];
  }
  Killed(const Killed&) = delete;
  Killed& operator=(const Killed&) = delete;
  ~Killed() {
    kill();
    ::close(from_);
  }
  /// The next number that it tells; none: it is gone.
  std::optional<std::uint64_t> next() const {
    std::uint64_t number = 0;
    if (::read(from_, &number, sizeof number) != sizeof number) return std::nullopt;
    return number;
  }
  void kill() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = 0;
  }

 private:
  pid_t child_ = 0;
  int from_ = -1;
};

}  // namespace

TEST_CASE("a pass reserves a ceiling in the replica, and a promotion of it says how much is lost at most") {
  const Two two;
  Position last{};
  {
    LogSync sync = two.open();
    for (std::uint64_t n = 1; n <= 5; ++n) REQUIRE(append(sync, n) == n);
    CHECK_FALSE(two.ceiling());
    passed(sync);
    for (std::uint64_t n = 6; n <= 9; ++n) REQUIRE(append(sync, n) == n);  // lost
    last = sync.log().durable<LocalDurable>();
  }
  const auto ceiling = two.ceiling();
  REQUIRE(ceiling);
  CHECK(ceiling->upto > last);
  CHECK(ceiling == two.promised());
  CHECK(ceiling->until > now());
  const auto plan = plan_promotion(two.replica, {}, nullptr, {}, now());
  REQUIRE(plan);
  CHECK(plan->loss.reserved == ceiling);
  CHECK(plan->first == ceiling->upto.sequence + 1);
  const std::optional<Timestamp> stopped =
      GENERATE(as<std::optional<Timestamp>>(), std::nullopt, Timestamp{1, 0}, Timestamp{9'000'000'000, 0});
  const Promotion done = promoted(two.replica, stopped);
  CHECK(done.first == ceiling->upto.sequence + 1);
  CHECK(done.loss.bounded == (stopped == Timestamp{1, 0}));
  CHECK_FALSE(done.loss.zero());
  CHECK(done.window == 1);
  if (done.loss.bounded)
    CHECK(to_text(done.loss).find("unknown: at most " + std::to_string(ceiling->upto.sequence - 5) + " groups") !=
          std::string::npos);
}

TEST_CASE("nothing above the ceiling of a replica is handed out until a pass raises it, over lives too") {
  const Two two;
  Reservation first;
  std::uint64_t last = 0;
  {
    LogSync sync = two.open();
    REQUIRE(append(sync, 1) == 1);
    passed(sync);
    first = two.ceiling().value();
    last = append_until_held(sync, too_many);
    CHECK(last > 0);
    CHECK(last <= first.upto.sequence);
    CHECK(append(sync, 2, 1ms) == 0);
  }
  LogSync sync = two.open();
  CHECK(append(sync, 3, 1ms) == 0);
  // Whoever waits goes on with the pass.
  std::atomic<std::uint64_t> went = 0;
  std::thread waits([&] { went = append(sync, 4, 30s); });
  passed(sync);
  waits.join();
  CHECK(went > last);
  CHECK(two.ceiling()->upto > first.upto);
  CHECK(two.ceiling() == two.promised());
}

TEST_CASE("a ceiling lies above the number that a new epoch begins with") {
  const Two two;
  {
    LogSync sync = two.open();
    for (std::uint64_t n = 1; n <= 3; ++n) REQUIRE(append(sync, n) == n);
  }
  auto config = two.config();
  config.epoch = 2;
  config.first_sequence = 5'000'000;
  LogSync sync = Two::open(config);
  passed(sync);
  REQUIRE(append(sync, 4) == 5'000'000);
  CHECK(two.ceiling()->upto > Position{2, 5'000'000});
}

TEST_CASE("where nothing is to be reserved, or by a forked child, nothing is") {
  const Two two;
  {
    LogSync sync = two.open(0);
    REQUIRE(append(sync, 1) == 1);
    passed(sync);
    CHECK_FALSE(two.ceiling());
    CHECK_FALSE(two.promised());
  }
  CHECK_FALSE(promoted(two.replica, Timestamp{1, 0}).loss.bounded);
  const Two other;
  LogSync sync = other.open();
  REQUIRE(append(sync, 1) == 1);
  passed(sync);
  const auto before = other.ceiling();
  const auto child = support::in_child([&] { return std::string(pass(sync) ? "passed" : "refused"); });
  CHECK(child.status == 0);
  CHECK(child.text == "passed");
  CHECK(other.ceiling() == before);
  CHECK(other.promised() == before);
}

TEST_CASE("a replica that can not be written leaves the ceiling that stands there") {
  const Two two;
  LogSync sync = two.open();
  REQUIRE(append(sync, 1) == 1);
  passed(sync);
  const Reservation first = two.ceiling().value();
  REQUIRE(::mkdir((two.replica + "/ceiling.new").c_str(), 0700) == 0);
  const auto failed = pass(sync);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().id() == ErrorId::medium_io);
  CHECK(two.ceiling() == first);
  CHECK(two.promised()->upto == first.upto);
  CHECK(append_until_held(sync, too_many) <= first.upto.sequence);
  REQUIRE(::rmdir((two.replica + "/ceiling.new").c_str()) == 0);
  passed(sync);
  CHECK(append(sync, 2) != 0);
}

TEST_CASE("threads append beside passes, and never above what stands in the replica") {
  const Two two;
  LogSync sync = two.open(500);
  REQUIRE(append(sync, 1) == 1);
  passed(sync);
  std::atomic<bool> good = true;
  std::atomic<int> running = 3;
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      for (std::uint64_t n = 1; n <= 600; ++n) {
        const std::uint64_t number = append(sync, t * 1000 + n, 60s);
        const auto stands = read_reservation(two.replica, ceiling_name);
        if (number == 0 || !stands || !*stands || number > (*stands)->upto.sequence) good = false;
      }
      --running;
    });
  while (running != 0) {
    passed(sync);
    std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good);
  passed(sync);
  CHECK(two.ceiling()->upto.sequence == sync.log().ceiling().limit());
}

TEST_CASE("a primary that is killed behind a pass has acknowledged nothing above the bound of its replica") {
  const Two two;
  Killed primary([&](const auto& tell) {
    auto sync = LogSync::open(two.config());
    if (!sync || append(*sync, 1) != 1 || !pass(*sync)) ::_exit(1);
    tell(append_until_held(*sync, too_many));
  });
  const auto last = primary.next();
  primary.kill();
  REQUIRE(last);
  const auto done = promoted(two.replica, now());
  CHECK(done.loss.bounded);
  CHECK(done.loss.last.sequence < *last);
  CHECK(done.loss.reserved->upto.sequence >= *last);
  CHECK(done.first > *last);
}

TEST_CASE("a primary that is killed between its promise and the replica holds to the lower one, and so does the next") {
  const Two two;
  const std::string door = two.replica + "/ceiling.new";
  Killed primary([&](const auto& tell) {
    auto sync = LogSync::open(two.config());
    if (!sync || append(*sync, 1) != 1 || !pass(*sync)) ::_exit(1);
    if (append(*sync, 2) != 2) ::_exit(1);
    // Whoever opens it to write waits for a reader, who never comes.
    if (::mkfifo(door.c_str(), 0600) != 0) ::_exit(1);
    const auto promise = [&] { return read_reservation(two.journal, promised_replica_name).value().value(); };
    const Reservation first = promise();
    std::thread passes([&] { (void)pass(*sync).has_value(); });
    while (promise() == first) std::this_thread::yield();
    tell(append_until_held(*sync, too_many));
    passes.join();
  });
  const auto last = primary.next();
  primary.kill();
  REQUIRE(last);
  REQUIRE(::unlink(door.c_str()) == 0);
  const Reservation stands = two.ceiling().value();
  CHECK(*last <= stands.upto.sequence);
  CHECK(two.promised()->upto == stands.upto);
  CHECK(two.promised()->until >= stands.until);
  {
    LogSync sync = two.open();
    CHECK(append_until_held(sync, too_many) <= stands.upto.sequence);
  }
  const Promotion done = promoted(two.replica, now());
  CHECK(done.loss.bounded);
  CHECK(done.loss.reserved == stands);
}

TEST_CASE("a primary that is killed at any moment beside its passes is bounded by what its replica says") {
  const std::uint64_t seed = support::seed_or_any();
  INFO("seed " << seed);
  std::mt19937_64 dice(seed);
  const Two two;
  std::uint64_t highest = 0;
  for (std::uint64_t round = 0; round < support::rounds_or(12); ++round) {
    const std::uint64_t wanted = 1 + dice() % 400;
    {
      Killed primary([&](const auto& tell) {
        auto sync = LogSync::open(two.config(50));
        if (!sync || !pass(*sync)) ::_exit(1);
        std::thread appends([&] {
          for (std::uint64_t n = 1;; ++n)
            if (const std::uint64_t number = append(*sync, n)) tell(number);
        });
        while (pass(*sync)) std::this_thread::yield();
        ::_exit(2);
      });
      std::uint64_t told = 0;
      for (; told < wanted; ++told) {
        const auto number = primary.next();
        if (!number) break;
        highest = std::max(highest, *number);
      }
      CHECK(told == wanted);
      primary.kill();
      while (const auto number = primary.next()) highest = std::max(highest, *number);
    }
    const auto stands = two.ceiling();
    REQUIRE(stands);
    CHECK(stands->upto.sequence >= highest);
    CHECK(two.promised()->upto <= stands->upto);
  }
  const Promotion done = promoted(two.replica, now());
  CHECK(done.loss.bounded);
  CHECK(done.first > highest);
}

}  // namespace test_embedded
