// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include <lifeboat/adapter/xxhash.hpp>
#include <lifeboat/core/position.hpp>
#include <lifeboat/core/result.hpp>

// What is known of idempotency keys, as append_once asks it. Models: kept_keys.hpp (sorted runs on disk) and
// engine_keys.hpp (the engine's own lookup).
namespace lifeboat::inline LIFEBOAT_ABI {

/// Bytes of the longest key (record/roles.hpp).
inline constexpr std::size_t key_bytes_max = 62;

/// Tells a payment from another one that came with the same key.
using KeyContent = std::array<std::byte, 16>;

/// XXH3 (128 bits) of what a key stands for: a group's records, as they are encoded. No secret and no proof.
inline KeyContent content_of(ByteView records) noexcept {
  KeyContent content;
  xxh3_128(records, content.data());
  return content;
}

/// What is known of a key.
struct KnownKey {
  Position position;
  KeyContent content{};
  friend bool operator==(const KnownKey&, const KnownKey&) = default;
};

/// The known keys. Any thread may call.
///
/// Laws: what was learned is found, also after a crash if `covered` had reached its position; a key that can not be
/// looked up is an error, never unknown; a key that is learned twice keeps its first position.
struct KeysPort {
  /// What is known of a key; none: it was never learned, or fell below the retry horizon. May read the disk.
  /// Errors: usage (no key of 1 to 62 bytes), and what its model names.
  virtual Result<std::optional<KnownKey>> find(std::string_view key) = 0;
  /// Takes note of a key whose group is durable. Allocates nothing but where it spills. After an error `find` answers
  /// errors too, for what it does not know may be what could not be learned.
  virtual Status learn(std::string_view key, const KnownKey& known) = 0;
  /// The caller states that the keys of every group up to here were learned. Threads may learn in any order: what the
  /// highest key says is not it.
  virtual void cover(Position up_to) noexcept = 0;
  /// Every group up to here is known, and stays so after a crash: on start the journal is replayed from behind it, and
  /// what lies above is not pruned.
  [[nodiscard]] virtual Position covered() const noexcept = 0;
  /// Brings `covered` as far up as it can go: to what was told to `cover`, or to what the engine has applied. A journal
  /// that lets go of segments calls it. Errors: medium_full, medium_io, and what an engine answers.
  virtual Status save() { return ok(); }
  /// For how many groups a client may ask again: the key of an older one may be answered as never seen.
  [[nodiscard]] virtual std::uint64_t retry_groups() const noexcept { return ~std::uint64_t{0}; }
  virtual ~KeysPort() = default;
};

/// Refuses what is no key: usage.
template <class = void>
Status check_key(std::string_view key) {
  if (!key.empty() && key.size() <= key_bytes_max) return ok();
  return Error{ErrorId::usage, "a key has 1 to 62 bytes; this one has " + std::to_string(key.size())}.unchanged();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
