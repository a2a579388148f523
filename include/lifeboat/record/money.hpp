// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A currency: its three letters by ISO 4217, and how many digits its minor unit has (0 to 18).
struct Currency {
  std::array<char, 3> letters{'X', 'X', 'X'};
  std::uint8_t digits = 0;

  constexpr Currency() noexcept = default;
  constexpr Currency(const char (&code)[4], std::uint8_t minor_digits) noexcept
      : letters{code[0], code[1], code[2]}, digits(minor_digits) {}

  [[nodiscard]] constexpr std::string_view code() const noexcept { return {letters.data(), letters.size()}; }
  /// Three capital letters and at most 18 digits.
  [[nodiscard]] constexpr bool valid() const noexcept {
    for (const char c : letters)
      if (c < 'A' || c > 'Z') return false;
    return digits <= 18;
  }
  friend constexpr auto operator<=>(const Currency&, const Currency&) = default;
  friend constexpr bool operator==(const Currency&, const Currency&) = default;
};

inline constexpr Currency AUD{"AUD", 2};
inline constexpr Currency CAD{"CAD", 2};
inline constexpr Currency CHF{"CHF", 2};
inline constexpr Currency CNY{"CNY", 2};
inline constexpr Currency EUR{"EUR", 2};
inline constexpr Currency GBP{"GBP", 2};
inline constexpr Currency HKD{"HKD", 2};
inline constexpr Currency INR{"INR", 2};
inline constexpr Currency JPY{"JPY", 0};
inline constexpr Currency KWD{"KWD", 3};
inline constexpr Currency SGD{"SGD", 2};
inline constexpr Currency USD{"USD", 2};

/// An amount in minor units: {12500, EUR} is 125.00 EUR. Never a floating point number.
struct Money {
  std::int64_t minor = 0;
  Currency currency{};
  friend constexpr bool operator==(const Money&, const Money&) = default;
};

/// A sum of amounts of one currency: 128 bits, so that 2^64 of the largest amounts fit. Its text is exact.
struct MoneySum {
  __extension__ using Wide = __int128;

  Currency currency{};
  Wide minor = 0;

  /// False, and nothing is changed, where the currencies differ or the sum would overflow.
  [[nodiscard]] constexpr bool add(const Money& money) noexcept {
    Wide sum = 0;
    if (money.currency != currency || __builtin_add_overflow(minor, Wide{money.minor}, &sum)) return false;
    minor = sum;
    return true;
  }
  [[nodiscard]] constexpr bool subtract(const Money& money) noexcept {
    Wide sum = 0;
    if (money.currency != currency || __builtin_sub_overflow(minor, Wide{money.minor}, &sum)) return false;
    minor = sum;
    return true;
  }
  friend constexpr bool operator==(const MoneySum&, const MoneySum&) = default;
};

/// "125.00 EUR", "-0.05 EUR", "1200 JPY".
template <class = void>
std::string to_text(const MoneySum& sum) {
  __extension__ using Unsigned = unsigned __int128;
  Unsigned rest = sum.minor < 0 ? Unsigned{0} - static_cast<Unsigned>(sum.minor) : static_cast<Unsigned>(sum.minor);
  std::string text;
  for (unsigned digit = 0; rest != 0 || digit <= sum.currency.digits; ++digit) {
    if (digit == sum.currency.digits && digit != 0) text.insert(text.begin(), '.');
    text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  }
  if (sum.minor < 0) text.insert(text.begin(), '-');
  return text.append(" ").append(sum.currency.code());
}
template <class = void>
std::string to_text(const Money& money) {
  return to_text(MoneySum{money.currency, money.minor});
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
