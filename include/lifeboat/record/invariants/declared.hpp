// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/invariants/balances_equal_replay.hpp>
#include <lifeboat/record/invariants/captures_within_authorised.hpp>
#include <lifeboat/record/invariants/refunds_within_captured.hpp>

// The invariants that the schemas of a journal ask for: by the meanings of its record types.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What the record types of a journal mean to its books.
struct DeclaredBooks {
  PaymentRecords payments;
  std::vector<BalanceRecords> balances;

  /// Names of the types that state a balance: they post nothing.
  [[nodiscard]] std::vector<std::string> stating() const {
    std::vector<std::string> names;
    for (const BalanceRecords& one : balances) names.push_back(one.record);
    return names;
  }
};

namespace detail {

/// A name's meanings: those of the schema with the highest version, and of two of one version the later one's that has
/// any.
struct NamedMeanings {
  std::string_view name;
  const Schema* schema = nullptr;

  void take(const Schema& other) noexcept {
    if (schema == nullptr || other.version > schema->version ||
        (other.version == schema->version && !other.meanings.empty()))
      schema = &other;
  }
};

template <class = void>
void declare(DeclaredBooks& books, std::string_view name, const Schema& by) {
  for (const SchemaMeaning& meaning : by.meanings) {
    if (meaning.kind == MeaningKind::states_balance) {
      books.balances.push_back({.record = std::string(name),
                                .account = meaning.account,
                                .balance = meaning.balance,
                                .credits_add = meaning.credits_add});
      continue;
    }
    std::vector<RecordsWhere>& list = meaning.kind == MeaningKind::authorises ? books.payments.authorised
                                      : meaning.kind == MeaningKind::captures ? books.payments.captured
                                                                              : books.payments.refunded;
    list.push_back({.record = std::string(name),
                    .field = meaning.field,
                    .value = meaning.value,
                    .key = meaning.key,
                    .amount = meaning.amount});
  }
}

}  // namespace detail

/// What the schemas of a journal's newest segment say, in their order: those are all that it ever had. Records of
/// earlier versions and schemas are meant too, by the name of their type; also where it had another name, and no
/// meanings, then. A schema that can not be read says nothing.
template <class = void>
DeclaredBooks declared_books(std::span<const Bytes> schemas) {
  std::vector<Schema> all;
  for (const Bytes& bytes : schemas)
    if (auto schema = read_schema(bytes); schema && !schema->name.empty()) all.push_back(std::move(*schema));
  std::vector<detail::NamedMeanings> names;
  for (const Schema& schema : all) {
    auto at = std::find_if(names.begin(), names.end(), [&](const auto& one) { return one.name == schema.name; });
    if (at == names.end()) at = names.insert(at, {schema.name});
    at->take(schema);
  }
  DeclaredBooks books;
  for (const detail::NamedMeanings& one : names) {
    const Schema* by = one.schema;
    for (const detail::NamedMeanings& other : names)
      if (one.schema->meanings.empty() && other.schema->number == one.schema->number &&
          other.schema->version > by->version)
        by = other.schema;
    detail::declare(books, one.name, *by);
  }
  return books;
}

/// The invariants that the books ask for. Captures are judged where something authorises, refunds where something
/// refunds, balances where one is stated. `from_start`: whether the groups come from the journal's beginning.
template <class = void>
Invariants declared_invariants(DeclaredBooks books, bool from_start, const InvariantSpace& space) {
  books.payments.from_start = from_start;
  books.payments.space = space;
  for (BalanceRecords& one : books.balances) one.from_start = from_start;
  Invariants all;
  const auto add = [&all](auto model) {
    all.push_back(std::make_unique<HeldInvariant<decltype(model)>>(std::move(model)));
  };
  if (!books.payments.authorised.empty()) add(CapturesWithinAuthorised(books.payments));
  if (!books.payments.refunded.empty()) add(RefundsWithinCaptured(books.payments));
  if (!books.balances.empty()) add(BalancesEqualReplay(std::move(books.balances)));
  return all;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
