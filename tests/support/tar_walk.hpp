// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <lifeboat/archive/tar_reader.hpp>
#include <lifeboat/archive/tar_writer.hpp>

namespace support {

/// What a walk over a data stream came to.
struct TarWalk {
  std::size_t members = 0;
  bool ended = false;   ///< whole, up to its end
  std::string error;    ///< else why not
  std::string mistake;  ///< what the reader let through and must not have; empty
};

/// Walks a stream in memory and checks all that the reader gives away: places, maps, and that what it decoded can be
/// encoded and decoded again into the same.
inline TarWalk walk_tar(lifeboat::ByteView stream) {
  using namespace lifeboat;
  TarWalk walk;
  TarReader reader(0, {1U << 20U, 1U << 10U});
  const auto read = [&](std::uint64_t at, MutableBytes out) -> Result<std::size_t> {
    if (at > stream.size()) return std::size_t{0};
    const ByteView rest = stream.subspan(static_cast<std::size_t>(at));
    const ByteView piece = rest.first(rest.size() < out.size() ? rest.size() : out.size());
    if (!piece.empty()) std::memcpy(out.data(), piece.data(), piece.size());
    return piece.size();
  };
  std::uint64_t before = 0;
  for (;;) {
    TarHeader header;
    const auto next = reader.next(header, read);
    if (!next) {
      walk.error = next.error().sentence();
      const auto again = reader.next(header, read);
      if (!again || *again) walk.mistake = "went on after an error";
      return walk;
    }
    if (!*next) {
      walk.ended = true;
      if (reader.offset() != stream.size()) walk.mistake = "the end is not the stream's";
      return walk;
    }
    ++walk.members;
    const Entry& e = header.entry;
    if (header.offset != before || header.data.data_offset < header.offset + tar_block) walk.mistake = "places";
    before = reader.offset();
    std::uint64_t data = 0;
    std::uint64_t end = 0;
    for (const Segment& s : header.segments) {
      if (s.offset < end || s.length == 0 || s.offset + s.length > e.size) walk.mistake = "segments";
      end = s.offset + s.length;
      data += s.length;
    }
    if (header.data.data_length != (e.sparse ? data : e.size)) walk.mistake = "length";
    if (!e.sparse && !header.segments.empty()) walk.mistake = "segments of a whole file";
    if (e.path.find('\0') != std::string::npos || ("/" + e.path + "/").find("/../") != std::string::npos ||
        e.path.starts_with('/'))
      walk.mistake = "path";
    Bytes again;
    const Status same = header.own ? (encode_own_member(again, header.archive, e.path, e.size, header.offset),
                                      check_own_member(again, header.archive, e.path, e.size, header.offset))
                                   : (encode_member(again, e, header.segments, header.offset),
                                      check_member(again, e, header.segments, header.offset));
    if (!same) walk.mistake = "not the same again: " + same.error().sentence();
    if (!walk.mistake.empty()) return walk;
  }
}

}  // namespace support
