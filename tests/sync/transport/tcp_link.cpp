// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/transport/tcp_receiver.hpp>
#include <lifeboat/sync/transport/tcp_shipper.hpp>

#include <array>
#include <filesystem>
#include <thread>

#include <lifeboat/testing/fake_clock.hpp>

#include "support/two_sides.hpp"

/// A record type that comes later than payments.
struct LateRecord {
  lifeboat::DebitAccount from;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(LateRecord, from, amount);

namespace test_tcp_link {

using namespace lifeboat;
using namespace support;
using namespace std::chrono_literals;

using Two = support::BothEnds;

TEST_CASE("what is appended is acknowledged by the standby, and stands there") {
  const Two two;
  const auto journal = open_journal(two.journal);
  append_payments(*journal, 1, 500, 10);
  const auto receiver = opened(TcpReceiver::open(two.receiver()));
  const auto shipper = opened(TcpShipper::open(two.shipper(receiver->port())));
  CHECK(shipper->wait({1, 500}, soon()));
  append_payments(*journal, 501, 600, 7);
  shipper->nudge(journal->durable());
  REQUIRE(shipper->wait({1, 600}, soon()));
  CHECK(shipper->acknowledged() == Position{1, 600});
  CHECK(receiver->durable() == Position{1, 600});
  CHECK(shipper->connected());
  const LinkStatus status = shipper->status();
  CHECK(status.state == LinkState::up);
  CHECK(status.connections == 1);
  CHECK(status.groups == 600);
  CHECK(status.own_certificate_days == 10);
  CHECK(status.peer_certificate_days == 10);
  CHECK(receiver->status().durable == Position{1, 600});
  CHECK_FALSE(shipper->wait({1, 601}, std::chrono::steady_clock::now() + 1ms));
  CHECK(payments_in(two.replica) == payments_in(two.journal));
  shipper->stop();
  CHECK_FALSE(shipper->wait({1, 601}, {}));
  receiver->stop();
  CHECK(open_replica(two.replica)->last() == Position{1, 600});
}

TEST_CASE("the standby may come and go, and the shipper too") {
  const Two two;
  const auto journal = open_journal(two.journal);
  append_payments(*journal, 1, 50, 5);
  const std::uint16_t port = opened(TcpReceiver::open(two.receiver()))->port();  // free again
  auto shipper = opened(TcpShipper::open(two.shipper(port)));
  CHECK_FALSE(shipper->wait({1, 50}, std::chrono::steady_clock::now() + 50ms));
  CHECK_FALSE(shipper->connected());
  auto config = two.receiver();
  config.listen.port = port;
  for (std::uint64_t n = 50; n < 250; n += 50) {
    const auto receiver = opened(TcpReceiver::open(config));
    REQUIRE(shipper->wait({1, n}, soon()));
    append_payments(*journal, n + 1, n + 50, 5);
    shipper->nudge(journal->durable());
    REQUIRE(shipper->wait({1, n + 50}, soon()));
    if (n == 150) shipper = opened(TcpShipper::open(two.shipper(port)));
  }
  CHECK(payments_in(two.replica) == payments_in(two.journal));
}

TEST_CASE("a certificate that is not the right one is refused, and told to both sides") {
  const Two two;
  (void)open_journal(two.journal);
  const std::string f = two.folder.path();
  const Identity other = make_identity("Other CA");
  write_identity(f, "other_ca", other);
  write_identity(f, "foreign", make_identity("primary.test", other));
  write_identity(f, "expired", make_identity("primary.test", two.authority, -7200, -60));
  write_identity(f, "early", make_identity("primary.test", two.authority, 7200, 14'400));
  write_identity(f, "stranger", make_identity("stranger.test", two.authority));
  const struct {
    const char* name;
    const char* why;
  } cases[] = {{"foreign", "certificate was refused"},
               {"expired", "certificate has expired"},
               {"early", "not yet valid"},
               {"stranger", "hostname mismatch"}};
  for (const auto& [name, why] : cases) {
    INFO(name);
    Told here;
    Told there;
    auto r = two.receiver();
    r.log = there.sink();
    const auto receiver = opened(TcpReceiver::open(r));
    auto s = two.shipper(receiver->port());
    s.tls = tls_of(f, name, "standby.test");
    s.log = here.sink();
    const auto shipper = opened(TcpShipper::open(s));
    CHECK(there.wait_for(ErrorId::peer_refused).find(why) != std::string::npos);
    CHECK(!here.wait_for(ErrorId::peer_refused).empty());
    CHECK_FALSE(shipper->connected());
    CHECK(receiver->status().connections == 0);
  }
  // The standby's own.
  for (const char* name : {"foreign", "expired", "stranger"}) {
    INFO(name);
    Told here;
    auto r = two.receiver();
    r.tls = tls_of(f, name);
    const auto receiver = opened(TcpReceiver::open(r));
    auto s = two.shipper(receiver->port());
    s.log = here.sink();
    const auto shipper = opened(TcpShipper::open(s));
    CHECK(here.wait_for(ErrorId::peer_refused).find("certificate was refused") != std::string::npos);
  }
}

TEST_CASE("plain text is refused, and what is no key is an error at once") {
  const Two two;
  Told told;
  auto r = two.receiver();
  r.log = told.sink();
  const auto receiver = opened(TcpReceiver::open(r));
  WakeFd wake;
  REQUIRE(wake.open() == 0);
  const auto no = [] { return false; };
  for (const std::string_view text :
       {std::string_view("GET / HTTP/1.1\r\n\r\n"), std::string_view("LBSHIP plain text!")}) {
    const auto socket = connect_to({"127.0.0.1", receiver->port()}, wake, soon(), no);
    REQUIRE(socket);
    CHECK(::send(socket->get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
    CHECK(!told.wait_for(ErrorId::peer_refused).empty());
    told.clear();
  }
  auto bad = two.receiver();
  bad.tls.key = two.folder / "primary.key";
  CHECK(TcpReceiver::open(bad).error().id() == ErrorId::config);
  bad = two.receiver();
  bad.tls.authority = two.folder / "none.pem";
  const auto missing = TcpReceiver::open(bad);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().sentence().find("none.pem") != std::string::npos);
  auto s = two.shipper(1);
  s.tls.certificate = two.folder / "none.pem";
  CHECK(TcpShipper::open(s).error().id() == ErrorId::config);
  CHECK(TcpShipper::open({}).error().id() == ErrorId::config);
}

TEST_CASE("a renewed certificate is used by the next connection") {
  const Two two;
  const auto journal = open_journal(two.journal);
  write_identity(two.folder.path(), "primary", make_identity("primary.test", two.authority, -7200, -60));
  const auto receiver = opened(TcpReceiver::open(two.receiver()));
  Told here;
  auto s = two.shipper(receiver->port());
  s.log = here.sink();
  const auto shipper = opened(TcpShipper::open(s));
  CHECK(!here.wait_for(ErrorId::peer_refused).empty());
  write_identity(two.folder.path(), "primary", make_identity("primary.test", two.authority, -60, 40 * 86'400 + 3600));
  append_payments(*journal, 1, 3);
  CHECK(shipper->wait({1, 3}, soon()));
  CHECK(shipper->status().own_certificate_days == 40);
}

TEST_CASE("the days of certificates count down while a link stands, and a renewed file counts at once") {
  const Two two;
  (void)open_journal(two.journal);
  testing::FakeClock clock(SystemClock().now().wall);
  auto r = two.receiver();
  r.clock = &clock;
  r.heartbeat = 10ms;
  const auto receiver = opened(TcpReceiver::open(r));
  auto s = two.shipper(receiver->port());
  s.clock = &clock;
  s.heartbeat = 10ms;
  const auto shipper = opened(TcpShipper::open(s));
  while (!shipper->connected() || receiver->status().state != LinkState::up) std::this_thread::yield();
  const auto days = [&] {
    const LinkStatus here = shipper->status();
    const LinkStatus there = receiver->status();
    CHECK(here.connections == there.connections);
    return std::array{here.own_certificate_days, here.peer_certificate_days, there.own_certificate_days,
                      there.peer_certificate_days};
  };
  const std::uint64_t connections = shipper->status().connections;
  CHECK(days() == std::array{10, 10, 10, 10});
  clock.pass_seconds(4 * 86'400);
  CHECK(days() == std::array{6, 6, 6, 6});
  clock.pass_seconds(7 * 86'400);
  CHECK(days() == std::array{-1, -1, -1, -1});
  write_identity(two.folder.path(), "primary", make_identity("primary.test", two.authority, -60, 41 * 86'400 + 3600));
  write_identity(two.folder.path(), "standby", make_identity("standby.test", two.authority, -60, 31 * 86'400 + 3600));
  const Moment until = soon();
  while (days() != std::array{30, -1, 20, -1} && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(1ms);
  CHECK(days() == std::array{30, -1, 20, -1});  // what the peer shows next is not known here
  CHECK(shipper->status().connections == connections);
}

TEST_CASE("two histories end it for good, with both heads named") {
  const Two two;
  {
    const auto journal = open_journal(two.journal);
    append_payments(*journal, 1, 10);
  }
  std::filesystem::copy(two.journal, two.replica);
  append_payments(*open_journal(two.journal), 11, 15, 5);
  append_payments(*open_journal(two.replica), 11, 12, 2);
  const JournalHead before = open_replica(two.replica)->head();
  Told here;
  Told there;
  auto r = two.receiver();
  r.log = there.sink();
  const auto receiver = opened(TcpReceiver::open(r));
  auto s = two.shipper(receiver->port());
  s.log = here.sink();
  const auto shipper = opened(TcpShipper::open(s));
  const std::string said = here.wait_for(ErrorId::diverged);
  CHECK(said.find(head_text(before)) != std::string::npos);
  CHECK(said.find("1:15 (chain ") != std::string::npos);
  CHECK(there.wait_for(ErrorId::peer_refused).find("two histories") != std::string::npos);
  CHECK_FALSE(shipper->wait({1, 1}, soon()));  // it has stopped
  CHECK(shipper->status().state == LinkState::stopped);
  receiver->stop();
  CHECK(open_replica(two.replica)->head() == before);
}

TEST_CASE("a primary of an epoch that was left is fenced for good") {
  const Two two;
  {
    const auto journal = open_journal(two.journal);
    append_payments(*journal, 1, 10);
  }
  std::filesystem::copy(two.journal, two.replica);
  append_payments(*open_journal(two.replica, 2), 11, 12);
  Told here;
  Told there;
  auto r = two.receiver();
  r.log = there.sink();
  const auto receiver = opened(TcpReceiver::open(r));
  auto s = two.shipper(receiver->port());
  s.log = here.sink();
  const auto shipper = opened(TcpShipper::open(s));
  CHECK(here.wait_for(ErrorId::fenced).find("epoch 2") != std::string::npos);
  CHECK(!there.wait_for(ErrorId::fenced).empty());
  CHECK_FALSE(shipper->wait({1, 10}, soon()));
  CHECK(shipper->status().refusal->id() == ErrorId::fenced);
}

TEST_CASE("a record that the standby does not know, another journal, and a range that is gone are told") {
  const Two two;
  {
    const auto journal = open_journal(two.journal);
    append_payments(*journal, 1, 3000, 50);
  }
  Told here;
  {
    auto r = two.receiver();
    r.schemas.clear();
    const auto receiver = opened(TcpReceiver::open(r));
    auto s = two.shipper(receiver->port());
    s.log = here.sink();
    const auto shipper = opened(TcpShipper::open(s));
    CHECK(here.wait_for(ErrorId::feature_unknown).find("does not know the record") != std::string::npos);
    receiver->stop();
    r.any_schema = true;
    r.listen.port = receiver->port();
    const auto keeps = opened(TcpReceiver::open(r));
    CHECK(shipper->wait({1, 3000}, soon()));  // it went on trying
  }
  {
    auto r = two.receiver();
    r.replica.folder = two.folder / "other";
    {
      const auto other = open_journal(two.folder / "o");
      append_payments(*other, 1, 2);
      const auto replica = open_replica(r.replica.folder);
      auto reader = JournalReader::open(two.folder / "o");
      REQUIRE(ship(*reader, *replica));
    }
    const auto receiver = opened(TcpReceiver::open(r));
    auto s = two.shipper(receiver->port());
    s.log = here.sink();
    const auto shipper = opened(TcpShipper::open(s));
    CHECK(!here.wait_for(ErrorId::replica_strange).empty());
  }
  {
    std::filesystem::remove(two.journal + "/segment-0000000001");
    auto r = two.receiver();
    r.replica.folder = two.folder / "late";
    const auto receiver = opened(TcpReceiver::open(r));
    auto s = two.shipper(receiver->port());
    s.log = here.sink();
    const auto shipper = opened(TcpShipper::open(s));
    CHECK(here.wait_for(ErrorId::object_missing).find("which the primary keeps no more") != std::string::npos);
  }
}

TEST_CASE("a record type that comes while the link is up is announced first") {
  const Two two;
  auto config = journal_of(two.journal);
  const auto journal = Journal::open(config);
  REQUIRE(journal);
  append_payments(**journal, 1, 5);
  auto r = two.receiver();
  r.schemas.push_back(schema_bytes<LateRecord>());
  const auto receiver = opened(TcpReceiver::open(r));
  const auto shipper = opened(TcpShipper::open(two.shipper(receiver->port())));
  REQUIRE(shipper->wait({1, 5}, soon()));
  (*journal)
      ->append(LateRecord{{1}, {5, EUR}})
      .match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
  shipper->nudge((*journal)->durable());
  REQUIRE(shipper->wait({1, 6}, soon()));
  CHECK(shipper->status().connections == 1);
  CHECK(header_of(two.replica).schemas.size() == 2);
}

TEST_CASE("a peer that falls silent is lost after three heartbeats, on both sides") {
  const Two two;
  const auto journal = open_journal(two.journal);
  append_payments(*journal, 1, 5);
  Told here;
  Told there;
  auto r = two.receiver();
  r.log = there.sink();
  const auto receiver = opened(TcpReceiver::open(r));
  support::Proxy proxy(receiver->port());
  auto s = two.shipper(proxy.port());
  s.log = here.sink();
  const auto shipper = opened(TcpShipper::open(s));
  REQUIRE(shipper->wait({1, 5}, soon()));
  proxy.hold(true);  // both ends stay open, and nothing comes through
  CHECK(here.wait_for(ErrorId::peer_lost).find("nothing was heard") != std::string::npos);
  CHECK(there.wait_for(ErrorId::peer_lost).find("nothing was heard") != std::string::npos);
  append_payments(*journal, 6, 9);
  proxy.hold(false);
  CHECK(shipper->wait({1, 9}, soon()));
}

TEST_CASE("a standby that can not write says so, and goes on when it can") {
  const Two two;
  const auto journal = open_journal(two.journal);
  append_payments(*journal, 1, 5);
  auto r = two.receiver();
  r.replica.segment_length = 256U << 10U;
  const auto receiver = opened(TcpReceiver::open(r));
  std::filesystem::remove_all(two.replica);  // its next segment has no place
  Told here;
  auto s = two.shipper(receiver->port());
  s.log = here.sink();
  const auto shipper = opened(TcpShipper::open(s));
  CHECK(here.wait_for(ErrorId::medium_io).find("refused") != std::string::npos);
  CHECK(shipper->wait({1, 5}, soon()));
  CHECK(payments_in(two.replica) == payments_in(two.journal));
}

}  // namespace test_tcp_link
