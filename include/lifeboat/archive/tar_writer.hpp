// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <span>
#include <string>

#include <lifeboat/archive/tar_encode.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Appends all that stands before the data of an entry's member: extended header, header, map of a sparse file.
/// `entry` has its details; `segments` are the data of a sparse file, in order, apart, each a multiple of 512 long but
/// one that ends the file (for a file that is not sparse, none need be given); `stream_offset` is where the member will
/// begin, a multiple of 512. The data of the segments follow one after the other, then zeros up to whole blocks.
/// Pure: time and memory are linear in names, attributes and segments.
template <class = void>
TarMember encode_member(Bytes& out, const Entry& entry, std::span<const Segment> segments,
                        std::uint64_t stream_offset) {
  const bool is_file = entry.type == EntryType::file;
  const bool is_device = entry.type == EntryType::char_device || entry.type == EntryType::block_device;
  TarMember member{0, is_file ? entry.size : 0};
  bool sparse = is_file && entry.size != 0 && (entry.sparse || !segments.empty());
  if (segments.size() == 1 && segments[0] == Segment{0, entry.size}) sparse = false;

  std::uint64_t map = 0;
  if (sparse) {
    // As GNU tar writes it, an empty segment at the file's size ends each map: it is what a hole at the end needs.
    map = detail::TarEncoder::digits(segments.size() + 1) + detail::TarEncoder::digits(entry.size) + 4;
    member.data_length = 0;
    for (const Segment& s : segments) {
      map += detail::TarEncoder::digits(s.offset) + detail::TarEncoder::digits(s.length) + 2;
      member.data_length += s.length;
    }
    map = whole_blocks(map);
  }

  const std::size_t begin = out.size();
  detail::TarEncoder encoder(out);
  std::string name;
  name.reserve(detail::sparse_folder.size() + entry.path.size() + 1);
  name.append(sparse ? detail::sparse_folder : "./").append(entry.path);
  if (entry.type == EntryType::directory && !entry.path.empty()) name += '/';
  encoder.name(name);
  if (entry.type == EntryType::symlink) encoder.link(entry.target);
  if (entry.type == EntryType::hardlink) encoder.link("./" + entry.target);
  encoder.numbers({entry.mode, entry.uid, entry.gid, member.data_length + map, entry.mtime,
                   is_device ? entry.device_major : 0U, is_device ? entry.device_minor : 0U});
  encoder.owners(entry.owner, entry.group);
  if (entry.type != EntryType::hardlink)  // they are those of the first name
    for (const ExtendedAttribute& a : entry.attributes) encoder.attribute(a.name, a.value);
  if (sparse) {
    encoder.record(detail::tar_key::sparse_major, 1);
    encoder.record(detail::tar_key::sparse_minor, 0);
    encoder.record(detail::tar_key::sparse_name, "./" + entry.path);
    encoder.record(detail::tar_key::sparse_size, entry.size);
  }
  encoder.finish(detail::tar_type(entry.type), stream_offset, map, member.data_length);

  if (sparse) {
    const auto line = [&](std::uint64_t value) {
      encoder.number(value);
      encoder.text("\n");
    };
    const std::size_t end = out.size() + static_cast<std::size_t>(map);
    line(segments.size() + 1);
    for (const Segment& s : segments) {
      line(s.offset);
      line(s.length);
    }
    line(entry.size);
    line(0);
    out.resize(end);
  }
  member.data_offset = stream_offset + (out.size() - begin);
  return member;
}

/// Appends all that stands before the data of a member of Lifeboat's own: `.lifeboat-ID/NAME`, a plain file of mode
/// 0600. `name` is short ("leaves.3").
template <class = void>
TarMember encode_own_member(Bytes& out, const ArchiveId& archive, std::string_view name, std::uint64_t size,
                            std::uint64_t stream_offset) {
  const std::size_t begin = out.size();
  detail::TarEncoder encoder(out);
  encoder.name(std::string(detail::own_folder) + to_hex(archive.view()) + "/" + std::string(name));
  detail::TarNumbers numbers;
  numbers.mode = 0600;
  numbers.stored = size;
  encoder.numbers(numbers);
  encoder.finish('0', stream_offset, 0, size);
  return {stream_offset + (out.size() - begin), size};
}

/// Appends the end of a stream.
template <class = void>
void encode_end(Bytes& out) {
  out.resize(out.size() + 2 * tar_block);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
