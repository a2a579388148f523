// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mutex>
#include <utility>

#include <lifeboat/core/environment.hpp>
#include <lifeboat/core/fork_guard.hpp>
#include <lifeboat/core/random.hpp>
#include <lifeboat/journal/key_folder.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// How the known keys are kept.
struct KeptKeysConfig {
  std::string folder{};             ///< made where it is not there, none above it
  std::uint64_t retry_groups = 0;   ///< required: keys of the last so many groups never go; UINT64_MAX: none ever does
  std::size_t memory = 16U << 20U;  ///< for the keys that are not on the disk yet; at least 64 KiB
  RandomPort* random = nullptr;     ///< null: the machine's
};

/// What there is of kept keys.
struct KeptKeysFacts {
  std::uint64_t keys_on_disk = 0;  ///< one that is in two runs counts twice
  std::uint64_t bytes_on_disk = 0;
  std::size_t runs = 0;
  Position covered;
  Position horizon;  ///< keys of groups below it may be gone
};

/// The known keys in sorted runs on disk (docs/keys.md), with bounded memory. All of it can be made again from the
/// journal. One process per folder, any thread of it, no thread of its own: the `learn` that finds the memory full
/// writes a run, and others go on meanwhile. Call `tidy` from time to time from a thread that may wait.
template <class = void>
class BasicKeptKeys final : public KeysPort {
 public:
  /// Errors: config, busy, corrupt (naming the run), format_version, medium_io, medium_full.
  static Result<std::unique_ptr<BasicKeptKeys>> open(const KeptKeysConfig& config) {
    if (config.folder.empty()) return Error{ErrorId::config, "kept keys need a folder"}.unchanged();
    if (config.retry_groups == 0)
      return Error{ErrorId::config, "kept keys need retry_groups: for how many groups a client may ask again"}
          .unchanged();
    if (config.memory < (64U << 10U))
      return Error{ErrorId::config, "kept keys need 64 KiB of memory or more"}.unchanged();
    SystemRandom own;
    RandomPort& random = config.random != nullptr ? *config.random : own;
    LIFEBOAT_TRY(KeyFolder folder, KeyFolder::open(config.folder, random));
    return std::unique_ptr<BasicKeptKeys>(new BasicKeptKeys(config, std::move(folder), random));
  }

  Result<std::optional<KnownKey>> find(std::string_view key) override {
    LIFEBOAT_CHECK(check_key(key));
    LIFEBOAT_CHECK(guard_.check("the known keys"));
    std::optional<KnownKey> best;
    const auto first = [&](const KnownKey& known) {
      if (!best || known.position < best->position) best = known;
    };
    KeyFolder::Runs runs;
    {
      const std::lock_guard lock(mutex_);
      if (incomplete_) return incomplete();
      for (const KeyTable* table : {active_.get(), frozen_.get()})
        if (const KeyEntry* entry = table->find(key)) first(entry->known);
      runs = runs_;
    }
    const std::uint64_t hash = key_hash(key, seed_);
    for (const auto& run : *runs) {
      LIFEBOAT_TRY(const std::optional<KnownKey> known, run->find(key, hash));
      if (known) first(*known);
    }
    return best;
  }

  Status learn(std::string_view key, const KnownKey& known) override {
    LIFEBOAT_CHECK(check_key(key));
    LIFEBOAT_CHECK(guard_.check("the known keys"));
    while (true) {
      {
        const std::lock_guard lock(mutex_);
        if (!active_->full() || active_->find(key) != nullptr) {
          active_->learn(key, known);
          return ok();
        }
      }
      if (Status spilled = spill(false); !spilled) {
        const std::lock_guard lock(mutex_);
        incomplete_ = true;
        incomplete_because_ = spilled.error().system_error();
        return spilled;
      }
    }
  }

  void cover(Position up_to) noexcept override {
    const std::lock_guard lock(mutex_);
    if (up_to > told_) told_ = up_to;
  }
  [[nodiscard]] std::uint64_t retry_groups() const noexcept override { return retry_groups_; }
  [[nodiscard]] Position covered() const noexcept override {
    const std::lock_guard lock(mutex_);
    return covered_;
  }

  /// Writes what is in memory to the disk.
  Status save() override {
    LIFEBOAT_CHECK(guard_.check("the known keys"));
    return spill(true);
  }

  /// Merges runs until their number is logarithmic, and lets the keys of groups below `forget_below` go where they meet
  /// a merge or fill a run, but for those of the last `retry_groups` groups. Reads and writes up to all of them.
  /// Errors: corrupt, medium_full, medium_io; the runs stay as they were.
  Status tidy(Position forget_below = {}) {
    LIFEBOAT_CHECK(guard_.check("the known keys"));
    const std::lock_guard one(merging_);
    return merge(forget_below);
  }

  /// Reads all runs. Errors: corrupt, naming the run; medium_io.
  Status verify() {
    KeyFolder::Runs runs;
    {
      const std::lock_guard lock(mutex_);
      runs = runs_;
    }
    for (const auto& run : *runs) LIFEBOAT_CHECK(verify_run(run, seed_));
    return ok();
  }

  [[nodiscard]] KeptKeysFacts facts() const {
    const std::lock_guard lock(mutex_);
    KeptKeysFacts facts{0, 0, runs_->size(), covered_, horizon_};
    for (const auto& run : *runs_) {
      facts.keys_on_disk += run->info().keys;
      facts.bytes_on_disk += run->info().pages() * key_page_bytes;
    }
    return facts;
  }

 private:
  /// Above so many runs `learn` merges where nobody called `tidy`.
  static constexpr std::size_t runs_before_learn_merges = 32;

  /// In memory a key takes its entry, its slots, and once its place in the order of a spill.
  static std::size_t capacity_of(std::size_t memory) noexcept {
    return memory / (2 * KeyTable::bytes_per_key + sizeof(std::pair<std::uint64_t, const KeyEntry*>));
  }

  BasicKeptKeys(const KeptKeysConfig& config, KeyFolder folder, RandomPort& random)
      : retry_groups_(config.retry_groups), folder_(std::move(folder)) {
    std::uint64_t seed = 0;
    random.fill({reinterpret_cast<std::byte*>(&seed), sizeof seed});
    const std::size_t capacity = capacity_of(config.memory);
    active_ = std::make_unique<KeyTable>(capacity, seed);
    frozen_ = std::make_unique<KeyTable>(capacity, seed);
    order_.reserve(capacity);
    runs_ = folder_.runs();
    told_ = covered_ = folder_.set().covered;
    horizon_ = folder_.set().horizon;
    seed_ = folder_.set().seed;
  }

  Error incomplete() const {
    return Error{ErrorId::stopped, "a key could not be learned, so the known keys are not all there"}
        .because(incomplete_because_)
        .next("open them again, and replay the journal from what they cover")
        .unchanged();
  }

  /// Makes a run of the keys in memory: all that were learned, or only where there is no room.
  Status spill(bool all) {
    {
      const std::lock_guard one(spilling_);
      {
        const std::lock_guard lock(mutex_);
        if (!freezing_) {  // else the last attempt failed, and is made again
          if (!all && !active_->full()) return ok();
          if (active_->empty() && told_ == covered_) return ok();
          std::swap(active_, frozen_);
          freezing_ = true;
          freezing_told_ = told_;
        }
      }
      std::shared_ptr<const KeyRun> run;
      if (!frozen_->empty()) {
        LIFEBOAT_TRY(run, write_frozen());
      }
      const std::lock_guard publishing(publishing_);
      LIFEBOAT_CHECK(folder_.add(run, freezing_told_));
      const std::lock_guard lock(mutex_);
      runs_ = folder_.runs();
      covered_ = freezing_told_;
      frozen_->clear();
      freezing_ = false;
    }
    const std::unique_lock one(merging_, std::try_to_lock);
    if (one.owns_lock() && facts().runs > runs_before_learn_merges)
      (void)merge({}).has_value();  // nothing is lost where it fails: the next one tries again, and tidy tells why
    return ok();
  }

  Result<std::shared_ptr<const KeyRun>> write_frozen() {
    order_.clear();
    for (const KeyEntry& entry : frozen_->entries()) order_.emplace_back(key_hash(entry.key(), seed_), &entry);
    std::sort(order_.begin(), order_.end(), [](const auto& a, const auto& b) {
      return key_before(a.first, a.second->key(), b.first, b.second->key());
    });
    LIFEBOAT_TRY(KeyRunWriter writer, begin_run());
    for (const auto& [hash, entry] : order_) LIFEBOAT_CHECK(writer.put(*entry, hash));
    return writer.finish();
  }

  Result<KeyRunWriter> begin_run() {
    const std::lock_guard publishing(publishing_);
    return folder_.begin_run();
  }

  [[nodiscard]] bool gone(Position position, Position horizon, Position covered) const noexcept {
    // Sequences may go on or begin anew in a later epoch: what is recent by either reading stays.
    return position < horizon && covered.sequence >= retry_groups_ &&
           position.sequence <= covered.sequence - retry_groups_;
  }

  Status merge(Position forget_below) {
    KeyFolder::Runs runs;
    Position horizon;
    Position covered;
    {
      const std::lock_guard lock(mutex_);
      if (forget_below > horizon_) horizon_ = forget_below;
      runs = runs_;
      horizon = horizon_;
      covered = covered_;
    }
    const auto is_gone = [&](Position position) { return gone(position, horizon, covered); };
    for (const auto& run : *runs)
      if (run->info().low.epoch == run->info().high.epoch && is_gone(run->info().high))
        LIFEBOAT_CHECK(replace({run}, nullptr, horizon));
    {
      const std::lock_guard lock(mutex_);
      runs = runs_;
    }
    const std::size_t from = first_to_merge(*runs);
    if (runs->size() - from < 2) return ok();
    const std::vector<std::shared_ptr<const KeyRun>> merged(runs->begin() + static_cast<std::ptrdiff_t>(from),
                                                            runs->end());
    LIFEBOAT_TRY(KeyRunWriter writer, begin_run());
    LIFEBOAT_CHECK(merge_runs(merged, seed_, is_gone, writer));
    std::shared_ptr<const KeyRun> run;
    if (!writer.empty()) {
      LIFEBOAT_TRY(run, writer.finish());
    }
    return replace(merged, run, horizon);
  }

  /// From which run on they are merged: those left are each more than twice as large as all newer ones together.
  static std::size_t first_to_merge(const std::vector<std::shared_ptr<const KeyRun>>& runs) noexcept {
    std::size_t from = runs.size();
    std::uint64_t sum = 0;
    for (std::size_t i = runs.size(); i-- > 0;) {
      if (runs[i]->info().keys <= 2 * sum || from == runs.size()) from = i;
      sum += runs[i]->info().keys;
    }
    return from;
  }

  Status replace(const std::vector<std::shared_ptr<const KeyRun>>& old, const std::shared_ptr<const KeyRun>& by,
                 Position horizon) {
    const std::lock_guard publishing(publishing_);
    LIFEBOAT_CHECK(folder_.replace(old, by, horizon));
    const std::lock_guard lock(mutex_);
    runs_ = folder_.runs();
    return ok();
  }

  std::uint64_t retry_groups_;
  std::uint64_t seed_ = 0;  ///< of the hashes that runs are in the order of
  ForkGuard guard_;
  std::mutex merging_;     ///< taken first
  std::mutex spilling_;    ///< order_, and what is in frozen_
  std::mutex publishing_;  ///< folder_
  KeyFolder folder_;
  std::vector<std::pair<std::uint64_t, const KeyEntry*>> order_;

  mutable std::mutex mutex_;  ///< all below; taken last, never held over I/O
  std::unique_ptr<KeyTable> active_;
  std::unique_ptr<KeyTable> frozen_;  ///< is being written to the disk
  KeyFolder::Runs runs_;
  Position told_;
  Position covered_;
  Position horizon_;
  Position freezing_told_;
  bool freezing_ = false;
  bool incomplete_ = false;
  int incomplete_because_ = 0;
};
using KeptKeys = BasicKeptKeys<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
