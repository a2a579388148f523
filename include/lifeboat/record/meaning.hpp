// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

#include <lifeboat/core/version.hpp>

// What a record means to the books of its engine: said once, with its type, and stored with its schema.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The numbers stand in schemas.
enum class MeaningKind : std::uint8_t { authorises = 1, captures = 2, refunds = 3, states_balance = 4 };

/// A record type may have so many.
inline constexpr std::size_t record_meanings_max = 64;

/// One meaning of a record type. Paths are names joined by dots ("card.number"), through optionals and what is
/// Sensitive.
template <class Text>
struct BasicMeaning {
  MeaningKind kind = MeaningKind::authorises;
  Text field{};             ///< path of an integer, a bool, an enum or a stage; empty: each record of the type means it
  std::int64_t value = 0;   ///< of that field, in the records that mean it
  Text key{};               ///< path of the key that the sums are kept by; empty: the record's own
  Text amount{};            ///< path of the money; empty: the record's first
  Text account{};           ///< of a balance: path of an integer or an account
  Text balance{};           ///< path of the money
  bool credits_add = true;  ///< a balance is credits less debits; false: debits less credits

  /// Only records in which the field has this value.
  template <class V>
  requires std::is_enum_v<V> || std::integral<V>
  [[nodiscard]] constexpr BasicMeaning where(Text path, V is) const {
    BasicMeaning changed = *this;
    changed.field = path;
    if constexpr (std::is_enum_v<V>)
      changed.value = number(static_cast<std::underlying_type_t<V>>(is));
    else
      changed.value = number(is);
    return changed;
  }
  /// Sums are kept by this key, where it is not the record's own: a refund's are by the payment that it gives back.
  [[nodiscard]] constexpr BasicMeaning by_key(Text path) const {
    BasicMeaning changed = *this;
    changed.key = path;
    return changed;
  }
  /// It is this amount, where it is not the record's first.
  [[nodiscard]] constexpr BasicMeaning of_amount(Text path) const {
    BasicMeaning changed = *this;
    changed.amount = path;
    return changed;
  }
  /// Debits add to the balance, as in what others owe.
  [[nodiscard]] constexpr BasicMeaning as_debits() const {
    BasicMeaning changed = *this;
    changed.credits_add = false;
    return changed;
  }

  friend constexpr bool operator==(const BasicMeaning&, const BasicMeaning&) = default;

 private:
  /// As whole_number has it: what is above 2^63 counts as 2^63 - 1.
  template <class V>
  static constexpr std::int64_t number(V value) noexcept {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    if constexpr (std::is_unsigned_v<V> && sizeof(V) == 8)
      return value > static_cast<std::uint64_t>(most) ? most : static_cast<std::int64_t>(value);
    else
      return static_cast<std::int64_t>(value);
  }
};

/// What `RecordTraits<R>::meanings`, a constexpr std::array, is made of.
using RecordMeaning = BasicMeaning<std::string_view>;
/// What is read of a schema.
using SchemaMeaning = BasicMeaning<std::string>;

/// Its amount is added to what its key may capture.
constexpr RecordMeaning authorises() noexcept { return {.kind = MeaningKind::authorises}; }
/// Its amount is taken from its key's payer.
constexpr RecordMeaning captures() noexcept { return {.kind = MeaningKind::captures}; }
/// Its amount is given back.
constexpr RecordMeaning refunds() noexcept { return {.kind = MeaningKind::refunds}; }
/// It says what an account has, and posts nothing itself. The paths of an integer or account, and of money.
constexpr RecordMeaning states_balance(std::string_view account, std::string_view balance) noexcept {
  return {.kind = MeaningKind::states_balance, .account = account, .balance = balance};
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
