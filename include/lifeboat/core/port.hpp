// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <lifeboat/core/bytes.hpp>
#include <lifeboat/core/function_ref.hpp>
#include <lifeboat/core/result.hpp>

// The seam: the inside of the library sees these, never the policies.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The name of an object on a medium: components of [A-Za-z0-9._-], none starting with a dot, joined by '/', at most
/// 512 bytes in all and 128 in a component.
using ObjectName = std::string;

struct ObjectInfo {
  std::string_view name;
  std::uint64_t length = 0;
};

/// What a medium can do. A policy declares it, `open` proves it against the real store.
struct Capabilities {
  bool at_run_time = false;     ///< chosen at run time: compile-time rules answer "ask at open"
  bool put_if_absent = false;   ///< a second writer of one name is refused
  bool ranged_read = false;     ///< any part of an object can be read at any time
  bool remove = false;          ///< objects can be removed
  bool durable = false;         ///< what was committed survives a power cut
  bool write_once = false;      ///< what was committed can not be removed before its time
  bool sealed = false;          ///< what is stored can be read by key holders only
  unsigned readers_max = 1;     ///< calls on different objects at once
  unsigned failure_domains = 1; ///< independent copies
  std::uint64_t object_max = ~std::uint64_t{0};
  std::uint64_t part_min = 1;
};

struct CreateHint {
  std::uint64_t expected_length = 0;  ///< 0: not known
};

enum class Publish : std::uint8_t {
  if_absent,  ///< refuse with object_exists where the name is taken
  unique,     ///< the name holds random bits: no check is asked for
};

/// What a medium states about a committed object. `chunk_digests` holds SHA-256 per MiB as stored, only where a
/// decorator changed the bytes.
struct Receipt {
  std::uint64_t length = 0;
  Bytes chunk_digests;
};

/// One object being written, front to back. Destroyed without commit it leaves nothing visible.
struct ObjectWriter {
  virtual Status write(ByteView piece) = 0;            ///< at most 1 MiB a call
  virtual Result<Receipt> commit(Publish publish) = 0; ///< durable when it returns
  virtual ~ObjectWriter() = default;
};

/// A courtesy lock on a medium; released when destroyed or when its process ends.
struct MediumLock {
  bool proven = false;  ///< true where the medium enforces it against every process that can write there
  virtual ~MediumLock() = default;
};

/// What a medium says of itself for people.
struct MediumFacts {
  std::string url;              ///< as the program takes it ("disk:/backup")
  std::string device;           ///< names the failure domain as well as it is known; equal text: same device
  bool space_known = false;
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;
};

struct MediumPort {
  virtual Result<std::unique_ptr<ObjectWriter>> create(const ObjectName& name, CreateHint hint) = 0;
  /// Short only at the end of the object; object_missing where there is none.
  virtual Result<std::size_t> read(const ObjectName& name, std::uint64_t at, MutableBytes out) = 0;
  /// Objects whose names start with `prefix` and sort after `after`, in byte order, until the callback says false.
  virtual Status list(std::string_view prefix, std::string_view after, FunctionRef<bool(const ObjectInfo&)> each) = 0;
  virtual Status remove(std::span<const ObjectName> names) = 0;
  /// An exclusive lock by name; busy where another process holds it; null where the medium has none.
  virtual Result<std::unique_ptr<MediumLock>> lock(std::string_view name) = 0;
  virtual Result<MediumFacts> facts() = 0;
  virtual Capabilities capabilities() const noexcept = 0;
  virtual ~MediumPort() = default;
};

struct VerifierTraits {
  std::string_view name;       ///< as the program takes it ("sha256")
  std::uint16_t id = 0;        ///< as archives store it
  std::uint16_t size = 0;      ///< bytes of a digest
  bool cryptographic = false;
  bool keyed = false;
  bool at_run_time = false;    ///< chosen at run time: compile-time rules answer "ask at open"
};

/// One digest being computed. `finish` writes it and makes the state ready for the next.
struct HashPort {
  virtual Status update(ByteView data) = 0;
  virtual Status finish(MutableBytes out) = 0;
  virtual ~HashPort() = default;
};

/// A verifier as the inside sees it. Any thread may call it; a HashPort belongs to one thread at a time.
struct VerifierPort {
  virtual const VerifierTraits& traits() const noexcept = 0;
  /// Digests of the consecutive leaves of `data` (the last may be short), one after the other into `out`.
  virtual Status leaves(ByteView data, std::size_t leaf, MutableBytes out) const = 0;
  virtual Result<std::unique_ptr<HashPort>> begin() const = 0;
  virtual ~VerifierPort() = default;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
