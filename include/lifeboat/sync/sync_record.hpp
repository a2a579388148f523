// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/manifest_record.hpp>
#include <lifeboat/core/result.hpp>

// What a sync knows of one entry, and how it is stored (docs/sync.md, "Records").
namespace lifeboat::inline LIFEBOAT_ABI {

namespace replica_mark {
inline constexpr std::uint8_t pending = 1;  ///< its stamp is taken when the pass has been applied
inline constexpr std::uint8_t content = 2;  ///< its content was written by this pass: read again before it counts
inline constexpr std::uint8_t young = 4;    ///< stamped in the tick of its last change: the stamp proves nothing yet
inline constexpr std::uint8_t limited = 8;  ///< owner, mode or attributes could not be kept as they are in the source
}  // namespace replica_mark

/// An entry as the source had it, the digest of its content, and what its copy in the replica looked like.
struct SyncRecord {
  ManifestEntry known;
  std::uint64_t replica_inode = 0;  ///< 0: the copy is not as it should be, and is looked at again
  Timestamp replica_ctime;
  std::uint8_t marks = 0;

  [[nodiscard]] const Entry& entry() const noexcept { return known.entry; }
  [[nodiscard]] const std::string& path() const noexcept { return known.entry.path; }
};

inline constexpr std::size_t sync_record_max = std::size_t{1} << 25U;

/// Appends the body of a record.
template <class = void>
void put_sync_record(Bytes& out, const SyncRecord& record) {
  put_entry_record(out, {}, record.known, 0, 0);
  ByteWriter w(out);
  w.varint(record.replica_inode);
  w.zigzag(record.replica_ctime.seconds);
  w.varint(record.replica_ctime.nanoseconds);
  w.fixed(record.marks);
  w.varint(record.entry().attributes.size());
  for (const ExtendedAttribute& attribute : record.entry().attributes) {
    w.counted(attribute.name);
    w.counted(attribute.value);
  }
}

/// Reads the body of a record. Anything that does not fit fails the reader.
template <class = void>
void get_sync_record(ByteReader& r, SyncRecord& record) {
  const std::vector<std::string> no_names;
  record.known.entry.path.clear();
  if (r.fixed<std::uint8_t>() != static_cast<std::uint8_t>(ManifestRecordKind::entry)) return r.fail();
  get_entry_record(r, record.known, no_names);
  record.replica_inode = r.varint();
  record.replica_ctime.seconds = r.zigzag();
  const std::uint64_t nanoseconds = r.varint();
  record.marks = r.fixed<std::uint8_t>();
  const std::uint64_t count = r.varint();
  if (!r.good() || nanoseconds > 999'999'999 || count > r.left()) return r.fail();
  record.replica_ctime.nanoseconds = static_cast<std::uint32_t>(nanoseconds);
  std::vector<ExtendedAttribute>& attributes = record.known.entry.attributes;
  for (std::uint64_t i = 0; i < count && r.good(); ++i) {
    ExtendedAttribute attribute;
    attribute.name = r.counted_text();
    const ByteView value = r.counted();
    attribute.value.assign(value.begin(), value.end());
    attributes.push_back(std::move(attribute));
  }
}

/// Appends `body`, which a callback writes, with its length before it.
template <class Put>
void put_framed(Bytes& out, Put&& put) {
  const std::size_t at = out.size();
  out.resize(at + 4);
  put(out);
  store_le(out.data() + at, static_cast<std::uint32_t>(out.size() - at - 4));
}

/// Reads framed bodies one after the other from anything with `Result<std::size_t> read(at, out)`.
template <class From>
class FrameReader {
 public:
  FrameReader(const From& from, std::uint64_t begin, std::uint64_t end) : from_(&from), at_(begin), end_(end) {}

  /// Where the next frame begins.
  [[nodiscard]] std::uint64_t position() const noexcept { return at_; }

  /// The next body, or an empty view at the end. Valid until the next call. Errors: corrupt.
  Result<ByteView> next() {
    if (at_ == end_) return ByteView{};
    LIFEBOAT_CHECK(have(4));
    const std::uint64_t length = load_le<std::uint32_t>(buffer_.data() + used_);
    if (length == 0 || length > sync_record_max) return broken();
    LIFEBOAT_CHECK(have(4 + length));
    const ByteView body = ByteView(buffer_).subspan(used_ + 4, static_cast<std::size_t>(length));
    used_ += static_cast<std::size_t>(4 + length);
    at_ += 4 + length;
    return body;
  }

 private:
  static Error broken() { return Error{ErrorId::corrupt, "a record of the replica's own files is broken"}; }
  Status have(std::uint64_t count) {
    if (count > end_ - at_) return broken();
    if (filled_ - used_ >= count) return ok();
    if (used_ != filled_) std::memmove(buffer_.data(), buffer_.data() + used_, filled_ - used_);
    filled_ -= used_;
    used_ = 0;
    constexpr std::size_t step = std::size_t{1} << 16U;
    const std::size_t wanted = count > step ? static_cast<std::size_t>(count) : step;
    if (buffer_.size() < wanted) buffer_.resize(wanted);
    const std::uint64_t left = end_ - at_ - filled_;
    const std::size_t room = buffer_.size() - filled_;
    const MutableBytes out(buffer_.data() + filled_, room < left ? room : static_cast<std::size_t>(left));
    LIFEBOAT_TRY(const std::size_t got, from_->read(at_ + filled_, out));
    filled_ += got;
    return filled_ >= count ? ok() : Status(broken());
  }

  const From* from_;
  std::uint64_t at_;
  std::uint64_t end_;
  Bytes buffer_;
  std::size_t used_ = 0;
  std::size_t filled_ = 0;
};

/// Walks records in order; holds the one that it stands at.
template <class From>
class SyncRecordWalk {
 public:
  SyncRecordWalk(const From& from, std::uint64_t begin, std::uint64_t end) : frames_(from, begin, end) {}

  /// The record that the walk stands at, or null at the end.
  [[nodiscard]] SyncRecord* current() noexcept { return more_ ? &record_ : nullptr; }
  /// Where that record begins.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }

  Status advance() {
    position_ = frames_.position();
    LIFEBOAT_TRY(const ByteView body, frames_.next());
    more_ = !body.empty();
    if (!more_) return ok();
    ByteReader reader(body);
    get_sync_record(reader, record_);
    if (reader.good() && reader.at_end()) return ok();
    return Error{ErrorId::corrupt, "a record of the replica's own files is broken"};
  }

 private:
  FrameReader<From> frames_;
  SyncRecord record_;
  std::uint64_t position_ = 0;
  bool more_ = false;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
