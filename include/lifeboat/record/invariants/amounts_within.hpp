// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/invariants/keyed_rows.hpp>

// What CapturesWithinAuthorised and RefundsWithinCaptured share: per key and currency, one sum never above another.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Records that an engine means: those of a type, by the name in its schema, and where a field is given only those in
/// which it has this value.
struct RecordsWhere {
  std::string record{};    ///< "payment"
  std::string field{};     ///< path of an enum, a stage or an integer: "stage"; empty: all records of the type
  std::int64_t value = 0;  ///< of that field
  std::string key{};       ///< path of the key that the sums are kept by; empty: the record's own
  std::string amount{};    ///< path of the money; empty: the record's first
};

/// How an engine logs its payments. A record may be in several lists: a sale authorises and captures at once. Each
/// record counts: amounts of one key add up.
struct PaymentRecords {
  std::vector<RecordsWhere> authorised{};
  std::vector<RecordsWhere> captured{};
  std::vector<RecordsWhere> refunded{};
  /// Whether the groups come from the journal's beginning. If not, a key is judged only where its payment is seen to
  /// begin: where append_once decided on it, in a record of one of these types that is meant by its own key. The others
  /// may have been allowed more before, and are not covered.
  bool from_start = true;
  InvariantSpace space{};
};

/// For each key, in the order of the journal and in each currency: what was used is at no moment more than what was
/// allowed. A row is a record that allows or uses; one without the fields that it is to have is not covered. Records
/// that only `begin` payments are no rows: they say that there was nothing of a key before.
template <class = void>
class BasicAmountsWithin {
 public:
  BasicAmountsWithin(std::vector<RecordsWhere> allow, std::vector<RecordsWhere> use, std::vector<RecordsWhere> begin,
                     bool from_start, InvariantSpace space)
      : allow_(std::move(allow)),
        use_(std::move(use)),
        begin_(std::move(begin)),
        from_start_(from_start),
        rows_(std::move(space)) {}

  Status see(const SeenGroup& group) {
    const SeenRecord* const decided = from_start_ ? nullptr : group.decided();
    for (const SeenRecord& record : group.records) {
      const auto& meant = meant_.of(*record.schema, [&] { return resolve(record); });
      if (&record == decided) LIFEBOAT_CHECK(begins(group.position, record, meant));
      bool counts = false;
      bool lacks = false;
      for (const Meant& one : meant) {
        if (one.is == Is::beginning) continue;
        if (one.lacks || (one.field && !one.field->is_in(record.value))) {
          lacks = true;
          continue;
        }
        if (one.field && whole_number(one.field->of(record.value)) != one.value) continue;
        if (!one.key->is_in(record.value) || !one.amount->is_in(record.value)) {
          lacks = true;
          continue;
        }
        counts = true;
        const Money money = one.amount->of(record.value).as_money();
        LIFEBOAT_CHECK(rows_.add(digest(one, record), group.position,
                                 {money.minor, money.currency, one.is, one.amount->sensitive}));
      }
      if (lacks)
        tally_.not_covered();
      else if (counts)
        tally_.rows();
    }
    return ok();
  }

  /// `used`, `allowed`: for what is said: "captured", "authorised".
  Result<InvariantReport> finish(std::string_view name, std::string_view used, std::string_view allowed) const {
    EarliestFailure failure;
    std::uint64_t left_out = 0;
    LIFEBOAT_CHECK(rows_.each_key([&](std::span<const typename Rows::Row> rows) {
      const auto beginning = [](const auto& row) { return row.payload.is == Is::beginning; };
      if (from_start_ || beginning(rows.front()))
        judge(rows, failure, used, allowed);
      else
        left_out += rows.size() - static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), beginning));
    }));
    InvariantReport report = tally_.report(name);
    report.rows -= std::min(report.rows, left_out);
    report.not_covered += left_out;
    return std::move(failure).in(std::move(report));
  }

 private:
  enum class Is : std::uint8_t { allowance, use, beginning };
  struct Amount {
    std::int64_t minor = 0;
    Currency currency;
    Is is = Is::allowance;
    bool sensitive = false;
  };
  using Rows = KeyedRows<Amount>;
  struct Meant {
    std::optional<PlacedField> field;
    std::int64_t value = 0;
    std::optional<PlacedField> key;
    std::optional<PlacedField> amount;
    Is is = Is::allowance;
    bool own_key = false;  ///< the record's, and not one that it names
    bool lacks = false;    ///< this version of the type has not the fields
  };

  std::vector<Meant> resolve(const SeenRecord& record) const {
    std::vector<Meant> found;
    const auto take = [&](const std::vector<RecordsWhere>& from, Is is) {
      for (const RecordsWhere& where : from)
        if (where.record == record.schema->name) found.push_back(placed(where, record, is));
    };
    take(allow_, Is::allowance);
    take(use_, Is::use);
    take(begin_, Is::beginning);
    return found;
  }
  static Meant placed(const RecordsWhere& where, const SeenRecord& record, Is is) {
    Meant meant;
    meant.is = is;
    meant.value = where.value;
    if (!where.field.empty()) meant.field = placed_field(*record.schema, where.field);
    meant.key = where.key.empty() ? record.roles->key : placed_field(*record.schema, where.key);
    meant.amount = where.amount.empty() ? record.roles->money : placed_field(*record.schema, where.amount);
    meant.lacks = (!where.field.empty() && !(meant.field && is_whole(meant.field->type->kind))) ||
                  !(meant.key && meant.key->type->kind == SchemaKind::key) ||
                  !(meant.amount && meant.amount->type->kind == SchemaKind::money);
    meant.own_key = meant.key && record.roles->key && meant.key->offset == record.roles->key->offset;
    return meant;
  }

  Hash128 digest(const Meant& meant, const SeenRecord& record) const noexcept {
    return keyed_digest(rows_.seed(), 0, meant.key->of(record.value).as_text_view());
  }
  /// A row that says that a key begins with this record, whatever its fields say else.
  Status begins(Position position, const SeenRecord& record, const std::vector<Meant>& meant) {
    for (const Meant& one : meant)
      if (one.own_key && one.key->is_in(record.value))
        return rows_.add(digest(one, record), position, {0, {}, Is::beginning, false});
    return ok();
  }

  /// The rows of one key; every failure but the first of a key is none of its own.
  static void judge(std::span<const typename Rows::Row> rows, EarliestFailure& failure, std::string_view used,
                    std::string_view allowed) {
    struct Sums {
      MoneySum allowed;
      MoneySum used;
      bool sensitive = false;
    };
    std::vector<Sums> sums;
    for (const auto& row : rows) {
      if (row.payload.is == Is::beginning) continue;
      const Money money{row.payload.minor, row.payload.currency};
      auto at = std::find_if(sums.begin(), sums.end(),
                             [&](const Sums& one) { return one.allowed.currency == money.currency; });
      if (at == sums.end()) at = sums.insert(at, Sums{{money.currency, 0}, {money.currency, 0}});
      at->sensitive |= row.payload.sensitive;
      const bool fits = row.payload.is == Is::use ? at->used.add(money) : at->allowed.add(money);
      if (fits && at->used.minor <= at->allowed.minor) continue;
      return failure.fails(row.order, row.position, [&] {
        if (!fits) return std::string("a sum of amounts has more than 128 bits");
        std::string text = "of a key of this group, ";
        if (at->sensitive) return text.append("more was ").append(used).append(" than ").append(allowed);
        return text.append(to_text(at->used))
            .append(" was ")
            .append(used)
            .append(" and ")
            .append(to_text(at->allowed))
            .append(" ")
            .append(allowed);
      });
    }
  }

  std::vector<RecordsWhere> allow_;
  std::vector<RecordsWhere> use_;
  std::vector<RecordsWhere> begin_;
  bool from_start_;
  Rows rows_;
  PerSchema<std::vector<Meant>> meant_;
  InvariantTally tally_;
};
using AmountsWithin = BasicAmountsWithin<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
