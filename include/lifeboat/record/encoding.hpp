// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <bit>
#include <cstring>

#include <lifeboat/core/bytes.hpp>
#include <lifeboat/core/time.hpp>
#include <lifeboat/record/describe.hpp>

// The encoding of docs/records.md, section 2: every type has one length, every value one encoding.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The longest record.
inline constexpr std::size_t record_bytes_max = 60'000;

namespace detail {

/// How a type is encoded: `size`, `encode(value, out)`, `decode(in, value)`, which is false where the bytes break a
/// rule, and `sound(value)`: whether what `encode` writes can be decoded.
template <class T>
struct RecordCodec {
  static consteval bool refuse() {
    static_assert(!std::is_floating_point_v<T>,
                  "lifeboat: a record has no floating point: money is counted in minor units, not measured");
    static_assert(!std::is_pointer_v<T>, "lifeboat: a record has no pointers: they point out of it");
    static_assert(!std::is_array_v<T>, "lifeboat: a record has no C arrays: std::array says the same");
    static_assert(!std::is_union_v<T>, "lifeboat: a record has no unions: nobody could tell which member holds");
    static_assert(!std::is_integral_v<T>,
                  "lifeboat: a record has integers of fixed width only (std::int64_t, std::uint32_t, ...) and bool: "
                  "others differ between machines");
    return is_described<T> && check_record_shape<T>();
  }
  static_assert(refuse(),
                "lifeboat: a member of this type can not stand in a record; docs/records.md lists what can. A struct "
                "of your own is described by BOOST_HANA_ADAPT_STRUCT");

  /// Described structs: their members, one after the other.
  static constexpr std::size_t size = [] {
    std::size_t sum = 0;
    each_member<T>([&](auto, auto get) {
      sum += RecordCodec<std::remove_cvref_t<decltype(get(std::declval<const T&>()))>>::size;
    });
    return sum;
  }();
  static void encode(const T& value, std::byte* out) noexcept {
    each_member<T>([&](auto, auto get) {
      using Codec = RecordCodec<std::remove_cvref_t<decltype(get(value))>>;
      Codec::encode(get(value), out);
      out += Codec::size;
    });
  }
  static bool decode(const std::byte* in, T& value) noexcept {
    bool good = true;
    each_member<T>([&](auto, auto get) {
      using Codec = RecordCodec<std::remove_cvref_t<decltype(get(value))>>;
      good = good && Codec::decode(in, get(value));
      in += Codec::size;
    });
    return good;
  }
  static bool sound(const T& value) noexcept {
    bool good = true;
    each_member<T>([&](auto, auto get) {
      good = good && RecordCodec<std::remove_cvref_t<decltype(get(value))>>::sound(get(value));
    });
    return good;
  }
};

template <class T>
concept FixedInteger = std::is_same_v<T, std::int8_t> || std::is_same_v<T, std::int16_t> ||
    std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::uint8_t> ||
    std::is_same_v<T, std::uint16_t> || std::is_same_v<T, std::uint32_t> || std::is_same_v<T, std::uint64_t>;

template <FixedInteger T>
struct RecordCodec<T> {
  static constexpr std::size_t size = sizeof(T);
  static void encode(T value, std::byte* out) noexcept { store_le(out, value); }
  static bool decode(const std::byte* in, T& value) noexcept {
    value = load_le<T>(in);
    return true;
  }
  static bool sound(T) noexcept { return true; }
};

template <>
struct RecordCodec<bool> {
  static constexpr std::size_t size = 1;
  static void encode(bool value, std::byte* out) noexcept { *out = static_cast<std::byte>(value ? 1 : 0); }
  static bool decode(const std::byte* in, bool& value) noexcept {
    value = *in == std::byte{1};
    return value || *in == std::byte{0};
  }
  static bool sound(bool) noexcept { return true; }
};

/// An enum whose enumerators the engine named; any other value is refused.
template <class E>
concept NamedEnum = requires {
  { RecordTraits<E>::values[0] } -> std::convertible_to<E>;
};

template <class E>
requires std::is_enum_v<E>
struct RecordCodec<E> {
  using Integer = std::underlying_type_t<E>;
  static_assert(FixedInteger<Integer>,
                "lifeboat: an enum in a record has a fixed underlying type: enum class E : "
                "std::uint8_t { ... }");
  static constexpr std::size_t size = sizeof(Integer);
  static void encode(E value, std::byte* out) noexcept { store_le(out, static_cast<Integer>(value)); }
  static bool decode(const std::byte* in, E& value) noexcept {
    value = static_cast<E>(load_le<Integer>(in));
    return sound(value);
  }
  static bool sound(E value) noexcept {
    if constexpr (NamedEnum<E>) {
      for (const E known : RecordTraits<E>::values)
        if (known == value) return true;
      return false;
    } else {
      return true;
    }
  }
};

template <class T, std::size_t N>
struct RecordCodec<std::array<T, N>> {
  static constexpr std::size_t size = N * RecordCodec<T>::size;
  static void encode(const std::array<T, N>& value, std::byte* out) noexcept {
    for (std::size_t i = 0; i < N; ++i) RecordCodec<T>::encode(value[i], out + i * RecordCodec<T>::size);
  }
  static bool decode(const std::byte* in, std::array<T, N>& value) noexcept {
    bool good = true;
    for (std::size_t i = 0; i < N; ++i) good = RecordCodec<T>::decode(in + i * RecordCodec<T>::size, value[i]) && good;
    return good;
  }
  static bool sound(const std::array<T, N>& value) noexcept {
    for (const T& one : value)
      if (!RecordCodec<T>::sound(one)) return false;
    return true;
  }
};

inline bool all_zero(const std::byte* at, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i)
    if (at[i] != std::byte{0}) return false;
  return true;
}

template <std::size_t N>
struct RecordCodec<FixedString<N>> {
  static constexpr std::size_t size = 2 + N;
  static void encode(const FixedString<N>& value, std::byte* out) noexcept {
    const std::string_view text = value.view();
    store_le(out, static_cast<std::uint16_t>(text.size()));
    std::memcpy(out + 2, text.data(), text.size());
    std::memset(out + 2 + text.size(), 0, N - text.size());
  }
  static bool decode(const std::byte* in, FixedString<N>& value) noexcept {
    const std::size_t length = load_le<std::uint16_t>(in);
    if (length > N || !all_zero(in + 2 + length, N - length)) return false;
    value = *FixedString<N>::of(as_text({in + 2, length}));
    return true;
  }
  static bool sound(const FixedString<N>&) noexcept { return true; }
};

template <class T, std::size_t N>
struct RecordCodec<Bounded<T, N>> {
  static constexpr std::size_t element = RecordCodec<T>::size;
  static constexpr std::size_t size = 2 + N * element;
  static void encode(const Bounded<T, N>& value, std::byte* out) noexcept {
    store_le(out, static_cast<std::uint16_t>(value.size()));
    out += 2;
    for (const T& one : value) {
      RecordCodec<T>::encode(one, out);
      out += element;
    }
    std::memset(out, 0, (N - value.size()) * element);
  }
  static bool decode(const std::byte* in, Bounded<T, N>& value) noexcept {
    const std::size_t count = load_le<std::uint16_t>(in);
    if (count > N || !all_zero(in + 2 + count * element, (N - count) * element)) return false;
    value.clear();
    for (std::size_t i = 0; i < count; ++i) {
      T one{};
      if (!RecordCodec<T>::decode(in + 2 + i * element, one) || !value.push_back(one)) return false;
    }
    return true;
  }
  static bool sound(const Bounded<T, N>& value) noexcept {
    for (const T& one : value)
      if (!RecordCodec<T>::sound(one)) return false;
    return true;
  }
};

template <class T>
struct RecordCodec<std::optional<T>> {
  static constexpr std::size_t size = 1 + RecordCodec<T>::size;
  static void encode(const std::optional<T>& value, std::byte* out) noexcept {
    *out = static_cast<std::byte>(value ? 1 : 0);
    if (value)
      RecordCodec<T>::encode(*value, out + 1);
    else
      std::memset(out + 1, 0, size - 1);
  }
  static bool decode(const std::byte* in, std::optional<T>& value) noexcept {
    value.reset();
    if (*in == std::byte{0}) return all_zero(in + 1, size - 1);
    return *in == std::byte{1} && RecordCodec<T>::decode(in + 1, value.emplace());
  }
  static bool sound(const std::optional<T>& value) noexcept { return !value || RecordCodec<T>::sound(*value); }
};

template <>
struct RecordCodec<Uuid> {
  static constexpr std::size_t size = 16;
  static void encode(const Uuid& value, std::byte* out) noexcept { std::memcpy(out, value.bytes.data(), size); }
  static bool decode(const std::byte* in, Uuid& value) noexcept {
    std::memcpy(value.bytes.data(), in, size);
    return true;
  }
  static bool sound(const Uuid&) noexcept { return true; }
};

template <>
struct RecordCodec<Timestamp> {
  static constexpr std::size_t size = 12;
  static void encode(const Timestamp& value, std::byte* out) noexcept {
    store_le(out, value.seconds);
    store_le(out + 8, value.nanoseconds);
  }
  static bool decode(const std::byte* in, Timestamp& value) noexcept {
    value = {load_le<std::int64_t>(in), load_le<std::uint32_t>(in + 8)};
    return sound(value);
  }
  static bool sound(const Timestamp& value) noexcept { return value.nanoseconds < 1'000'000'000; }
};

template <>
struct RecordCodec<Money> {
  static constexpr std::size_t size = 12;
  static void encode(const Money& value, std::byte* out) noexcept {
    store_le(out, value.minor);
    std::memcpy(out + 8, value.currency.letters.data(), 3);
    out[11] = static_cast<std::byte>(value.currency.digits);
  }
  static bool decode(const std::byte* in, Money& value) noexcept {
    value.minor = load_le<std::int64_t>(in);
    std::memcpy(value.currency.letters.data(), in + 8, 3);
    value.currency.digits = std::to_integer<std::uint8_t>(in[11]);
    return sound(value);
  }
  static bool sound(const Money& value) noexcept { return value.currency.valid(); }
};

/// Roles are encoded as what they hold.
template <class T, auto member>
struct RoleCodec {
  using Held = RecordCodec<std::remove_cvref_t<decltype(std::declval<T>().*member)>>;
  static constexpr std::size_t size = Held::size;
  static void encode(const T& value, std::byte* out) noexcept { Held::encode(value.*member, out); }
  static bool decode(const std::byte* in, T& value) noexcept { return Held::decode(in, value.*member); }
  static bool sound(const T& value) noexcept { return Held::sound(value.*member); }
};
template <>
struct RecordCodec<Key> : RoleCodec<Key, &Key::text> {};
template <>
struct RecordCodec<DebitAccount> : RoleCodec<DebitAccount, &DebitAccount::number> {};
template <>
struct RecordCodec<CreditAccount> : RoleCodec<CreditAccount, &CreditAccount::number> {};
template <class E>
struct RecordCodec<Stage<E>> : RoleCodec<Stage<E>, &Stage<E>::value> {};
template <class T>
struct RecordCodec<Sensitive<T>> : RoleCodec<Sensitive<T>, &Sensitive<T>::value> {};

}  // namespace detail

/// Bytes of every record of this type.
template <class R>
consteval std::size_t encoded_size() {
  static_assert(detail::check_record_shape<R>());
  static_assert(detail::RecordCodec<R>::size <= record_bytes_max, "lifeboat: a record has at most 60000 bytes");
  return detail::RecordCodec<R>::size;
}

/// Whether every value in it has an encoding: a currency of three capital letters, nanoseconds below a second, an
/// enumerator that RecordTraits names. What has none would be written, and never be read again.
template <class R>
[[nodiscard]] bool encodable(const R& record) noexcept {
  (void)encoded_size<R>();
  return detail::RecordCodec<R>::sound(record);
}

/// Writes the encoding of `record`, which is `encodable`, to `out`, which has `encoded_size<R>()` bytes. Allocates
/// nothing.
template <class R>
void encode_record(const R& record, std::byte* out) noexcept {
  (void)encoded_size<R>();
  detail::RecordCodec<R>::encode(record, out);
}

/// The record that `in`, of `encoded_size<R>()` bytes, encodes; none where the bytes break a rule.
template <class R>
std::optional<R> decode_record(ByteView in) noexcept {
  std::optional<R> record;
  if (in.size() != encoded_size<R>()) return record;
  if (!detail::RecordCodec<R>::decode(in.data(), record.emplace())) record.reset();
  return record;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
