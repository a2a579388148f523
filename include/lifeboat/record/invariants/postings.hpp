// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/seen.hpp>

// What the records of a group post: the money of a struct, to the accounts that stand beside it.
namespace lifeboat::inline LIFEBOAT_ABI {

/// An amount that is posted, and the fields that are there for it.
struct Posting {
  Money money;
  const RoleScope* scope = nullptr;
  unsigned debits = 0;   ///< accounts beside it that are debited
  unsigned credits = 0;  ///< that are credited
  bool sensitive = false;
};

/// Calls with each amount of a record that has an account beside it. Allocates nothing.
template <class F>
void each_posting(const SeenRecord& record, F&& call) {
  for (const RoleScope& scope : record.roles->scopes) {
    if (scope.moneys.empty() || (scope.debits.empty() && scope.credits.empty())) continue;
    Posting posting;
    posting.scope = &scope;
    for (const PlacedField& debit : scope.debits) posting.debits += debit.is_in(record.value) ? 1 : 0;
    for (const PlacedField& credit : scope.credits) posting.credits += credit.is_in(record.value) ? 1 : 0;
    if (posting.debits + posting.credits == 0) continue;
    for (const PlacedField& money : scope.moneys) {
      if (!money.is_in(record.value)) continue;
      posting.money = money.of(record.value).as_money();
      posting.sensitive = money.sensitive;
      call(posting);
    }
  }
}

/// Debits and credits of one currency.
struct TwoSides {
  Currency currency;
  MoneySum debits;
  MoneySum credits;
  bool sensitive = false;  ///< an amount of them is told to nobody
};

/// Sums by currency. A handful of currencies are found faster one by one than by a tree.
template <class = void>
class BasicTwoSidesByCurrency {
 public:
  void clear() noexcept { sides_.clear(); }
  [[nodiscard]] const std::vector<TwoSides>& all() const noexcept { return sides_; }

  /// False where a sum would overflow.
  [[nodiscard]] bool add(const Posting& posting) {
    TwoSides& sides = of(posting.money.currency);
    sides.sensitive |= posting.sensitive;
    const MoneySum::Wide minor{posting.money.minor};
    const bool fits = add_to(sides.debits, minor * posting.debits);
    return add_to(sides.credits, minor * posting.credits) && fits;
  }
  TwoSides& of(Currency currency) {
    for (TwoSides& sides : sides_)
      if (sides.currency == currency) return sides;
    return sides_.emplace_back(TwoSides{currency, {currency, 0}, {currency, 0}});
  }

 private:
  static bool add_to(MoneySum& sum, MoneySum::Wide amount) noexcept {
    MoneySum::Wide added = 0;
    if (__builtin_add_overflow(sum.minor, amount, &added)) return false;
    sum.minor = added;
    return true;
  }

  std::vector<TwoSides> sides_;
};
using TwoSidesByCurrency = BasicTwoSidesByCurrency<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
