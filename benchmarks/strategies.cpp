// SPDX-License-Identifier: BSL-1.0
// A backup by each strategy of a source in which 1 % of the pages changed since the one before, onto a disk and into
// memory. `stored` is what the medium grew by for one backup.
#include <benchmark/benchmark.h>

#include <lifeboat/lifeboat.hpp>

#include "scratch.hpp"

using namespace lifeboat;

constexpr std::uint64_t MiB = 1U << 20U;
constexpr std::uint64_t page = 4096;

/// Files of 1 MiB, nothing in them alike.
class Files {
 public:
  Files(std::string folder, std::uint64_t files) : folder_(std::move(folder)), files_(files) {
    bench::fs::create_directory(folder_);
    for (std::uint64_t i = 0; i < files_; ++i) bench::write_at(file(i), 0, bench::random_bytes(MiB, i));
  }

  void change() {
    for (std::uint64_t i = 0; i < files_ * (MiB / page) / 100; ++i)
      bench::write_at(file(dice_.next() % files_), dice_.next() % (MiB / page) * page,
                      bench::random_bytes(page, dice_.next()));
  }

 private:
  [[nodiscard]] std::string file(std::uint64_t i) const { return folder_ + "/" + std::to_string(i); }

  std::string folder_;
  std::uint64_t files_;
  bench::Dice dice_{1};
};

template <class M>
typename M::Config medium_below(const bench::Scratch& scratch) {
  if constexpr (std::is_same_v<M, Disk>)
    return {.root = scratch / "repository", .create = true};
  else
    return {};
}

template <class S, class M>
void one_percent(benchmark::State& state) {
  const bench::Scratch scratch;
  const auto size = static_cast<std::uint64_t>(state.range(0)) * MiB;
  Files source(scratch / "source", size / MiB);
  auto pipeline = bench::must(DisasterRecoveryPipeline<S, M, NoSync, Sha256>::open(
      {.source = {.root = scratch / "source"}, .medium = medium_below<M>(scratch), .state = scratch / "state"}));
  (void)bench::must(pipeline.backup());
  std::uint64_t stored = 0;
  for (auto _ : state) {
    state.PauseTiming();
    source.change();
    state.ResumeTiming();
    stored += bench::must(pipeline.backup()).record.facts.stored_bytes;
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
  state.counters["stored"] =
      benchmark::Counter(static_cast<double>(stored), benchmark::Counter::kAvgIterations, benchmark::Counter::kIs1024);
}

// Five backups each: what a differential stores grows from one to the next, so their number is part of the figure.
#define LIFEBOAT_MEASURE(S, M)                                                                  \
  BENCHMARK(one_percent<S, M>)->ArgName("MiB")->Arg(8)->Arg(64)->Iterations(5)->UseRealTime() \
      ->Unit(benchmark::kMillisecond)
LIFEBOAT_MEASURE(Full, Disk);
LIFEBOAT_MEASURE(Incremental, Disk);
LIFEBOAT_MEASURE(Differential, Disk);
LIFEBOAT_MEASURE(Full, Memory);
LIFEBOAT_MEASURE(Incremental, Memory);
LIFEBOAT_MEASURE(Differential, Memory);
