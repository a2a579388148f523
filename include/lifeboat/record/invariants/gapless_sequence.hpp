// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/invariant.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Sequences count by one within an epoch; a new epoch goes on at the next number or higher, never lower. Rows are
/// groups; records are not looked at. One comparison a group.
template <class = void>
class BasicGaplessSequence {
 public:
  static constexpr std::string_view name = "gapless-sequence";
  static constexpr bool speaks_of_groups = true;

  /// `after`: the position that the first group must follow; none: it may be any.
  explicit BasicGaplessSequence(std::optional<Position> after = {}) noexcept : last_(after) {}

  Status see(const SeenGroup& group) {
    tally_.rows();
    const Position now = group.position;
    if (last_ && !follows(*last_, now))
      tally_.fails(now, [&] {
        return "it comes right after " + to_text(*last_) + (lower(now) ? ", which is not lower" : ": there is a gap");
      });
    last_ = now;
    return ok();
  }
  Result<InvariantReport> finish() { return tally_.report(name); }

 private:
  static bool follows(Position last, Position now) noexcept {
    if (now.epoch == last.epoch) return now.sequence == last.sequence + 1;
    return now.epoch > last.epoch && now.sequence > last.sequence;
  }
  [[nodiscard]] bool lower(Position now) const noexcept {
    return now.epoch < last_->epoch || now.sequence <= last_->sequence;
  }

  std::optional<Position> last_;
  InvariantTally tally_;
};
using GaplessSequence = BasicGaplessSequence<>;
static_assert(Invariant<GaplessSequence>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
