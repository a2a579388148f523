// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <utility>

#include <lifeboat/record/describe_type.hpp>
#include <lifeboat/record/meaning.hpp>

// The meanings of a record type as they are stored, and that its fields are what they name.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Whether a field may be compared with a number.
constexpr bool is_whole(SchemaKind kind) noexcept {
  return (kind >= SchemaKind::boolean && kind <= SchemaKind::enumeration) || kind == SchemaKind::stage;
}
/// Whether a field may say which account.
constexpr bool is_account(SchemaKind kind) noexcept {
  return (kind >= SchemaKind::i8 && kind <= SchemaKind::u64) || kind == SchemaKind::debit_account ||
         kind == SchemaKind::credit_account;
}

namespace detail {

template <class R>
concept HasMeanings = requires {
  RecordTraits<R>::meanings;
};

/// What a path leads through without a name.
template <class T>
struct Unwrapped {
  using type = T;
};
template <class T>
struct Unwrapped<std::optional<T>> : Unwrapped<T> {};
template <class T>
struct Unwrapped<Sensitive<T>> : Unwrapped<T> {};

/// The first bytes of a description: what a type is, and the integer of an enum or a stage.
struct FirstKinds {
  SchemaKind kinds[2]{};
  unsigned count = 0;
  constexpr void byte(std::uint8_t b) noexcept {
    if (count < 2) kinds[count++] = static_cast<SchemaKind>(b);
  }
  /// Of a number, what it is stored as.
  [[nodiscard]] constexpr SchemaKind integer() const noexcept {
    return kinds[0] == SchemaKind::enumeration || kinds[0] == SchemaKind::stage ? kinds[1] : kinds[0];
  }
};

/// What stands at a path; nothing where the record has no such path.
template <class T>
constexpr FirstKinds kinds_at(std::string_view path) {
  FirstKinds found;
  if (path.empty()) {
    TypeDescription<T>::put(found);
  } else if constexpr (is_described<T>) {
    const std::size_t dot = path.find('.');
    const std::string_view rest = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    each_member<T>([&](auto name, auto get) {
      using Member = std::remove_cvref_t<decltype(get(std::declval<const T&>()))>;
      if (path.substr(0, dot) == boost::hana::to<const char*>(name))
        found = kinds_at<typename Unwrapped<Member>::type>(rest);
    });
  }
  return found;
}

/// Whether a record has a field of a type that stands in no list or array.
template <class T, class Field>
constexpr bool has_one() {
  bool found = std::is_same_v<T, Field>;
  if constexpr (is_described<T>)
    each_member<T>([&](auto, auto get) {
      using Member = std::remove_cvref_t<decltype(get(std::declval<const T&>()))>;
      found = found || has_one<typename Unwrapped<Member>::type, Field>();
    });
  return found;
}

/// Whether a number of that kind can be this.
constexpr bool may_be(SchemaKind kind, std::int64_t value) noexcept {
  if (kind == SchemaKind::boolean) return value == 0 || value == 1;
  const bool is_signed = kind <= SchemaKind::i64;
  const unsigned bits =
      8U << (static_cast<unsigned>(kind) - static_cast<unsigned>(is_signed ? SchemaKind::i8 : SchemaKind::u8));
  const std::int64_t most =
      bits == 64 ? std::numeric_limits<std::int64_t>::max() : (std::int64_t{1} << (is_signed ? bits - 1 : bits)) - 1;
  return value <= most && value >= (is_signed ? -most - 1 : 0);
}

/// True, or a sentence from the compiler.
template <class R, std::size_t i>
consteval bool check_meaning() {
  constexpr RecordMeaning meaning = RecordTraits<R>::meanings[i];
  constexpr bool balance = meaning.kind == MeaningKind::states_balance;
  static_assert(!balance || (meaning.field.empty() && meaning.key.empty() && meaning.amount.empty()),
                "lifeboat: states_balance(...) in RecordTraits<...>::meanings is of each record of its type: it has no "
                "`where`, no key and no amount");
  static_assert(balance || meaning.credits_add,
                "lifeboat: as_debits() in RecordTraits<...>::meanings is of states_balance(...)");
  static_assert(!balance || is_account(kinds_at<R>(meaning.account).kinds[0]),
                "lifeboat: states_balance(...) in RecordTraits<...>::meanings names first the path of an integer or an "
                "account of the record");
  static_assert(!balance || kinds_at<R>(meaning.balance).kinds[0] == SchemaKind::money,
                "lifeboat: states_balance(...) in RecordTraits<...>::meanings names second the path of a Money of the "
                "record");
  static_assert(meaning.field.empty() || is_whole(kinds_at<R>(meaning.field).kinds[0]),
                "lifeboat: `where` in RecordTraits<...>::meanings names the path of an integer, a bool, an enum or a "
                "Stage of the record");
  static_assert(meaning.field.empty() || may_be(kinds_at<R>(meaning.field).integer(), meaning.value),
                "lifeboat: `where` in RecordTraits<...>::meanings names a value that the field never has");
  static_assert(
      balance || (meaning.key.empty() ? has_one<R, Key>() : kinds_at<R>(meaning.key).kinds[0] == SchemaKind::key),
      "lifeboat: what authorises, captures or refunds (RecordTraits<...>::meanings) has a Key of its own, or "
      "by_key names the path of one of the record");
  static_assert(balance || (meaning.amount.empty() ? has_one<R, Money>()
                                                   : kinds_at<R>(meaning.amount).kinds[0] == SchemaKind::money),
                "lifeboat: what authorises, captures or refunds (RecordTraits<...>::meanings) has a Money, or "
                "of_amount names the path of one of the record");
  for (std::size_t before = 0; before < i; ++before)
    if (RecordTraits<R>::meanings[before] == meaning) return false;
  return true;
}

template <class R, std::size_t... i>
consteval bool check_meanings(std::index_sequence<i...>) {
  static_assert(sizeof...(i) <= record_meanings_max, "lifeboat: RecordTraits<...>::meanings has 64 at most");
  static_assert((check_meaning<R, i>() && ...),
                "lifeboat: RecordTraits<...>::meanings says the same twice: its amount would count twice");
  return true;
}

/// What stands behind the fields: nothing where the type has no meanings.
template <class R, class Out>
constexpr void describe_meanings(Out& out) {
  if constexpr (HasMeanings<R>) {
    static_assert(
        requires {
          { RecordTraits<R>::meanings[0] } -> std::convertible_to<RecordMeaning>;
        },
        "lifeboat: RecordTraits<...>::meanings is an array: static constexpr std::array meanings{captures()}");
    static_assert(
        requires { RecordTraits<R>::name; },
        "lifeboat: a record type with RecordTraits<...>::meanings has a name: earlier versions are known by it");
    constexpr std::size_t count = std::size(RecordTraits<R>::meanings);
    static_assert(check_meanings<R>(std::make_index_sequence<count>()));
    if (count != 0) put_number(out, count);
    for (const RecordMeaning& meaning : RecordTraits<R>::meanings) {
      out.byte(static_cast<std::uint8_t>(meaning.kind));
      if (meaning.kind == MeaningKind::states_balance) {
        put_name(out, meaning.account);
        put_name(out, meaning.balance);
        out.byte(meaning.credits_add ? 0 : 1);
        continue;
      }
      put_name(out, meaning.field);
      if (!meaning.field.empty())
        for (unsigned shift = 0; shift < 64; shift += 8)
          out.byte(static_cast<std::uint8_t>(static_cast<std::uint64_t>(meaning.value) >> shift));
      put_name(out, meaning.key);
      put_name(out, meaning.amount);
    }
  }
}

}  // namespace detail
}  // namespace lifeboat::inline LIFEBOAT_ABI
