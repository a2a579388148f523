// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <deque>
#include <memory>

#include <lifeboat/core/clock.hpp>
#include <lifeboat/core/fork_guard.hpp>
#include <lifeboat/core/guard.hpp>
#include <lifeboat/core/own_thread.hpp>
#include <lifeboat/core/random.hpp>
#include <lifeboat/journal/engine_log.hpp>
#include <lifeboat/journal/ship.hpp>
#include <lifeboat/sync/transport/beside_sender.hpp>
#include <lifeboat/sync/transport/known_schemas.hpp>
#include <lifeboat/sync/transport/link_status.hpp>
#include <lifeboat/sync/transport/meet_standby.hpp>
#include <lifeboat/sync/transport/reserver.hpp>
#include <lifeboat/sync/transport/seeding.hpp>
#include <lifeboat/sync/transport/standby_questions.hpp>
#include <lifeboat/sync/transport/tls_link.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// How the primary's side of a link is opened.
struct TcpShipperConfig {
  std::string journal{};  ///< its folder
  NetAddress standby{};
  TlsConfig tls{};
  std::chrono::milliseconds heartbeat{1000};  ///< three without a word are a lost peer
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds retry_first{100};  ///< between two tries; it doubles
  std::chrono::milliseconds retry_most{30'000};
  std::chrono::milliseconds look_every{100};  ///< at the journal, where nobody nudges
  std::size_t window = 8U << 20U;             ///< bytes that are sent and not acknowledged
  std::uint64_t reserve_groups = 1U << 20U;   ///< so many sequences at least are reserved at the standby; 0: none
  std::chrono::seconds reserve_for{15};       ///< for so long a reservation holds
  LogSink log{};
  const ClockPort* clock = nullptr;
  RandomPort* random = nullptr;
};

/// Ships a journal to a standby as docs/protocol.md says, from the journal's own files: a peer that is slow or away
/// costs no memory. One thread, "lifeboat-ship".
template <class = void>
class BasicTcpShipper final : public StandbyPort {
 public:
  /// Starts the thread; the standby need not be there yet. Errors: config, limit, and those of the files of `tls`.
  static Result<std::unique_ptr<BasicTcpShipper>> open(TcpShipperConfig config) {
    if (config.journal.empty() || config.standby.host.empty() || config.standby.port == 0)
      return Error{ErrorId::config, "a shipper needs the folder of a journal and the standby's host and port"}
          .unchanged();
    if (config.heartbeat.count() < 1 || config.retry_first.count() < 1 || config.retry_most < config.retry_first)
      return Error{ErrorId::config, "a shipper's times are 1 ms or more, and retry_most is not below retry_first"}
          .unchanged();
    LIFEBOAT_TRY(const TlsSession probe, TlsSession::open(config.tls, TlsSide::client));
    std::unique_ptr<BasicTcpShipper> shipper(new BasicTcpShipper(std::move(config)));
    shipper->status_.own_certificate_ends = probe.own_ends();
    int error = shipper->wake_.open();
    if (error == 0)
      error = shipper->thread_.start("lifeboat-ship", shipper.get(),
                                     [](void* self) noexcept { static_cast<BasicTcpShipper*>(self)->run(); });
    if (error != 0) return Error{ErrorId::limit, "the shipper can not have a thread"}.because(error).unchanged();
    return shipper;
  }
  BasicTcpShipper(const BasicTcpShipper&) = delete;
  BasicTcpShipper& operator=(const BasicTcpShipper&) = delete;
  ~BasicTcpShipper() override {
    stop();
    if (!guard_.forked()) return;
    thread_.forget();
    standby_.forget();
    questions_.forget();
  }

  // In a forked child nothing is sent, and nothing is ever acknowledged.
  [[nodiscard]] Position acknowledged() const noexcept override {
    return guard_.forked() ? Position{} : standby_.acknowledged();
  }
  [[nodiscard]] bool connected() const noexcept override { return !guard_.forked() && standby_.connected(); }
  bool wait(Position position, const Deadline& deadline) noexcept override {
    return !guard_.forked() && standby_.wait(position, deadline);
  }
  bool wait_connected(Position position, const Deadline& deadline) noexcept override {
    return !guard_.forked() && standby_.wait_connected(position, deadline);
  }
  Result<int> durable_fd() override {
    LIFEBOAT_CHECK(guard_.check("the shipper"));
    return standby_.event();
  }
  /// As the transport's.
  void reserve_with(SequenceCeiling* ceiling) noexcept {
    if (!guard_.forked()) reserver_.watch(ceiling);
  }
  void nudge(Position durable) noexcept override {
    if (guard_.forked()) return;
    {
      const std::scoped_lock guard(mutex_);
      if (durable <= status_.durable) return;  // of all that one flush carried, the first wakes it
      status_.durable = durable;
    }
    wake_.wake();
  }
  [[nodiscard]] LinkStatus status() const {
    if (const Status mine = guard_.check("the shipper"); !mine) return forked_link(mine.error());
    const Timestamp time = now();
    const std::scoped_lock guard(mutex_);
    return at_moment(status_, time);
  }
  /// Whether the standby that was met last can be asked what it holds.
  [[nodiscard]] bool standby_proves() const noexcept { return !guard_.forked() && questions_.answers(); }
  /// What the standby reads of its replica: at most so many batches behind `after`. Any thread, one after the other.
  /// Errors: why there is no link, interrupted.
  Result<ProofMessage> prove(const JournalHead& after, std::uint32_t batches, const std::stop_token& stop) {
    LIFEBOAT_CHECK(guard_.check("the shipper"));
    const std::scoped_lock one(asking_);
    questions_.ask(after, batches);
    wake_.wake();
    while (true) {
      if (stop.stop_requested()) return Error{ErrorId::interrupted, "the comparison with the standby was stopped"};
      if (auto proof = questions_.wait(std::chrono::steady_clock::now() + std::chrono::milliseconds(100)))
        return std::move(*proof);
      const LinkStatus link = status();
      if (link.state != LinkState::up && link.refusal) return *link.refusal;
      if (link.state == LinkState::stopped) return Error{ErrorId::stopped, "the link to the standby was stopped"};
    }
  }
  /// Says goodbye, and joins the thread. Whoever waits is told that nothing more comes.
  void stop() noexcept {
    if (guard_.forked()) return;
    stop_.store(true, std::memory_order_release);
    wake_.wake();
    thread_.join();
    standby_.close();
  }

 private:
  explicit BasicTcpShipper(TcpShipperConfig config)
      : config_(std::move(config)),
        retry_(config_.retry_first, config_.retry_most),
        beside_(config_.journal, config_.log),
        reserver_(config_.journal, config_.reserve_groups, config_.reserve_for, config_.clock, config_.log) {
    status_.away_since = std::chrono::steady_clock::now();
  }

  struct OwnSide {
    Id journal;
    JournalHead head;
    std::vector<Bytes> schemas;
  };

  [[nodiscard]] bool stopping() const noexcept { return stop_.load(std::memory_order_acquire); }

  void run() noexcept {
    for (bool ends = false; !ends && !stopping();) {
      // Where a connection finds no memory, the next one may find some.
      const int error = errno_without_memory([&] {
        ends = end_session(session());
        return 0;
      });
      if (error != 0) out_of_memory(error);
      const Moment until = std::chrono::steady_clock::now() + retry_.next(random());
      while (!ends && !stopping() && std::chrono::steady_clock::now() < until)
        (void)wait_for_socket(-1, 0, wake_, until);
    }
    standby_.connect(false);
    {
      const std::scoped_lock guard(mutex_);
      status_.state = LinkState::stopped;
    }
    standby_.close();
  }

  void out_of_memory(int error) noexcept {
    standby_.connect(false);
    {
      const std::scoped_lock guard(mutex_);
      if (status_.state == LinkState::up) status_.away_since = std::chrono::steady_clock::now();
      status_.state = LinkState::away;
    }
    config_.log.tell(Event{ErrorId::out_of_memory, "the shipper", "no memory: the connection was ended", error});
  }

  std::uint64_t random() {
    SystemRandom own;
    std::uint64_t bits = 0;
    (config_.random != nullptr ? *config_.random : own).fill({reinterpret_cast<std::byte*>(&bits), sizeof bits});
    return bits;
  }
  Timestamp now() const {
    SystemClock own;
    return (config_.clock != nullptr ? *config_.clock : own).now().wall;
  }

  /// Tells why a connection ended; true where none is tried any more.
  bool end_session(const Status& ended) {
    standby_.connect(false);
    if (ended || stopping()) return true;
    const Error& why = ended.error();
    bool news = false;
    {
      const std::scoped_lock guard(mutex_);
      if (status_.state == LinkState::up) status_.away_since = std::chrono::steady_clock::now();
      status_.state = LinkState::away;
      news = !status_.refusal || status_.refusal->sentence() != why.sentence();
      status_.refusal = why;
    }
    // A peer that is away is told once, not at each try.
    if (news) config_.log.tell(Event{why.id(), config_.standby.host, why.sentence(), why.system_error()});
    return why.id() == ErrorId::diverged || why.id() == ErrorId::fenced;
  }

  /// What the journal holds now.
  Result<OwnSide> look() {
    LIFEBOAT_TRY(const JournalHead head, journal_end(config_.journal));
    LIFEBOAT_TRY(const JournalReader reader, JournalReader::open(config_.journal, {~std::uint64_t{0}, 0}));
    return OwnSide{reader.header().journal, head, reader.header().schemas};
  }

  /// One connection, from its beginning to its end; ok where this side said goodbye.
  Status session() {
    LIFEBOAT_TRY(OwnSide own, look());
    const Moment until = std::chrono::steady_clock::now() + config_.connect_timeout;
    const auto stop = [this] { return stopping(); };
    LIFEBOAT_TRY(FileDescriptor socket, connect_to(config_.standby, wake_, until, stop));
    LIFEBOAT_TRY(TlsLink link, TlsLink::open(std::move(socket), config_.tls, TlsSide::client));
    LIFEBOAT_CHECK(link.shake(wake_, until, stop));
    HelloMessage hello;
    hello.role = PeerRole::sender;
    hello.journal = own.journal;
    hello.head = own.head;
    hello.time = now();
    hello.heartbeat_ms = static_cast<std::uint32_t>(config_.heartbeat.count());
    hello.schemas = own.schemas;
    hello.beside = true;
    hello.no_doubt = !has_doubt(config_.journal);
    LIFEBOAT_TRY(const JournalHead kept, journal_begin(config_.journal));
    hello.kept = kept.last.sequence != 0;
    LIFEBOAT_CHECK(link.put_one(hello));
    if (hello.kept) LIFEBOAT_CHECK(link.put_one(KeptMessage{kept}));
    Session at(own);
    LIFEBOAT_TRY(at.peer, await_standby(link, wake_, until, stop));
    Status ended = meet(at);
    beside_.begin(at.peer.beside);
    reserver_.begin(at.peer.beside);
    questions_.begin(at.peer.proves);
    if (ended) ended = talk(link, at);
    if (!ended && refuses(ended.error().id()))
      (void)link.put_one(RefuseMessage{ended.error().id(), at.own.head, ended.error().sentence()});
    if (ended) (void)link.put_one(ByeMessage{});
    link.finish(wake_, std::chrono::steady_clock::now() + std::min(config_.heartbeat, std::chrono::milliseconds(500)));
    return ended;
  }

  static bool refuses(ErrorId id) noexcept {
    return id != ErrorId::peer_lost && id != ErrorId::peer_refused && id != ErrorId::interrupted;
  }

  struct Session {
    explicit Session(OwnSide side) : own(std::move(side)), announced(own.schemas.size()) {}
    OwnSide own;
    HelloMessage peer;
    std::optional<JournalReader> reader;
    std::deque<std::pair<JournalHead, std::size_t>> in_flight;
    std::size_t in_flight_bytes = 0;
    std::size_t announced;  ///< of the journal's schemas
    Moment heard{};
  };

  /// Whether these two belong together, and where the standby goes on.
  Status meet(Session& at) {
    const HelloMessage& peer = at.peer;
    LIFEBOAT_CHECK(check_standby(peer, at.own.journal, at.own.head.last.epoch));
    LIFEBOAT_CHECK(check_schemas(at, 0));
    return begin_behind(at, peer.head);
  }

  Status check_schemas(const Session& at, std::size_t from) const {
    const std::span<const Bytes> all(at.own.schemas);
    return at.peer.any_schema ? ok() : check_known(all.subspan(from), at.peer.schemas, "the standby");
  }

  Status begin_behind(Session& at, const JournalHead& head) {
    at.reader.reset();
    LIFEBOAT_TRY(at.reader, reader_behind(config_.journal, head));
    at.in_flight.clear();
    at.in_flight_bytes = 0;
    acknowledge(head);
    return ok();
  }

  void acknowledge(const JournalHead& head) {
    {
      const std::scoped_lock guard(mutex_);
      status_.standby = head;
    }
    standby_.move(head.last);
  }

  /// Ships until one side ends it.
  Status talk(TlsLink& link, Session& at) {
    at.heard = std::chrono::steady_clock::now();
    {
      const std::scoped_lock guard(mutex_);
      status_.state = LinkState::up;
      status_.away_since.reset();
      status_.refusal.reset();
      status_.heard = at.heard;
      if (status_.durable < at.own.head.last) status_.durable = at.own.head.last;
      ++status_.connections;
      status_.own_certificate_ends = link.tls().own_ends();
      status_.peer_certificate_ends = link.tls().peer_ends();
    }
    standby_.connect(true);
    retry_.reset();
    const auto patience = std::chrono::milliseconds(std::max<std::uint32_t>(at.peer.heartbeat_ms, 1)) * 3;
    Moment beat{};
    Moment look = std::chrono::steady_clock::now() + config_.heartbeat * look_beats;
    while (!stopping()) {
      LIFEBOAT_CHECK(listen(link, at));
      const Moment time = std::chrono::steady_clock::now();
      LIFEBOAT_CHECK(beside_.send(link, acknowledged(), time, config_.look_every));
      LIFEBOAT_CHECK(reserver_.send(link, known_durable(), time));
      LIFEBOAT_CHECK(questions_.send(link));
      if (beside_.caught_up()) LIFEBOAT_CHECK(send_more(link, at));
      if (time >= at.heard + patience)
        return Error{ErrorId::peer_lost,
                     "nothing was heard of the standby for " + std::to_string(patience.count()) + " ms"};
      if (time >= look) {
        look_at_certificate();
        look = time + config_.heartbeat * look_beats;
      }
      if (time >= beat) {
        LIFEBOAT_CHECK(link.put_one(heartbeat()));
        beat = time + config_.heartbeat;
      }
      LIFEBOAT_CHECK(link.turn(wake_, std::min({beat, at.heard + patience, time + config_.look_every})));
    }
    return ok();
  }

  /// The next connection shows what is in the file by then: a renewed one counts while this one stands.
  void look_at_certificate() {
    const auto session = TlsSession::open(config_.tls, TlsSide::client);
    if (!session) return;  // the next connection says why
    const std::scoped_lock guard(mutex_);
    status_.own_certificate_ends = session->own_ends();
  }

  Position known_durable() const {
    const std::scoped_lock guard(mutex_);
    return status_.durable;
  }

  HeartbeatMessage heartbeat() {
    const Timestamp time = now();
    const std::scoped_lock guard(mutex_);
    status_.durable_time = time;
    return {status_.durable, time};
  }

  Status listen(TlsLink& link, Session& at) {
    while (true) {
      LIFEBOAT_TRY(const auto message, link.next());
      if (!message) return ok();
      at.heard = std::chrono::steady_clock::now();
      {
        const std::scoped_lock guard(mutex_);
        status_.heard = at.heard;
      }
      if (const auto* const ack = std::get_if<AckMessage>(&*message)) LIFEBOAT_CHECK(take_ack(at, ack->head));
      if (const auto* const want = std::get_if<WantMessage>(&*message)) LIFEBOAT_CHECK(begin_behind(at, want->head));
      if (const auto* const reserved = std::get_if<ReservedMessage>(&*message)) {
        reserver_.take(*reserved);
        const std::scoped_lock guard(mutex_);
        status_.ceiling = reserved->what;
      }
      if (const auto* const proof = std::get_if<ProofMessage>(&*message)) questions_.take(*proof);
      if (const auto* const run = std::get_if<WantRunMessage>(&*message)) LIFEBOAT_CHECK(beside_.take(link, *run));
      if (const auto* const has = std::get_if<HasMessage>(&*message)) {
        beside_.take(*has);
        const std::scoped_lock guard(mutex_);
        status_.doubt = has->doubt;
        status_.keys = beside_.keys_covered();
      }
      if (const auto* const refuse = std::get_if<RefuseMessage>(&*message)) return refused_by_standby(*refuse);
      if (std::holds_alternative<ByeMessage>(*message)) return Error{ErrorId::peer_lost, "the standby said goodbye"};
    }
  }

  /// What is acknowledged is what was sent: the chain proves it.
  Status take_ack(Session& at, const JournalHead& head) {
    while (!at.in_flight.empty() && at.in_flight.front().first.last <= head.last) {
      const JournalHead sent = at.in_flight.front().first;
      at.in_flight_bytes -= at.in_flight.front().second;
      at.in_flight.pop_front();
      if (sent.last != head.last) continue;
      if (sent.chain != head.chain)
        return Error{ErrorId::diverged, "the standby stands at " + head_text(head) + ", and was sent " +
                                            head_text(sent) + ": these are two histories"};
      acknowledge(head);
    }
    return ok();
  }

  /// As much as the window has room for.
  Status send_more(TlsLink& link, Session& at) {
    JournalReader& reader = *at.reader;
    {
      const std::scoped_lock guard(mutex_);
      reader.trust(status_.durable);
    }
    while (at.in_flight_bytes < config_.window && link.waiting() < (1U << 20U)) {
      LIFEBOAT_TRY(const JournalBatch* const batch, reader.next_batch());
      if (batch == nullptr) break;
      at.own.schemas = reader.header().schemas.size() > at.announced ? reader.header().schemas : at.own.schemas;
      if (at.own.schemas.size() > at.announced) {
        LIFEBOAT_CHECK(check_schemas(at, at.announced));
        LIFEBOAT_CHECK(link.put_one(SchemasMessage{at.own.schemas}));
        at.announced = at.own.schemas.size();
      }
      LIFEBOAT_CHECK(link.put_one(ShippedBatch(*batch)));
      const JournalHead head{{batch->epoch, batch->last}, batch->chain};
      at.in_flight.emplace_back(head, batch->frames.size());
      at.in_flight_bytes += batch->frames.size();
      const std::scoped_lock guard(mutex_);
      status_.groups += batch->last - batch->first + 1;
      status_.bytes += batch->frames.size();
      if (status_.durable < head.last) status_.durable = head.last;
    }
    return ok();
  }

  static constexpr int look_beats = 60;  ///< between two looks at the certificate's file

  const TcpShipperConfig config_;
  ForkGuard guard_;
  BackOff retry_;
  BesideSender beside_;
  Reserver reserver_;
  std::mutex asking_;
  StandbyQuestions questions_;
  WakeFd wake_;
  StandbyHead standby_;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  LinkStatus status_;
  OwnThread thread_;  // last: it ends before what it uses
};
using TcpShipper = BasicTcpShipper<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
