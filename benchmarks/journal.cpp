// SPDX-License-Identifier: BSL-1.0
// The journal beside the least that could do its work: bare pwrite and fdatasync into a file of zeros. What is compared
// takes turns within one run, for a disk is never the same twice. benchmarks/journal.py makes a table of many runs.
#include <benchmark/benchmark.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/reader.hpp>

#include "scratch.hpp"

using namespace lifeboat;

/// 128 bytes, as they are encoded.
struct Entry {
  std::array<std::uint64_t, 16> words;
};
BOOST_HANA_ADAPT_STRUCT(Entry, words);

namespace {

using Clock = std::chrono::steady_clock;

double microseconds(Clock::duration time) { return std::chrono::duration<double, std::micro>(time).count(); }
double seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

/// The value that a part of all lies at or below.
double quantile(std::vector<double> values, double part) {
  if (values.empty()) std::fprintf(stderr, "nothing was measured\n"), std::exit(1);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

void count(benchmark::State& state, const std::string& name, const std::vector<double>& times) {
  state.counters[name + "_p50"] = quantile(times, 0.50);
  state.counters[name + "_p99"] = quantile(times, 0.99);
}

Entry entry(std::uint64_t n) {
  Entry made{};
  made.words.fill(n);
  return made;
}

std::unique_ptr<Journal> open_journal(const std::string& folder, std::size_t queue = 1U << 20U) {
  return bench::must(Journal::open({.folder = folder, .queue_bytes = queue, .schemas = {schema_bytes<Entry>()}}));
}

void acked(const AppendOutcome<LocalDurable>& outcome) {
  outcome.match([](Acked<LocalDurable>) {}, [](NotWritten) { std::exit(1); }, [](Unknown) { std::exit(1); });
}

/// Bare appends into a file of zeros; from the start again at its end.
class BareLog {
 public:
  explicit BareLog(const std::string& path, std::uint64_t length = 64ULL << 20U)
      : length_(length), file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    const Bytes zeros(1U << 20U);
    for (std::uint64_t at = 0; at < length; at += zeros.size())
      if (::pwrite(file_, zeros.data(), zeros.size(), static_cast<off_t>(at)) < 0) std::perror("pwrite"), std::exit(1);
    if (::fsync(file_) != 0) std::perror("fsync"), std::exit(1);
  }
  BareLog(const BareLog&) = delete;
  BareLog& operator=(const BareLog&) = delete;
  ~BareLog() { ::close(file_); }

  void append(ByteView bytes) {
    if (at_ + bytes.size() > length_) at_ = 0;
    if (::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(at_)) != static_cast<ssize_t>(bytes.size()) ||
        ::fdatasync(file_) != 0)
      std::perror("append"), std::exit(1);
    at_ += bytes.size();
  }

 private:
  std::uint64_t length_;
  std::uint64_t at_ = 0;
  int file_;
};

/// The bare group commit: whoever finds no flush under way writes what all have queued.
class BareGroupCommit {
 public:
  explicit BareGroupCommit(const std::string& path) : log_(path) {}

  void append(ByteView bytes) {
    std::unique_lock guard(mutex_);
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
    const std::uint64_t mine = ++queued_;
    while (durable_ < mine) {
      if (flushing_) {
        flushed_.wait(guard);
        continue;
      }
      flushing_ = true;
      writing_.swap(waiting_);
      const std::uint64_t last = queued_;
      guard.unlock();
      log_.append(writing_);
      writing_.clear();
      guard.lock();
      durable_ = last;
      flushing_ = false;
      flushed_.notify_all();
    }
  }

 private:
  BareLog log_;
  std::mutex mutex_;
  std::condition_variable flushed_;
  Bytes waiting_;
  Bytes writing_;
  std::uint64_t queued_ = 0;
  std::uint64_t durable_ = 0;
  bool flushing_ = false;
};

template <class F>
void timed(std::vector<double>& times, F&& call) {
  const auto began = Clock::now();
  call();
  times.push_back(microseconds(Clock::now() - began));
}

/// One thread, each append durable before the next.
void append_one_thread(benchmark::State& state) {
  const bench::Scratch scratch;
  for (auto _ : state) {
    const auto journal = open_journal(scratch / "journal");
    BareLog bare(scratch / "bare");
    std::vector<double> ours;
    std::vector<double> theirs;
    for (std::uint64_t n = 0; n < 2'000; ++n) {
      const Entry value = entry(n);
      if (n / 100 % 2 == 0)
        timed(ours, [&] { acked(journal->append(value)); });
      else
        timed(theirs, [&] { bare.append(as_bytes(std::string_view(reinterpret_cast<const char*>(&value), 128))); });
    }
    count(state, "journal", ours);
    count(state, "bare", theirs);
  }
}
BENCHMARK(append_one_thread)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

/// Groups per second of so many threads, each of which waits for its own.
template <class F>
double rate_of(unsigned threads, std::uint64_t each, F&& append) {
  std::vector<std::thread> all;
  const auto began = Clock::now();
  for (unsigned t = 0; t < threads; ++t)
    all.emplace_back([&, t] {
      for (std::uint64_t n = 0; n < each; ++n) append(entry(t * each + n));
    });
  for (std::thread& thread : all) thread.join();
  return static_cast<double>(threads * each) / seconds(Clock::now() - began);
}

void append_64_threads(benchmark::State& state) {
  const bench::Scratch scratch;
  for (auto _ : state) {
    const auto journal = open_journal(scratch / "journal");
    BareGroupCommit bare(scratch / "bare");
    std::vector<double> ours;
    std::vector<double> theirs;
    for (int turn = 0; turn < 4; ++turn) {
      ours.push_back(rate_of(64, 100, [&](const Entry& value) { acked(journal->append(value)); }));
      theirs.push_back(rate_of(64, 100, [&](const Entry& value) {
        bare.append(as_bytes(std::string_view(reinterpret_cast<const char*>(&value), 128)));
      }));
    }
    state.counters["journal_rate"] = quantile(ours, 0.5);
    state.counters["bare_rate"] = quantile(theirs, 0.5);
  }
}
BENCHMARK(append_64_threads)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

/// One thread submits as fast as it is let, one flushes; every 256th group is timed until it is durable.
void submit_one_thread(benchmark::State& state) {
  constexpr std::uint64_t groups = 2'000'000;
  constexpr std::uint64_t every = 256;
  const bench::Scratch scratch;
  for (auto _ : state) {
    const auto journal = open_journal(scratch / "journal", 2U << 20U);
    std::vector<Clock::time_point> submitted(groups / every + 1);
    std::vector<double> times;
    std::atomic<std::uint64_t> last{0};
    std::uint64_t full = 0;
    std::uint64_t timed_to = 0;
    std::thread flusher([&] {
      while (journal->durable().sequence < groups) {
        const std::uint64_t wanted = last.load(std::memory_order_acquire);
        if (wanted > journal->durable().sequence) acked(journal->wait({1, wanted}));
        const auto now = Clock::now();
        const std::uint64_t durable = journal->durable().sequence;
        for (; (timed_to + 1) * every <= durable; ++timed_to) times.push_back(microseconds(now - submitted[timed_to]));
      }
    });
    const auto began = Clock::now();
    const Entry value = entry(7);
    for (std::uint64_t n = 1; n <= groups; ++n) {
      if (n % every == 0) submitted[n / every - 1] = Clock::now();
      while (!journal->submit(value).match([](Position) { return true; },
                                           [](NotWritten refused) {
                                             if (refused.id != ErrorId::queue_full) std::exit(1);
                                             return false;
                                           })) {
        ++full;
        std::this_thread::yield();
      }
      last.store(n, std::memory_order_release);
    }
    const auto ended = Clock::now();
    flusher.join();
    const auto finished = Clock::now();
    state.counters["rate"] = static_cast<double>(groups) / seconds(ended - began);
    state.counters["durable_rate"] = static_cast<double>(groups) / seconds(finished - began);
    state.counters["queue_full"] = static_cast<double>(full);
    // What the disk takes of this size of flush, now, by bare calls.
    BareLog bare(scratch / "bare", 256ULL << 20U);
    const Bytes piece = bench::random_bytes(2U << 20U, 7);
    const auto bare_began = Clock::now();
    for (int i = 0; i < 128; ++i) bare.append(piece);
    state.counters["bare_MiBps"] = 256 / seconds(Clock::now() - bare_began);
    state.counters["journal_MiBps"] = static_cast<double>(groups * 176) / (1U << 20U) / seconds(finished - began);
    count(state, "to_durable", times);
  }
}
BENCHMARK(submit_one_thread)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

/// What `submit` itself costs, with room in the queue.
void submit_alone(benchmark::State& state) {
  constexpr std::uint64_t groups = 5'000;  // below a queue's room
  const bench::Scratch scratch;
  const auto journal = open_journal(scratch / "journal");
  const Entry value = entry(7);
  for (auto _ : state) {
    Position last{};
    const auto began = Clock::now();
    for (std::uint64_t n = 0; n < groups; ++n)
      journal->submit(value).match([&](Position position) { last = position; }, [](NotWritten) { std::exit(1); });
    state.SetIterationTime(seconds(Clock::now() - began));
    acked(journal->wait(last));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(groups));
}
BENCHMARK(submit_alone)->Iterations(50)->UseManualTime()->Unit(benchmark::kMicrosecond);

/// A journal of so many groups of one record.
void fill(const std::string& folder, std::uint64_t groups) {
  const auto journal = open_journal(folder);
  const Entry value = entry(7);
  Position last{};
  for (std::uint64_t n = 0; n < groups; ++n) {
    while (!journal->submit(value).match(
        [&](Position position) {
          last = position;
          return true;
        },
        [](NotWritten) { return false; }))
      acked(journal->wait(last));
  }
  acked(journal->wait(last));
}

/// Each record of a journal once, each check and the chain proved.
void read_records(benchmark::State& state) {
  constexpr std::uint64_t groups = 500'000;
  const bench::Scratch scratch;
  fill(scratch / "journal", groups);
  for (auto _ : state) {
    auto reader = bench::must(JournalReader::open(scratch / "journal"));
    std::uint64_t found = 0;
    while (const auto group = bench::must(reader.next())) {
      RecordsOfGroup records = group->records();
      while (const auto record = records.next()) benchmark::DoNotOptimize(record->bytes.data()), ++found;
    }
    if (found != groups) std::fprintf(stderr, "%zu groups\n", std::size_t{found}), std::exit(1);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(groups));
}
BENCHMARK(read_records)->Iterations(3)->UseRealTime()->Unit(benchmark::kMillisecond);

/// What this process has read so far, by the kernel's count.
std::uint64_t bytes_read() {
  std::ifstream io("/proc/self/io");
  std::string name;
  std::uint64_t value = 0;
  io >> name >> value;  // rchar
  return value;
}

/// A writer is killed in the middle of it; how long the next one takes to open the journal, and what it reads.
void recover(benchmark::State& state) {
  const bench::Scratch scratch;
  const std::string folder = scratch / "journal";
  const auto segments = static_cast<std::uint64_t>(state.range(0));
  const std::uint64_t groups = segments * (16ULL << 20U) / 184;  // 176 bytes each, and commits
  const pid_t child = ::fork();
  if (child == 0) {
    fill(folder, groups);
    const auto journal = open_journal(folder);
    for (std::uint64_t n = 0;; ++n) acked(journal->append(entry(n)));
  }
  const std::string behind = folder + "/segment-";
  std::uint64_t there = 0;
  while (there < segments) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    there = 0;
    std::error_code ignored;
    for (const auto& file : bench::fs::directory_iterator(folder, ignored))
      there += file.path().string().starts_with(behind) ? 1 : 0;
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  for (auto _ : state) {
    const std::uint64_t before = bytes_read();
    const auto began = Clock::now();
    const auto journal = open_journal(folder);
    const auto ended = Clock::now();
    state.SetIterationTime(seconds(ended - began));
    state.counters["read_MiB"] = static_cast<double>(bytes_read() - before) / (1U << 20U);
    state.counters["segments"] = static_cast<double>(there);
    state.counters["groups"] = static_cast<double>(journal->recovery().last);
  }
}
BENCHMARK(recover)->Arg(1)->Arg(64)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
