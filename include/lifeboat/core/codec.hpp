// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/bytes.hpp>

// The primitives of docs/format.md ("Notation"): fixed little-endian integers, minimal LEB128, zigzag, counted strings.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Appends primitives to a byte vector.
class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) noexcept : out_(out) {}

  template <class T>
  void fixed(T value) {
    std::byte raw[sizeof(T)];
    store_le(raw, value);
    bytes({raw, sizeof(T)});
  }
  void bytes(ByteView data) {
    const std::size_t at = out_.size();
    out_.resize(at + data.size());
    if (!data.empty()) std::memcpy(out_.data() + at, data.data(), data.size());
  }
  void text(std::string_view data) { bytes(as_bytes(data)); }
  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<std::byte>(value | 0x80));
      value >>= 7U;
    }
    out_.push_back(static_cast<std::byte>(value));
  }
  void zigzag(std::int64_t value) {
    varint((static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void counted(ByteView data) {
    varint(data.size());
    bytes(data);
  }
  void counted(std::string_view data) { counted(as_bytes(data)); }

 private:
  Bytes& out_;
};

/// Reads primitives from bytes that nobody vouches for: after the first thing that does not fit, `good()` is false and
/// every further read gives zero or nothing. Never reads outside, never allocates.
class ByteReader {
 public:
  explicit ByteReader(ByteView data) noexcept : data_(data) {}

  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] bool at_end() const noexcept { return at_ == data_.size(); }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }
  [[nodiscard]] std::size_t left() const noexcept { return data_.size() - at_; }
  void fail() noexcept { good_ = false; }

  template <class T>
  T fixed() noexcept {
    const ByteView raw = bytes(sizeof(T));
    return good_ ? load_le<T>(raw.data()) : T{};
  }
  ByteView bytes(std::uint64_t count) noexcept {
    if (!good_ || count > data_.size() - at_) {
      good_ = false;
      return {};
    }
    const ByteView piece = data_.subspan(at_, static_cast<std::size_t>(count));
    at_ += static_cast<std::size_t>(count);
    return piece;
  }
  std::uint64_t varint() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; good_ && shift < 64; shift += 7) {
      const ByteView next = bytes(1);
      if (!good_) return 0;
      const auto b = std::to_integer<std::uint64_t>(next[0]);
      if (shift == 63 && b > 1) break;
      value |= (b & 0x7FU) << shift;
      if (b < 0x80) {
        if (b == 0 && shift != 0) break;  // not the shortest form
        return value;
      }
    }
    good_ = false;
    return 0;
  }
  std::int64_t zigzag() noexcept {
    const std::uint64_t raw = varint();
    return static_cast<std::int64_t>((raw >> 1U) ^ (~(raw & 1U) + 1U));
  }
  ByteView counted() noexcept { return bytes(varint()); }
  std::string_view counted_text() noexcept { return as_text(counted()); }
  Id id() noexcept {
    Id out;
    const ByteView raw = bytes(out.bytes.size());
    if (good_) std::memcpy(out.bytes.data(), raw.data(), raw.size());
    return out;
  }

 private:
  ByteView data_;
  std::size_t at_ = 0;
  bool good_ = true;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
