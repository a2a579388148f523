// SPDX-License-Identifier: BSL-1.0
// Every verifier: leaves of 4 KiB in batches and whole MiBs, called as a template and through the port that archives
// see. The two differ by what the seam costs.
#include <benchmark/benchmark.h>

#include <lifeboat/verifier/known.hpp>

#include "scratch.hpp"

using namespace lifeboat;

constexpr std::size_t length = 1U << 20U;
constexpr std::size_t leaf = 4096;

template <Verifier V>
struct Subject {
  Bytes data = bench::random_bytes(length, 1);
  Bytes out = Bytes(length / leaf * V::traits.size);
  V verifier = bench::must(V::open({}));
  std::unique_ptr<VerifierPort> port = bench::must(open_verifier_port<V>());

  void done(benchmark::State& state) const {
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(length));
  }
};

template <class V>
void leaves_templated(benchmark::State& state) {
  Subject<V> subject;
  const VerifierAdapter<V> adapter(std::move(subject.verifier));  // final: the call is direct
  for (auto _ : state) bench::must(adapter.leaves(subject.data, leaf, subject.out));
  subject.done(state);
}

template <class V>
void leaves_by_port(benchmark::State& state) {
  Subject<V> subject;
  for (auto _ : state) bench::must(subject.port->leaves(subject.data, leaf, subject.out));
  subject.done(state);
}

template <class V>
void mebibyte_templated(benchmark::State& state) {
  Subject<V> subject;
  auto hash = bench::must(subject.verifier.begin());
  for (auto _ : state) {
    bench::must(hash.update(subject.data));
    bench::must(hash.finish(subject.out));
  }
  subject.done(state);
}

template <class V>
void mebibyte_by_port(benchmark::State& state) {
  Subject<V> subject;
  const auto hash = bench::must(subject.port->begin());
  for (auto _ : state) {
    bench::must(hash->update(subject.data));
    bench::must(hash->finish(subject.out));
  }
  subject.done(state);
}

template <Verifier V>
bool measure() {
  const auto add = [](const char* what, void (*function)(benchmark::State&)) {
    const std::string name = std::string(V::traits.name) + "/" + what;
    benchmark::RegisterBenchmark(name.c_str(), function);
  };
  add("leaves/templated", leaves_templated<V>);
  add("leaves/port", leaves_by_port<V>);
  add("MiB/templated", mebibyte_templated<V>);
  add("MiB/port", mebibyte_by_port<V>);
  return true;
}

const bool measured =
    measure<Sha256>() && measure<Sha512_256>() && measure<Sm3>() && measure<Blake2b>() && measure<Xxh3>();
