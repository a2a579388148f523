// SPDX-License-Identifier: BSL-1.0
// Known keys: learning with its spills, merging, and lookups of keys that are known and that are not.
#include <benchmark/benchmark.h>

#include <lifeboat/journal/kept_keys.hpp>

#include "scratch.hpp"

using namespace lifeboat;

// Keys of 24 bytes.
std::string key(std::uint64_t n) {
  std::string digits = std::to_string(n);
  return "shop-0042/" + std::string(14 - digits.size(), '0') + digits;
}

std::unique_ptr<KeptKeys> filled(const bench::Scratch& scratch, std::uint64_t count) {
  auto keys = bench::must(KeptKeys::open({.folder = scratch / "keys", .retry_groups = ~std::uint64_t{0}}));
  for (std::uint64_t n = 0; n < count; ++n) bench::must(keys->learn(key(n), {{1, n}, {}}));
  bench::must(keys->save());
  return keys;
}

void learn(benchmark::State& state) {
  const bench::Scratch scratch;
  const auto keys = filled(scratch, 0);
  std::uint64_t n = 0;
  for (auto _ : state) {
    bench::must(keys->learn(key(n), {{1, n + 1}, {}}));
    ++n;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(learn)->Iterations(2'000'000)->UseRealTime();

void tidy(benchmark::State& state) {
  const bench::Scratch scratch;
  const auto keys = filled(scratch, static_cast<std::uint64_t>(state.range(0)));
  for (auto _ : state) bench::must(keys->tidy());
  state.SetItemsProcessed(state.range(0));
}
BENCHMARK(tidy)->Arg(2'000'000)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

void find(benchmark::State& state) {
  const bench::Scratch scratch;
  const auto count = static_cast<std::uint64_t>(state.range(0));
  const bool known = state.range(1) != 0;
  const auto keys = filled(scratch, count);
  if (state.range(2) != 0) bench::must(keys->tidy());
  bench::Dice dice(1);
  for (auto _ : state) {
    const std::uint64_t n = dice.next() % count;
    if (bench::must(keys->find(key(known ? n : count + n))).has_value() != known) std::exit(1);
  }
  const KeptKeysFacts facts = keys->facts();
  state.counters["runs"] = static_cast<double>(facts.runs);
  state.counters["bytes_per_key"] = static_cast<double>(facts.bytes_on_disk) / static_cast<double>(facts.keys_on_disk);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(find)
    ->ArgNames({"keys", "known", "tidied"})
    ->ArgsProduct({{2'000'000, 10'000'000}, {0, 1}, {0, 1}})
    ->Iterations(200'000)
    ->UseRealTime();
