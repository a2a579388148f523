// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>

#include <lifeboat/core/port.hpp>

// A medium keeps objects: bytes under a name, written once from front to back, never changed.
//
// Minimal definition: `Config`, `name`, `capabilities`, `open`, `create`, `read`, `list`. Optional members are found
// where a model has them: `remove`, `lock`, `facts`, `actual_capabilities` (MediumAdapter answers for those without).
//
// Laws (lifeboat/testing/laws/medium.hpp runs them):
//  - What was committed reads back byte for byte, at any offset, also by who opens the store later. A read is short
//    only at the object's end, and of an object that is not there fails with object_missing.
//  - An object is visible to nobody before commit, and to everybody after it. A writer destroyed without commit, or
//    whose write or commit failed, leaves nothing visible.
//  - With `put_if_absent`, of all who commit one name with Publish::if_absent exactly one succeeds; the others get
//    object_exists and the object is the winner's.
//  - `list` gives each object once, with its length, in byte order of the whole name, those that start with `prefix`
//    and sort after `after`, until the callback answers false.
//  - What was removed is gone for everybody; to remove what is not there succeeds.
//  - With `durable`, what `commit` and `remove` answered survives a power cut.
//  - What is no object's name (core/object_name.hpp) is refused with object_name; MediumAdapter does that for every
//    model. No object's name is the folder of another's: where "a" is an object, "a/b" may be refused.
//
// Threads: calls on different objects may come from `readers_max` threads at once, calls on one writer from one.
//
// Models: Disk, Memory, AnyMedium (chosen by URL at run time), testing::FaultyMedium (a decorator that fails on order).
//
// Errors: medium_missing, medium_strange, medium_full, medium_io, object_exists, object_missing, object_name,
// capability_missing, foreign_owner, busy, limit.
namespace lifeboat::inline LIFEBOAT_ABI {

/// One object being written by a model; movable, destroyed without commit = aborted.
template <class W>
concept MediumWriter = std::movable<W> && requires(W& writer, ByteView piece, Publish publish) {
  { writer.write(piece) } -> std::same_as<Status>;
  { writer.commit(publish) } -> std::same_as<Result<Receipt>>;
};

/// A Result that holds a MediumWriter.
template <class R>
concept ResultOfWriter = std::same_as<R, Result<typename R::value_type>> && MediumWriter<typename R::value_type>;

template <class M>
concept Medium = std::movable<M> && requires {
  typename M::Config;
  { M::capabilities } -> std::convertible_to<Capabilities>;
  { M::name } -> std::convertible_to<std::string_view>;
} && requires(M& medium, typename M::Config config, const ObjectName& name, MutableBytes out, std::string_view text,
              FunctionRef<bool(const ObjectInfo&)> each) {
  { M::open(std::move(config)) } -> std::same_as<Result<M>>;
  { medium.create(name, CreateHint{}) } -> ResultOfWriter;
  { medium.read(name, std::uint64_t{}, out) } -> std::same_as<Result<std::size_t>>;
  { medium.list(text, text, each) } -> std::same_as<Status>;
};

/// A medium that objects can be removed from and read anywhere: what tape is not.
template <class M>
concept RandomAccessMedium = Medium<M> && Capabilities {
  M::capabilities
}
.ranged_read&& requires(M& medium, std::span<const ObjectName> names) {
  { medium.remove(names) } -> std::same_as<Status>;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
