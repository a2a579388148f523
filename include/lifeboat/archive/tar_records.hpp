// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include <lifeboat/archive/tar_layout.hpp>
#include <lifeboat/source/acl_text.hpp>
#include <lifeboat/source/tree.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// Nothing, or what is wrong, as the end of a sentence. A literal: it is never freed.
using TarProblem = const char*;

/// Digits only, the shortest form, below 2^63.
template <class = void>
bool tar_decimal(std::string_view text, std::uint64_t& value) noexcept {
  if (text.empty() || (text[0] == '0' && text.size() > 1)) return false;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() && value >> 63U == 0;
}

/// `-1.5` is half a second after the second -2.
template <class = void>
bool tar_time(std::string_view text, Timestamp& time) noexcept {
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  const std::size_t dot = text.find('.');
  std::uint32_t fraction = 0;
  if (dot != std::string_view::npos) {
    std::uint32_t unit = 100'000'000;
    if (text.size() - dot < 2 || text.size() - dot > 10) return false;
    for (const char c : text.substr(dot + 1)) {
      if (c < '0' || c > '9') return false;
      fraction += static_cast<std::uint32_t>(c - '0') * unit;
      unit /= 10;
    }
  }
  std::uint64_t seconds = 0;
  if (!tar_decimal(text.substr(0, dot), seconds)) {
    // The one number below zero that has no counterpart above.
    if (!negative || fraction != 0 || text != "9223372036854775808") return false;
    seconds = std::uint64_t{1} << 63U;
  }
  if (negative) {
    seconds = std::uint64_t{0} - seconds - (fraction != 0 ? 1U : 0U);
    fraction = fraction != 0 ? 1'000'000'000 - fraction : 0;
  }
  time = {static_cast<std::int64_t>(seconds), fraction};
  return true;
}

/// Octal digits up to a zero or a blank, or a binary number that begins with 0x80.
template <std::size_t N>
bool tar_number(const char (&field)[N], std::uint64_t& value) noexcept {
  value = 0;
  if (static_cast<unsigned char>(field[0]) == 0x80) {
    for (std::size_t i = 1; i < N; ++i) {
      if (value >> 55U != 0) return false;
      value = value << 8U | static_cast<unsigned char>(field[i]);
    }
    return true;
  }
  std::size_t i = 0;
  for (; i < N && field[i] >= '0' && field[i] <= '7'; ++i) value = value << 3U | static_cast<unsigned>(field[i] - '0');
  if (i == 0 || i == N) return false;
  for (; i < N; ++i)
    if (field[i] != '\0' && field[i] != ' ') return false;
  return true;
}

/// A text that a zero ends, or the field; behind the zero there are zeros only.
template <std::size_t N>
bool tar_text(const char (&field)[N], std::string_view& text) noexcept {
  text = {field, N};
  const std::size_t end = text.find('\0');
  if (end == std::string_view::npos) return true;
  if (text.find_first_not_of('\0', end) != std::string_view::npos) return false;
  text = text.substr(0, end);
  return true;
}

/// Relative, of components that are neither empty nor `.` nor `..`.
constexpr bool tar_path_is_safe(std::string_view path) noexcept {
  while (true) {
    const std::string_view component = path.substr(0, path.find('/'));
    if (component.empty() || component == "." || component == "..") return false;
    if (component.size() == path.size()) return true;
    path.remove_prefix(component.size() + 1);
  }
}

/// The records of one extended header; views into its payload. Each keyword occurs at most once.
struct PaxRecords {
  std::string_view path, linkpath, size, uid, gid, uname, gname, mtime, sparse_major, sparse_minor, sparse_name,
      sparse_size, comment;
  std::uint32_t seen = 0;  ///< a bit for each, in the order above

  [[nodiscard]] bool has(unsigned bit) const noexcept { return (seen >> bit & 1U) != 0; }
  static constexpr unsigned has_path = 0, has_linkpath = 1, has_size = 2, has_uid = 3, has_gid = 4, has_uname = 5,
                            has_gname = 6, has_mtime = 7, has_sparse = 8;
  static constexpr std::uint32_t sparse_bits = 0xFU << has_sparse;
};

/// Undoes the escapes of an attribute's name.
template <class = void>
TarProblem decode_attribute_name(std::string_view escaped, std::string& name) {
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] == '\0') return "an attribute's name holds a zero";
    if (escaped[i] != '%') {
      name += escaped[i];
      continue;
    }
    const std::string_view code = escaped.substr(i, 3);
    if (code != "%3D" && code != "%25") return "an attribute's name is escaped wrongly";
    name += code == "%3D" ? '=' : '%';
    i += 2;
  }
  return name.empty() ? "an attribute has no name" : nullptr;
}

/// Takes a record that is an extended attribute, an ACL or a label into the entry; `mine` says whether it is one.
template <class = void>
TarProblem decode_attribute(std::string_view keyword, std::string_view value, Entry& entry, bool& mine) {
  namespace key = tar_key;
  const bool is_acl = keyword == key::acl_access || keyword == key::acl_default;
  mine = is_acl || keyword == key::selinux || keyword.starts_with(key::attribute);
  if (!mine) return nullptr;
  ExtendedAttribute attribute;
  if (is_acl) {
    attribute.name = keyword == key::acl_access ? attribute_acl_access : attribute_acl_default;
    if (!acl_from_text(value, attribute.value)) return "an ACL is none";
  } else {
    if (keyword == key::selinux)
      attribute.name = attribute_selinux;
    else if (const TarProblem problem = decode_attribute_name(keyword.substr(key::attribute.size()), attribute.name))
      return problem;
    attribute.value.assign(as_bytes(value).begin(), as_bytes(value).end());
  }
  if (!entry.attributes.empty() && entry.attributes.back().name >= attribute.name) return "attributes are out of order";
  entry.attributes.push_back(std::move(attribute));
  return nullptr;
}

/// Reads the payload of an extended header; attributes go straight into the entry.
template <class = void>
TarProblem decode_records(std::string_view payload, PaxRecords& records, Entry& entry) {
  namespace key = tar_key;
  struct Known {
    std::string_view keyword;
    std::string_view PaxRecords::*value;
  };
  static constexpr Known known[] = {
      {key::path, &PaxRecords::path},
      {key::linkpath, &PaxRecords::linkpath},
      {key::size, &PaxRecords::size},
      {key::uid, &PaxRecords::uid},
      {key::gid, &PaxRecords::gid},
      {key::uname, &PaxRecords::uname},
      {key::gname, &PaxRecords::gname},
      {key::mtime, &PaxRecords::mtime},
      {key::sparse_major, &PaxRecords::sparse_major},
      {key::sparse_minor, &PaxRecords::sparse_minor},
      {key::sparse_name, &PaxRecords::sparse_name},
      {key::sparse_size, &PaxRecords::sparse_size},
      {key::comment, &PaxRecords::comment},
  };
  while (!payload.empty()) {
    const std::size_t blank = payload.find(' ');
    std::uint64_t length = 0;
    if (blank > 19 || !tar_decimal(payload.substr(0, blank), length)) return "a record's length is no number";
    if (length > payload.size() || length < blank + 3) return "a record is longer than what is there";
    std::string_view record = payload.substr(blank + 1, static_cast<std::size_t>(length) - blank - 1);
    payload.remove_prefix(static_cast<std::size_t>(length));
    if (record.back() != '\n') return "a record does not end with its line";
    record.remove_suffix(1);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos) return "a record has no '='";
    const std::string_view keyword = record.substr(0, equals);
    const std::string_view value = record.substr(equals + 1);

    bool is_attribute = false;
    if (const TarProblem problem = decode_attribute(keyword, value, entry, is_attribute)) return problem;
    if (is_attribute) continue;
    unsigned bit = 0;
    while (bit < std::size(known) && known[bit].keyword != keyword) ++bit;
    if (bit == std::size(known)) return "a record's keyword is none of ours";
    if (records.has(bit)) return "a keyword occurs twice";
    if (value.find('\0') != std::string_view::npos) return "a record of text holds a zero";
    records.seen |= 1U << bit;
    records.*known[bit].value = value;
  }
  return nullptr;
}

}  // namespace detail

}  // namespace lifeboat::inline LIFEBOAT_ABI
