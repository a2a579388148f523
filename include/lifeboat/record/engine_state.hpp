// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>

#include <lifeboat/core/position.hpp>
#include <lifeboat/record/records.hpp>
#include <lifeboat/record/state_stream.hpp>

// The state of an engine is what its records add up to: it is saved whole, loaded whole, and brought up to date by the
// groups behind it.
//
// Minimal definition: `save` writes all of it and gives the position of the last group that is in it; `load`, on a new
// one, reads that back (the position is `reader.position()`); `apply` takes a group in, and is asked for by replays
// alone (journal/replay.hpp).
//
// Laws (lifeboat/testing/laws/state.hpp runs them):
//  - The same state saves the same bytes: nothing of addresses, hashes' order or the clock is in them.
//  - `load` reads all that `save` wrote, and what was loaded saves the same bytes and position.
//  - Loading and then applying what lies behind equals replaying from nothing, by the digest of `save`.
//  - The position that `save` gives is that of the last group that was applied.
//  - Under Replaying nothing outside is called: no message is sent, no file written.
//
// `save` is called by the thread that takes the backup: the state makes itself stand still for it, if it must. A `load`
// or an `apply` that fails leaves a state that nobody uses.
//
// Errors: the state's own; callback_threw.
namespace lifeboat::inline LIFEBOAT_ABI {

template <class S>
concept EngineState = requires(S& state, StateWriter& writer, StateReader& reader) {
  { state.save(writer) } -> std::same_as<Result<Position>>;
  { state.load(reader) } -> std::same_as<Status>;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
