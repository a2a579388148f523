// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

#include <lifeboat/core/port.hpp>

// How objects are named (docs/format.md, "Objects and their names").
namespace lifeboat::inline LIFEBOAT_ABI {

inline constexpr std::string_view descriptor_name = "repository";
inline constexpr std::string_view recover_name = "RECOVER.txt";
inline constexpr std::uint64_t generation_max = 9'999'999'999;  ///< of ten digits
inline constexpr std::uint64_t volumes_max = 1'000'000;         ///< of six

/// How many volumes a stream is cut into; volumes have a length.
constexpr std::uint64_t volume_count(std::uint64_t stream_length, std::uint64_t volume_length) noexcept {
  return stream_length / volume_length + (stream_length % volume_length != 0 ? 1 : 0);
}

/// A number in decimal with leading zeros.
template <class = void>
std::string zero_padded(std::uint64_t value, std::size_t width) {
  std::string digits = std::to_string(value);
  return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

template <class = void>
std::string chain_prefix(std::string_view source) {
  return "chain/" + std::string(source) + "/";
}
template <class = void>
ObjectName chain_entry_name(std::string_view source, std::uint64_t epoch, std::uint64_t generation) {
  return chain_prefix(source) + zero_padded(epoch, 8) + "-" + zero_padded(generation, 10);
}
template <class = void>
std::string archive_prefix(std::string_view source, const ArchiveId& archive) {
  return "archive/" + std::string(source) + "/" + to_hex(archive.view()) + "/";
}
template <class = void>
ObjectName volume_name(std::string_view source, const ArchiveId& archive, std::uint64_t volume) {
  return archive_prefix(source, archive) + "data." + zero_padded(volume, 6);
}
template <class = void>
ObjectName manifest_name(std::string_view source, const ArchiveId& archive) {
  return archive_prefix(source, archive) + "manifest";
}
template <class = void>
ObjectName seal_name(std::string_view source, const ArchiveId& archive) {
  return archive_prefix(source, archive) + "seal";
}

/// Whether a text can be a source id: 1 to 64 of [A-Za-z0-9._-], not starting with a dot.
constexpr bool valid_source_id(std::string_view id) noexcept {
  if (id.empty() || id.size() > 64 || id.front() == '.') return false;
  for (const char c : id)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
          c == '-'))
      return false;
  return true;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
