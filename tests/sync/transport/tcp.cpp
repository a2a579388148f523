// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/transport/tcp.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/testing/laws/transport.hpp>

#include "support/two_sides.hpp"

namespace test_tcp {

using namespace lifeboat;
using namespace support;
using namespace std::chrono_literals;

using SyncOverTcp = BasicLogSync<Tcp>;
static_assert(Sync<SyncOverTcp>);
static_assert(SyncOverTcp::failure_domains == 2);

namespace {

SyncOverTcp open_sync(const BothEnds& two, std::uint16_t port, LostStandby lost = LostStandby::wait) {
  auto sync = SyncOverTcp::open({.journal = two.journal,
                                 .to = two.shipper(port),
                                 .schemas = {schema_bytes<Payment>()},
                                 .segment_length = 256U << 10U,
                                 .queue_bytes = 32U << 10U,
                                 .lost_standby = lost});
  INFO((sync ? std::string() : sync.error().sentence()));
  REQUIRE(sync);
  return std::move(*sync);
}

std::string outcome_of(const AppendOutcome<StandbyDurable>& outcome) {
  return outcome.match([](Acked<StandbyDurable> a) { return "standby " + to_text(a.position); },
                       [](Acked<LocalDurable> a) { return "here " + to_text(a.position); },
                       [](NotWritten n) { return "not written " + std::string(to_string(n.id)); },
                       [](Unknown u) { return "unknown " + to_text(u.position); });
}

}  // namespace

TEST_CASE("a link to another process keeps the laws of a transport") {
  const BothEnds two;
  const auto receiver = opened(TcpReceiver::open(two.receiver()));
  const auto laws =
      testing::transport_laws<Tcp>({two.shipper(receiver->port()), two.folder.path(), two.replica}, payment_of(1));
  INFO(laws.report());
  CHECK(laws.all_hold());
}

TEST_CASE("an append that wants the standby is acknowledged when the group is durable there") {
  const BothEnds two;
  const auto receiver = opened(TcpReceiver::open(two.receiver()));
  SyncOverTcp sync = open_sync(two, receiver->port());
  for (std::uint64_t n = 1; n <= 50; ++n) {
    REQUIRE(outcome_of(sync.log().append<StandbyDurable>({}, payment_of(n))) == "standby 1:" + std::to_string(n));
    REQUIRE(receiver->durable() >= Position{1, n});
  }
  CHECK(sync.log().durable<StandbyDurable>() == Position{1, 50});
  CHECK(payments_in(two.replica).size() == 50);
}

TEST_CASE("without a standby an append waits until its deadline, or is refused where that is asked for") {
  const BothEnds two;
  const std::uint16_t port = opened(TcpReceiver::open(two.receiver()))->port();  // free again
  {
    SyncOverTcp sync = open_sync(two, port);
    CHECK(outcome_of(sync.log().append<StandbyDurable>(std::chrono::steady_clock::now() + 20ms, payment_of(1))) ==
          "here 1:1");
    CHECK(sync.log().durable<StandbyDurable>() == Position{});
  }
  SyncOverTcp sync = open_sync(two, port, LostStandby::stop);
  CHECK(outcome_of(sync.log().append<StandbyDurable>({}, payment_of(2))) == "not written LB-STANDBY-LOST");
}

TEST_CASE("at the standby's level an event loop is woken, and a link that goes ends a wait where that means stop") {
  const BothEnds two;
  auto receiver = opened(TcpReceiver::open(two.receiver()));
  SyncOverTcp sync = open_sync(two, receiver->port(), LostStandby::stop);
  EngineLog& log = sync.log();
  const int fd = log.durable_fd<StandbyDurable>().value();
  const auto woken = [&] {
    pollfd waiting{fd, POLLIN, 0};
    std::uint64_t count = 0;
    return ::poll(&waiting, 1, 20'000) == 1 && ::read(fd, &count, sizeof count) == sizeof count;
  };
  while (outcome_of(log.append<StandbyDurable>({}, payment_of(1))) == "not written LB-STANDBY-LOST")
    REQUIRE(woken());  // the link comes up
  Position last{};
  log.submit(payment_of(2)).match([&](Position at) { last = at; }, [](NotWritten) {});
  log.wait<LocalDurable>(last, {}).match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); },
                                         [](Unknown) { FAIL(); });
  while (log.durable<StandbyDurable>() < last) REQUIRE(woken());
  receiver->stop();
  receiver.reset();
  // Whether it is refused or written here alone is a matter of when the link is seen to be gone; it ends by itself.
  std::string said;
  while (said != "not written LB-STANDBY-LOST") {
    said = outcome_of(log.append<StandbyDurable>({}, payment_of(4)));
    INFO(said);
    REQUIRE((said.starts_with("here ") || said == "not written LB-STANDBY-LOST"));
  }
}

TEST_CASE("a pass waits for the standby, a verification compares chains, and an absent standby is an error") {
  const BothEnds two;
  {
    const auto journal = open_journal(two.journal);
    append_payments(*journal, 1, 40, 4);
  }
  std::uint16_t port = 0;
  {
    const auto receiver = opened(TcpReceiver::open(two.receiver()));
    port = receiver->port();
    Tcp tcp = Tcp::open(two.shipper(port), two.journal).value();
    auto report = tcp.ship({});
    INFO((report ? std::string() : report.error().sentence()));
    REQUIRE(report);
    CHECK(report->position == Position{1, 40});
    CHECK(report->items_sent == 40);
    report = tcp.ship({});
    REQUIRE(report);
    CHECK(report->items_sent == 0);
    const auto verdict = tcp.compare({});
    REQUIRE(verdict);
    CHECK(verdict->equal);
    CHECK(verdict->items == 40);
    CHECK(verdict->moved_on_count == 0);
  }
  Tcp tcp = Tcp::open(two.shipper(port), two.journal).value();
  const auto none = tcp.ship({});
  REQUIRE_FALSE(none);
  CHECK(none.error().id() == ErrorId::peer_lost);
  CHECK(tcp.compare({}).error().id() == ErrorId::peer_lost);
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = tcp.ship(stop.get_token());
  REQUIRE_FALSE(stopped);
}

namespace {

/// Where that payment's record stands in a segment.
off_t place_of(const std::string& segment, std::uint64_t payment) {
  std::byte record[encoded_size<Payment>()];
  encode_record(payment_of(payment), record);
  std::ifstream file(segment, std::ios::binary);
  const std::string all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::size_t at = all.find(as_text(record));
  REQUIRE(at != std::string::npos);
  return static_cast<off_t>(at);
}
/// One bit there is another one.
void flip(const std::string& path, off_t at) {
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(file >= 0);
  char byte = 0;
  CHECK(::pread(file, &byte, 1, at) == 1);
  byte = static_cast<char>(byte ^ 1);
  CHECK(::pwrite(file, &byte, 1, at) == 1);
  ::close(file);
}

/// A standby of a program that was made before its protocol had questions: it stands where the journal ends.
void older_standby(FileDescriptor listening, const TlsConfig& tls, const HelloMessage& hello, std::atomic<bool>& stop,
                   std::atomic<int>& asked) {
  WakeFd wake;
  REQUIRE(wake.open() == 0);
  std::string from;
  FileDescriptor socket;
  while (!socket && !stop) {
    (void)wait_for_socket(listening.get(), POLLIN, wake, std::chrono::steady_clock::now() + 10ms);
    socket = accept_from(listening.get(), from);
  }
  auto link = TlsLink::open(std::move(socket), tls, TlsSide::server);
  if (!link || !link->shake(wake, soon(), [&] { return stop.load(); })) return;
  (void)link->put_one(hello);
  while (!stop) {
    for (bool more = true; more;) {
      const auto message = link->next();
      more = message && *message;
      if (more && std::holds_alternative<ProveMessage>(**message)) ++asked;
    }
    if (!link->put_one(AckMessage{hello.head})) return;
    if (!link->turn(wake, std::chrono::steady_clock::now() + 20ms)) return;
  }
}

}  // namespace

TEST_CASE("a verification has the standby read its replica again: what is damaged there is named") {
  const BothEnds two;
  {
    const auto journal = open_journal(two.journal);
    append_payments(*journal, 1, 40, 4);
  }
  const auto receiver = opened(TcpReceiver::open(two.receiver()));
  Tcp tcp = Tcp::open(two.shipper(receiver->port()), two.journal).value();
  REQUIRE(tcp.ship({}));
  auto verdict = tcp.compare({});
  REQUIRE(verdict);
  CHECK(verdict->equal);
  CHECK(verdict->items == 40);
  CHECK(verdict->bytes != 0);
  const std::string segment = two.replica + "/segment-0000000001";
  const auto places = {std::pair(std::uint64_t{25}, place_of(segment, 25)),
                       std::pair(std::uint64_t{1}, place_of(segment, 1))};
  for (const auto& [payment, place] : places) {
    flip(segment, place);
    verdict = tcp.compare({});
    REQUIRE(verdict);
    CHECK_FALSE(verdict->equal);
    CHECK(verdict->differences == 1);
    CHECK(verdict->items == (payment - 1) / 4 * 4);
    CHECK(verdict->first_difference.find("group 1:" + std::to_string(payment) + " ") != std::string::npos);
  }
  for (const auto& [payment, place] : places) flip(segment, place);
  verdict = tcp.compare({});
  REQUIRE(verdict);
  CHECK(verdict->equal);
}

TEST_CASE("what the standby holds is another history that is whole: the first batch that differs is named") {
  const BothEnds two;
  {
    const auto journal = open_journal(two.journal);
    append_payments(*journal, 1, 12, 4);
  }
  const std::string other = two.folder / "other";
  std::filesystem::copy(two.journal, other);
  append_payments(*open_journal(two.journal), 13, 40, 4);
  append_payments(*open_journal(other), 113, 140, 4);
  const auto receiver = opened(TcpReceiver::open(two.receiver()));
  Tcp tcp = Tcp::open(two.shipper(receiver->port()), two.journal).value();
  REQUIRE(tcp.ship({}));
  for (const auto& file : std::filesystem::directory_iterator(two.replica))
    if (file.path().filename().string().starts_with("segment-")) std::filesystem::remove(file.path());
  for (const auto& file : std::filesystem::directory_iterator(other))
    if (file.path().filename().string().starts_with("segment-"))
      std::filesystem::copy(file.path(), two.replica / file.path().filename());
  const auto verdict = tcp.compare({});
  REQUIRE(verdict);
  CHECK_FALSE(verdict->equal);
  CHECK(verdict->items == 12);
  CHECK(verdict->differences == 1);
  CHECK(verdict->first_difference.find("the groups behind 1:12 up to 1:16 are not the same") == 0);
}

TEST_CASE("a standby is compared while groups go to it") {
  const BothEnds two;
  const auto receiver = opened(TcpReceiver::open(two.receiver()));
  const auto journal = open_journal(two.journal);
  append_payments(*journal, 1, 100, 3);
  Tcp tcp = Tcp::open(two.shipper(receiver->port()), two.journal).value();
  REQUIRE(tcp.ship({}));
  std::atomic<bool> stop{false};
  std::thread pays([&] {
    for (std::uint64_t n = 101; !stop && appended(*journal, n, n, 1); ++n) tcp.standby()->nudge(journal->durable());
  });
  std::atomic<int> equal{0};
  const auto compares = [&] {
    std::uint64_t before = 100;
    for (int round = 0; round < 20; ++round) {
      const auto verdict = tcp.compare({});
      if (!verdict || !verdict->equal || verdict->items < before) return;
      before = verdict->items;
      ++equal;
    }
  };
  std::thread beside(compares);  // a plan's runner, and somebody who asks
  compares();
  beside.join();
  stop = true;
  pays.join();
  CHECK(equal == 40);
  std::stop_source stopped;
  stopped.request_stop();
  CHECK(tcp.compare(stopped.get_token()).error().id() == ErrorId::interrupted);
}

TEST_CASE("a standby of a program that can not be asked is not asked, and is not called equal") {
  const BothEnds two;
  {
    const auto journal = open_journal(two.journal);
    append_payments(*journal, 1, 8, 4);
  }
  FileDescriptor listening = listen_at({"127.0.0.1", 0}).value();
  const std::uint16_t port = port_of(listening.get());
  HelloMessage hello;
  hello.role = PeerRole::receiver;
  hello.journal = header_of(two.journal).journal;
  hello.head = journal_end(two.journal).value();
  hello.heartbeat_ms = 1000;
  hello.any_schema = true;
  std::atomic<bool> stop{false};
  std::atomic<int> asked{0};
  std::thread standby([&] { older_standby(std::move(listening), two.receiver().tls, hello, stop, asked); });
  {
    Tcp tcp = Tcp::open(two.shipper(port), two.journal).value();
    const auto verdict = tcp.compare({});
    CHECK((!verdict && verdict.error().id() == ErrorId::feature_unknown));
    CHECK(tcp.ship({}));  // the link is as good as it was
    CHECK(tcp.link().connections == 1);
  }
  stop = true;
  standby.join();
  CHECK(asked == 0);
}

}  // namespace test_tcp
