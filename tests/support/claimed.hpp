// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/chain_append.hpp>
#include <lifeboat/core/clock.hpp>
#include <lifeboat/core/random.hpp>

#include "catch.hpp"

// Chains that say which epochs were claimed.
namespace support {

using namespace lifeboat;

/// Makes a repository on a medium where there is none, and enters that `epoch` goes on behind `after`.
inline void claim(MediumPort& medium, const std::string& source, std::uint64_t epoch, Position after,
                  std::uint64_t first) {
  SystemClock clock;
  SystemRandom random;
  if (!open_repository(medium)) REQUIRE(create_repository(medium, StructuralId::sha256, clock, random));
  const auto repository = open_repository(medium);
  REQUIRE(repository);
  auto chain = load_catalog(*repository, source);
  REQUIRE(chain);
  ChainEntry entry;
  entry.kind = EntryKind::epoch;
  entry.epoch = epoch;
  entry.begins = {after, first};
  entry.clock = clock.now();
  entry.configuration.size = structural_size;
  const Status done = append_entry(*repository, *chain, entry, [](const Catalog&) { return ok(); });
  INFO((done ? std::string() : done.error().sentence()));
  REQUIRE(done);
  REQUIRE(entry.epoch == epoch);
}

}  // namespace support
