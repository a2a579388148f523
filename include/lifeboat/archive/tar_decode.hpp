// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <lifeboat/archive/tar_records.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A member of a data stream, as its headers state it.
struct TarHeader {
  Entry entry;                    ///< ctime, inode, device and links stand in no header
  std::vector<Segment> segments;  ///< of a sparse file (`entry.sparse`): where its data belong, one after the other
  bool own = false;               ///< a member of Lifeboat's own: `entry.path` is its name ("leaves.3")
  ArchiveId archive;              ///< of an own member
  std::uint64_t offset = 0;       ///< in the stream: where its first header begins
  TarMember data;
};

namespace detail {

/// Checks what makes a block a header of ours: its sum and its magic.
template <class = void>
TarProblem check_block(const UstarBlock& block) noexcept {
  std::uint64_t sum = 0;
  if (!tar_number(block.checksum, sum) || sum != ustar_checksum(block)) return "the header's checksum is wrong";
  if (std::string_view(block.magic, sizeof block.magic) != std::string_view("ustar", 6) ||
      std::string_view(block.version, sizeof block.version) != "00")
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
  return nullptr;
}

}  // namespace detail

}  // namespace lifeboat::inline LIFEBOAT_ABI
