// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/codec.hpp>
#include <lifeboat/core/result.hpp>
#include <lifeboat/record/describe_type.hpp>

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
  SchemaType record;  ///< a structure

  /// "payment" or "type 17".
  [[nodiscard]] std::string title() const { return name.empty() ? "type " + std::to_string(number) : name; }
};

namespace detail {

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

}  // namespace lifeboat::inline LIFEBOAT_ABI
