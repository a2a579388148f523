// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <time.h>

#include <utility>

#include <lifeboat/source/source.hpp>
#include <lifeboat/source/source_id.hpp>
#include <lifeboat/source/state_tree.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The state of an engine, as a source: one file, `state`, that the state saves itself (record/saved_state.hpp). The
/// cut is frozen, at the position that `save` gives: a restored state goes on with the groups of the journal behind it.
///
/// `freeze` saves, on the thread that calls it, into memory or a temporary file; from then on the engine goes on, and
/// what was saved is read. A scan without a freeze saves for itself.
template <class State, class List>
class Engine;

template <class State, class... R>
class Engine<State, Records<R...>> {
  static_assert(EngineState<State>,
                "lifeboat: the state of an Engine has `Result<Position> save(StateWriter&)` and `Status "
                "load(StateReader&)` (lifeboat/record/engine_state.hpp)");

 public:
  using state_type = State;
  using records_type = Records<R...>;

  struct Config {
    std::string id{};        ///< names it on a medium; required
    State* state = nullptr;  ///< required; outlives the source
    StateSpace space{};
  };

  static constexpr std::string_view name = "engine";

  /// Errors: config (no state), source_id.
  static Result<Engine> open(Config config) {
    if (config.state == nullptr) return Error{ErrorId::config, "an Engine has a state: Config::state"}.unchanged();
    LIFEBOAT_CHECK(check_source_id(config.id));
    return Engine(std::move(config));
  }

  [[nodiscard]] const std::string& id() const noexcept { return config_.id; }

  Result<SourceFacts> facts() const {
    SourceFacts facts;
    facts.id = config_.id;
    facts.url = "engine:" + config_.id;
    facts.used_bytes = saved_bytes_;
    return facts;
  }

  /// Saves the state. Errors: the state's own, callback_threw, limit, medium_full, state_folder.
  Result<Cut> freeze() {
    LIFEBOAT_TRY(frozen_, save());
    return Cut{CutKind::frozen, true, frozen_->position()};
  }
  void thaw() noexcept { frozen_.reset(); }

  Status scan(EntrySink& sink, std::stop_token stop) {
    if (frozen_ != nullptr) return scan_state(frozen_, changed_, sink, stop);
    LIFEBOAT_TRY(const std::shared_ptr<const SavedState> saved, save());
    return scan_state(saved, changed_, sink, stop);
  }

 private:
  explicit Engine(Config config) noexcept : config_(std::move(config)) {}

  /// The file's time moves when its bytes do.
  Result<std::shared_ptr<const SavedState>> save() {
    LIFEBOAT_TRY(std::shared_ptr<const SavedState> saved, SavedState::of(*config_.state, config_.space));
    if (saved_bytes_ == 0 || saved->digest() != digest_ || saved->position() != position_) {
      timespec now{};
      (void)::clock_gettime(CLOCK_REALTIME, &now);
      changed_ = {static_cast<std::int64_t>(now.tv_sec), static_cast<std::uint32_t>(now.tv_nsec)};
    }
    digest_ = saved->digest();
    position_ = saved->position();
    saved_bytes_ = saved->size();
    return saved;
  }

  Config config_;
  std::shared_ptr<const SavedState> frozen_;
  std::array<std::byte, xxh3_size> digest_{};  ///< of the last save
  Position position_;
  std::uint64_t saved_bytes_ = 0;
  Timestamp changed_;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
