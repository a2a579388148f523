// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/time_parse.hpp>
#include <lifeboat/record/record_view.hpp>

// "account=42", "amount>=100.00 EUR": which records are meant, asked by the schema alone.
namespace lifeboat::inline LIFEBOAT_ABI {

/// One condition on a field. A record whose type has no such field does not fit; `account` names every account of a
/// record, whatever its fields are called, unless one is called so.
struct RecordFilter {
  enum class Relation : std::uint8_t { equal, unequal, less, at_most, greater, at_least };
  std::string path;
  Relation relation = Relation::equal;
  std::string value;
};

/// Reads a condition. Errors: usage.
template <class = void>
Result<RecordFilter> parse_filter(std::string_view text) {
  using Relation = RecordFilter::Relation;
  const std::size_t at = text.find_first_of("=!<>");
  if (at == std::string_view::npos || at == 0)
    return Error{ErrorId::usage, "'" + std::string(text) + "' is no condition: FIELD=VALUE, or !=, <, <=, >, >="};
  const bool two = at + 1 < text.size() && text[at + 1] == '=' && text[at] != '=';
  RecordFilter filter;
  filter.path = std::string(text.substr(0, at));
  filter.value = std::string(text.substr(at + (two ? 2 : 1)));
  switch (text[at]) {
    case '=': filter.relation = Relation::equal; break;
    case '<': filter.relation = two ? Relation::at_most : Relation::less; break;
    case '>': filter.relation = two ? Relation::at_least : Relation::greater; break;
    default:
      if (!two) return Error{ErrorId::usage, "'" + std::string(text) + "' is no condition: ! stands before = only"};
      filter.relation = Relation::unequal;
  }
  return filter;
}

namespace detail {

/// A whole number of at most 18 digits behind the point, as units of the last one; none where the text is none.
template <class = void>
std::optional<MoneySum::Wide> scaled_number(std::string_view text, unsigned digits) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  MoneySum::Wide value = 0;
  std::optional<unsigned> behind;
  std::size_t seen = 0;
  for (const char c : text) {
    if (c == '.' && !behind) {
      behind = 0;
      continue;
    }
    if (c < '0' || c > '9' || ++seen > 36) return std::nullopt;
    if (behind && ++*behind > digits) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  if (seen == 0) return std::nullopt;
  for (unsigned i = behind.value_or(0); i < digits; ++i) value *= 10;
  return negative ? -value : value;
}

/// How a value stands to a text; none where they can not be compared.
template <class = void>
std::optional<std::partial_ordering> compare_with(const RecordValue& value, std::string_view text) {
  const RecordValue inner = value.type->kind == SchemaKind::sensitive ? value : value.inner();
  switch (inner.type->kind) {
    case SchemaKind::i8:
    case SchemaKind::i16:
    case SchemaKind::i32:
    case SchemaKind::i64:
      if (const auto wanted = scaled_number(text, 0)) return MoneySum::Wide{inner.as_signed()} <=> *wanted;
      return std::nullopt;
    case SchemaKind::u8:
    case SchemaKind::u16:
    case SchemaKind::u32:
    case SchemaKind::u64:
    case SchemaKind::debit_account:
    case SchemaKind::credit_account:
      if (const auto wanted = scaled_number(text, 0)) return MoneySum::Wide{inner.as_unsigned()} <=> *wanted;
      return std::nullopt;
    case SchemaKind::money: {
      const Money money = inner.as_money();
      const std::size_t space = text.find(' ');
      const auto wanted = scaled_number(text.substr(0, space), money.currency.digits);
      if (!wanted) return std::nullopt;
      if (space == std::string_view::npos || text.substr(space + 1) != money.currency.code())
        return std::partial_ordering::unordered;
      return MoneySum::Wide{money.minor} <=> *wanted;
    }
    case SchemaKind::timestamp: {
      const auto wanted = parse_time(text, {}, "a condition");
      if (!wanted) return std::nullopt;
      return inner.as_time() <=> *wanted;
    }
    case SchemaKind::optional:
      if (inner.elements() == 1) return compare_with(inner.element(0), text);
      return text == "none" ? std::partial_ordering::equivalent : std::partial_ordering::unordered;
    case SchemaKind::sensitive:
    case SchemaKind::structure:
    case SchemaKind::array:
    case SchemaKind::list: return std::nullopt;
    default: return value_text(inner) <=> std::string(text);
  }
}

constexpr bool holds(RecordFilter::Relation relation, std::partial_ordering order) noexcept {
  switch (relation) {
    case RecordFilter::Relation::equal: return order == 0;
    case RecordFilter::Relation::unequal: return order != 0;
    case RecordFilter::Relation::less: return order < 0;
    case RecordFilter::Relation::at_most: return order <= 0;
    case RecordFilter::Relation::greater: return order > 0;
    case RecordFilter::Relation::at_least: return order >= 0;
  }
  return false;
}

}  // namespace detail

/// Whether a record, checked by `record_value`, fits a condition. What is sensitive fits none.
template <class = void>
bool fits(const RecordFilter& filter, const RecordValue& record) {
  const auto one = [&](const RecordValue& value) {
    const auto order = detail::compare_with(value, filter.value);
    return order && detail::holds(filter.relation, *order);
  };
  if (const auto value = value_at(record, filter.path)) return one(*value);
  if (filter.path != "account") return false;
  for (const SchemaField& field : record.type->members)
    if (field.type.kind == SchemaKind::debit_account || field.type.kind == SchemaKind::credit_account)
      if (one(record.member(field))) return true;
  return false;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
