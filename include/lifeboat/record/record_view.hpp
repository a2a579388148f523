// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/time_text.hpp>
#include <lifeboat/record/schema.hpp>

// Records as a program reads them that was never compiled with their types: by the schema alone.
namespace lifeboat::inline LIFEBOAT_ABI {

/// A value that a schema describes, in the bytes of a record; both are borrowed.
struct RecordValue {
  const SchemaType* type = nullptr;
  ByteView bytes;

  /// Through roles, enums and what else only gives a value its meaning, to what holds it.
  [[nodiscard]] RecordValue inner() const noexcept {
    RecordValue at = *this;
    while (at.type->kind == SchemaKind::enumeration || at.type->kind == SchemaKind::stage ||
           at.type->kind == SchemaKind::sensitive)
      at.type = at.type->held.data();
    return at;
  }
  [[nodiscard]] std::int64_t as_signed() const noexcept {
    switch (type->size) {
      case 1: return load_le<std::int8_t>(bytes.data());
      case 2: return load_le<std::int16_t>(bytes.data());
      case 4: return load_le<std::int32_t>(bytes.data());
      default: return load_le<std::int64_t>(bytes.data());
    }
  }
  [[nodiscard]] std::uint64_t as_unsigned() const noexcept {
    switch (type->size) {
      case 1: return load_le<std::uint8_t>(bytes.data());
      case 2: return load_le<std::uint16_t>(bytes.data());
      case 4: return load_le<std::uint32_t>(bytes.data());
      default: return load_le<std::uint64_t>(bytes.data());
    }
  }
  /// Of a text or a key.
  [[nodiscard]] std::string_view as_text_view() const noexcept {
    return as_text(bytes.subspan(2, load_le<std::uint16_t>(bytes.data())));
  }
  /// How many elements an array has, a list holds, an optional holds.
  [[nodiscard]] std::size_t elements() const noexcept {
    if (type->kind == SchemaKind::array) return type->count;
    if (type->kind == SchemaKind::optional) return bytes[0] == std::byte{1} ? 1 : 0;
    return load_le<std::uint16_t>(bytes.data());
  }
  [[nodiscard]] RecordValue element(std::size_t i) const noexcept {
    const SchemaType& held = type->held.front();
    const std::size_t head = type->kind == SchemaKind::array ? 0 : type->kind == SchemaKind::optional ? 1 : 2;
    return {&held, bytes.subspan(head + i * held.size, held.size)};
  }
  [[nodiscard]] RecordValue member(const SchemaField& field) const noexcept {
    return {&field.type, bytes.subspan(field.offset, field.type.size)};
  }
  [[nodiscard]] Money as_money() const noexcept {
    Money money;
    (void)detail::RecordCodec<Money>::decode(bytes.data(), money);
    return money;
  }
  [[nodiscard]] Timestamp as_time() const noexcept {
    Timestamp time;
    (void)detail::RecordCodec<Timestamp>::decode(bytes.data(), time);
    return time;
  }
};

/// Whether the bytes keep the rules of docs/records.md, section 2.
template <class = void>
bool keeps_rules(const RecordValue& value) noexcept {
  const SchemaType& type = *value.type;
  const ByteView bytes = value.bytes;
  const auto zero_from = [&](std::size_t at) { return detail::all_zero(bytes.data() + at, bytes.size() - at); };
  switch (type.kind) {
    case SchemaKind::boolean: return bytes[0] <= std::byte{1};
    case SchemaKind::money: {
      Money money;
      return detail::RecordCodec<Money>::decode(bytes.data(), money);
    }
    case SchemaKind::timestamp: return value.as_time().nanoseconds < 1'000'000'000;
    case SchemaKind::text:
    case SchemaKind::key: {
      const std::size_t length = load_le<std::uint16_t>(bytes.data());
      return length <= bytes.size() - 2 && zero_from(2 + length);
    }
    case SchemaKind::structure:
      for (const SchemaField& field : type.members)
        if (!keeps_rules(value.member(field))) return false;
      return true;
    case SchemaKind::sensitive: return keeps_rules(RecordValue{type.held.data(), bytes});
    case SchemaKind::optional:
    case SchemaKind::list:
    case SchemaKind::array: {
      if (type.kind == SchemaKind::optional && bytes[0] > std::byte{1}) return false;
      const std::size_t count = value.elements();
      if (type.kind == SchemaKind::list && count > type.count) return false;
      const std::size_t head = type.kind == SchemaKind::array ? 0 : type.kind == SchemaKind::optional ? 1 : 2;
      if (!zero_from(head + count * type.held.front().size)) return false;
      for (std::size_t i = 0; i < count; ++i)
        if (!keeps_rules(value.element(i))) return false;
      return true;
    }
    default: return true;
  }
}

/// The whole of a record; none where its length is not the schema's, or its bytes break a rule.
template <class = void>
std::optional<RecordValue> record_value(const Schema& schema, ByteView bytes) noexcept {
  const RecordValue value{&schema.record, bytes};
  if (bytes.size() != schema.record.size || !keeps_rules(value)) return std::nullopt;
  return value;
}

/// The value at a path of names joined by dots ("card.expires"); none where the schema has no such path, or an optional
/// on the way is empty.
template <class = void>
std::optional<RecordValue> value_at(RecordValue value, std::string_view path) noexcept {
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    while (value.type->kind == SchemaKind::optional || value.type->kind == SchemaKind::sensitive) {
      if (value.type->kind == SchemaKind::sensitive) return std::nullopt;
      if (value.elements() == 0) return std::nullopt;
      value = value.element(0);
    }
    if (value.type->kind != SchemaKind::structure) return std::nullopt;
    const SchemaField* found = nullptr;
    for (const SchemaField& field : value.type->members)
      if (field.name == name) found = &field;
    if (found == nullptr) return std::nullopt;
    value = value.member(*found);
  }
  return value;
}

/// A value as people read it: "key=A-1001 from=1 to=2 amount=125.00 EUR". What is sensitive is told as "(sensitive)".
template <class = void>
std::string value_text(const RecordValue& value) {
  const SchemaType& type = *value.type;
  switch (type.kind) {
    case SchemaKind::boolean: return value.bytes[0] == std::byte{1} ? "true" : "false";
    case SchemaKind::i8:
    case SchemaKind::i16:
    case SchemaKind::i32:
    case SchemaKind::i64: return std::to_string(value.as_signed());
    case SchemaKind::u8:
    case SchemaKind::u16:
    case SchemaKind::u32:
    case SchemaKind::u64:
    case SchemaKind::debit_account:
    case SchemaKind::credit_account: return std::to_string(value.as_unsigned());
    case SchemaKind::enumeration:
    case SchemaKind::stage: return value_text(value.inner());
    case SchemaKind::sensitive: return "(sensitive)";
    case SchemaKind::text:
    case SchemaKind::key: return std::string(value.as_text_view());
    case SchemaKind::uuid: return to_hex(value.bytes);
    case SchemaKind::timestamp: return utc_text(value.as_time(), Fraction::nanoseconds);
    case SchemaKind::money: return to_text(value.as_money());
    case SchemaKind::optional: return value.elements() == 0 ? "none" : value_text(value.element(0));
    case SchemaKind::array:
    case SchemaKind::list: {
      std::string text = "[";
      for (std::size_t i = 0; i < value.elements(); ++i)
        text.append(i == 0 ? "" : ", ").append(value_text(value.element(i)));
      return text.append("]");
    }
    case SchemaKind::structure: break;
  }
  std::string text;
  for (const SchemaField& field : type.members) {
    const RecordValue member = value.member(field);
    const bool nested = field.type.kind == SchemaKind::structure;
    text.append(text.empty() ? "" : " ").append(field.name).append("=");
    text.append(nested ? "{" : "").append(value_text(member)).append(nested ? "}" : "");
  }
  return text;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
