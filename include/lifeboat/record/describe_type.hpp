// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/encoding.hpp>

// What a schema says of a type (docs/records.md, section 3), out of a struct's description.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What a schema says of a type; the numbers stand in what is stored.
enum class SchemaKind : std::uint8_t {
  boolean = 1,
  i8 = 2,
  i16 = 3,
  i32 = 4,
  i64 = 5,
  u8 = 6,
  u16 = 7,
  u32 = 8,
  u64 = 9,
  enumeration = 10,
  array = 11,
  text = 12,
  list = 13,
  optional = 14,
  uuid = 15,
  timestamp = 16,
  money = 17,
  structure = 18,
  key = 32,
  debit_account = 33,
  credit_account = 34,
  stage = 35,
  sensitive = 36,
};

namespace detail {

/// FNV-1a of 64 bits, as a place to write a description to. Source: Fowler, Noll, Vo; offset and prime as published.
struct LayoutHash {
  std::uint64_t value = 0xcbf2'9ce4'8422'2325U;
  constexpr void byte(std::uint8_t b) noexcept { value = (value ^ b) * 0x0000'0100'0000'01b3U; }
};

/// The same to bytes.
struct LayoutBytes {
  Bytes& out;
  void byte(std::uint8_t b) { out.push_back(static_cast<std::byte>(b)); }
};

template <class Out>
constexpr void put_number(Out& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) out.byte(static_cast<std::uint8_t>(value | 0x80U));
  out.byte(static_cast<std::uint8_t>(value));
}
template <class Out>
constexpr void put_name(Out& out, std::string_view name) {
  put_number(out, name.size());
  for (const char c : name) out.byte(static_cast<std::uint8_t>(c));
}

template <FixedInteger T>
consteval SchemaKind integer_kind() {
  constexpr unsigned width = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
  return static_cast<SchemaKind>((std::is_signed_v<T> ? 2U : 6U) + width);
}

template <class R, class Out>
constexpr void describe_members(Out& out);

/// What the description of each type is: a number and, for some, what it holds.
template <class T>
struct TypeDescription {
  template <class Out>
  static constexpr void put(Out& out) {
    if constexpr (FixedInteger<T>) {
      out.byte(static_cast<std::uint8_t>(integer_kind<T>()));
    } else if constexpr (std::is_enum_v<T>) {
      out.byte(static_cast<std::uint8_t>(SchemaKind::enumeration));
      TypeDescription<std::underlying_type_t<T>>::put(out);
    } else {
      out.byte(static_cast<std::uint8_t>(SchemaKind::structure));
      describe_members<T>(out);
    }
  }
};

/// A type that is a number alone.
template <SchemaKind kind>
struct PlainDescription {
  template <class Out>
  static constexpr void put(Out& out) {
    out.byte(static_cast<std::uint8_t>(kind));
  }
};
/// A type that holds another, maybe so many of it.
template <SchemaKind kind, class Held, std::size_t count = 0>
struct HoldingDescription {
  template <class Out>
  static constexpr void put(Out& out) {
    out.byte(static_cast<std::uint8_t>(kind));
    if constexpr (count != 0) put_number(out, count);
    TypeDescription<Held>::put(out);
  }
};

template <>
struct TypeDescription<bool> : PlainDescription<SchemaKind::boolean> {};
template <>
struct TypeDescription<Uuid> : PlainDescription<SchemaKind::uuid> {};
template <>
struct TypeDescription<Timestamp> : PlainDescription<SchemaKind::timestamp> {};
template <>
struct TypeDescription<Money> : PlainDescription<SchemaKind::money> {};
template <>
struct TypeDescription<Key> : PlainDescription<SchemaKind::key> {};
template <>
struct TypeDescription<DebitAccount> : PlainDescription<SchemaKind::debit_account> {};
template <>
struct TypeDescription<CreditAccount> : PlainDescription<SchemaKind::credit_account> {};
template <class T, std::size_t N>
struct TypeDescription<std::array<T, N>> : HoldingDescription<SchemaKind::array, T, N> {};
template <class T, std::size_t N>
struct TypeDescription<Bounded<T, N>> : HoldingDescription<SchemaKind::list, T, N> {};
template <class T>
struct TypeDescription<std::optional<T>> : HoldingDescription<SchemaKind::optional, T> {};
template <class E>
struct TypeDescription<Stage<E>> : HoldingDescription<SchemaKind::stage, std::underlying_type_t<E>> {};
template <class T>
struct TypeDescription<Sensitive<T>> : HoldingDescription<SchemaKind::sensitive, T> {};
template <std::size_t N>
struct TypeDescription<FixedString<N>> {
  template <class Out>
  static constexpr void put(Out& out) {
    out.byte(static_cast<std::uint8_t>(SchemaKind::text));
    put_number(out, N);
  }
};

template <class R, class Out>
constexpr void describe_members(Out& out) {
  put_number(out, decltype(boost::hana::length(boost::hana::accessors<R>()))::value);
  each_member<R>([&](auto name, auto get) {
    put_name(out, boost::hana::to<const char*>(name));
    TypeDescription<std::remove_cvref_t<decltype(get(std::declval<const R&>()))>>::put(out);
  });
}

}  // namespace detail
}  // namespace lifeboat::inline LIFEBOAT_ABI
