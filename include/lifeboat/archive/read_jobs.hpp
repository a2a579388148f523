// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>

#include <lifeboat/archive/file_digest.hpp>
#include <lifeboat/archive/manifest.hpp>
#include <lifeboat/archive/stream.hpp>
#include <lifeboat/archive/tar_reader.hpp>
#include <lifeboat/archive/tar_writer.hpp>
#include <lifeboat/core/workers.hpp>

// The parallel stage of a backup: what workers do while the writer puts things in order.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What reading files needs.
struct ReadTools {
  const VerifierPort* verifier = nullptr;
  const VerifierPort* structural = nullptr;
  bool with_headers = false;  ///< a full: encode tar headers too
};

/// Memory that is not zeroed before it is read into.
struct RawBuffer {
  std::unique_ptr<std::byte[]> bytes;
  std::size_t size = 0;
  void reset(std::size_t length) {
    bytes = std::make_unique_for_overwrite<std::byte[]>(length);
    size = length;
  }
  [[nodiscard]] MutableBytes span(std::size_t at, std::size_t length) noexcept { return {bytes.get() + at, length}; }
};

/// A file of one leaf, read whole.
struct SmallFile {
  ManifestEntry result;  ///< the entry as scanned; content filled in by the job
  std::unique_ptr<Content> content;
  std::optional<ManifestEntry> base;  ///< where the base may have the same content
  RawBuffer data;
  std::size_t length = 0;
  Bytes header;                ///< of a full: everything before the data
  std::optional<Error> error;  ///< could not be read, or is gone
  bool holes = false;          ///< it has holes after all: its attributes hid them from the scan; not read
};

namespace detail {

/// Whether an open file has holes.
template <class = void>
Result<bool> has_holes(Content& content, std::uint64_t size) {
  std::uint64_t data = 0;
  LIFEBOAT_CHECK(content.segments([&](Segment segment) {
    data += segment.length;
    return ok();
  }));
  return data < size;
}

/// How large a file may have grown since the scan and still be read as one leaf: below the size whose data are aligned,
/// for its header is encoded before its place in the stream is known.
inline constexpr std::uint64_t small_growth_max = 131071;

/// One try: false where the file changed under the reading.
template <class = void>
Result<bool> read_once(SmallFile& file) {
  Entry& e = file.result.entry;
  LIFEBOAT_TRY(const FileStamp before, file.content->stamp());
  const std::uint64_t length = before.size < small_growth_max ? before.size : small_growth_max;
  if (file.data.size < length) file.data.reset(static_cast<std::size_t>(length));
  LIFEBOAT_TRY(file.length, file.content->read(0, file.data.span(0, static_cast<std::size_t>(length))));
  LIFEBOAT_TRY(const FileStamp after, file.content->stamp());
  e.size = file.length;
  e.mtime = before.mtime;
  return before == after && file.length == before.size;
}

template <class = void>
Status read_small(SmallFile& file, const ReadTools& tools, HashPort& hash) {
  Entry& e = file.result.entry;
  LIFEBOAT_CHECK(file.content->open());
  LIFEBOAT_CHECK(file.content->details(e));
  // A block of attributes counts among a file's blocks, and so can hide a hole from the scan.
  if (!e.attributes.empty() && e.size != 0) {
    LIFEBOAT_TRY(file.holes, has_holes(*file.content, e.size));
    if (file.holes) return ok();
  }
  bool whole = false;
  for (int tries = 0; tries < 3 && !whole; ++tries) {
    LIFEBOAT_TRY(whole, read_once(file));
  }
  file.content->close();
  const bool grew_only = (e.flags & entry_flag::prefix) != 0;
  if (!whole && !grew_only) e.flags |= entry_flag::torn;
  const VerifierTraits& traits = tools.verifier->traits();
  std::byte leaf[64];
  LIFEBOAT_TRY(file.result.digest, [&]() -> Result<Digest> {
    FileDigest digest;
    LIFEBOAT_CHECK(digest.begin(hash, e.size, 0, traits));
    if (file.length != 0) {
      const MutableBytes out{leaf, traits.size};
      LIFEBOAT_CHECK(tools.verifier->leaves(file.data.span(0, file.length), file.length, out));
      LIFEBOAT_CHECK(digest.add(0, out));
    }
    return digest.finish();
  }());
  if (!tools.with_headers) return ok();
  encode_member(file.header, e, {}, 0);
  return check_member(file.header, e, {}, 0);
}

}  // namespace detail

/// Many small files in one job, so that handing over costs little for each.
template <class = void>
class BasicSmallBatch final : public Job {
 public:
  explicit BasicSmallBatch(const ReadTools& tools) noexcept : tools_(tools) {}
  void run() noexcept override {
    auto hash = tools_.structural->begin();
    for (SmallFile& file : files) {
      if (!hash) {
        file.error = hash.error();
        continue;
      }
      if (auto read = detail::read_small(file, tools_, **hash); !read) file.error = std::move(read).error();
    }
  }
  std::vector<SmallFile> files;
  std::uint64_t bytes = 0;  ///< as scanned

 private:
  const ReadTools& tools_;
};
using SmallBatch = BasicSmallBatch<>;

/// Where the base has a leaf of a large file.
struct BaseLeaves {
  const StreamReader* stream = nullptr;
  Extent extent;              ///< in the base's own numbering
  std::uint32_t archive = 0;  ///< the same archive in the new manifest
};

/// One piece of a large file, of whole leaves but for the file's last.
template <class = void>
class BasicSlice final : public Job {
 public:
  BasicSlice(const ReadTools& tools, Content& from) noexcept : tools_(tools), content_(from) {}

  void run() noexcept override {
    if (auto read = work(); !read) error = std::move(read).error();
  }

  std::uint64_t first = 0;  ///< leaf
  std::uint8_t leaf = 12;
  std::uint64_t offset = 0;
  std::size_t length = 0;
  std::vector<BaseLeaves> base;  ///< the base's extents that touch this slice
  RawBuffer data;
  Bytes digests;
  std::vector<std::uint32_t> same;  ///< for each leaf: 1 + the index into `base` that has it, or 0
  bool cut_short = false;           ///< the file ended early; the rest is zeros
  std::optional<Error> error;

 private:
  Status work() {
    data.reset(length);
    auto got = content_.read(offset, data.span(0, length));
    // What can not be read is zeros in the archive and said: a header before it has promised the length.
    if (!got) error = std::move(got).error();
    const std::size_t filled = error ? 0 : *got;
    if (filled < length) {
      cut_short = true;
      std::memset(data.bytes.get() + filled, 0, length - filled);
    }
    const std::size_t size = tools_.verifier->traits().size;
    const std::size_t step = std::size_t{1} << leaf;
    const std::size_t count = (length + step - 1) / step;
    digests.resize(count * size);
    LIFEBOAT_CHECK(tools_.verifier->leaves(data.span(0, length), step, digests));
    same.assign(count, 0);
    for (std::size_t b = 0; b < base.size(); ++b) LIFEBOAT_CHECK(compare(b, size, count));
    return ok();
  }

  Status compare(std::size_t b, std::size_t size, std::size_t count) {
    const Extent& e = base[b].extent;
    const std::uint64_t begin = e.first > first ? e.first : first;
    const std::uint64_t end = e.first + e.leaves < first + count ? e.first + e.leaves : first + count;
    if (begin >= end) return ok();
    Bytes table(static_cast<std::size_t>(end - begin) * size);
    LIFEBOAT_CHECK(base[b].stream->read(e.table + (begin - e.first) * size, table));
    for (std::uint64_t i = begin; i < end; ++i)
      if (std::memcmp(table.data() + (i - begin) * size, digests.data() + (i - first) * size, size) == 0)
        same[static_cast<std::size_t>(i - first)] = static_cast<std::uint32_t>(b + 1);
    return ok();
  }

  const ReadTools& tools_;
  Content& content_;
};
using Slice = BasicSlice<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
