// SPDX-License-Identifier: BSL-1.0
// An append that is acknowledged by a standby, beside the least that could do its work: pwrite and fdatasync here, the
// same bytes to a peer that does the same, and its answer, over TCP and over TLS. What is compared takes turns within
// one run, on one machine: both sides flush to one disk. Then a standby's replay. benchmarks/standby.py makes a table.
#include <benchmark/benchmark.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <lifeboat/journal/replay.hpp>
#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/sync/transport/tcp.hpp>
#include <lifeboat/sync/transport/tcp_receiver.hpp>

#include "../tests/support/certificates.hpp"
#include "scratch.hpp"

using namespace lifeboat;

/// 128 bytes, as they are encoded.
struct Line {
  std::array<std::uint64_t, 16> words;
};
BOOST_HANA_ADAPT_STRUCT(Line, words);

namespace {

using Clock = std::chrono::steady_clock;
using Log = BasicLogSync<Tcp>;

double microseconds(Clock::duration time) { return std::chrono::duration<double, std::micro>(time).count(); }
double seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

[[noreturn]] void fail(const char* what) { std::perror(what), std::exit(1); }

double quantile(std::vector<double> values, double part) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

Line entry(std::uint64_t n) {
  Line made{};
  made.words.fill(n);
  return made;
}

ByteView as_bytes_of(const Line& value) { return {reinterpret_cast<const std::byte*>(&value), sizeof value}; }

/// Bare appends into a file of zeros; from the start again at its end.
class BareLog {
 public:
  explicit BareLog(const std::string& path) : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    const Bytes zeros(1U << 20U);
    for (std::uint64_t at = 0; at < length; at += zeros.size())
      if (::pwrite(file_, zeros.data(), zeros.size(), static_cast<off_t>(at)) < 0) fail("pwrite");
    if (::fsync(file_) != 0) fail("fsync");
  }
  BareLog(const BareLog&) = delete;
  BareLog& operator=(const BareLog&) = delete;
  ~BareLog() { ::close(file_); }
  void append(ByteView bytes) {
    if (at_ + bytes.size() > length) at_ = 0;
    if (::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(at_)) != static_cast<ssize_t>(bytes.size()) ||
        ::fdatasync(file_) != 0)
      fail("append");
    at_ += bytes.size();
  }

 private:
  static constexpr std::uint64_t length = 16ULL << 20U;
  std::uint64_t at_ = 0;
  int file_;
};

/// One side of a connection that blocks; over TLS where there is a session.
class Wire {
 public:
  Wire(int socket, std::optional<TlsSession> tls) : socket_(socket), tls_(std::move(tls)) {
    const int on = 1;
    (void)::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (tls_) {
      const bool done = bench::must(tls_->shake());
      flush();
      if (done) break;
      feed();
    }
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() { ::close(socket_); }

  void send(ByteView bytes) {
    if (!tls_) return put(bytes);
    bench::must(tls_->write(bytes));
    flush();
  }
  /// So many bytes; false where the peer is gone.
  bool receive(Bytes& into, std::size_t size) {
    into.clear();
    while (into.size() < size) {
      if (tls_) {
        if (!bench::must(tls_->read(into, size))) return false;
        if (into.size() < size && !feed()) return false;
        continue;
      }
      const std::size_t had = into.size();
      into.resize(size);
      const ssize_t got = ::recv(socket_, into.data() + had, size - had, 0);
      into.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
      if (got <= 0) return false;
    }
    return true;
  }

 private:
  void put(ByteView bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) fail("send");
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
  }
  void flush() {
    out_.clear();
    tls_->drain(out_);
    put(out_);
  }
  bool feed() {
    std::byte bytes[64U << 10U];
    const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    bench::must(tls_->feed({bytes, static_cast<std::size_t>(got)}));
    return true;
  }

  int socket_;
  std::optional<TlsSession> tls_;
  Bytes out_;
};

/// Certificates, files and a free port.
struct Place {
  bench::Scratch scratch;
  Place() {
    const support::Identity authority = support::make_identity("CA");
    bench::fs::create_directory(scratch / "tls");
    support::write_identity(scratch / "tls", "ca", authority);
    support::write_identity(scratch / "tls", "primary", support::make_identity("primary.test", authority));
    support::write_identity(scratch / "tls", "standby", support::make_identity("standby.test", authority));
  }
  [[nodiscard]] TlsConfig tls(const char* name, const char* peer) const {
    return support::tls_of(scratch / "tls", name, peer);
  }
};

/// The bare exchange: what is sent is written and flushed there, and 8 bytes come back.
class BareStandby {
 public:
  BareStandby(const Place& place, bool tls, const std::string& name)
      : here_(place.scratch / (name + "-here")), there_(place.scratch / (name + "-there")) {
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listening, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listening, 1) != 0 ||
        ::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      fail("listen");
    const auto session = [&](const char* own, const char* peer, TlsSide side) {
      return tls ? std::optional(bench::must(TlsSession::open(place.tls(own, peer), side))) : std::nullopt;
    };
    peer_ = std::thread([this, listening, made = session("standby", "primary.test", TlsSide::server)]() mutable {
      Wire wire(::accept(listening, nullptr, nullptr), std::move(made));
      ::close(listening);
      Bytes head;
      Bytes body;
      while (wire.receive(head, 8) && wire.receive(body, load_le<std::uint64_t>(head.data()))) {
        there_.append(body);
        wire.send(head);
      }
    });
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(socket, reinterpret_cast<sockaddr*>(&address), size) != 0) fail("connect");
    wire_.emplace(socket, session("primary", "standby.test", TlsSide::client));
  }
  ~BareStandby() {
    wire_.reset();
    peer_.join();
  }

  /// Here, then there.
  void append(ByteView bytes) {
    here_.append(bytes);
    exchange(bytes);
  }
  void exchange(ByteView bytes) {
    message_.resize(8 + bytes.size());
    store_le(message_.data(), std::uint64_t{bytes.size()});
    std::memcpy(message_.data() + 8, bytes.data(), bytes.size());
    wire_->send(message_);
    if (!wire_->receive(answer_, 8)) fail("the peer");
  }

  /// The bare group commit: whoever finds no exchange under way appends what all have queued.
  void append_together(ByteView bytes) {
    std::unique_lock guard(mutex_);
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
    const std::uint64_t mine = ++queued_;
    while (durable_ < mine) {
      if (busy_) {
        done_.wait(guard);
        continue;
      }
      busy_ = true;
      writing_.swap(waiting_);
      const std::uint64_t last = queued_;
      guard.unlock();
      append(writing_);
      writing_.clear();
      guard.lock();
      durable_ = last;
      busy_ = false;
      done_.notify_all();
    }
  }

 private:
  BareLog here_;
  BareLog there_;
  std::optional<Wire> wire_;
  std::thread peer_;
  Bytes message_;
  Bytes answer_;
  std::mutex mutex_;
  std::condition_variable done_;
  Bytes waiting_;
  Bytes writing_;
  std::uint64_t queued_ = 0;
  std::uint64_t durable_ = 0;
  bool busy_ = false;
};

/// A primary and its standby over the loopback.
struct Pair {
  std::unique_ptr<TcpReceiver> receiver;
  std::optional<Log> log;

  explicit Pair(const Place& place) {
    receiver = bench::must(TcpReceiver::open({.replica = {.folder = place.scratch / "replica"},
                                              .listen = {"127.0.0.1", 0},
                                              .tls = place.tls("standby", "primary.test"),
                                              .any_schema = true}));
    log.emplace(bench::must(
        Log::open({.journal = place.scratch / "journal",
                   .to = {.standby = {"127.0.0.1", receiver->port()}, .tls = place.tls("primary", "standby.test")},
                   .schemas = {schema_bytes<Line>()}})));
    append(entry(0));
  }
  void append(const Line& value) {
    log->log().append<StandbyDurable>({}, value).match([](Acked<StandbyDurable>) {},
                                                       [](Acked<LocalDurable>) { std::exit(1); },
                                                       [](NotWritten) { std::exit(1); }, [](Unknown) { std::exit(1); });
  }
};

/// One thread: each append waits for both disks. The four take turns.
void one_thread(benchmark::State& state) {
  const auto appends = static_cast<std::uint64_t>(state.range(0));
  constexpr std::uint64_t turn = 25;
  const Place place;
  Pair pair(place);
  BareStandby tcp(place, false, "tcp");
  BareStandby tls(place, true, "tls");
  std::vector<double> times[4];
  for (auto _ : state)
    for (std::uint64_t n = 0; n < appends; n += turn)
      for (unsigned who = 0; who < 4; ++who)
        for (std::uint64_t i = 0; i < turn; ++i) {
          const Line value = entry(n + i);
          const auto began = Clock::now();
          if (who == 0) pair.append(value);
          if (who == 1) tcp.append(as_bytes_of(value));
          if (who == 2) tls.append(as_bytes_of(value));
          if (who == 3) tls.exchange(as_bytes_of(value));
          times[who].push_back(microseconds(Clock::now() - began));
        }
  const char* const names[] = {"standby", "tcp", "tls", "exchange"};
  for (unsigned who = 0; who < 4; ++who) {
    state.counters[std::string(names[who]) + "_p50"] = quantile(times[who], 0.50);
    state.counters[std::string(names[who]) + "_p99"] = quantile(times[who], 0.99);
  }
}
BENCHMARK(one_thread)->Arg(300)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

/// 64 threads: what is durable on both disks in a second.
void many_threads(benchmark::State& state) {
  constexpr unsigned threads = 64;
  const auto appends = static_cast<std::uint64_t>(state.range(0));
  const Place place;
  Pair pair(place);
  BareStandby tcp(place, false, "tcp");
  BareStandby tls(place, true, "tls");
  const auto rate = [&](auto&& append) {
    std::vector<std::thread> all;
    const auto began = Clock::now();
    for (unsigned t = 0; t < threads; ++t)
      all.emplace_back([&, t] {
        for (std::uint64_t n = 0; n < appends; ++n) append(entry(t * appends + n));
      });
    for (std::thread& thread : all) thread.join();
    return static_cast<double>(threads * appends) / seconds(Clock::now() - began);
  };
  double rates[3] = {};
  for (auto _ : state)
    for (int turn = 0; turn < 2; ++turn) {
      rates[0] += rate([&](const Line& value) { pair.append(value); });
      rates[1] += rate([&](const Line& value) { tcp.append_together(as_bytes_of(value)); });
      rates[2] += rate([&](const Line& value) { tls.append_together(as_bytes_of(value)); });
    }
  state.counters["standby_rate"] = rates[0] / 2;
  state.counters["tcp_rate"] = rates[1] / 2;
  state.counters["tls_rate"] = rates[2] / 2;
}
BENCHMARK(many_threads)->Arg(100)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

/// A state that does little with each group: what is measured is reading, checking, decoding and handing over.
struct Sums {
  std::array<std::uint64_t, 1024> sums{};
  Status apply(const Records<Line>::Group& group, Position, Applying) {
    group.each([&](const Line& one) { sums[one.words[0] % sums.size()] += one.words[1]; });
    return ok();
  }
};

/// The replay of a journal into a state, by one thread, in processor time.
void replay_groups(benchmark::State& state) {
  constexpr std::uint64_t groups = 1'000'000;
  const bench::Scratch scratch;
  {
    const auto journal =
        bench::must(Journal::open({.folder = scratch / "journal", .schemas = {schema_bytes<Line>()}}));
    Position last{};
    for (std::uint64_t n = 0; n < groups; ++n)
      while (!journal->submit(entry(n)).match(
          [&](Position position) {
            last = position;
            return true;
          },
          [](NotWritten) { return false; }))
        journal->wait(last).match([](Acked<LocalDurable>) {}, [](NotWritten) { std::exit(1); },
                                  [](Unknown) { std::exit(1); });
    journal->wait(last).match([](Acked<LocalDurable>) {}, [](NotWritten) { std::exit(1); },
                              [](Unknown) { std::exit(1); });
  }
  for (auto _ : state) {
    Sums sums;
    auto reader = bench::must(JournalReader::open(scratch / "journal"));
    const ReplayReport done = bench::must(replay<Records<Line>>(sums, reader, {}));
    if (done.groups != groups) std::exit(1);
    benchmark::DoNotOptimize(sums.sums.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(groups));
}
BENCHMARK(replay_groups)->Iterations(3)->Unit(benchmark::kMillisecond);

}  // namespace
