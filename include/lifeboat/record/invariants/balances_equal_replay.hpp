// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/invariants/account_sums.hpp>
#include <lifeboat/record/invariants/keyed_rows.hpp>
#include <lifeboat/record/invariants/postings.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Which records state a balance, and by which fields. They post nothing themselves, whatever their fields are.
struct BalanceRecords {
  std::string record{};              ///< by the name in its schema: "balance"; empty: none does
  std::string account = "account";   ///< path of an integer or an account
  std::string balance = "balance";   ///< path of the money
  bool credits_add = true;           ///< a balance is credits less debits; false: debits less credits
  bool from_start = true;            ///< all postings are seen. If not, what an account's first statement says is taken
  std::size_t accounts = 4U << 20U;  ///< at most so many, one for each currency of an account: 48 bytes each
};

/// The balances that an engine states are those that its postings add up to: in records of its own, and by `states`
/// when all was seen. A row is a statement; those of accounts beyond the limit are not covered. Memory: at most 96
/// bytes for each account and currency.
template <class = void>
class BasicBalancesEqualReplay {
 public:
  static constexpr std::string_view name = "balances-equal-replay";

  explicit BasicBalancesEqualReplay(BalanceRecords config = {})
      : BasicBalancesEqualReplay(std::vector<BalanceRecords>(1, std::move(config))) {}
  /// Of records of several types, or of several statements in one. The highest limit is that of all; `from_start`
  /// where all say so.
  template <std::same_as<std::vector<BalanceRecords>> Several>  // for {.record = ...} is a BalanceRecords
  explicit BasicBalancesEqualReplay(Several config) : config_(std::move(config)), sums_(most_accounts(config_)) {
    for (const BalanceRecords& one : config_) from_start_ = from_start_ && one.from_start;
  }

  Status see(const SeenGroup& group) {
    last_ = group.position;
    for (const SeenRecord& record : group.records) {
      const std::vector<Stated>& stated = stated_.of(*record.schema, [&] { return resolve(*record.schema); });
      for (const Stated& one : stated) look(one, record);
      if (stated.empty()) each_posting(record, [&](const Posting& posting) { post(record, posting); });
    }
    return ok();
  }

  /// What the engine itself says of an account after all that was seen, counted as the first of the records is.
  Status states(std::uint64_t account, const Money& balance) {
    judge(account, balance, config_.empty() || config_.front().credits_add, false);
    return ok();
  }

  Result<InvariantReport> finish() { return tally_.report(name); }

 private:
  /// A statement as a record type makes it; without a field that it is to have, it can not be judged.
  struct Stated {
    std::optional<PlacedField> account;
    std::optional<PlacedField> balance;
    bool credits_add = true;
  };

  static std::size_t most_accounts(const std::vector<BalanceRecords>& config) noexcept {
    std::size_t most = 0;
    for (const BalanceRecords& one : config) most = std::max(most, one.accounts);
    return most;
  }

  std::vector<Stated> resolve(const Schema& schema) const {
    std::vector<Stated> found;
    for (const BalanceRecords& one : config_) {
      if (one.record.empty() || one.record != schema.name) continue;
      Stated stated{placed_field(schema, one.account), placed_field(schema, one.balance), one.credits_add};
      if (stated.account && !is_account(stated.account->type->kind)) stated.account.reset();
      if (stated.balance && stated.balance->type->kind != SchemaKind::money) stated.balance.reset();
      found.push_back(std::move(stated));
    }
    return found;
  }

  void post(const SeenRecord& record, const Posting& posting) {
    const MoneySum::Wide amount{posting.money.minor};
    const auto side = [&](const std::vector<PlacedField>& accounts, const MoneySum::Wide& adds) {
      for (const PlacedField& account : accounts) {
        if (!account.is_in(record.value)) continue;
        AccountSum* const sum = sums_.of(account.of(record.value).as_unsigned(), posting.money.currency);
        if (sum == nullptr) continue;
        sum->sensitive |= posting.sensitive || account.sensitive;
        if (!sum->add(adds)) tally_.fails(last_, [] { return std::string("a balance has more than 128 bits"); });
      }
    };
    side(posting.scope->credits, amount);
    side(posting.scope->debits, -amount);
  }

  void look(const Stated& stated, const SeenRecord& record) {
    if (!stated.account || !stated.balance || !stated.account->is_in(record.value) ||
        !stated.balance->is_in(record.value))
      return tally_.not_covered();
    judge(stated.account->of(record.value).as_unsigned(), stated.balance->of(record.value).as_money(),
          stated.credits_add, stated.account->sensitive || stated.balance->sensitive);
  }

  void judge(std::uint64_t account, const Money& balance, bool credits_add, bool sensitive) {
    AccountSum* const sum = sums_.of(account, balance.currency);
    const MoneySum::Wide stated = credits_add ? MoneySum::Wide{balance.minor} : -MoneySum::Wide{balance.minor};
    if (sum == nullptr) return tally_.not_covered();
    if (!from_start_ && !sum->known) {
      sum->known = true;
      sum->minor = stated;
      sum->sensitive = sensitive;
      return tally_.not_covered();
    }
    tally_.rows();
    if (sum->minor == stated) return;
    tally_.fails(last_, [&] {
      if (sensitive || sum->sensitive)
        return "a balance in " + std::string(balance.currency.code()) +
               " is stated that its postings do not add up to (it is sensitive)";
      return "the balance of account " + std::to_string(account) + " is stated as " + to_text(balance) +
             ", and its postings add up to " +
             to_text(MoneySum{balance.currency, credits_add ? sum->minor : -sum->minor});
    });
  }

  std::vector<BalanceRecords> config_;
  bool from_start_ = true;
  AccountSums sums_;
  PerSchema<std::vector<Stated>> stated_;
  Position last_;
  InvariantTally tally_;
};
using BalancesEqualReplay = BasicBalancesEqualReplay<>;
static_assert(Invariant<BalancesEqualReplay>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
