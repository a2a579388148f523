// SPDX-License-Identifier: BSL-1.0
// What a primary's journal lost at its end comes back from the standby, before it is cut and before its numbers are
// given again.
#include <lifeboat/sync/transport/take_back_link.hpp>

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/sync/transport/tcp.hpp>

#include "support/two_sides.hpp"

namespace test_take_back_link {

using namespace lifeboat;
using namespace support;

namespace {

using LinkedSync = BasicLogSync<Tcp>;

/// What the opening of a journal was told of its end.
struct Tails final : TornTailPort {
  TornTail tail;
  int torn_groups = 0;
  Status torn(const TornTail& what) override {
    torn_groups = static_cast<int>(what.groups);
    return ok();
  }
  void settled(const TornTail& what) override { tail = what; }
};

struct Ends : BothEnds {
  std::unique_ptr<TcpReceiver> standby = opened(TcpReceiver::open(receiver()));
  Tails tails;

  /// Brings the standby in step.
  void ship() {
    const auto link = opened(TcpShipper::open(shipper(standby->port())));
    REQUIRE(link->wait(journal_end(journal)->last, soon()));
  }
  void write(std::uint64_t from, std::uint64_t to, std::uint64_t together = 1) {
    append_payments(*open_journal(journal), from, to, together);
  }
  /// The journal as a writer that died left it, shipped, and a bit of its newest batch turned: what it may have
  /// acknowledged it can not read.
  void lose_last(std::uint64_t from, std::uint64_t to, std::uint64_t together) {
    {
      const auto writer = open_journal(journal);
      append_payments(*writer, from, to, together);
      std::filesystem::copy(journal, folder / "died");
    }
    ship();
    std::filesystem::remove_all(journal);
    std::filesystem::rename(folder / "died", journal);
    const auto batches = batches_of(journal);
    const std::string segment = journal + "/" + segment_name(1);
    std::string bytes;
    {
      std::ifstream in(segment, std::ios::binary);
      bytes.assign(std::istreambuf_iterator<char>(in), {});
    }
    // The seal of a frame is of its place: what it holds is looked for.
    const std::size_t at = bytes.rfind(as_text(ByteView(batches.back().frames).subspan(32, 24)));
    REQUIRE(at != std::string::npos);
    // The watermark behind the batch and its commit did not reach the disk either.
    const std::size_t mark = at - 32 + batches.back().frames.size() + commit_bytes;
    std::fstream out(segment, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(at)).put(static_cast<char>(bytes[at] ^ 1));
    out.seekp(static_cast<std::streamoff>(mark)).write(std::string(commit_bytes, '\0').data(), commit_bytes);
  }
  /// What stood at the path of the journal before is there again.
  void put_back_old() const {
    std::filesystem::remove_all(journal);
    std::filesystem::rename(folder / "old", journal);
  }
  /// A journal that is put back to its 20th group, where the standby has `last`: the head and the batches that it had.
  std::pair<JournalHead, std::size_t> go_back(std::uint64_t last, std::uint64_t together) {
    write(1, 20, 4);
    std::filesystem::copy(journal, folder / "old");
    write(21, last, together);
    ship();
    std::pair<JournalHead, std::size_t> had{journal_end(journal).value(), batches_of(journal).size()};
    put_back_old();
    return had;
  }
  LinkedSync::Config config(std::uint16_t port) {
    LinkedSync::Config made{.journal = journal,
                            .to = shipper(port),
                            .schemas = {schema_bytes<Payment>()},
                            .segment_length = 256U << 10U,
                            .queue_bytes = 32U << 10U,
                            .tails = &tails};
    made.to.connect_timeout = std::chrono::milliseconds(1500);
    return made;
  }
  LinkedSync open(std::uint16_t port) {
    auto sync = LinkedSync::open(config(port));
    INFO((sync ? std::string() : sync.error().sentence()));
    REQUIRE(sync);
    return std::move(*sync);
  }
  [[nodiscard]] std::string said() const {
    std::string all;
    for (const std::string& why : tails.tail.not_asked) all += why + "\n";
    return all;
  }
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A standby of the first program that had one: it says hello, stands at 1:40, and answers nothing that it does not
/// know.
void older_standby(int listening, const TlsConfig& tls, const std::stop_token& stop) {
  WakeFd wake;
  if (wake.open() != 0) return;
  const auto stopping = [&] { return stop.stop_requested(); };
  while (!stopping()) {
    const Moment moment = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    if (wait_for_socket(listening, POLLIN, wake, moment) == 0) continue;
    std::string from;
    FileDescriptor socket = accept_from(listening, from);
    if (!socket) continue;
    auto link = TlsLink::open(std::move(socket), tls, TlsSide::server);
    if (!link || !link->shake(wake, soon(), stopping)) continue;
    HelloMessage hello;
    hello.role = PeerRole::receiver;
    hello.head.last = {1, 40};
    hello.heartbeat_ms = 200;
    (void)link->put_one(hello);
    while (!stopping() && link->turn(wake, std::chrono::steady_clock::now() + std::chrono::milliseconds(20))) {
    }
  }
}

}  // namespace

TEST_CASE("a rotten end comes back over the link, and nothing is in doubt") {
  Ends ends;
  ends.lose_last(1, 40, 4);
  const JournalHead head = ends.standby->status().standby;
  LinkedSync sync = ends.open(ends.standby->port());
  CHECK(ends.tails.torn_groups == 0);
  CHECK(ends.said().empty());
  CHECK(ends.tails.tail.taken == 4);
  CHECK(ends.tails.tail.copy == "the standby 127.0.0.1:" + std::to_string(ends.standby->port()));
  CHECK(sync.log().durable<LocalDurable>() == head.last);
  CHECK(journal_end(ends.journal).value() == head);
  // The link goes on.
  CHECK(sync.log()
            .append<StandbyDurable>(soon(), payment_of(41))
            .match(
                [](Acked<StandbyDurable> a) {
                  return a.position == Position{1, 41};
                },
                [](Acked<LocalDurable>) { return false; }, [](NotWritten) { return false; },
                [](Unknown) { return false; }));
}

TEST_CASE("segments that are gone come back over the link, in their batches and with their schemas") {
  Ends ends;
  const auto [head, batches] = ends.go_back(9000, 50);
  REQUIRE(std::filesystem::exists(ends.replica + "/" + segment_name(4)));
  REQUIRE_FALSE(std::filesystem::exists(ends.journal + "/" + segment_name(4)));
  {
    LinkedSync sync = ends.open(ends.standby->port());
    CHECK(ends.tails.tail.taken == 8980);
    CHECK(ends.tails.tail.bytes == 0);
    CHECK(sync.log().durable<LocalDurable>() == head.last);
  }
  CHECK(journal_end(ends.journal).value() == head);
  CHECK(batches_of(ends.journal).size() == batches);
  CHECK(payments_in(ends.journal).size() == 9000);
  // Nothing is behind now, and nothing is told.
  ends.tails.tail = {};
  (void)ends.open(ends.standby->port());
  CHECK(ends.tails.tail.taken == 0);
  CHECK(ends.said().empty());
}

TEST_CASE("a line that breaks on the way is connected again, until all is back") {
  Ends ends;
  const JournalHead head = ends.go_back(9000, 50).first;
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  Proxy proxy(ends.standby->port(), seed);
  proxy.disturb(10, 20, 0, 0);
  LinkedSync sync = ends.open(proxy.port());
  INFO(ends.said());
  CHECK(ends.tails.tail.taken == 8980);
  CHECK(sync.log().durable<LocalDurable>() == head.last);
  CHECK(journal_end(ends.journal).value() == head);
}

TEST_CASE("where the line breaks again and again, a journal that is known to lack groups is not opened") {
  Ends ends;
  (void)ends.go_back(9000, 50);
  // Enough comes through for both hellos, and for no batch.
  Proxy proxy(ends.standby->port());
  proxy.end_behind(9'000);
  const auto refused = LinkedSync::open(ends.config(proxy.port()));
  REQUIRE_FALSE(refused);
  INFO(refused.error().sentence());
  CHECK(has(refused.error().sentence(),
            " has groups up to 1:9000, the journal " + ends.journal + " lacks those behind 1:"));
  CHECK(has(refused.error().next(), "open it again when they come"));
  (void)ends.open(ends.standby->port());
  CHECK(payments_in(ends.journal).size() == 9000);
}

TEST_CASE("a standby that has more and can not read it keeps the journal from being opened, until it is mended") {
  Ends ends;
  (void)ends.go_back(60, 4);
  const std::string segment = ends.replica + "/" + segment_name(1);
  std::string bytes;
  {
    std::ifstream in(segment, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  const std::size_t at_key = bytes.find("K-41");
  REQUIRE(at_key != std::string::npos);
  const auto turn = [&] {
    const auto at = static_cast<std::streamoff>(at_key);
    std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const char was = static_cast<char>(file.get());
    file.seekp(at).put(static_cast<char>(was ^ 1));
  };
  turn();
  const auto refused = LinkedSync::open(ends.config(ends.standby->port()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::corrupt);
  INFO(refused.error().sentence());
  CHECK(has(refused.error().sentence(), " has groups up to 1:60, the journal " + ends.journal + " lacks those behind"));
  turn();
  (void)ends.open(ends.standby->port());
  CHECK(payments_in(ends.journal).size() == 60);
}

TEST_CASE("a standby that is away, silent, or older is named, and what may be acknowledged is in doubt") {
  Ends ends;
  ends.lose_last(1, 40, 4);
  std::uint16_t port = ends.standby->port();
  FileDescriptor silent;
  std::jthread older;
  std::string says;
  SECTION("away") {
    ends.standby->stop();
    says = "nobody answers at";
  }
  SECTION("silent") {
    silent = std::move(*listen_at({"127.0.0.1", 0}));
    port = port_of(silent.get());
    says = "in time";
  }
  SECTION("older") {
    silent = std::move(*listen_at({"127.0.0.1", 0}));
    port = port_of(silent.get());
    older = std::jthread([&](const std::stop_token& stop) { older_standby(silent.get(), ends.receiver().tls, stop); });
    says = "its program can not be asked";
  }
  LinkedSync sync = ends.open(port);
  CHECK(ends.tails.torn_groups == 4);
  CHECK(ends.tails.tail.taken == 0);
  INFO(ends.said());
  CHECK(ends.said().starts_with("the standby 127.0.0.1:" + std::to_string(port) + " was not asked: "));
  CHECK(has(ends.said(), says));
  CHECK(sync.log().durable<LocalDurable>() == Position{1, 36});
}

TEST_CASE("another journal, another history and a later epoch give nothing back") {
  Ends ends;
  ends.write(1, 20, 4);
  std::filesystem::copy(ends.journal, ends.folder / "old");
  std::string says;
  SECTION("another history") {
    ends.write(21, 28, 4);
    ends.ship();
    ends.put_back_old();
    ends.write(101, 104, 4);  // other payments under the numbers of those
    says = "two histories";
  }
  SECTION("another journal") {
    ends.write(21, 24, 4);
    ends.ship();
    std::filesystem::remove_all(ends.journal);
    ends.write(1, 4, 4);
    says = "this is the standby of the journal";
  }
  SECTION("a later epoch") {
    ends.ship();
    append_payments(*open_journal(ends.journal, 2), 21, 24, 4);
    ends.ship();
    ends.put_back_old();
    says = "the standby is in epoch 2, the primary in 1";
  }
  struct Collects final : TornTailPort {
    std::string why;
    const TcpShipperConfig* config = nullptr;
    void take_back(JournalEndPort& end) override {
      const JournalHead before = end.head();
      const Status asked = take_back_from_standby(*config, end);
      if (!asked) why = asked.error().sentence();
      CHECK(end.head() == before);
    }
    Status torn(const TornTail&) override { return ok(); }
  } collects;
  const TcpShipperConfig config = ends.shipper(ends.standby->port());
  collects.config = &config;
  JournalConfig made = journal_of(ends.journal);
  made.tails = &collects;
  const auto journal = Journal::open(std::move(made));
  INFO((journal ? std::string() : journal.error().sentence()));
  REQUIRE(journal);
  INFO(collects.why);
  CHECK(has(collects.why, says));
}

}  // namespace test_take_back_link
