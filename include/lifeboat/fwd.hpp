// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/version.hpp>

// The names of the pipeline and of every policy, and nothing else: for the headers of engines of many units.
namespace lifeboat::inline LIFEBOAT_ABI {

// Strategies: lifeboat/strategy/*.hpp
struct Full;
struct Incremental;
struct Differential;
template <class>
class BasicAnyStrategy;
using AnyStrategy = BasicAnyStrategy<void>;

// Media: lifeboat/medium/*.hpp
template <class>
class BasicDisk;
using Disk = BasicDisk<void>;
template <class>
class BasicMemory;
using Memory = BasicMemory<void>;
template <class>
class BasicAnyMedium;
using AnyMedium = BasicAnyMedium<void>;

// Syncs: lifeboat/sync/*.hpp
template <class>
class BasicNoSync;
using NoSync = BasicNoSync<void>;
template <class>
class BasicTimestampSync;
using TimestampSync = BasicTimestampSync<void>;
template <class>
class BasicEmbedded;
using Embedded = BasicEmbedded<void>;
template <class Transport>
class BasicLogSync;
using LogSync = BasicLogSync<Embedded>;

// Verifiers: lifeboat/verifier/*.hpp
template <class>
class EvpVerifier;
struct Sha256Algorithm;
struct Sha512_256Algorithm;
struct Sm3Algorithm;
struct Blake2bAlgorithm;
using Sha256 = EvpVerifier<Sha256Algorithm>;
using Sha512_256 = EvpVerifier<Sha512_256Algorithm>;
using Sm3 = EvpVerifier<Sm3Algorithm>;
using Blake2b = EvpVerifier<Blake2bAlgorithm>;
template <class>
class BasicXxh3;
using Xxh3 = BasicXxh3<void>;
template <class>
class BasicAnyVerifier;
using AnyVerifier = BasicAnyVerifier<void>;

// Sources: lifeboat/source/*.hpp
template <class>
class BasicDirectory;
using Directory = BasicDirectory<void>;
template <class State, class List>
class Engine;
template <class Source, class List>
class With;

// The record types of an engine: lifeboat/record/records.hpp
template <class...>
struct Records;

/// lifeboat/pipeline.hpp: five policies and nothing else; what decorates one nests inside it.
template <class Strategy, class Medium, class Sync, class Verifier, class Source = Directory>
class DisasterRecoveryPipeline;

}  // namespace lifeboat::inline LIFEBOAT_ABI
