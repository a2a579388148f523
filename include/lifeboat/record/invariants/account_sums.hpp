// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <vector>

#include <lifeboat/record/money.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What was posted to one account in one currency.
struct AccountSum {
  MoneySum::Wide minor = 0;
  std::uint64_t account = 0;
  Currency currency;
  bool taken = false;
  bool known = false;      ///< its opening balance is
  bool sensitive = false;  ///< an amount of it, or its number, is told to nobody

  /// False, and nothing is changed, where it would overflow.
  [[nodiscard]] bool add(MoneySum::Wide amount) noexcept {
    MoneySum::Wide added = 0;
    if (__builtin_add_overflow(minor, amount, &added)) return false;
    minor = added;
    return true;
  }
};

/// Sums by account and currency, in a table that is never more than half full. Bounded by a number of accounts.
template <class = void>
class BasicAccountSums {
 public:
  explicit BasicAccountSums(std::size_t most) : most_(most), slots_(64) {}

  /// The sum of an account, which begins at 0; good until the next call. Null where there are as many as may be, and
  /// this is another one.
  AccountSum* of(std::uint64_t account, Currency currency) {
    AccountSum* slot = &slots_[find(account, currency)];
    if (slot->taken) return slot;
    if (used_ == most_) return nullptr;
    if (++used_ * 2 > slots_.size()) {
      grow();
      slot = &slots_[find(account, currency)];
    }
    slot->account = account;
    slot->currency = currency;
    slot->taken = true;
    return slot;
  }

 private:
  /// Where it is, or where it would be put.
  [[nodiscard]] std::size_t find(std::uint64_t account, Currency currency) const noexcept {
    const std::uint64_t mixed =
        (account ^ std::bit_cast<std::uint32_t>(currency) * 0x9e37'79b9'7f4a'7c15U) * 0xbf58'476d'1ce4'e5b9U;
    std::size_t at = static_cast<std::size_t>(mixed ^ mixed >> 29U) & (slots_.size() - 1);
    while (slots_[at].taken && (slots_[at].account != account || slots_[at].currency != currency))
      at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  void grow() {
    std::vector<AccountSum> before(slots_.size() * 2);
    before.swap(slots_);
    for (const AccountSum& sum : before)
      if (sum.taken) slots_[find(sum.account, sum.currency)] = sum;
  }

  std::size_t most_;
  std::size_t used_ = 0;
  std::vector<AccountSum> slots_;
};
using AccountSums = BasicAccountSums<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
