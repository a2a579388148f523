// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include <lifeboat/archive/tar_layout.hpp>
#include <lifeboat/source/tree.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A member of a data stream, as its headers state it.
struct TarHeader {
  Entry entry;             ///< ctime, inode, device and links stand in no header; attributes but ACLs
  std::string acl_access;  ///< as text
  std::string acl_default;
  std::vector<Segment> segments;  ///< of a sparse file (`entry.sparse`): where its data belong, one after the other
  bool own = false;               ///< a member of Lifeboat's own: `entry.path` is its name ("leaves.3")
  ArchiveId archive;              ///< of an own member
  std::uint64_t offset = 0;       ///< in the stream: where its first header begins
  TarMember data;
};

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
  std::string_view path, linkpath, size, uid, gid, uname, gname, mtime, acl_access, acl_default, sparse_major,
      sparse_minor, sparse_name, sparse_size, comment;
  std::uint32_t seen = 0;  ///< a bit for each, in the order above

  [[nodiscard]] bool has(unsigned bit) const noexcept { return (seen >> bit & 1U) != 0; }
  static constexpr unsigned has_path = 0, has_linkpath = 1, has_size = 2, has_uid = 3, has_gid = 4, has_uname = 5,
                            has_gname = 6, has_mtime = 7, has_sparse = 10;
  static constexpr std::uint32_t sparse_bits = 0xFU << has_sparse;
};

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
      {key::acl_access, &PaxRecords::acl_access},
      {key::acl_default, &PaxRecords::acl_default},
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

    if (keyword.starts_with(key::attribute) || keyword == key::selinux) {
      ExtendedAttribute attribute;
      if (keyword == key::selinux) {
        attribute.name = attribute_selinux;
      } else {
        const std::string_view escaped = keyword.substr(key::attribute.size());
        for (std::size_t i = 0; i < escaped.size(); ++i) {
          if (escaped[i] == '\0') return "an attribute's name holds a zero";
          if (escaped[i] != '%') {
            attribute.name += escaped[i];
            continue;
          }
          const std::string_view code = escaped.substr(i, 3);
          if (code != "%3D" && code != "%25") return "an attribute's name is escaped wrongly";
          attribute.name += code == "%3D" ? '=' : '%';
          i += 2;
        }
        if (attribute.name.empty()) return "an attribute has no name";
      }
      if (!entry.attributes.empty() && entry.attributes.back().name >= attribute.name)
        return "attributes are out of order";
      attribute.value.assign(as_bytes(value).begin(), as_bytes(value).end());
      entry.attributes.push_back(std::move(attribute));
      continue;
    }
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

/// Checks what makes a block a header of ours: its sum and its magic.
template <class = void>
TarProblem check_block(const UstarBlock& block) noexcept {
  std::uint64_t sum = 0;
  if (!tar_number(block.checksum, sum) || sum != ustar_checksum(block)) return "the header's checksum is wrong";
  if (std::memcmp(block.magic,
                  "ustar\0"
                  "00",
                  8) != 0)
    return "the header is not of POSIX's ustar format";
  for (const char c : block.rest)
    if (c != '\0') return "the header's filling is not zero";
  return nullptr;
}

template <class = void>
TarProblem decode_type(char type, EntryType& out) noexcept {
  constexpr std::string_view types = "0521346";
  const std::size_t at = types.find(type);
  if (at == std::string_view::npos) {
    if (type == 'L' || type == 'K') return "the header has a long name as GNU tar alone writes it";
    return "the header's type is none of ours";
  }
  out = static_cast<EntryType>(at + 1);
  return nullptr;
}

/// Takes the name apart: a member of the source, a sparse file of it, or one of our own.
template <class = void>
TarProblem decode_name(std::string_view name, std::string_view sparse_name, TarHeader& h) {
  Entry& e = h.entry;
  if (name.starts_with(own_folder)) {
    const std::string_view rest = name.substr(own_folder.size());
    const Bytes id = from_hex(rest.substr(0, 32));
    if (id.size() != 16 || rest.size() < 34 || rest[32] != '/' || to_hex(id) != rest.substr(0, 32))
      return "the name holds no archive id";
    e.path = rest.substr(33);
    if (!tar_path_is_safe(e.path)) return "the name leads astray";
    std::memcpy(h.archive.bytes.data(), id.data(), id.size());
    h.own = true;
    return e.type == EntryType::file && !e.sparse ? nullptr : "a member of Lifeboat's own is no plain file";
  }
  if (e.sparse) {
    if (!sparse_name.starts_with("./") || !name.starts_with(sparse_folder) ||
        name.substr(sparse_folder.size()) != sparse_name.substr(2))
      return "the names of a sparse file disagree";
    name = sparse_name;
  }
  if (!name.starts_with("./")) return "the name does not begin with \"./\"";
  name.remove_prefix(2);
  if (e.type == EntryType::directory && !name.empty()) {
    if (!name.ends_with('/')) return "the name of a folder does not end with '/'";
    name.remove_suffix(1);
  }
  if (!(name.empty() && e.type == EntryType::directory) && !tar_path_is_safe(name)) return "the name leads astray";
  e.path = name;
  return nullptr;
}

/// Reads a header together with the records before it. What a record states counts more than the header.
template <class = void>
TarProblem decode_header(const UstarBlock& block, const PaxRecords& r, TarHeader& h) {
  Entry& e = h.entry;
  if (const TarProblem problem = check_block(block)) return problem;
  if (const TarProblem problem = decode_type(block.type, e.type)) return problem;

  std::uint64_t mode = 0, uid = 0, gid = 0, size = 0, seconds = 0, major = 0, minor = 0;
  if (!tar_number(block.mode, mode) || !tar_number(block.uid, uid) || !tar_number(block.gid, gid) ||
      !tar_number(block.size, size) || !tar_number(block.mtime, seconds) || !tar_number(block.devmajor, major) ||
      !tar_number(block.devminor, minor))
    return "the header holds what is no number";
  if ((r.has(PaxRecords::has_uid) && !tar_decimal(r.uid, uid)) ||
      (r.has(PaxRecords::has_gid) && !tar_decimal(r.gid, gid)) ||
      (r.has(PaxRecords::has_size) && !tar_decimal(r.size, size)))
    return "a record holds what is no number";
  e.mtime = {static_cast<std::int64_t>(seconds), 0};
  if (r.has(PaxRecords::has_mtime) && !tar_time(r.mtime, e.mtime)) return "a record holds what is no time";
  constexpr std::uint64_t number_max = 0xFFFF'FFFF;
  if (mode > 07777 || uid > number_max || gid > number_max || major > number_max || minor > number_max)
    return "a number is larger than there can be";
  e.mode = static_cast<std::uint32_t>(mode);
  e.uid = static_cast<std::uint32_t>(uid);
  e.gid = static_cast<std::uint32_t>(gid);
  e.device_major = static_cast<std::uint32_t>(major);
  e.device_minor = static_cast<std::uint32_t>(minor);
  const bool is_device = e.type == EntryType::char_device || e.type == EntryType::block_device;
  if (!is_device && (major != 0 || minor != 0)) return "what is no device has a device's numbers";
  if (e.type != EntryType::file && size != 0) return "what is no file has data";
  e.size = size;
  h.data.data_length = size;

  std::string_view name, prefix, link, owner, group;
  if (!tar_text(block.name, name) || !tar_text(block.prefix, prefix) || !tar_text(block.linkname, link) ||
      !tar_text(block.uname, owner) || !tar_text(block.gname, group))
    return "a text in the header goes on behind its end";
  if (r.has(PaxRecords::has_linkpath)) link = r.linkpath;
  e.owner = r.has(PaxRecords::has_uname) ? r.uname : owner;
  e.group = r.has(PaxRecords::has_gname) ? r.gname : group;

  if ((r.seen & PaxRecords::sparse_bits) != 0) {
    if ((r.seen & PaxRecords::sparse_bits) != PaxRecords::sparse_bits || r.sparse_major != "1" ||
        r.sparse_minor != "0" || !tar_decimal(r.sparse_size, e.size) || e.type != EntryType::file)
      return "this is no sparse file of GNU tar's format 1.0";
    e.sparse = true;
  }
  std::string joined;
  if (r.has(PaxRecords::has_path)) {
    name = r.path;
  } else if (!prefix.empty()) {
    joined.reserve(prefix.size() + 1 + name.size());
    joined.append(prefix).append("/").append(name);
    name = joined;
  }
  if (const TarProblem problem = decode_name(name, r.sparse_name, h)) return problem;

  if (e.type == EntryType::hardlink) {
    if (!link.starts_with("./") || !tar_path_is_safe(link.substr(2))) return "a hard link leads astray";
    e.target = link.substr(2);
  } else if (e.type == EntryType::symlink) {
    if (link.empty()) return "a symbolic link leads nowhere";
    e.target = link;
  } else if (!link.empty()) {
    return "what is no link has a target";
  }
  h.acl_access = r.acl_access;
  h.acl_default = r.acl_default;
  return nullptr;
}

}  // namespace detail

}  // namespace lifeboat::inline LIFEBOAT_ABI
