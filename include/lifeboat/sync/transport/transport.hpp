// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/engine_log.hpp>
#include <lifeboat/sync/sync.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// How a journal gets to its second copy.
///
/// Minimal definition: a movable class with
/// - `name`, `struct Config`, `static Result<T> open(Config, const std::string& journal)`;
/// - `static constexpr bool acknowledges`: whether the copy says what it has while the engine appends, so that an
///   append can wait for it (StandbyDurable); then `standby()` is a StandbyPort;
/// - `keeps_copy()`: whether there is one, that could go live;
/// - `ship(std::stop_token)`: brings the copy up to what is durable now, and says what went;
/// - `compare(std::stop_token)`: whether the copy equals the journal, up to where both go.
/// It may have a static `check(const Config&)`: what can be wrong before the journal is opened; and `keeps_part()`:
/// whether what it ships to is a part of the journal, which is no copy. It may have `reserve_with(SequenceCeiling*)`:
/// it keeps a ceiling at its copy (docs/failover.md, section 3), by reserve_ceiling.hpp, which the log holds to; null:
/// the log ends, and nothing more is reserved. And a static `take_back(const Config&, JournalEndPort&)`: its copy can
/// be asked for what the journal lost at its end. And `seed(MediumPort&, source, std::stop_token)`: where `ship`
/// answers object_missing, its copy takes what it lacks from the pipeline's medium.
///
/// Laws (lifeboat/testing/laws/transport.hpp runs them): what was shipped is durable at the copy, in order, each group
/// once, its chain proved on receipt; a pass over a copy that is in step ships nothing; another journal, or another
/// history of this one, is refused with both heads named; a ceiling that stands at the copy was held to here before.
///
/// Models: Embedded (a replica's folder), Tcp (another machine; a header of its own).
/// Errors: diverged, fenced, replica_strange, object_missing (the journal has let go of what the copy lacks),
/// medium_io.
template <class T>
concept Transport = std::movable<T> && requires {
  typename T::Config;
  { T::name } -> std::convertible_to<std::string_view>;
  { T::acknowledges } -> std::convertible_to<bool>;
} && requires(T& transport, typename T::Config config, const std::string& journal, std::stop_token stop) {
  { T::open(std::move(config), journal) } -> std::same_as<Result<T>>;
  { transport.keeps_copy() } -> std::convertible_to<bool>;
  { transport.standby() } -> std::convertible_to<StandbyPort*>;
  { transport.ship(stop) } -> std::same_as<Result<SyncReport>>;
  { transport.compare(stop) } -> std::same_as<Result<SyncVerdict>>;
};

/// Tells a transport that can keep a ceiling what to reserve from; null: the log ends.
template <Transport T>
void reserve_with(T& transport, SequenceCeiling* ceiling) noexcept {
  if constexpr (requires { transport.reserve_with(ceiling); }) transport.reserve_with(ceiling);
}

/// Asks the copy of a transport that can be asked for the end of a journal, then whoever is asked besides (null:
/// nobody).
template <Transport T>
class CopyTails final : public TornTailPort {
 public:
  CopyTails(const typename T::Config& config, TornTailPort* next) : config_(config), next_(next) {}

  void take_back(JournalEndPort& end) override {
    if constexpr (requires { T::take_back(config_, end); })
      if (const Status asked = T::take_back(config_, end); !asked) end.not_asked(asked.error());
    if (next_ != nullptr) next_->take_back(end);
  }
  Status torn(const TornTail& tail) override { return next_ != nullptr ? next_->torn(tail) : ok(); }
  void settled(const TornTail& tail) override {
    if (next_ != nullptr) next_->settled(tail);
  }

 private:
  const typename T::Config& config_;
  TornTailPort* next_;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
