// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

/// Text seen as bytes; borrows.
inline ByteView as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// Bytes seen as text; borrows, any bytes.
inline std::string_view as_text(ByteView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// An unsigned integer at `at`, little-endian. The caller has checked that it is there.
template <class T>
  requires std::is_integral_v<T>
T load_le(const std::byte* at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// Stores an integer little-endian.
template <class T>
  requires std::is_integral_v<T>
void store_le(std::byte* at, T value) noexcept {
  std::memcpy(at, &value, sizeof value);
}

/// A digest of up to 64 bytes, with its length.
struct Digest {
  std::array<std::byte, 64> bytes{};
  std::uint8_t size = 0;

  Digest() = default;
  explicit Digest(ByteView from) noexcept : size(static_cast<std::uint8_t>(from.size() < 64 ? from.size() : 64)) {
    if (size != 0) std::memcpy(bytes.data(), from.data(), size);
  }
  [[nodiscard]] ByteView view() const noexcept { return {bytes.data(), size}; }
  friend bool operator==(const Digest& a, const Digest& b) noexcept {
    return a.size == b.size && std::memcmp(a.bytes.data(), b.bytes.data(), a.size) == 0;
  }
};

/// A random id of 128 bits: of a repository, an archive, a boot.
struct Id {
  std::array<std::byte, 16> bytes{};
  [[nodiscard]] ByteView view() const noexcept { return bytes; }
  friend auto operator<=>(const Id&, const Id&) = default;
  friend bool operator==(const Id&, const Id&) = default;
};
using ArchiveId = Id;

/// Lower-case hexadecimal.
template <class = void>
std::string to_hex(ByteView bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte b : bytes) {
    text.push_back(digits[std::to_integer<unsigned>(b) >> 4U]);
    text.push_back(digits[std::to_integer<unsigned>(b) & 15U]);
  }
  return text;
}

/// Reads lower- or upper-case hexadecimal; an empty result where the text is none.
template <class = void>
Bytes from_hex(std::string_view text) {
  const auto value = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  Bytes bytes;
  if (text.size() % 2 != 0) return bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = value(text[i]);
    const int low = value(text[i + 1]);
    if (high < 0 || low < 0) return {};
    bytes.push_back(static_cast<std::byte>(high * 16 + low));
  }
  return bytes;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
