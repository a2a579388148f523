// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <span>

#include <lifeboat/archive/tar_decode.hpp>
#include <lifeboat/core/function_ref.hpp>
#include <lifeboat/core/result.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a reader holds at most; more is the error `limit`.
struct TarLimits {
  std::uint64_t extended = std::uint64_t{16} << 20U;  ///< bytes of one extended header: attributes, names
  std::uint64_t segments = std::uint64_t{1} << 20U;   ///< of one sparse file
};

/// Walks a data stream from member to member and believes nothing: sums, numbers, names, maps, filling and alignment
/// are checked (docs/format.md, "The data stream"). It reads headers and filling, never data. Memory: the limits.
template <class = void>
class BasicTarReader {
 public:
  /// Reads the stream from an offset on; short only at its end.
  using Read = FunctionRef<Result<std::size_t>(std::uint64_t at, MutableBytes out)>;

  /// Begins at `offset`, where a member begins.
  explicit BasicTarReader(std::uint64_t offset = 0, TarLimits limits = {}) noexcept
      : limits_(limits), offset_(offset), data_end_(offset) {}

  /// The next member, or false behind the last one, when the stream has ended as it must. Errors: corrupt, with the
  /// offset; limit; what `read` answers. After an error there is no next.
  Result<bool> next(TarHeader& header, Read read) {
    if (ended_) return false;
    ended_ = true;
    LIFEBOAT_CHECK(filling(read));
    header = {};
    header.offset = offset_;
    detail::UstarBlock block;
    LIFEBOAT_CHECK(take(read, {reinterpret_cast<std::byte*>(&block), sizeof block}));
    if (is_zero(block)) {
      LIFEBOAT_CHECK(end(read));
      return false;
    }
    detail::PaxRecords records;
    if (block.type == 'x') {
      LIFEBOAT_CHECK(extended(read, block, records, header));
      LIFEBOAT_CHECK(take(read, {reinterpret_cast<std::byte*>(&block), sizeof block}));
    }
    if (const auto problem = detail::decode_header(block, records, header)) return damaged(problem);
    if (header.entry.sparse) LIFEBOAT_CHECK(map(read, header));
    TarMember& data = header.data;
    data.data_offset = offset_;
    if (data.data_length >= end_max - offset_) return damaged("the data are longer than there can be");
    if (data.data_length >= tar_aligned_min && offset_ % tar_alignment != 0) return damaged("the data are not aligned");
    data_end_ = offset_ + data.data_length;
    ended_ = false;
    return true;
  }

  /// Where the next member begins; behind the last one, the length of the stream.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_ + whole_blocks(data_end_ - offset_); }

 private:
  static constexpr std::uint64_t end_max = std::uint64_t{1} << 62U;
  static constexpr std::size_t piece_max = std::size_t{1} << 16U;

  Error damaged(detail::TarProblem problem) const {
    return {ErrorId::corrupt, "the data stream is damaged before byte " + std::to_string(offset_) + ": " + problem};
  }
  Error too_much(std::string_view what, std::uint64_t count, std::uint64_t most) const {
    return {ErrorId::limit, "the member before byte " + std::to_string(offset_) + " of the data stream has " +
                                std::to_string(count) + " " + std::string(what) + ", more than the " +
                                std::to_string(most) + " that are read"};
  }

  static bool is_zero(const detail::UstarBlock& block) noexcept {
    const char* raw = block.name;
    return *raw == '\0' && block.magic[0] == '\0' && all_zero({reinterpret_cast<const std::byte*>(&block), tar_block});
  }
  static bool all_zero(ByteView bytes) noexcept {
    return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
  }

  Status take(Read read, MutableBytes out) {
    LIFEBOAT_TRY(const std::size_t got, read(offset_, out));
    offset_ += got;
    data_end_ = offset_;
    if (got != out.size()) return damaged("it ends too early");
    return ok();
  }

  Status filling(Read read) {
    const std::uint64_t length = data_end_ - offset_;
    const auto missing = static_cast<std::size_t>(whole_blocks(length) - length);
    offset_ = data_end_;
    std::byte zeros[tar_block];
    LIFEBOAT_CHECK(take(read, {zeros, missing}));
    if (!all_zero({zeros, missing})) return damaged("the filling behind data is not zero");
    return ok();
  }

  Status end(Read read) {
    std::byte zeros[tar_block];
    LIFEBOAT_CHECK(take(read, zeros));
    if (!all_zero(zeros)) return damaged("its end is not zero");
    LIFEBOAT_TRY(const std::size_t more, read(offset_, {zeros, 1}));
    if (more != 0) return damaged("it goes on behind its end");
    return ok();
  }

  Status extended(Read read, const detail::UstarBlock& block, detail::PaxRecords& records, TarHeader& header) {
    std::uint64_t length = 0;
    if (const auto problem = detail::check_block(block)) return damaged(problem);
    if (!detail::tar_number(block.size, length) || length == 0) return damaged("an extended header has no length");
    if (length > limits_.extended) return too_much("bytes of extended header", length, limits_.extended);
    const auto whole = static_cast<std::size_t>(whole_blocks(length));
    payload_.clear();
    while (payload_.size() < whole) {  // memory for what is there, not for what is claimed
      const std::size_t at = payload_.size();
      payload_.resize(whole - at < piece_max ? whole : at + piece_max);
      LIFEBOAT_CHECK(take(read, MutableBytes(payload_).subspan(at)));
    }
    const ByteView payload = ByteView(payload_).first(static_cast<std::size_t>(length));
    if (!all_zero(ByteView(payload_).subspan(payload.size())))
      return damaged("an extended header's filling is not zero");
    if (const auto problem = detail::decode_records(as_text(payload), records, header.entry)) return damaged(problem);
    return ok();
  }

  /// The map of a sparse file: lines of numbers, a count and then a place and a length for each segment.
  Status map(Read read, TarHeader& header) {
    std::uint64_t stored = header.data.data_length;
    const std::uint64_t size = header.entry.size;
    std::uint64_t count = 0, data = 0, numbers = 0, value = 0, place = 0;
    unsigned digits = 0;
    bool reached = false;
    for (bool complete = false; !complete;) {
      std::byte block[tar_block];
      if (stored < tar_block) return damaged("a sparse file's map is longer than its data");
      LIFEBOAT_CHECK(take(read, block));
      stored -= tar_block;
      for (std::size_t i = 0; i < tar_block; ++i) {
        const char c = static_cast<char>(block[i]);
        if (complete) {
          if (c != '\0') return damaged("the filling of a sparse file's map is not zero");
          continue;
        }
        if (c >= '0' && c <= '9') {
          if (digits == 19 || (digits != 0 && value == 0))
            return damaged("a sparse file's map holds what is no number");
          value = value * 10 + static_cast<unsigned>(c - '0');
          ++digits;
          continue;
        }
        if (c != '\n' || digits == 0) return damaged("a sparse file's map holds what is no number");
        if (numbers == 0) {
          count = value;
          if (count == 0) return damaged("a sparse file's map is empty");
          if (count - 1 > limits_.segments) return too_much("segments", count - 1, limits_.segments);
        } else if (numbers % 2 == 1) {
          place = value;
        } else {
          complete = numbers / 2 == count;
          if (place < covered(header) || place > size || value > size - place) return damaged(map_disagrees);
          reached = place + value == size;
          if (value == 0 ? !(complete && reached) : (!reached && value % tar_block != 0)) return damaged(map_disagrees);
          if (value != 0) header.segments.push_back({place, value});
          data += value;
        }
        ++numbers;
        value = 0;
        digits = 0;
      }
    }
    if (!reached || data != stored) return damaged(map_disagrees);
    header.data.data_length = data;
    return ok();
  }
  static constexpr detail::TarProblem map_disagrees = "a sparse file's map disagrees with the file";
  static std::uint64_t covered(const TarHeader& header) noexcept {
    return header.segments.empty() ? 0 : header.segments.back().offset + header.segments.back().length;
  }

  TarLimits limits_;
  std::uint64_t offset_;    // up to here the stream was read
  std::uint64_t data_end_;  // of the last member
  bool ended_ = false;
  Bytes payload_;
};
using TarReader = BasicTarReader<>;

namespace detail {

/// What differs between a member and the entry that it was made of; null for nothing.
template <class = void>
TarProblem compare_member(const TarHeader& h, const Entry& e, std::span<const Segment> segments) {
  const Entry& d = h.entry;
  const bool is_device = e.type == EntryType::char_device || e.type == EntryType::block_device;
  const bool is_link = e.type == EntryType::symlink || e.type == EntryType::hardlink;
  if (h.own || d.path != e.path) return "path";
  if (d.type != e.type) return "type";
  if (d.mode != (e.mode & 07777U)) return "mode";
  if (d.uid != e.uid || d.gid != e.gid || d.owner != e.owner || d.group != e.group) return "owner";
  if (d.mtime != e.mtime) return "time";
  if (d.size != (e.type == EntryType::file ? e.size : 0)) return "size";
  if (d.target != (is_link ? std::string_view(e.target) : std::string_view())) return "target";
  if (is_device && (d.device_major != e.device_major || d.device_minor != e.device_minor)) return "device";
  const bool whole = segments.empty() || (segments.size() == 1 && segments[0] == Segment{0, e.size});
  if (d.sparse ? !std::equal(segments.begin(), segments.end(), h.segments.begin(), h.segments.end())
               : !whole || (segments.empty() && e.sparse && e.size != 0 && e.type == EntryType::file))
    return "segments";
  if (e.type == EntryType::hardlink) return d.attributes.empty() ? nullptr : "attributes";

  auto decoded = d.attributes.begin();
  for (const ExtendedAttribute& a : e.attributes) {
    if (decoded == d.attributes.end() || decoded->name != a.name) return "attributes";
    ByteView value = a.value;
    if (a.name == attribute_selinux && !value.empty() && value.back() == std::byte{0})
      value = value.first(value.size() - 1);
    if (!std::equal(value.begin(), value.end(), decoded->value.begin(), decoded->value.end())) return "attributes";
    ++decoded;
  }
  return decoded == d.attributes.end() ? nullptr : "attributes";
}

template <class = void>
Result<TarHeader> decode_member(ByteView encoded, std::uint64_t stream_offset) {
  TarHeader header;
  TarReader reader(stream_offset, {~std::uint64_t{0}, ~std::uint64_t{0}});
  LIFEBOAT_TRY(const bool found, reader.next(header, [&](std::uint64_t at, MutableBytes out) -> Result<std::size_t> {
    const std::uint64_t from = at - stream_offset;
    if (from >= encoded.size()) return std::size_t{0};
    const ByteView rest = encoded.subspan(static_cast<std::size_t>(from));
    const ByteView piece = rest.first(rest.size() < out.size() ? rest.size() : out.size());
    std::copy(piece.begin(), piece.end(), out.begin());
    return piece.size();
  }));
  if (!found || header.data.data_offset != stream_offset + encoded.size())
    return Error{ErrorId::corrupt, "a member's headers are not as long as what was encoded"};
  return header;
}

}  // namespace detail

/// Decodes what encode_member made of these arguments and compares. Errors: corrupt, naming the entry.
template <class = void>
Status check_member(ByteView encoded, const Entry& entry, std::span<const Segment> segments,
                    std::uint64_t stream_offset) {
  LIFEBOAT_TRY(const TarHeader header, detail::decode_member(encoded, stream_offset));
  if (const auto difference = detail::compare_member(header, entry, segments))
    return Error{ErrorId::corrupt, entry.path + " was encoded into a member of another " + difference};
  return ok();
}

/// Decodes what encode_own_member made of these arguments and compares.
template <class = void>
Status check_own_member(ByteView encoded, const ArchiveId& archive, std::string_view name, std::uint64_t size,
                        std::uint64_t stream_offset) {
  LIFEBOAT_TRY(const TarHeader header, detail::decode_member(encoded, stream_offset));
  if (!header.own || header.archive != archive || header.entry.path != name || header.entry.size != size)
    return Error{ErrorId::corrupt, "the member " + std::string(name) + " was encoded into another"};
  return ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
