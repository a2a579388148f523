// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/engine_keys.hpp>

#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "catch.hpp"

namespace test_engine_keys {

using namespace lifeboat;

namespace {

/// An engine with a table of its own, whose applied position stands in the transaction of the effects.
struct Engine {
  std::mutex mutex;
  std::map<std::string, KnownKey, std::less<>> table;
  Position applied;
  bool broken = false;

  void apply(const std::string& key, const KnownKey& known) {
    const std::lock_guard lock(mutex);
    table.emplace(key, known);
    applied = known.position;
  }
  auto lookup() {
    return [this](std::string_view key) -> Result<std::optional<KnownKey>> {
      const std::lock_guard lock(mutex);
      if (broken) throw std::runtime_error("connection lost");
      const auto found = table.find(key);
      return found == table.end() ? std::nullopt : std::optional(found->second);
    };
  }
  auto position() {
    return [this]() -> Result<Position> {
      const std::lock_guard lock(mutex);
      if (broken) throw std::runtime_error("connection lost");
      return applied;
    };
  }
};

std::string key(std::uint64_t n) { return "K-" + std::to_string(n); }
KnownKey known(std::uint64_t n) { return {{1, n}, content_of(as_bytes(key(n)))}; }

}  // namespace

TEST_CASE("a key is known from the moment it is learned, before and after the engine applied it") {
  Engine engine;
  engine.apply(key(1), known(1));
  const auto keys = engine_keys(engine.lookup(), engine.position(), 10);
  REQUIRE(keys);
  CHECK((*keys)->covered() == Position{1, 1});
  CHECK(*(*keys)->find(key(1)) == known(1));
  CHECK_FALSE((*keys)->find(key(2))->has_value());
  for (std::uint64_t n = 2; n <= 100; ++n) {
    REQUIRE((*keys)->learn(key(n), known(n)));
    CHECK(*(*keys)->find(key(n)) == known(n));
    if (n > 5) engine.apply(key(n - 4), known(n - 4));
    CHECK(*(*keys)->find(key(n - 1)) == known(n - 1));
    for (std::uint64_t back = n > 12 ? n - 12 : 1; back <= n; ++back)
      if (back == 1 || engine.table.contains(key(back)) || back > 5) CHECK((*keys)->find(key(back))->has_value());
  }
  (*keys)->cover({9, 9});  // what the engine applied is what counts
  REQUIRE((*keys)->save());  // what a journal asks for before it lets go of segments
  CHECK((*keys)->covered() == Position{1, 96});
}

TEST_CASE("an engine that falls too far behind is an error from then on, never a key that is forgotten") {
  Engine engine;
  const auto keys = engine_keys(engine.lookup(), engine.position(), 3);
  REQUIRE(keys);
  for (std::uint64_t n = 1; n <= 3; ++n) REQUIRE((*keys)->learn(key(n), known(n)));
  REQUIRE((*keys)->learn(key(3), known(3)));  // it is there already
  const Status fourth = (*keys)->learn(key(4), known(4));
  REQUIRE_FALSE(fourth);
  CHECK(fourth.error().id() == ErrorId::stopped);
  CHECK((*keys)->find(key(4)).error().id() == ErrorId::stopped);
  CHECK((*keys)->find(key(1)).error().id() == ErrorId::stopped);
}

TEST_CASE("what the engine throws is an error with its words") {
  Engine engine;
  const auto keys = engine_keys(engine.lookup(), engine.position(), 1);
  REQUIRE(keys);
  REQUIRE((*keys)->learn(key(1), known(1)));
  engine.broken = true;
  CHECK((*keys)->find(key(9)).error().id() == ErrorId::callback_threw);
  CHECK((*keys)->find(key(9)).error().sentence().find("connection lost") != std::string::npos);
  CHECK(*(*keys)->find(key(1)) == known(1));
  CHECK((*keys)->refresh().error().id() == ErrorId::callback_threw);
  CHECK((*keys)->learn(key(2), known(2)).error().id() == ErrorId::callback_threw);
  engine.broken = false;
  CHECK((*keys)->find(key(9)).error().id() == ErrorId::stopped);
  engine.broken = true;
  CHECK(engine_keys(engine.lookup(), engine.position()).error().id() == ErrorId::callback_threw);
  engine.broken = false;
  CHECK(engine_keys(engine.lookup(), engine.position(), 0).error().id() == ErrorId::config);
  CHECK((*engine_keys(engine.lookup(), engine.position()))->find("").error().id() == ErrorId::usage);
}

TEST_CASE("no key falls between the table and the engine while another thread applies") {
  Engine engine;
  const auto keys = engine_keys(engine.lookup(), engine.position(), 16);
  REQUIRE(keys);
  std::atomic<std::uint64_t> learned{0};
  std::atomic<bool> stop{false};
  std::thread applier([&] {
    for (std::uint64_t n = 1; !stop;)
      if (n <= learned) {
        engine.apply(key(n), known(n));
        ++n;
      } else {
        std::this_thread::yield();
      }
  });
  int wrong = 0;
  for (std::uint64_t n = 1; n <= 3'000; ++n) {
    while (true) {  // an engine that waits for itself, as one does that applies what it appended
      const std::lock_guard lock(engine.mutex);
      if (engine.applied.sequence + 12 > n) break;
    }
    if (!(*keys)->learn(key(n), known(n))) ++wrong;
    learned = n;
    for (std::uint64_t back = n > 20 ? n - 20 : 1; back <= n; ++back) {
      const auto found = (*keys)->find(key(back));
      if (!found || *found != known(back)) ++wrong;
    }
  }
  stop = true;
  applier.join();
  CHECK(wrong == 0);
}

}  // namespace test_engine_keys
