// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <memory>

#include <lifeboat/core/clock.hpp>
#include <lifeboat/core/fork_guard.hpp>
#include <lifeboat/core/guard.hpp>
#include <lifeboat/core/own_thread.hpp>
#include <lifeboat/journal/replica.hpp>
#include <lifeboat/journal/take_pieces.hpp>
#include <lifeboat/sync/transport/beside_receiver.hpp>
#include <lifeboat/sync/transport/known_schemas.hpp>
#include <lifeboat/sync/transport/link_status.hpp>
#include <lifeboat/sync/transport/replica_prover.hpp>
#include <lifeboat/sync/transport/seeding.hpp>
#include <lifeboat/sync/transport/tail_giver.hpp>
#include <lifeboat/sync/transport/tls_link.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// How the standby's side of a link is opened.
struct TcpReceiverConfig {
  ReplicaConfig replica{};
  NetAddress listen{"0.0.0.0", 0};  ///< port 0: any that is free, see `port()`
  TlsConfig tls{};
  std::vector<Bytes>
      schemas{};  ///< of the records that this program knows (schemas_of<...>()); a primary with others is refused
  bool any_schema = false;  ///< keep whatever comes: for a standby that only keeps, and never serves
  std::chrono::milliseconds heartbeat{1000};
  std::chrono::milliseconds handshake_timeout{5000};
  MediumPort* medium = nullptr;  ///< of the repository that the primary ships to: what the primary keeps no more is
                                 ///< taken from there; outlives the receiver
  std::string source{};          ///< its source id in that repository
  Position
      held{};  ///< the state that follows holds the groups up to here: an empty replica may begin before any of them
  LogSink log{};
  const ClockPort* clock = nullptr;
};

/// Receives a journal into a replica as docs/protocol.md says. One thread, "lifeboat-recv"; one connection at a time:
/// the next one is taken when this one has ended, at the latest after three heartbeats without a word.
template <class = void>
class BasicTcpReceiver final : public ReceiverPort {
 public:
  /// Opens the replica, listens, and starts the thread. Errors: config, those of JournalReplica::open and of the files
  /// of `tls`.
  static Result<std::unique_ptr<BasicTcpReceiver>> open(TcpReceiverConfig config) {
    if (config.heartbeat.count() < 1) return Error{ErrorId::config, "a heartbeat is 1 ms or more"}.unchanged();
    if (config.medium != nullptr && config.source.empty())
      return Error{ErrorId::config, "a receiver with a repository says of which source: .source = \"ledger\""}
          .unchanged();
    LIFEBOAT_TRY(const TlsSession probe, TlsSession::open(config.tls, TlsSide::server));
    LIFEBOAT_TRY(FileDescriptor listening, listen_at(config.listen));
    LIFEBOAT_TRY(auto replica, JournalReplica::open(config.replica));
    std::unique_ptr<BasicTcpReceiver> receiver(new BasicTcpReceiver(std::move(config)));
    receiver->listening_ = std::move(listening);
    receiver->port_ = port_of(receiver->listening_.get());
    receiver->replica_ = std::move(replica);
    receiver->status_.own_certificate_ends = probe.own_ends();
    receiver->moved();
    int error = receiver->wake_.open();
    if (error == 0)
      error = receiver->thread_.start("lifeboat-recv", receiver.get(),
                                      [](void* self) noexcept { static_cast<BasicTcpReceiver*>(self)->run(); });
    if (error != 0) return Error{ErrorId::limit, "the receiver can not have a thread"}.because(error).unchanged();
    return receiver;
  }
  BasicTcpReceiver(const BasicTcpReceiver&) = delete;
  BasicTcpReceiver& operator=(const BasicTcpReceiver&) = delete;
  ~BasicTcpReceiver() override {
    stop();
    if (!guard_.forked()) return;
    thread_.forget();
    head_.forget();
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] const std::string& folder() const noexcept override { return config_.replica.folder; }
  // A forked child receives nothing.
  [[nodiscard]] Position durable() const noexcept override {
    return guard_.forked() ? Position{} : head_.acknowledged();
  }
  bool wait(Position position, const std::optional<Moment>& deadline) noexcept override {
    return !guard_.forked() && head_.wait(position, deadline);
  }
  [[nodiscard]] LinkStatus status() const override {
    if (const Status mine = guard_.check("the receiver"); !mine) return forked_link(mine.error());
    const Timestamp time = now();
    const std::scoped_lock guard(mutex_);
    return at_moment(status_, time);
  }
  void stop() noexcept override {
    if (guard_.forked()) return;
    stop_.store(true, std::memory_order_release);
    taking_.request_stop();
    wake_.wake();
    thread_.join();
    beside_.close();
    replica_.reset();
    listening_.reset();
    head_.close();
  }

 private:
  explicit BasicTcpReceiver(TcpReceiverConfig config)
      : config_(std::move(config)),
        beside_(config_.replica.folder),
        prover_(config_.replica.folder),
        giver_(config_.replica.folder) {
    status_.away_since = std::chrono::steady_clock::now();
  }

  [[nodiscard]] bool stopping() const noexcept { return stop_.load(std::memory_order_acquire); }

  void run() noexcept {
    while (!stopping()) {
      // Where a connection finds no memory, the next one may find some.
      const int error = errno_without_memory([this] {
        const Moment later = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        if (wait_for_socket(listening_.get(), POLLIN, wake_, later) == 0) return 0;
        std::string from;
        FileDescriptor socket = accept_from(listening_.get(), from);
        if (!socket) return 0;
        const Status ended = serve(std::move(socket));
        if (!ended && !stopping()) tell(from, ended.error());
        if (std::exchange(lacks_, false) && !stopping()) seed();
        return 0;
      });
      if (error != 0) out_of_memory(error);
    }
    {
      const std::scoped_lock guard(mutex_);
      status_.state = LinkState::stopped;
    }
    head_.close();
  }

  /// What was being written is known to the next opening of the replica alone.
  void out_of_memory(int error) noexcept {
    replica_.reset();
    beside_.close();
    lacks_ = false;
    {
      const std::scoped_lock guard(mutex_);
      if (status_.state == LinkState::up) status_.away_since = std::chrono::steady_clock::now();
      status_.state = LinkState::away;
    }
    config_.log.tell(Event{ErrorId::out_of_memory, "the receiver", "no memory: the connection was ended", error});
  }

  void tell(const std::string& from, const Error& why) {
    {
      const std::scoped_lock guard(mutex_);
      if (status_.state == LinkState::up) status_.away_since = std::chrono::steady_clock::now();
      status_.state = LinkState::away;
      status_.refusal = why;
    }
    config_.log.tell(Event{why.id(), from, why.sentence(), why.system_error()});
  }

  /// Takes from the repository what the primary keeps no more; the primary comes again.
  void seed() {
    const auto taken = [&]() -> Status {
      LIFEBOAT_CHECK(open_replica({}));
      LIFEBOAT_CHECK(take_pieces(*config_.medium, config_.source, *replica_,
                                 {.run_bytes = 1U << 20U, .stop = taking_.get_token()}));
      return ok();
    }();
    if (replica_ != nullptr) moved();
    if (!taken && !stopping()) tell(config_.source, taken.error());
  }

  Status open_replica(const std::optional<JournalHead>& begins) {
    if (replica_ != nullptr) return ok();
    ReplicaConfig config = config_.replica;
    if (begins) config.begins = begins;
    LIFEBOAT_TRY(replica_, JournalReplica::open(std::move(config)));
    return ok();
  }

  /// Whether this side can go on from what the primary keeps.
  Status reach(const Id& journal, const JournalHead& kept) {
    const JournalHead own = replica_->head();
    if (goes_on_from(own, kept)) return ok();
    const bool empty = replica_->journal() == Id{} && own.last == Position{};
    if (empty && kept.last.epoch <= config_.held.epoch && kept.last.sequence <= config_.held.sequence) {
      replica_.reset();
      LIFEBOAT_CHECK(open_replica(kept));
      moved();
      return ok();
    }
    lacks_ = config_.medium != nullptr;
    return range_needed(journal, own, kept, lacks_);
  }

  /// One connection, from its beginning to its end.
  Status serve(FileDescriptor socket) {
    const Moment until = std::chrono::steady_clock::now() + config_.handshake_timeout;
    const auto stop = [this] { return stopping(); };
    LIFEBOAT_TRY(TlsLink link, TlsLink::open(std::move(socket), config_.tls, TlsSide::server));
    Status ended = link.shake(wake_, until, stop);
    if (ended) ended = answer(link, until);
    if (ended || refuses(ended.error().id())) {
      if (ended)
        (void)link.put_one(ByeMessage{});
      else
        (void)link.put_one(RefuseMessage{ended.error().id(), own_head(), ended.error().sentence()});
    }
    link.finish(wake_, std::chrono::steady_clock::now() + std::min(config_.heartbeat, std::chrono::milliseconds(500)));
    return ended;
  }

  static bool refuses(ErrorId id) noexcept {
    return id != ErrorId::peer_lost && id != ErrorId::peer_refused && id != ErrorId::interrupted;
  }

  [[nodiscard]] JournalHead own_head() const { return replica_ != nullptr ? replica_->head() : JournalHead{}; }

  /// What is durable now is known to whoever asks.
  void moved() {
    const JournalHead head = replica_->head();
    {
      const std::scoped_lock guard(mutex_);
      status_.standby = head;
      if (status_.durable < head.last) status_.durable = head.last;
    }
    head_.move(head.last);
  }

  Status answer(TlsLink& link, Moment until) {
    // A write that failed ended the one before: what reached the disk is found out anew.
    LIFEBOAT_CHECK(open_replica({}));
    LIFEBOAT_CHECK(beside_.open());
    LIFEBOAT_TRY(HelloMessage peer, await<HelloMessage>(link, until));
    LIFEBOAT_CHECK(meet(peer));
    if (peer.kept) {
      LIFEBOAT_TRY(const KeptMessage kept, await<KeptMessage>(link, until));
      LIFEBOAT_CHECK(reach(peer.journal, kept.head));
    }
    HelloMessage hello;
    hello.role = PeerRole::receiver;
    hello.journal = replica_->journal();
    hello.head = replica_->head();
    hello.time = now();
    hello.heartbeat_ms = static_cast<std::uint32_t>(config_.heartbeat.count());
    hello.any_schema = config_.any_schema;
    hello.beside = true;
    hello.proves = true;
    hello.gives = true;
    hello.schemas = config_.schemas;
    LIFEBOAT_CHECK(link.put_one(hello));
    if (peer.beside) LIFEBOAT_CHECK(link.put_one(beside_.has()));
    prover_.forget();
    giver_.forget();
    const Status ended = talk(link, peer);
    prover_.forget();
    giver_.forget();
    if (!ended && (ended.error().id() == ErrorId::medium_io || ended.error().id() == ErrorId::medium_full ||
                   ended.error().id() == ErrorId::stopped)) {
      replica_.reset();
      beside_.close();
    }
    return ended;
  }

  Timestamp now() const {
    SystemClock own;
    return (config_.clock != nullptr ? *config_.clock : own).now().wall;
  }

  /// The message that a connection goes on with.
  template <class M>
  Result<M> await(TlsLink& link, Moment until) {
    while (!stopping()) {
      LIFEBOAT_TRY(auto message, link.next());
      if (message) {
        if (auto* const wanted = std::get_if<M>(&*message)) return std::move(*wanted);
        return Error{ErrorId::format, "the peer does not begin as a primary does"};
      }
      if (std::chrono::steady_clock::now() >= until)
        return Error{ErrorId::peer_lost, "the peer did not say hello in time"};
      LIFEBOAT_CHECK(link.turn(wake_, until));
    }
    return Error{ErrorId::interrupted, "the receiver was stopped"};
  }

  /// Whether these two belong together.
  Status meet(const HelloMessage& peer) const {
    if (peer.role != PeerRole::sender) return Error{ErrorId::format, "the peer is no primary"};
    if (peer.lowest > protocol_version || peer.highest < protocol_version)
      return Error{ErrorId::format_version, "the primary speaks versions " + std::to_string(peer.lowest) + " to " +
                                                std::to_string(peer.highest) + " of the protocol, this side 1"};
    const JournalHead own = replica_->head();
    if (replica_->journal() != Id{} && peer.journal != replica_->journal())
      return Error{ErrorId::replica_strange, "this is the standby of the journal " + to_hex(replica_->journal().bytes) +
                                                 ", not of " + to_hex(peer.journal.bytes)};
    if (peer.head.last.epoch < own.last.epoch)
      return Error{ErrorId::fenced, "the standby is in epoch " + std::to_string(own.last.epoch) + ", the primary in " +
                                        std::to_string(peer.head.last.epoch) + ": it was promoted away from"};
    return check_schemas(peer.schemas);
  }

  Status check_schemas(const std::vector<Bytes>& schemas) const {
    return config_.any_schema ? ok() : check_known(schemas, config_.schemas, "this standby");
  }

  /// Receives until one side ends it.
  Status talk(TlsLink& link, HelloMessage& peer) {
    {
      const std::scoped_lock guard(mutex_);
      status_.state = LinkState::up;
      status_.away_since.reset();
      status_.refusal.reset();
      ++status_.connections;
      status_.own_certificate_ends = link.tls().own_ends();
      status_.peer_certificate_ends = link.tls().peer_ends();
      status_.no_doubt = peer.no_doubt;
    }
    tell_beside();
    hear(peer.head.last, peer.time);
    const auto patience = std::chrono::milliseconds(std::max<std::uint32_t>(peer.heartbeat_ms, 1)) * 3;
    Moment heard = std::chrono::steady_clock::now();
    Moment beat{};
    Moment look = std::chrono::steady_clock::now() + config_.heartbeat * look_beats;
    Moment asked{};
    std::vector<ShippedBatch> run;
    while (!stopping()) {
      run.clear();
      bool bye = false;
      for (bool more = true; more && !bye;) {
        LIFEBOAT_TRY(auto message, link.next());
        more = message.has_value();
        if (!more) break;
        heard = std::chrono::steady_clock::now();
        if (const auto* const data = std::get_if<DataMessage>(&*message)) run.push_back(data->batch);
        if (const auto* const beat_of = std::get_if<HeartbeatMessage>(&*message)) hear(beat_of->durable, beat_of->time);
        if (auto* const schemas = std::get_if<SchemasMessage>(&*message)) {
          LIFEBOAT_CHECK(check_schemas(schemas->schemas));
          LIFEBOAT_CHECK(take(link, peer, run, asked, beat));
          run.clear();
          peer.schemas = std::move(schemas->schemas);
        }
        LIFEBOAT_CHECK(take_beside(link, *message));
        if (const auto* const prove = std::get_if<ProveMessage>(&*message)) prover_.ask(*prove);
        if (const auto* const want = std::get_if<WantMessage>(&*message))
          LIFEBOAT_CHECK(giver_.begin(want->head, replica_->last()));
        if (const auto* const refuse = std::get_if<RefuseMessage>(&*message))
          return Error{ErrorId::peer_refused,
                       "the primary, at " + head_text(refuse->head) + ", refused: " + refuse->text};
        bye = std::holds_alternative<ByeMessage>(*message);
      }
      LIFEBOAT_CHECK(take(link, peer, run, asked, beat));
      if (bye) return Error{ErrorId::peer_lost, "the primary said goodbye"};
      if (prover_.busy())
        if (const auto proof = prover_.read(replica_->last())) LIFEBOAT_CHECK(link.put_one(*proof));
      LIFEBOAT_CHECK(giver_.send(link));
      const Moment time = std::chrono::steady_clock::now();
      if (time >= heard + patience)
        return Error{ErrorId::peer_lost,
                     "nothing was heard of the primary for " + std::to_string(patience.count()) + " ms"};
      if (time >= look) {
        look_at_certificate();
        look = time + config_.heartbeat * look_beats;
      }
      if (time >= beat) {
        LIFEBOAT_CHECK(link.put_one(AckMessage{replica_->head()}));
        beat = time + config_.heartbeat;
      }
      LIFEBOAT_CHECK(link.turn(wake_, prover_.busy() ? Moment() : std::min(beat, heard + patience)));
    }
    return ok();
  }

  /// The next connection shows what is in the file by then: a renewed one counts while this one stands.
  void look_at_certificate() {
    const auto session = TlsSession::open(config_.tls, TlsSide::server);
    if (!session) return;  // the next connection says why
    const std::scoped_lock guard(mutex_);
    status_.own_certificate_ends = session->own_ends();
  }

  /// What comes beside the groups.
  Status take_beside(TlsLink& link, const Message& message) {
    if (const auto* const doubt = std::get_if<DoubtMessage>(&message))
      LIFEBOAT_CHECK(beside_.take(*doubt));
    else if (const auto* const keys = std::get_if<KeysMessage>(&message))
      LIFEBOAT_CHECK(beside_.take(link, *keys, replica_->last()));
    else if (const auto* const run = std::get_if<RunMessage>(&message))
      LIFEBOAT_CHECK(beside_.take(link, *run));
    else if (const auto* const reserve = std::get_if<ReserveMessage>(&message))
      return keep_ceiling(link, reserve->what);
    else
      return ok();
    tell_beside();
    return ok();
  }
  Status keep_ceiling(TlsLink& link, const Reservation& what) {
    LIFEBOAT_CHECK(write_reservation(config_.replica.folder, ceiling_name, what));
    {
      const std::scoped_lock guard(mutex_);
      status_.ceiling = what;
    }
    return link.put_one(ReservedMessage{what});
  }
  void tell_beside() {
    const std::scoped_lock guard(mutex_);
    status_.doubt = beside_.has().doubt;
    status_.keys = beside_.keys_covered();
  }

  void hear(const Position& durable, const Timestamp& time) {
    const std::scoped_lock guard(mutex_);
    status_.heard = std::chrono::steady_clock::now();
    if (status_.durable < durable) status_.durable = durable;
    status_.durable_time = time;
  }

  /// Makes a run durable, and acknowledges it.
  Status take(TlsLink& link, const HelloMessage& peer, std::span<const ShippedBatch> run, Moment& asked, Moment& beat) {
    if (run.empty()) return ok();
    const auto received = replica_->receive(ShippedOrigin{peer.journal, peer.schemas}, run);
    if (!received && received.error().id() == ErrorId::object_missing) {
      const Moment time = std::chrono::steady_clock::now();
      if (time < asked) return ok();  // what was asked for is on its way
      asked = time + config_.heartbeat * 3;
      return link.put_one(WantMessage{replica_->head()});
    }
    if (!received) return received.error();
    asked = {};
    {
      const std::scoped_lock guard(mutex_);
      for (const ShippedBatch& batch : run) {
        status_.groups += batch.last - batch.first + 1;
        status_.bytes += batch.frames.size();
      }
    }
    moved();
    beat = std::chrono::steady_clock::now() + config_.heartbeat;
    LIFEBOAT_CHECK(link.put_one(AckMessage{replica_->head()}));
    replica_->prepare();
    return ok();
  }

  static constexpr int look_beats = 60;  ///< between two looks at the certificate's file

  const TcpReceiverConfig config_;
  ForkGuard guard_;
  WakeFd wake_;
  FileDescriptor listening_;
  std::uint16_t port_ = 0;
  std::unique_ptr<JournalReplica> replica_;
  BesideReceiver beside_;
  ReplicaProver prover_;
  TailGiver giver_;
  StandbyHead head_;
  std::atomic<bool> stop_{false};
  std::stop_source taking_;  ///< from the repository
  bool lacks_ = false;       ///< what the repository may have
  mutable std::mutex mutex_;
  LinkStatus status_;
  OwnThread thread_;  // last: it ends before what it uses
};
using TcpReceiver = BasicTcpReceiver<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
