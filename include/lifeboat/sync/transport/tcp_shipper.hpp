// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <memory>

#include <lifeboat/core/alone_count.hpp>
#include <lifeboat/core/clock.hpp>
#include <lifeboat/core/fork_guard.hpp>
#include <lifeboat/core/guard.hpp>
#include <lifeboat/core/own_thread.hpp>
#include <lifeboat/core/random.hpp>
#include <lifeboat/journal/engine_log.hpp>
#include <lifeboat/sync/transport/beside_sender.hpp>
#include <lifeboat/sync/transport/reserver.hpp>
#include <lifeboat/sync/transport/seeding.hpp>
#include <lifeboat/sync/transport/shipper_session.hpp>
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
/// costs no memory. One thread, "lifeboat-ship"; a thread that waits alone for its own group sends it, and takes the
/// answer, by itself: neither it nor the standby waits for the link's thread to be woken.
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
    shipper->status_.own_certificate(probe.own_ends());
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
    if (status_.note_durable(durable)) wake_.wake();  // of all that one flush carried, the first wakes it
  }
  bool nudge_and_wait(Position durable, Position position, const Deadline& deadline, bool connected) noexcept override {
    if (guard_.forked()) return false;
    const AloneCount::Here here(waiting_);
    if (here.alone() && drive(durable, position, deadline)) return true;
    nudge(durable);
    return connected ? standby_.wait_connected(position, deadline) : standby_.wait(position, deadline);
  }
  [[nodiscard]] LinkStatus status() const {
    if (const Status mine = guard_.check("the shipper"); !mine) return forked_link(mine.error());
    return status_.at(now());
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
        reserver_(config_.journal, config_.reserve_groups, config_.reserve_for, config_.clock, config_.log) {}

  /// A connection while it stands. Whoever holds `driving_` sends and receives by it: the link's thread, but where that
  /// waits, or one who waits for a group of his own.
  struct Live {
    Live(BasicTcpShipper& whose, TlsLink& through, ShipperSession& state) noexcept
        : shipper(whose), link(through), at(state) {
      shipper.live_ = this;
    }
    Live(const Live&) = delete;
    Live& operator=(const Live&) = delete;
    ~Live() { shipper.live_ = nullptr; }

    BasicTcpShipper& shipper;
    TlsLink& link;
    ShipperSession& at;
    Moment heard{};
    Status ended = ok();  ///< what another thread met: the link's ends it
    int out_of_memory = 0;
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
    status_.stopped();
    standby_.close();
  }

  void out_of_memory(int error) noexcept {
    standby_.connect(false);
    status_.away();
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
    // A peer that is away is told once, not at each try.
    if (status_.away(why)) config_.log.tell(Event{why.id(), config_.standby.host, why.sentence(), why.system_error()});
    return why.id() == ErrorId::diverged || why.id() == ErrorId::fenced;
  }

  /// One connection, from its beginning to its end; ok where this side said goodbye.
  Status session() {
    LIFEBOAT_TRY(ShipperSide own, ShipperSide::of(config_.journal));
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
    ShipperSession at(config_.journal, std::move(own), status_, standby_);
    LIFEBOAT_TRY(HelloMessage peer, await_standby(link, wake_, until, stop));
    Status ended = at.meet(std::move(peer));
    beside_.begin(at.peer().beside);
    reserver_.begin(at.peer().beside);
    questions_.begin(at.peer().proves);
    if (ended) ended = talk(link, at);
    if (!ended && refuses(ended.error().id()))
      (void)link.put_one(RefuseMessage{ended.error().id(), at.own().head, ended.error().sentence()});
    if (ended) (void)link.put_one(ByeMessage{});
    link.finish(wake_, std::chrono::steady_clock::now() + std::min(config_.heartbeat, std::chrono::milliseconds(500)));
    return ended;
  }

  static bool refuses(ErrorId id) noexcept {
    return id != ErrorId::peer_lost && id != ErrorId::peer_refused && id != ErrorId::interrupted &&
           id != ErrorId::out_of_memory;
  }

  /// Ships until one side ends it.
  Status talk(TlsLink& link, ShipperSession& at) {
    std::unique_lock driving(driving_);
    Live live(*this, link, at);
    live.heard = std::chrono::steady_clock::now();
    (void)status_.note_durable(at.own().head.last);
    status_.up(live.heard, link.tls());
    standby_.connect(true);
    retry_.reset();
    const auto patience = std::chrono::milliseconds(std::max<std::uint32_t>(at.peer().heartbeat_ms, 1)) * 3;
    Moment beat{};
    Moment look = std::chrono::steady_clock::now() + config_.heartbeat * look_beats;
    while (!stopping()) {
      if (live.out_of_memory != 0)
        return Error{ErrorId::out_of_memory, "no memory: the connection was ended"}.because(live.out_of_memory);
      LIFEBOAT_CHECK(std::move(live.ended));
      LIFEBOAT_CHECK(listen(live));
      const Moment time = std::chrono::steady_clock::now();
      LIFEBOAT_CHECK(beside_.send(link, acknowledged(), time, config_.look_every));
      LIFEBOAT_CHECK(reserver_.send(link, status_.durable(), time));
      LIFEBOAT_CHECK(questions_.send(link));
      if (beside_.caught_up()) LIFEBOAT_CHECK(at.send_more(link, config_.window));
      if (time >= live.heard + patience)
        return Error{ErrorId::peer_lost,
                     "nothing was heard of the standby for " + std::to_string(patience.count()) + " ms"};
      if (time >= look) {
        look_at_certificate();
        look = time + config_.heartbeat * look_beats;
      }
      if (time >= beat) {
        LIFEBOAT_CHECK(link.put_one(status_.heartbeat(now())));
        beat = time + config_.heartbeat;
      }
      LIFEBOAT_TRY(const bool more, link.settle());
      const Moment until = std::min({beat, live.heard + patience, time + config_.look_every});
      LIFEBOAT_CHECK(link.take(wait_aside(driving, link, more ? Moment() : until)));
    }
    return ok();
  }

  /// Waits while others may drive. Where one did since the last wait, the socket is not looked at for a moment: this
  /// thread would be woken for each answer that the other takes.
  short wait_aside(std::unique_lock<std::mutex>& driving, const TlsLink& link, Moment until) noexcept {
    const int socket = link.socket();
    const short wanted = link.wanted();
    const bool driven = std::exchange(driven_, false);
    driving.unlock();
    const short events =
        driven ? wait_for_socket(-1, 0, wake_, std::min(until, std::chrono::steady_clock::now() + drive_most))
               : wait_for_socket(socket, wanted, wake_, until);
    driving.lock();
    return events;
  }

  /// Ships what is durable and takes the answer on the thread that waits for it: two threads less are woken than where
  /// the link's does. True where the group is acknowledged; else that one goes on, after `drive_most` at the latest.
  bool drive(Position durable, Position position, const Deadline& deadline) noexcept {
    const std::unique_lock driving(driving_, std::try_to_lock);
    if (!driving || live_ == nullptr || !live_->ended || live_->out_of_memory != 0 || !beside_.caught_up())
      return false;
    driven_ = true;
    (void)status_.note_durable(durable);
    Moment until = std::chrono::steady_clock::now() + drive_most;
    if (deadline) until = std::min(until, *deadline);
    live_->out_of_memory = errno_without_memory([&] {
      live_->ended = drive_until(*live_, position, until);
      return 0;
    });
    const bool there = acknowledged() >= position;
    if (!there || !live_->ended || live_->at.in_flight() || live_->link.waiting() != 0) wake_.wake();
    return there;
  }

  Status drive_until(Live& live, Position position, Moment until) {
    LIFEBOAT_CHECK(live.at.send_more(live.link, config_.window));
    while (acknowledged() < position && std::chrono::steady_clock::now() < until) {
      LIFEBOAT_TRY(const bool more, live.link.settle());
      if (!more) LIFEBOAT_CHECK(live.link.take(wait_for_socket(live.link.socket(), live.link.wanted(), until)));
      LIFEBOAT_CHECK(listen(live));
    }
    return ok();
  }

  /// The next connection shows what is in the file by then: a renewed one counts while this one stands.
  void look_at_certificate() {
    const auto session = TlsSession::open(config_.tls, TlsSide::client);
    if (session) status_.own_certificate(session->own_ends());  // else the next connection says why
  }

  Status listen(Live& live) {
    while (true) {
      LIFEBOAT_TRY(const auto message, live.link.next());
      if (!message) return ok();
      live.heard = std::chrono::steady_clock::now();
      status_.heard(live.heard);
      if (const auto* const ack = std::get_if<AckMessage>(&*message)) LIFEBOAT_CHECK(live.at.take(*ack));
      if (const auto* const want = std::get_if<WantMessage>(&*message))
        LIFEBOAT_CHECK(live.at.begin_behind(want->head));
      if (const auto* const reserved = std::get_if<ReservedMessage>(&*message)) {
        reserver_.take(*reserved);
        status_.reserved(reserved->what);
      }
      if (const auto* const proof = std::get_if<ProofMessage>(&*message)) questions_.take(*proof);
      if (const auto* const run = std::get_if<WantRunMessage>(&*message)) LIFEBOAT_CHECK(beside_.take(live.link, *run));
      if (const auto* const has = std::get_if<HasMessage>(&*message)) {
        beside_.take(*has);
        status_.beside(has->doubt, beside_.keys_covered());
      }
      if (const auto* const refuse = std::get_if<RefuseMessage>(&*message)) return refused_by_standby(*refuse);
      if (std::holds_alternative<ByeMessage>(*message)) return Error{ErrorId::peer_lost, "the standby said goodbye"};
    }
  }

  static constexpr std::chrono::milliseconds drive_most{20};
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
  ShipperStatus status_;
  AloneCount waiting_;  ///< for acknowledgements of their own groups
  std::mutex driving_;
  Live* live_ = nullptr;
  bool driven_ = false;  ///< by another thread, since the link's waited
  OwnThread thread_;     // last: it ends before what it uses
};
using TcpShipper = BasicTcpShipper<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
