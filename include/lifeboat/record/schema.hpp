// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>

#include <lifeboat/core/codec.hpp>
#include <lifeboat/core/result.hpp>
#include <lifeboat/record/schema_bytes.hpp>

// Schemas as a program reads them that was never compiled with the records.
namespace lifeboat::inline LIFEBOAT_ABI {

inline constexpr std::size_t schema_bytes_max = 65'536;
inline constexpr unsigned schema_depth_max = 16;

struct SchemaField;

/// A type of a schema: what it is, how many, of what, and how many bytes its encoding has.
struct SchemaType {
  SchemaKind kind = SchemaKind::boolean;
  std::size_t count = 0;             ///< elements of an array, the bound of a text or a list
  std::vector<SchemaType> held;      ///< one: what an enum, a stage, an array, a list, an optional or a sensitive holds
  std::vector<SchemaField> members;  ///< of a structure
  std::size_t size = 0;
};

struct SchemaField {
  std::string name;
  SchemaType type;
  std::size_t offset = 0;  ///< in the structure
};

/// A record type as it is stored with the records.
struct Schema {
  RecordNumber number = 0;
  std::uint16_t version = 0;
  std::string name;
  SchemaType record;                    ///< a structure
  std::vector<SchemaMeaning> meanings;  ///< what its records mean; their paths lead to fields of the right kinds
  std::size_t without_meanings = 0;     ///< so many of its bytes come before them

  /// "payment" or "type 17".
  [[nodiscard]] std::string title() const { return name.empty() ? "type " + std::to_string(number) : name; }
};

namespace detail {

/// What stands at a path, through optionals and what is sensitive; null where there is no such path.
template <class = void>
const SchemaType* type_at(const SchemaType& record, std::string_view path) noexcept {
  const SchemaType* at = &record;
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    const SchemaType* found = nullptr;
    for (const SchemaField& field : at->members)
      if (field.name == name && found == nullptr) found = &field.type;
    if (found == nullptr) return nullptr;
    at = found;
    while (at->kind == SchemaKind::optional || at->kind == SchemaKind::sensitive) at = at->held.data();
  }
  return at;
}

/// Whether a type has a field of that kind that stands in no list or array.
template <class = void>
bool has_one_of(const SchemaType& type, SchemaKind kind) noexcept {
  if (type.kind == kind) return true;
  if (type.kind == SchemaKind::optional || type.kind == SchemaKind::sensitive)
    return has_one_of(type.held.front(), kind);
  for (const SchemaField& field : type.members)
    if (has_one_of(field.type, kind)) return true;
  return false;
}

template <class = void>
class BasicSchemaReader {
 public:
  explicit BasicSchemaReader(ByteView bytes) : in_(bytes) {}

  Result<Schema> read() {
    Schema schema;
    schema.number = in_.fixed<RecordNumber>();
    schema.version = in_.fixed<std::uint16_t>();
    schema.name = std::string(in_.counted_text());
    schema.record.kind = SchemaKind::structure;
    LIFEBOAT_CHECK(members(schema.record, 0));
    schema.without_meanings = in_.position();
    if (in_.good() && !in_.at_end()) LIFEBOAT_CHECK(meanings(schema));
    if (!in_.good() || !in_.at_end()) return broken("does not end where it should");
    return schema;
  }

 private:
  static Error broken(const std::string& what) {
    return Error{ErrorId::corrupt, "the schema of a record type " + what};
  }

  Status members(SchemaType& out, unsigned depth) {
    const std::uint64_t count = in_.varint();
    if (!in_.good() || count > in_.left()) return broken("ends too soon");
    if (count == 0) return broken("has a structure without members");
    for (std::uint64_t i = 0; i < count; ++i) {
      SchemaField field;
      field.name = std::string(in_.counted_text());
      LIFEBOAT_CHECK(type(field.type, depth + 1));
      field.offset = out.size;
      out.size += field.type.size;
      if (out.size > record_bytes_max) return broken("is of more than " + std::to_string(record_bytes_max) + " bytes");
      out.members.push_back(std::move(field));
    }
    return ok();
  }

  Status type(SchemaType& out, unsigned depth) {
    if (depth > schema_depth_max) return broken("nests deeper than " + std::to_string(schema_depth_max));
    out.kind = static_cast<SchemaKind>(in_.fixed<std::uint8_t>());
    if (!in_.good()) return broken("ends too soon");
    switch (out.kind) {
      case SchemaKind::boolean:
      case SchemaKind::i8:
      case SchemaKind::u8: out.size = 1; return ok();
      case SchemaKind::i16:
      case SchemaKind::u16: out.size = 2; return ok();
      case SchemaKind::i32:
      case SchemaKind::u32: out.size = 4; return ok();
      case SchemaKind::i64:
      case SchemaKind::u64:
      case SchemaKind::debit_account:
      case SchemaKind::credit_account: out.size = 8; return ok();
      case SchemaKind::uuid: out.size = 16; return ok();
      case SchemaKind::timestamp:
      case SchemaKind::money: out.size = 12; return ok();
      case SchemaKind::key: out.size = 64; return ok();
      case SchemaKind::structure: return members(out, depth);
      case SchemaKind::enumeration:
      case SchemaKind::stage: return integer(out, depth);
      case SchemaKind::sensitive: return holding(out, depth, 0, 1);
      case SchemaKind::optional: return holding(out, depth, 1, 1);
      case SchemaKind::text:
        return bounded(out, [&] {
          out.size = 2 + out.count;
          return ok();
        });
      case SchemaKind::array: return bounded(out, [&] { return holding(out, depth, 0, out.count); });
      case SchemaKind::list: return bounded(out, [&] { return holding(out, depth, 2, out.count); });
    }
    return broken("has a type of number " + std::to_string(static_cast<unsigned>(out.kind)) +
                  ", which this version does not know");
  }

  template <class Then>
  Status bounded(SchemaType& out, Then&& then) {
    const std::uint64_t count = in_.varint();
    if (!in_.good() || count == 0 || count > record_bytes_max) return broken("has a bound that is none");
    out.count = static_cast<std::size_t>(count);
    return then();
  }
  Status holding(SchemaType& out, unsigned depth, std::size_t head, std::size_t count) {
    LIFEBOAT_CHECK(type(out.held.emplace_back(), depth + 1));
    out.size = head + count * out.held.front().size;
    if (out.size > record_bytes_max) return broken("is of more than " + std::to_string(record_bytes_max) + " bytes");
    return ok();
  }
  Status integer(SchemaType& out, unsigned depth) {
    LIFEBOAT_CHECK(holding(out, depth, 0, 1));
    const SchemaKind kind = out.held.front().kind;
    if (kind < SchemaKind::i8 || kind > SchemaKind::u64) return broken("has an enum that is of no integer");
    return ok();
  }

  Status meanings(Schema& schema) {
    const std::uint64_t count = in_.varint();
    if (!in_.good() || count == 0 || count > record_meanings_max)
      return broken("has a number of meanings that is none");
    if (schema.name.empty()) return broken("has meanings and no name");
    for (std::uint64_t i = 0; i < count; ++i) {
      SchemaMeaning meaning;
      LIFEBOAT_CHECK(this->meaning(schema.record, meaning));
      if (std::find(schema.meanings.begin(), schema.meanings.end(), meaning) != schema.meanings.end())
        return broken("has a meaning twice");
      schema.meanings.push_back(std::move(meaning));
    }
    return ok();
  }

  Status meaning(const SchemaType& record, SchemaMeaning& out) {
    out.kind = static_cast<MeaningKind>(in_.fixed<std::uint8_t>());
    const auto is = [&](const std::string& path, SchemaKind kind) {
      const SchemaType* const at = path.empty() ? nullptr : type_at(record, path);
      return at != nullptr && at->kind == kind;
    };
    switch (out.kind) {
      case MeaningKind::authorises:
      case MeaningKind::captures:
      case MeaningKind::refunds: {
        out.field = std::string(in_.counted_text());
        if (!out.field.empty()) out.value = in_.fixed<std::int64_t>();
        out.key = std::string(in_.counted_text());
        out.amount = std::string(in_.counted_text());
        const SchemaType* const field = type_at(record, out.field);
        if (!out.field.empty() && (field == nullptr || !is_whole(field->kind)))
          return broken("has a meaning of a field that is no number");
        if (!(out.key.empty() ? has_one_of(record, SchemaKind::key) : is(out.key, SchemaKind::key)))
          return broken("has a meaning without a key");
        if (!(out.amount.empty() ? has_one_of(record, SchemaKind::money) : is(out.amount, SchemaKind::money)))
          return broken("has a meaning without an amount");
        return ok();
      }
      case MeaningKind::states_balance: {
        out.account = std::string(in_.counted_text());
        out.balance = std::string(in_.counted_text());
        const auto side = in_.fixed<std::uint8_t>();
        out.credits_add = side == 0;
        const SchemaType* const account = out.account.empty() ? nullptr : type_at(record, out.account);
        if (account == nullptr || !is_account(account->kind) || !is(out.balance, SchemaKind::money) || side > 1)
          return broken("states a balance by fields that it has not");
        return ok();
      }
    }
    return broken("has a meaning of number " + std::to_string(static_cast<unsigned>(out.kind)) +
                  ", which this version does not know");
  }

  ByteReader in_;
};

}  // namespace detail

/// Reads a schema that nobody vouches for. Errors: corrupt.
template <class = void>
Result<Schema> read_schema(ByteView bytes) {
  if (bytes.size() > schema_bytes_max)
    return Error{ErrorId::corrupt, "the schema of a record type is longer than " + std::to_string(schema_bytes_max)};
  return detail::BasicSchemaReader<>(bytes).read();
}

/// A schema without its meanings: what two programs must have in common to read each other's records. One that can not
/// be read is itself.
template <class = void>
ByteView without_meanings(ByteView schema) {
  const auto read = read_schema(schema);
  return read ? schema.first(read->without_meanings) : schema;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
