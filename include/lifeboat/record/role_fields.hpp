// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>

#include <lifeboat/record/record_view.hpp>

// Where the fields of a schema lie that have a role: found once for a type, so that records are not walked by it.
namespace lifeboat::inline LIFEBOAT_ABI {

/// A field of a record type, in each of its records at the same place.
struct PlacedField {
  /// An optional above it must hold something, a list above it so many elements.
  struct Needs {
    std::size_t offset = 0;
    std::uint16_t at_least = 1;
    bool wide = false;  ///< a count of a list, of 16 bits
  };
  const SchemaType* type = nullptr;
  std::size_t offset = 0;
  std::uint64_t path = 0;  ///< a digest of the names that lead to it, the same in every version that has it
  bool sensitive = false;  ///< it, or what holds it: its value is told to nobody
  bool repeated = false;   ///< it stands in a list or an array
  std::vector<Needs> needs{};

  /// Whether a record has it: no optional on the way is empty, no list too short.
  [[nodiscard]] bool is_in(const RecordValue& record) const noexcept {
    for (const Needs& need : needs) {
      const std::byte* const at = record.bytes.data() + need.offset;
      if ((need.wide ? load_le<std::uint16_t>(at) : load_le<std::uint8_t>(at)) < need.at_least) return false;
    }
    return true;
  }
  [[nodiscard]] RecordValue of(const RecordValue& record) const noexcept {
    return {type, record.bytes.subspan(offset, type->size)};
  }
};

/// The fields of one struct that have a role. Those of a nested struct are another scope: `Money` goes with the
/// accounts that stand beside it.
struct RoleScope {
  std::vector<PlacedField> keys;
  std::vector<PlacedField> debits;
  std::vector<PlacedField> credits;
  std::vector<PlacedField> moneys;
  std::vector<PlacedField> stages;

  [[nodiscard]] bool empty() const noexcept {
    return keys.empty() && debits.empty() && credits.empty() && moneys.empty() && stages.empty();
  }
};

/// Fields with a role that a type may have, each element of a list counted: more would be no engine's, and costs
/// memory.
inline constexpr std::size_t role_fields_max = 8192;

/// All roles of a record type. Borrows from its schema.
struct RoleFields {
  bool too_many = false;  ///< more than role_fields_max: then nothing else is filled in
  std::vector<RoleScope> scopes;
  std::optional<PlacedField> key;    ///< the record's own: the first key that stands in no list or array
  std::optional<PlacedField> money;  ///< the first in the same way
};

namespace detail {

inline std::uint64_t path_below(std::uint64_t path, std::string_view name) noexcept {
  LayoutHash hash{path};
  put_name(hash, name);
  return hash.value;
}

/// How many fields with a role a type has, each element of a list counted.
template <class = void>
std::size_t role_count(const SchemaType& type) noexcept {
  switch (type.kind) {
    case SchemaKind::money:
    case SchemaKind::key:
    case SchemaKind::debit_account:
    case SchemaKind::credit_account:
    case SchemaKind::stage: return 1;
    default: break;
  }
  std::size_t count = 0;  // at most the bytes of a record: a field has one at least
  for (const SchemaType& held : type.held) count += role_count(held);
  if (type.kind == SchemaKind::array || type.kind == SchemaKind::list) count *= type.count;
  for (const SchemaField& member : type.members) count += role_count(member.type);
  return count;
}

template <class = void>
class BasicRoleFinder {
 public:
  explicit BasicRoleFinder(RoleFields& out) : out_(out) {}

  void structure(const PlacedField& at) {
    const std::size_t scope = out_.scopes.size();
    out_.scopes.emplace_back();
    for (const SchemaField& member : at.type->members) {
      PlacedField field = at;
      field.type = &member.type;
      field.offset += member.offset;
      field.path = path_below(at.path, member.name);
      if (role_count(member.type) != 0) place(std::move(field), scope);
    }
  }

 private:
  void place(PlacedField field, std::size_t scope) {
    RoleScope& to = out_.scopes[scope];
    const SchemaType& type = *field.type;
    switch (type.kind) {
      case SchemaKind::key: return to.keys.push_back(std::move(field));
      case SchemaKind::debit_account: return to.debits.push_back(std::move(field));
      case SchemaKind::credit_account: return to.credits.push_back(std::move(field));
      case SchemaKind::money: return to.moneys.push_back(std::move(field));
      case SchemaKind::stage: return to.stages.push_back(std::move(field));
      case SchemaKind::structure: return structure(field);
      case SchemaKind::sensitive: field.sensitive = true; return held(std::move(field), 0, scope);
      case SchemaKind::optional:
        field.needs.push_back({field.offset, 1, false});
        return held(std::move(field), 1, scope);
      case SchemaKind::array:
      case SchemaKind::list:
        for (std::size_t i = 0; i < type.count; ++i) {
          PlacedField one = field;
          one.repeated = true;
          if (type.kind == SchemaKind::list)
            one.needs.push_back({field.offset, static_cast<std::uint16_t>(i + 1), true});
          held(std::move(one), (type.kind == SchemaKind::list ? 2 : 0) + i * type.held.front().size, scope);
        }
        return;
      default: return;
    }
  }
  void held(PlacedField field, std::size_t head, std::size_t scope) {
    field.offset += head;
    field.type = field.type->held.data();
    place(std::move(field), scope);
  }

  RoleFields& out_;
};

inline void keep_first(std::optional<PlacedField>& first, const std::vector<PlacedField>& fields) {
  for (const PlacedField& field : fields)
    if (!field.repeated && (!first || field.offset < first->offset)) first = field;
}

}  // namespace detail

/// The roles of a schema, which must stay where it is.
template <class = void>
RoleFields role_fields(const Schema& schema) {
  RoleFields roles;
  roles.too_many = detail::role_count(schema.record) > role_fields_max;
  if (roles.too_many) return roles;
  detail::BasicRoleFinder<>(roles).structure({&schema.record, 0, detail::LayoutHash{}.value});
  std::erase_if(roles.scopes, [](const RoleScope& scope) { return scope.empty(); });
  for (const RoleScope& scope : roles.scopes) {
    detail::keep_first(roles.key, scope.keys);
    detail::keep_first(roles.money, scope.moneys);
  }
  return roles;
}

/// The field at a path of names joined by dots, through optionals and what is sensitive; none where the schema has no
/// such path.
template <class = void>
std::optional<PlacedField> placed_field(const Schema& schema, std::string_view path) {
  PlacedField at{&schema.record, 0, detail::LayoutHash{}.value};
  const auto unwrap = [&at] {
    while (at.type->kind == SchemaKind::optional || at.type->kind == SchemaKind::sensitive) {
      if (at.type->kind == SchemaKind::optional) at.needs.push_back({at.offset++, 1, false});
      if (at.type->kind == SchemaKind::sensitive) at.sensitive = true;
      at.type = at.type->held.data();
    }
  };
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    if (at.type->kind != SchemaKind::structure) return std::nullopt;
    const auto member = std::find_if(at.type->members.begin(), at.type->members.end(),
                                     [&](const SchemaField& field) { return field.name == name; });
    if (member == at.type->members.end()) return std::nullopt;
    at.offset += member->offset;
    at.path = detail::path_below(at.path, name);
    at.type = &member->type;
    unwrap();
  }
  return at;
}

/// The number of an integer, an enum, a stage or an account; what is above 2^63 counts as 2^63 - 1.
inline std::int64_t whole_number(const RecordValue& value) noexcept {
  const RecordValue inner = value.inner();
  if (inner.type->kind >= SchemaKind::i8 && inner.type->kind <= SchemaKind::i64) return inner.as_signed();
  const std::uint64_t number = inner.as_unsigned();
  return number >> 63U != 0 ? std::numeric_limits<std::int64_t>::max() : static_cast<std::int64_t>(number);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
