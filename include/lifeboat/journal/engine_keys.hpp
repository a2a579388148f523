// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <memory>
#include <mutex>
#include <utility>

#include <lifeboat/core/guard.hpp>
#include <lifeboat/core/random.hpp>
#include <lifeboat/journal/key_table.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The known keys as the engine's own tables have them. `Lookup` answers what the engine knows of a key, `Applied` the
/// position up to which it has applied the journal, stored in the transaction of the effects. What is durable and not
/// applied yet is remembered here, so that no key falls between the two.
template <class Lookup, class Applied>
requires std::is_invocable_r_v<Result<std::optional<KnownKey>>, Lookup&, std::string_view>&&
    std::is_invocable_r_v<Result<Position>, Applied&> class EngineKeys final : public KeysPort {
 public:
  /// Both are called from any thread, and may throw. `ahead`: how many keys may be durable and not applied.
  /// Errors: config, callback_threw, and what `applied` answers.
  static Result<std::unique_ptr<EngineKeys>> open(Lookup lookup, Applied applied, std::size_t ahead = 1U << 16U) {
    if (ahead == 0) return Error{ErrorId::config, "an engine may be at least one key behind its journal"}.unchanged();
    std::unique_ptr<EngineKeys> keys(new EngineKeys(std::move(lookup), std::move(applied), ahead));
    LIFEBOAT_TRY(keys->covered_, keys->ask_applied());
    return keys;
  }

  /// Errors: usage, callback_threw, stopped (a key could not be learned), and what the engine answers.
  Result<std::optional<KnownKey>> find(std::string_view key) override {
    LIFEBOAT_CHECK(check_key(key));
    {
      const std::lock_guard lock(mutex_);
      if (incomplete_) return behind();
      if (const KeyEntry* entry = recent_.find(key)) return std::optional(entry->known);
    }
    // What left the table was applied before, so that the engine knows it now.
    return guarded("the engine's lookup of keys", [&]() -> Result<std::optional<KnownKey>> { return lookup_(key); });
  }

  /// Errors: usage, stopped where the engine is too far behind, and what `applied` answers.
  Status learn(std::string_view key, const KnownKey& known) override {
    LIFEBOAT_CHECK(check_key(key));
    const std::lock_guard lock(mutex_);
    if (recent_.full() && recent_.find(key) == nullptr) {
      auto applied = ask_applied();
      if (applied) {
        if (*applied > covered_) covered_ = *applied;
        recent_.keep_above(covered_);
      }
      if (!applied || recent_.full()) {
        incomplete_ = true;
        return applied ? Status(behind()) : Status(std::move(applied).error());
      }
    }
    recent_.learn(key, known);
    return ok();
  }

  /// Nothing: what the engine has applied is what counts.
  void cover(Position) noexcept override {}
  /// Asks the engine again: what it has applied stands in its own tables. Errors: as `refresh`.
  Status save() override { return refresh(); }
  /// What the engine had applied when it was asked last.
  [[nodiscard]] Position covered() const noexcept override {
    const std::lock_guard lock(mutex_);
    return covered_;
  }
  /// Asks the engine again. Errors: callback_threw, and what `applied` answers.
  Status refresh() {
    LIFEBOAT_TRY(const Position applied, ask_applied());
    const std::lock_guard lock(mutex_);
    if (applied > covered_) covered_ = applied;
    return ok();
  }

 private:
  EngineKeys(Lookup lookup, Applied applied, std::size_t ahead)
      : lookup_(std::move(lookup)), applied_(std::move(applied)), recent_(ahead, random_seed()) {}

  /// Nobody can choose keys that fall together.
  static std::uint64_t random_seed() {
    std::byte seed[8];
    SystemRandom().fill(seed);
    return load_le<std::uint64_t>(seed);
  }

  Result<Position> ask_applied() {
    return guarded("the engine's applied position", [&]() -> Result<Position> { return applied_(); });
  }
  Error behind() const {
    return Error{ErrorId::stopped, "the engine has applied its journal up to " + std::to_string(covered_.epoch) + ":" +
                                       std::to_string(covered_.sequence) + ", and more keys are durable than may wait"}
        .next("open the keys again when the engine has applied its journal")
        .unchanged();
  }

  Lookup lookup_;
  Applied applied_;
  mutable std::mutex mutex_;
  KeyTable recent_;
  Position covered_;
  bool incomplete_ = false;
};

/// Deduces the two callables.
template <class Lookup, class Applied>
Result<std::unique_ptr<EngineKeys<Lookup, Applied>>> engine_keys(Lookup lookup, Applied applied,
                                                                 std::size_t ahead = 1U << 16U) {
  return EngineKeys<Lookup, Applied>::open(std::move(lookup), std::move(applied), ahead);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
