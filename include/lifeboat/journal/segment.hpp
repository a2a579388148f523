// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <lifeboat/core/file_system.hpp>
#include <lifeboat/core/guard.hpp>
#include <lifeboat/core/owner.hpp>
#include <lifeboat/core/posix.hpp>
#include <lifeboat/core/result.hpp>
#include <lifeboat/core/time_text.hpp>
#include <lifeboat/journal/frame.hpp>
#include <lifeboat/verifier/structural.hpp>

// The segments of docs/journal.md, section 2.
namespace lifeboat::inline LIFEBOAT_ABI {

using ChainValue = std::array<std::byte, chain_bytes>;

/// What stands at the head of a segment.
struct SegmentHeader {
  Id journal;
  std::uint64_t number = 1;
  std::uint64_t epoch = 1;
  std::uint64_t after = 0;  ///< sequence of the last group before it: what stands behind that elsewhere is undone
  std::uint64_t first = 1;  ///< sequence of the first group: the next, or in a new epoch a higher one
  ChainValue chain{};       ///< after the last group before
  std::uint64_t salt = 0;
  Timestamp created;
  std::uint64_t segment_length = 0;
  std::size_t length = 0;      ///< of the header
  std::vector<Bytes> schemas;  ///< as docs/records.md has them
};

inline constexpr std::size_t segment_page = 4096;
inline constexpr std::size_t segment_fixed_bytes = 132;  ///< before the schemas
inline constexpr std::size_t segment_header_max = 1U << 20U;
inline constexpr std::size_t schema_number_bytes = 6;  ///< a schema begins with number and version
inline constexpr char segment_magic[] = "LBJOURN1";
inline constexpr std::string_view segment_prefix = "segment-";
/// The file in a restored journal's folder that keeps engines out until the copy is adopted.
inline constexpr const char* restored_name = "restored";

/// "segment-0000000017", where nothing may be allocated; `c_str()` lives as long as it does.
class SegmentName {
 public:
  explicit SegmentName(std::uint64_t number) noexcept {
    std::copy(segment_prefix.begin(), segment_prefix.end(), text_);
    for (std::size_t at = digits; at > 0; number /= 10)
      text_[segment_prefix.size() + --at] = static_cast<char>('0' + number % 10);
  }
  [[nodiscard]] const char* c_str() const noexcept { return text_; }

 private:
  static constexpr std::size_t digits = 10;
  char text_[segment_prefix.size() + digits + 1] = {};
};

/// "segment-0000000017".
template <class = void>
std::string segment_name(std::uint64_t number) {
  return SegmentName(number).c_str();
}

/// Why the folder of a journal could not be opened: object_missing, foreign_owner, medium_io.
template <class = void>
Error no_journal(const std::string& folder, int error) {
  if (error == ENOENT || error == ENOTDIR)
    return Error{ErrorId::object_missing, "there is no journal " + folder}.because(error).unchanged();
  return not_opened(ErrorId::medium_io, "the journal " + folder + " can not be opened", folder, error);
}

/// A folder without a segment.
template <class = void>
Error no_journal(const std::string& folder) {
  return Error{ErrorId::object_missing, "there is no journal in " + folder}.unchanged();
}

/// The numbers of the segments in a folder, in order. Errors: medium_io.
template <class = void>
Result<std::vector<std::uint64_t>> list_segments(int folder, const std::string& path) {
  std::vector<std::uint64_t> numbers;
  const int error = read_folder(folder, [&](std::string_view name, unsigned char) {
    if (name.size() != segment_prefix.size() + 10 || !name.starts_with(segment_prefix)) return;
    std::uint64_t number = 0;
    for (const char c : name.substr(segment_prefix.size())) {
      if (c < '0' || c > '9') return;
      number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    numbers.push_back(number);
  });
  if (error != 0) return Error{ErrorId::medium_io, "the journal " + path + " can not be read"}.because(error);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

namespace detail {

template <class = void>
Status digest_of(HashPort& sha256, ByteView data, MutableBytes out) {
  LIFEBOAT_CHECK(sha256.update(data));
  return sha256.finish(out);
}

/// A digest's steps where nothing may be thrown, not even for the words of an error. 0, or an errno.
template <class = void>
int feed(HashPort& sha256, ByteView data) noexcept {
  return errno_without_memory([&] { return sha256.update(data) ? 0 : EIO; });
}
template <class = void>
int close(HashPort& sha256, MutableBytes out) noexcept {
  return errno_without_memory([&] { return sha256.finish(out) ? 0 : EIO; });
}

}  // namespace detail

/// The header's bytes. Errors: limit where the schemas do not fit, crypto.
template <class = void>
Result<Bytes> encode_segment_header(const SegmentHeader& header, HashPort& sha256) {
  std::size_t length = segment_fixed_bytes + chain_bytes;
  for (const Bytes& schema : header.schemas) length += 4 + schema.size();
  length = (length + segment_page - 1) / segment_page * segment_page;
  if (length > segment_header_max)
    return Error{ErrorId::limit,
                 "the schemas of a journal have more than " + std::to_string(segment_header_max) + " bytes"}
        .unchanged();
  Bytes bytes(length);
  std::byte* const at = bytes.data();
  std::memcpy(at, segment_magic, 8);
  store_le(at + 8, static_cast<std::uint32_t>(length));
  store_le(at + 16, header.segment_length);
  std::memcpy(at + 24, header.journal.bytes.data(), 16);
  store_le(at + 40, header.number);
  store_le(at + 48, header.epoch);
  store_le(at + 56, header.first);
  std::memcpy(at + 64, header.chain.data(), chain_bytes);
  store_le(at + 96, header.salt);
  store_le(at + 104, header.created.seconds);
  store_le(at + 112, header.created.nanoseconds);
  store_le(at + 120, header.after);
  store_le(at + 128, static_cast<std::uint32_t>(header.schemas.size()));
  std::size_t end = segment_fixed_bytes;
  for (const Bytes& schema : header.schemas) {
    store_le(at + end, static_cast<std::uint32_t>(schema.size()));
    std::copy(schema.begin(), schema.end(), bytes.begin() + static_cast<std::ptrdiff_t>(end + 4));
    end += 4 + schema.size();
  }
  const std::size_t covered = length - chain_bytes;
  LIFEBOAT_CHECK(detail::digest_of(sha256, ByteView(bytes).first(covered), MutableBytes(bytes).subspan(covered)));
  return bytes;
}

/// The header of a segment to come, whose changing fields are set without an allocation.
class SegmentHeaderImage {
 public:
  SegmentHeaderImage() = default;
  /// Errors: as encode_segment_header.
  static Result<SegmentHeaderImage> of(const SegmentHeader& header, HashPort& sha256) {
    SegmentHeaderImage image;
    LIFEBOAT_TRY(image.bytes_, encode_segment_header(header, sha256));
    return image;
  }

  /// Takes number, epoch, after, first, chain, salt and time from `header`; 0, or an errno.
  int set(const SegmentHeader& header, HashPort& sha256) noexcept {
    std::byte* const at = bytes_.data();
    store_le(at + 40, header.number);
    store_le(at + 48, header.epoch);
    store_le(at + 56, header.first);
    std::memcpy(at + 64, header.chain.data(), chain_bytes);
    store_le(at + 96, header.salt);
    store_le(at + 104, header.created.seconds);
    store_le(at + 112, header.created.nanoseconds);
    store_le(at + 120, header.after);
    const std::size_t covered = bytes_.size() - chain_bytes;
    if (const int error = detail::feed(sha256, ByteView(bytes_).first(covered))) return error;
    return detail::close(sha256, MutableBytes(bytes_).subspan(covered));
  }
  [[nodiscard]] ByteView bytes() const noexcept { return bytes_; }

 private:
  Bytes bytes_;
};

/// Reads and checks the header of an open segment; `name` is for what is said. Errors: corrupt, medium_io.
template <class = void>
Result<SegmentHeader> read_segment_header(int file, const std::string& path, HashPort& sha256) {
  const auto damaged = [&](const char* what) { return Error{ErrorId::corrupt, "the header of " + path + " " + what}; };
  Bytes bytes(segment_page);
  auto got = read_full(file, 0, bytes);
  if (!got) return Error{ErrorId::medium_io, path + " can not be read"}.because(got.error);
  if (got.value != bytes.size() || std::memcmp(bytes.data(), segment_magic, 8) != 0) return damaged("is none");
  const std::size_t length = load_le<std::uint32_t>(bytes.data() + 8);
  if (length < segment_page || length % segment_page != 0 || length > segment_header_max)
    return damaged("has a length that is none");
  bytes.resize(length);
  got = read_full(file, 0, bytes);
  if (!got) return Error{ErrorId::medium_io, path + " can not be read"}.because(got.error);
  if (got.value != length) return damaged("ends too soon");
  const std::size_t covered = length - chain_bytes;
  ChainValue found{};
  LIFEBOAT_CHECK(detail::digest_of(sha256, ByteView(bytes).first(covered), found));
  if (std::memcmp(found.data(), bytes.data() + covered, chain_bytes) != 0) return damaged("does not fit its digest");
  const std::byte* const at = bytes.data();
  SegmentHeader header;
  header.length = length;
  header.segment_length = load_le<std::uint64_t>(at + 16);
  std::memcpy(header.journal.bytes.data(), at + 24, 16);
  header.number = load_le<std::uint64_t>(at + 40);
  header.epoch = load_le<std::uint64_t>(at + 48);
  header.first = load_le<std::uint64_t>(at + 56);
  std::memcpy(header.chain.data(), at + 64, chain_bytes);
  header.salt = load_le<std::uint64_t>(at + 96);
  header.created = {load_le<std::int64_t>(at + 104), load_le<std::uint32_t>(at + 112)};
  header.after = load_le<std::uint64_t>(at + 120);
  if (header.segment_length < length) return damaged("is longer than its segment");
  if (header.epoch == 0 || header.first <= header.after) return damaged("names groups that there can not be");
  std::size_t end = segment_fixed_bytes;
  for (std::uint32_t left = load_le<std::uint32_t>(at + 128); left != 0; --left) {
    const std::size_t size = end + 4 > covered ? 0 : load_le<std::uint32_t>(at + end);
    if (end + 4 > covered || size > covered - end - 4 || size < schema_number_bytes)
      return damaged("has schemas that do not fit into it");
    header.schemas.emplace_back(bytes.begin() + static_cast<std::ptrdiff_t>(end + 4),
                                bytes.begin() + static_cast<std::ptrdiff_t>(end + 4 + size));
    end += 4 + size;
  }
  return header;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
