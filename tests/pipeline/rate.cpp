// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/pipeline.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/full.hpp>
#include <lifeboat/sync/no_sync.hpp>
#include <lifeboat/verifier/sha256.hpp>

#include <chrono>
#include <fstream>
#include <thread>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_rate {

using namespace lifeboat;
using Pipeline = DisasterRecoveryPipeline<Full, Memory, NoSync, Sha256>;

namespace {

/// A source of two large files and a few small ones, 800,000 bytes in all.
struct Slow {
  support::TempFolder folder;
  std::shared_ptr<MemoryStore> store = std::make_shared<MemoryStore>();

  Slow() {
    REQUIRE(::mkdir((folder / "source").c_str(), 0755) == 0);
    for (const char* name : {"large", "larger"}) std::ofstream(folder / "source/" + name) << std::string(300'000, 'l');
    for (int i = 0; i < 20; ++i) std::ofstream(folder / "source/" + std::to_string(i)) << std::string(10'000, 's');
  }
  Pipeline open(std::uint64_t bytes_per_second) {
    auto pipeline = Pipeline::open({.source = {.root = folder / "source"},
                                    .medium = {.store = store},
                                    .budgets = {.bytes_per_second = bytes_per_second},
                                    .state = folder / "state"});
    REQUIRE(pipeline);
    return std::move(*pipeline);
  }
};

template <class Verb>
std::chrono::nanoseconds time_of(Verb&& verb) {
  const auto began = std::chrono::steady_clock::now();
  const auto report = verb();
  const auto took = std::chrono::steady_clock::now() - began;
  INFO((report ? std::string() : report.error().sentence()));
  REQUIRE(report);
  return took;
}

}  // namespace

TEST_CASE("backup, verify and restore keep to their bytes per second") {
  Slow slow;
  Pipeline pipeline = slow.open(4'000'000);
  // The last read waits for all before it, and is of 300,000 bytes at most; in a verification, of one archive of two.
  constexpr auto least = std::chrono::milliseconds(500'000 / 4'000);
  CHECK(time_of([&] { return pipeline.backup(); }) >= least);
  CHECK(time_of([&] { return pipeline.restore({.target = slow.folder / "restored"}); }) >= least);
  REQUIRE(pipeline.backup());
  CHECK(time_of([&] { return pipeline.verify(); }) >= least);
}

TEST_CASE("a verb that waits for its rate is stopped at once") {
  Slow slow;
  {
    Pipeline pipeline = slow.open(0);
    REQUIRE(pipeline.backup());
    REQUIRE(pipeline.backup());
  }
  Pipeline pipeline = slow.open(1);  // days
  const auto stopped = [&](auto&& verb) {
    std::stop_source stop;
    const std::jthread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      stop.request_stop();
    });
    const auto report = verb(stop.get_token());
    REQUIRE(!report);
    CHECK(report.error().id() == ErrorId::interrupted);
  };
  stopped([&](std::stop_token token) { return pipeline.backup(std::move(token)); });
  stopped([&](std::stop_token token) { return pipeline.restore({.target = slow.folder / "r"}, std::move(token)); });
  stopped([&](std::stop_token token) { return pipeline.verify({}, std::move(token)); });
}

}  // namespace test_rate
