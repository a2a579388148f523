// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/invariants/amounts_within.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Of each key, at no moment is more refunded than was captured, in each currency. Which records capture and which
/// refund the engine says. Memory and errors: those of KeyedRows, 56 bytes a row, and as many for
/// each payment that is seen to begin where the groups do not come from the journal's beginning.
template <class = void>
class BasicRefundsWithinCaptured {
 public:
  static constexpr std::string_view name = "refunds-within-captured";

  explicit BasicRefundsWithinCaptured(PaymentRecords payments)
      : amounts_(std::move(payments.captured), std::move(payments.refunded), std::move(payments.authorised),
                 payments.from_start, std::move(payments.space)) {}

  Status see(const SeenGroup& group) { return amounts_.see(group); }
  Result<InvariantReport> finish() { return amounts_.finish(name, "refunded", "captured"); }

 private:
  AmountsWithin amounts_;
};
using RefundsWithinCaptured = BasicRefundsWithinCaptured<>;
static_assert(Invariant<RefundsWithinCaptured>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
