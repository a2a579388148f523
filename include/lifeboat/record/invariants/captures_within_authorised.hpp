// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/invariants/amounts_within.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Of each key, at no moment is more captured than was authorised, in each currency. Which records authorise and which
/// capture the engine says. Memory and errors: those of KeyedRows, 56 bytes a row, and as many for
/// each payment that is seen to begin where the groups do not come from the journal's beginning.
template <class = void>
class BasicCapturesWithinAuthorised {
 public:
  static constexpr std::string_view name = "captures-within-authorised";

  explicit BasicCapturesWithinAuthorised(PaymentRecords payments)
      : amounts_(std::move(payments.authorised), std::move(payments.captured), {}, payments.from_start,
                 std::move(payments.space)) {}

  Status see(const SeenGroup& group) { return amounts_.see(group); }
  Result<InvariantReport> finish() { return amounts_.finish(name, "captured", "authorised"); }

 private:
  AmountsWithin amounts_;
};
using CapturesWithinAuthorised = BasicCapturesWithinAuthorised<>;
static_assert(Invariant<CapturesWithinAuthorised>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
