// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <deque>
#include <string>
#include <vector>

#include <lifeboat/record/filter.hpp>

// Whether the records of a journal could fit a condition at all: asked of their schemas alone.
namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// The type at a path of names joined by dots; null where a record has no such path, or it leads into what is
/// sensitive.
template <class = void>
const SchemaType* clear_type_at(const SchemaType& record, std::string_view path) noexcept {
  const SchemaType* at = &record;
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    while (at->kind == SchemaKind::optional) at = &at->held.front();
    if (at->kind != SchemaKind::structure) return nullptr;
    const SchemaType* found = nullptr;
    for (const SchemaField& field : at->members)
      if (field.name == name) found = &field.type;
    if (found == nullptr) return nullptr;
    at = found;
  }
  return at;
}

/// The types of the fields that a condition's path names in a record: that field, or for "account" all accounts.
template <class = void>
std::vector<const SchemaType*> types_asked(const Schema& schema, std::string_view path) {
  if (const SchemaType* type = clear_type_at(schema.record, path)) return {type};
  std::vector<const SchemaType*> accounts;
  if (path == "account")
    for (const SchemaField& field : schema.record.members)
      if (field.type.kind == SchemaKind::debit_account || field.type.kind == SchemaKind::credit_account)
        accounts.push_back(&field.type);
  return accounts;
}

/// Whether a text can be compared with a type; else why not, as the end of a sentence. A time becomes the text that
/// times are compared by.
template <class = void>
std::string why_not_compared(const SchemaType& asked, std::string& text, Timestamp now) {
  const SchemaType* type = &asked;
  while (type->kind == SchemaKind::optional || type->kind == SchemaKind::enumeration ||
         type->kind == SchemaKind::stage) {
    if (type->kind == SchemaKind::optional && text == "none") return {};
    type = &type->held.front();
  }
  switch (type->kind) {
    case SchemaKind::sensitive: return "is sensitive, and fits no condition";
    case SchemaKind::structure: return "has fields of its own: name one of them";
    case SchemaKind::array:
    case SchemaKind::list: return "holds several values, and is compared with none";
    case SchemaKind::boolean: return text == "true" || text == "false" ? "" : "is true or false";
    case SchemaKind::money: {
      const std::size_t space = text.find(' ');
      const bool currency = space != std::string::npos && text.size() == space + 4;
      return currency && scaled_number(std::string_view(text).substr(0, space), 18)
                 ? ""
                 : "is money: an amount and its currency, as '100.00 EUR'";
    }
    case SchemaKind::timestamp: {
      const auto time = parse_time(text, now);
      if (!time) return "is a time: " + time.error().sentence();
      text = utc_text(*time, Fraction::nanoseconds);
      return {};
    }
    case SchemaKind::text:
    case SchemaKind::key:
    case SchemaKind::uuid: return {};
    default: return scaled_number(text, 0) ? "" : "is a whole number";
  }
}

}  // namespace detail

/// Reads a condition, and whether any record type that is known could ever fit it: what is misspelt shows nothing for
/// ever, and that looks like an answer. Errors: usage; path_unknown, naming the fields that there are.
template <class = void>
Result<RecordFilter> parse_condition(const std::string& text, const std::deque<Schema>& types, Timestamp now,
                                     const std::string& option = "--where") {
  LIFEBOAT_TRY(RecordFilter filter, parse_filter(text));
  std::string why;
  std::string names;
  for (const Schema& schema : types) {
    for (const SchemaField& field : schema.record.members)
      if ((", " + names + ",").find(", " + field.name + ",") == std::string::npos)
        names.append(names.empty() ? "" : ", ").append(field.name);
    for (const SchemaType* type : detail::types_asked(schema, filter.path)) {
      why = detail::why_not_compared(*type, filter.value, now);
      if (why.empty()) return filter;
    }
  }
  if (types.empty()) return filter;
  if (!why.empty())
    return Error{ErrorId::path_unknown, option + " " + text + ": the field '" + filter.path + "' " + why}.unchanged();
  return Error{ErrorId::path_unknown, option + " " + text + ": no record type of this journal has a field '" +
                                          filter.path + "'; there are " + names}
      .unchanged();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
