// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <stop_token>
#include <string_view>

#include <lifeboat/source/port.hpp>

// A source is what is protected: a tree of entries that can be looked at again and again.
//
// Minimal definition: `Config`, `name`, `open`, `facts`, `freeze`, `thaw`, `scan`. Optional members are found where a
// model has them: `flush`, `kept` (SourceAdapter answers for those without).
//
// Laws (lifeboat/testing/laws/source.hpp runs them):
//  - A scan tells the root (path "", a directory) first, then every path once, in the order of compare_paths, and a
//    folder before what it holds.
//  - Two scans of a source that did not change tell the same, and the contents read the same bytes.
//  - The handle of an entry serves it after the scan has gone on, from any one thread at a time. Its segments lie in
//    order within the file, and what lies between reads as zeros.
//  - The target of a hard link is a file that was told before.
//  - What is there and can not be read is told as unreadable, never left out. A stop is obeyed; the sink's error ends
//    the scan and comes back as it was.
//  - `facts` gives a valid id (source/source_id.hpp), the same each time.
//  - `thaw` may be called without `freeze`, and twice.
//
// `freeze` says how consistent what is read from now on will be; with a position, every append up to it is visible
// and none after it. It lasts at most the source's own budget and ends by itself; `kept`, asked when the last byte was
// read and before `thaw`, says what became of the promise.
//
// Models: Directory. Errors: source_missing, source_unreadable, freeze_failed, callback_threw, interrupted, limit.
namespace lifeboat::inline LIFEBOAT_ABI {

template <class S>
concept Source = std::movable<S> && requires {
  typename S::Config;
  { S::name } -> std::convertible_to<std::string_view>;
} && requires(S& source, typename S::Config config, EntrySink& sink, std::stop_token stop) {
  { S::open(std::move(config)) } -> std::same_as<Result<S>>;
  { source.facts() } -> std::same_as<Result<SourceFacts>>;
  { source.freeze() } -> std::same_as<Result<Cut>>;
  { source.thaw() }
  noexcept->std::same_as<void>;
  { source.scan(sink, stop) } -> std::same_as<Status>;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
