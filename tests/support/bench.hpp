// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/archive_reader.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/pipeline/core.hpp>
#include <lifeboat/strategy/any.hpp>
#include <lifeboat/testing/fake_clock.hpp>
#include <lifeboat/testing/faulty_medium.hpp>
#include <lifeboat/verifier/known.hpp>

#include "catch.hpp"
#include "support/scripted_source.hpp"

namespace support {

using namespace lifeboat;

/// A scripted source and a repository in memory, with a clock that stands where it is put.
struct Bench {
  std::shared_ptr<MemoryStore> store = std::make_shared<MemoryStore>();
  std::shared_ptr<testing::FaultScript> script = std::make_shared<testing::FaultScript>();
  testing::FakeClock clock;
  ScriptedSource* source = nullptr;
  std::unique_ptr<Core> core;

  explicit Bench(const std::string& strategy = "incremental", const std::string& verifier = "sha256") {
    clock.set_wall({2'000'000'000, 0});
    Parts parts;
    parts.medium = std::move(*open_medium<testing::FaultyMedium<Memory>>({{store}, script}));
    parts.verifier = std::move(*open_verifier_by_name(verifier));
    parts.strategy = std::make_unique<StrategyAdapter<AnyStrategy>>(std::move(*AnyStrategy::open({strategy})));
    auto scripted = std::make_unique<ScriptedSource>();
    source = scripted.get();
    parts.source = std::move(scripted);
    parts.source_id = "s";
    parts.environment.clock = &clock;
    parts.volume_length = 64 * 1024;
    core = std::make_unique<Core>(std::move(parts));
    REQUIRE(core->open());
  }

  BackupReport backup() {
    clock.pass_seconds(60);
    auto report = core->backup({}, false, {});
    INFO((report ? std::string() : report.error().sentence()));
    REQUIRE(report);
    return std::move(*report);
  }

  ManifestEntry entry(const BackupReport& report, const std::string& path) {
    auto reader = ArchiveReader::open(core->repository(), "s", report.record.facts);
    REQUIRE(reader);
    auto walk = (*reader)->walk();
    REQUIRE(walk);
    const auto found = (*walk)->cursor.find(path);
    REQUIRE(found);
    REQUIRE(*found);
    return (*walk)->cursor.current();
  }
  bool holds(const BackupReport& report, const std::string& path) {
    auto reader = ArchiveReader::open(core->repository(), "s", report.record.facts);
    REQUIRE(reader);
    auto walk = (*reader)->walk();
    REQUIRE(walk);
    const auto found = (*walk)->cursor.find(path);
    REQUIRE(found);
    return *found;
  }
};

inline std::string noise(std::size_t size, unsigned seed) {
  std::string text(size, '\0');
  std::uint32_t x = seed * 2654435761U + 1;
  for (char& c : text) {
    x = x * 1664525U + 1013904223U;
    c = static_cast<char>(x >> 24U);
  }
  return text;
}

}  // namespace support
