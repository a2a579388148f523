// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A text of at most N bytes, any bytes, that lies in the record itself. Behind the text stand zeros, so that equal
/// texts are equal bytes.
template <std::size_t N>
class FixedString {
  static_assert(N >= 1 && N <= 32'768, "lifeboat: a FixedString holds 1 to 32768 bytes");

 public:
  static constexpr std::size_t max = N;

  constexpr FixedString() noexcept = default;
  /// From a literal that fits.
  template <std::size_t M>
  // NOLINTNEXTLINE(google-explicit-constructor): `Key{"A-1001"}` is how keys are written
  constexpr FixedString(const char (&literal)[M]) noexcept {
    static_assert(M <= N + 1, "lifeboat: this literal is longer than the FixedString that is to hold it");
    assign({literal, M - 1});
  }
  /// From a text that is known at run time only; none where it is too long.
  static constexpr std::optional<FixedString> of(std::string_view text) noexcept {
    std::optional<FixedString> made;
    if (text.size() <= N) made.emplace().assign(text);
    return made;
  }

  [[nodiscard]] constexpr std::string_view view() const noexcept { return {text_.data(), length_}; }
  [[nodiscard]] constexpr bool empty() const noexcept { return length_ == 0; }

  friend constexpr bool operator==(const FixedString& a, const FixedString& b) noexcept { return a.view() == b.view(); }
  friend constexpr auto operator<=>(const FixedString& a, const FixedString& b) noexcept {
    return a.view() <=> b.view();
  }

 private:
  constexpr void assign(std::string_view text) noexcept {
    length_ = static_cast<std::uint16_t>(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) text_[i] = text[i];
  }

  std::uint16_t length_ = 0;
  std::array<char, N> text_{};
};

/// A list of at most N elements that lies in the record itself.
template <class T, std::size_t N>
class Bounded {
  static_assert(N >= 1 && N <= 32'768, "lifeboat: a Bounded holds 1 to 32768 elements");

 public:
  using value_type = T;
  static constexpr std::size_t max = N;

  constexpr Bounded() noexcept = default;

  /// False, and nothing is changed, where it is full.
  [[nodiscard]] constexpr bool push_back(const T& value) noexcept {
    if (count_ == N) return false;
    values_[count_++] = value;
    return true;
  }
  constexpr void clear() noexcept { *this = Bounded(); }

  [[nodiscard]] constexpr std::size_t size() const noexcept { return count_; }
  [[nodiscard]] constexpr bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] constexpr const T& operator[](std::size_t i) const noexcept { return values_[i]; }
  [[nodiscard]] constexpr const T* begin() const noexcept { return values_.data(); }
  [[nodiscard]] constexpr const T* end() const noexcept { return values_.data() + count_; }

  friend constexpr bool operator==(const Bounded& a, const Bounded& b) noexcept {
    if (a.count_ != b.count_) return false;
    for (std::size_t i = 0; i < a.count_; ++i)
      if (!(a.values_[i] == b.values_[i])) return false;
    return true;
  }

 private:
  std::uint16_t count_ = 0;
  std::array<T, N> values_{};
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
