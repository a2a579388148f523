// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/failover/standby.hpp>
#include <lifeboat/journal/replay.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A state that takes groups by the types of its records, as a Standby feeds it: `StandbyState<Records<Payment>,
/// Ledger> follows(ledger)`. Everything is applied as Replaying. Errors: as replay.
template <class List, class State>
class StandbyState final : public StatePort {
 public:
  static_assert(AppliesGroups<State, List>,
                "lifeboat: a state that follows has `Status apply(const Records<...>::Group&, Position, Applying)`");

  /// The state outlives this.
  explicit StandbyState(State& state) noexcept : state_(state) {}

  Status apply(const JournalGroup& group, const SegmentHeader& segment) override {
    return replay_group<List>(state_, decoder_, group, segment, records_);
  }
  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }

 private:
  State& state_;
  GroupDecoder<List> decoder_;
  std::uint64_t records_ = 0;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
