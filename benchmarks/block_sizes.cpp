// SPDX-License-Identifier: BSL-1.0
// What a leaf size costs and saves: how fast leaves of that size are hashed, and what an increment stores for 100
// changes of 100 bytes, scattered over 64 MiB. A leaf size follows from the size of the file (docs/format.md), so the
// 64 MiB stand in sparse files that are as large as it takes; holes cost nothing.
#include <benchmark/benchmark.h>

#include <lifeboat/lifeboat.hpp>

#include "scratch.hpp"

using namespace lifeboat;

constexpr std::uint64_t content = 64U << 20U;

template <class V>
void hash_leaves(benchmark::State& state) {
  const auto leaf = static_cast<std::size_t>(state.range(0)) << 10U;
  const Bytes data = bench::random_bytes(1U << 20U, 1);
  const auto port = bench::must(open_verifier_port<V>());
  Bytes out(data.size() / leaf * V::traits.size);
  for (auto _ : state) bench::must(port->leaves(data, leaf, out));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(data.size()));
  state.counters["digests/MiB"] = static_cast<double>(out.size());
}
BENCHMARK(hash_leaves<Sha256>)->ArgName("KiB")->RangeMultiplier(4)->Range(4, 256);
BENCHMARK(hash_leaves<Xxh3>)->ArgName("KiB")->RangeMultiplier(4)->Range(4, 256);

void store_changes(benchmark::State& state, std::uint64_t file_size) {
  const bench::Scratch scratch;
  const std::string path = scratch / "source/file";
  bench::fs::create_directory(scratch / "source");
  bench::write_at(path, 0, bench::random_bytes(content, 1));
  bench::fs::resize_file(path, file_size);
  auto pipeline = bench::must(DisasterRecoveryPipeline<Incremental, Memory, NoSync, Sha256>::open(
      {.source = {.root = scratch / "source"}, .medium = {}, .state = scratch / "state"}));
  (void)bench::must(pipeline.backup());
  bench::Dice dice(2);
  std::uint64_t stored = 0;
  for (auto _ : state) {
    state.PauseTiming();
    for (int i = 0; i < 100; ++i)
      bench::write_at(path, dice.next() % (content - 100), bench::random_bytes(100, dice.next()));
    state.ResumeTiming();
    stored += bench::must(pipeline.backup()).record.facts.stored_bytes;
  }
  state.counters["stored"] =
      benchmark::Counter(static_cast<double>(stored), benchmark::Counter::kAvgIterations, benchmark::Counter::kIs1024);
}

#define LIFEBOAT_MEASURE(leaf, size)                                                                          \
  BENCHMARK_CAPTURE(store_changes, leaf, size)->Iterations(5)->UseRealTime()->Unit(benchmark::kMillisecond)
LIFEBOAT_MEASURE(KiB:4, content);
LIFEBOAT_MEASURE(KiB:16, std::uint64_t{5} << 30U);
LIFEBOAT_MEASURE(KiB:64, std::uint64_t{65} << 30U);
LIFEBOAT_MEASURE(KiB:256, std::uint64_t{1025} << 30U);
