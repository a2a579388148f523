// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include <lifeboat/record/fixed_string.hpp>
#include <lifeboat/record/money.hpp>

// Types that say what a field means: invariants and the program read them from the schema.
namespace lifeboat::inline LIFEBOAT_ABI {

/// 128 bits that are unique by how they are made; 16 bytes in network order.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
  friend constexpr bool operator==(const Uuid&, const Uuid&) = default;
};

/// The idempotency key of a payment: whoever asks again with the same key asks about the same payment.
struct Key {
  FixedString<62> text{};

  /// From what a client sent; none where it is longer than 62 bytes.
  static constexpr std::optional<Key> of(std::string_view sent) noexcept {
    const auto fits = FixedString<62>::of(sent);
    return fits ? std::optional<Key>(Key{*fits}) : std::nullopt;
  }
  [[nodiscard]] constexpr std::string_view view() const noexcept { return text.view(); }
  friend constexpr auto operator<=>(const Key&, const Key&) = default;
  friend constexpr bool operator==(const Key&, const Key&) = default;
};

/// The account that the money beside it leaves.
struct DebitAccount {
  std::uint64_t number = 0;
  friend constexpr auto operator<=>(const DebitAccount&, const DebitAccount&) = default;
  friend constexpr bool operator==(const DebitAccount&, const DebitAccount&) = default;
};

/// The account that the money beside it goes to.
struct CreditAccount {
  std::uint64_t number = 0;
  friend constexpr auto operator<=>(const CreditAccount&, const CreditAccount&) = default;
  friend constexpr bool operator==(const CreditAccount&, const CreditAccount&) = default;
};

/// A state that a payment passes through and never goes back in: later enumerators are greater.
template <class E>
struct Stage {
  static_assert(std::is_enum_v<E>, "lifeboat: Stage holds an enum whose enumerators are in the order of the stages");
  E value{};
  friend constexpr auto operator<=>(const Stage&, const Stage&) = default;
  friend constexpr bool operator==(const Stage&, const Stage&) = default;
};

/// A value that never enters errors, logs, evidence or what the program prints, and that a medium, a journal or a
/// transport in the clear refuses at compile time.
template <class T>
struct Sensitive {
  T value{};
  friend constexpr bool operator==(const Sensitive&, const Sensitive&) = default;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
