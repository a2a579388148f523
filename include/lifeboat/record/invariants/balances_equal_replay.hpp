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
/// when all was seen. A row is a statement. Memory: at most 96 bytes for each account and currency.
/// Errors: limit (more accounts than were allowed).
template <class = void>
class BasicBalancesEqualReplay {
 public:
  static constexpr std::string_view name = "balances-equal-replay";

  explicit BasicBalancesEqualReplay(BalanceRecords config = {}) : config_(std::move(config)), sums_(config_.accounts) {}

  Status see(const SeenGroup& group) {
    last_ = group.position;
    for (const SeenRecord& record : group.records) {
      if (!config_.record.empty() && record.schema->name == config_.record) {
        LIFEBOAT_CHECK(statement(record));
        continue;
      }
      Status done = ok();
      each_posting(record, [&](const Posting& posting) {
        if (done) done = post(record, posting);
      });
      LIFEBOAT_CHECK(std::move(done));
    }
    return ok();
  }

  /// What the engine itself says of an account after all that was seen.
  Status states(std::uint64_t account, const Money& balance) { return judge(account, balance, false); }

  Result<InvariantReport> finish() { return tally_.report(name); }

 private:
  struct Fields {
    std::optional<PlacedField> account;
    std::optional<PlacedField> balance;
  };

  Status post(const SeenRecord& record, const Posting& posting) {
    const auto side = [&](const std::vector<PlacedField>& accounts, bool adds) -> Status {
      for (const PlacedField& account : accounts) {
        if (!account.is_in(record.value)) continue;
        LIFEBOAT_TRY(AccountSum* const sum, sums_.of(account.of(record.value).as_unsigned(), posting.money.currency));
        sum->sensitive |= posting.sensitive || account.sensitive;
        const MoneySum::Wide amount{posting.money.minor};
        if (!sum->add(adds ? amount : -amount))
          tally_.fails(last_, [] { return std::string("a balance has more than 128 bits"); });
      }
      return ok();
    };
    LIFEBOAT_CHECK(side(posting.scope->credits, config_.credits_add));
    return side(posting.scope->debits, !config_.credits_add);
  }

  Status statement(const SeenRecord& record) {
    const Fields& fields = fields_.of(*record.schema, [&] {
      Fields found{placed_field(*record.schema, config_.account), placed_field(*record.schema, config_.balance)};
      if (found.account && !is_account(found.account->type->kind)) found.account.reset();
      if (found.balance && found.balance->type->kind != SchemaKind::money) found.balance.reset();
      return found;
    });
    if (!fields.account || !fields.balance || !fields.account->is_in(record.value) ||
        !fields.balance->is_in(record.value)) {
      tally_.not_covered();
      return ok();
    }
    return judge(fields.account->of(record.value).as_unsigned(), fields.balance->of(record.value).as_money(),
                 fields.account->sensitive || fields.balance->sensitive);
  }

  Status judge(std::uint64_t account, const Money& balance, bool sensitive) {
    LIFEBOAT_TRY(AccountSum* const sum, sums_.of(account, balance.currency));
    if (!config_.from_start && !sum->known) {
      sum->known = true;
      sum->minor = balance.minor;
      sum->sensitive = sensitive;
      tally_.not_covered();
      return ok();
    }
    tally_.rows();
    if (sum->minor == balance.minor) return ok();
    tally_.fails(last_, [&] {
      if (sensitive || sum->sensitive)
        return "a balance in " + std::string(balance.currency.code()) +
               " is stated that its postings do not add up to (it is sensitive)";
      return "the balance of account " + std::to_string(account) + " is stated as " + to_text(balance) +
             ", and its postings add up to " + to_text(MoneySum{balance.currency, sum->minor});
    });
    return ok();
  }

  BalanceRecords config_;
  AccountSums sums_;
  PerSchema<Fields> fields_;
  Position last_;
  InvariantTally tally_;
};
using BalancesEqualReplay = BasicBalancesEqualReplay<>;
static_assert(Invariant<BalancesEqualReplay>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
