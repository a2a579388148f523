// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/manifest.hpp>
#include <lifeboat/core/codec.hpp>

// The records of a manifest's pages, one by one (docs/format.md, "Entries").
namespace lifeboat::inline LIFEBOAT_ABI {

enum class ManifestRecordKind : std::uint8_t { entry = 1, extents = 2, attribute = 3 };

/// What decoding extents needs to know of the file and of the extents before.
struct ExtentContext {
  std::uint8_t leaf = 0;
  std::uint64_t size = 0;
  std::size_t digest_size = 32;
  bool any = false;
  Extent last;

  [[nodiscard]] std::uint64_t next_leaf() const noexcept { return any ? last.first + last.leaves : 0; }
  [[nodiscard]] std::uint64_t next_data(std::uint32_t archive) const noexcept {
    return any && last.archive == archive ? last.data + extent_bytes(last, leaf, size) : 0;
  }
  [[nodiscard]] std::uint64_t next_table(std::uint32_t archive) const noexcept {
    return any && last.archive == archive ? last.table + last.leaves * digest_size : 0;
  }
  void take(const Extent& extent) noexcept {
    any = true;
    last = extent;
  }
};

/// Whether a path may stand in an archive: relative, no empty, "." or ".." component, no NUL, within the limit.
constexpr bool valid_entry_path(std::string_view path) noexcept {
  if (path.size() > path_max) return false;
  if (path.empty()) return true;
  std::size_t begin = 0;
  while (true) {
    std::size_t end = path.find('/', begin);
    if (end == std::string_view::npos) end = path.size();
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == ".." || part.find('\0') != std::string_view::npos) return false;
    if (end == path.size()) return true;
    begin = end + 1;
  }
}

/// Appends an entry record. `owner` and `group` are indices into the manifest's names.
template <class = void>
void put_entry_record(Bytes& page, std::string_view before, const ManifestEntry& m, std::uint64_t owner,
                      std::uint64_t group) {
  const Entry& e = m.entry;
  std::size_t shared = 0;
  while (shared < before.size() && shared < e.path.size() && before[shared] == e.path[shared]) ++shared;
  ByteWriter w(page);
  w.fixed(static_cast<std::uint8_t>(ManifestRecordKind::entry));
  w.varint(shared);
  w.counted(std::string_view(e.path).substr(shared));
  w.fixed(static_cast<std::uint8_t>(e.type));
  w.varint(e.flags);
  w.varint(e.mode);
  w.varint(e.uid);
  w.varint(e.gid);
  w.varint(owner);
  w.varint(group);
  w.zigzag(e.mtime.seconds);
  w.varint(e.mtime.nanoseconds);
  w.zigzag(e.ctime.seconds);
  w.varint(e.ctime.nanoseconds);
  w.varint(e.device);
  w.varint(e.inode);
  w.varint(e.links);
  switch (e.type) {
    case EntryType::file:
      w.varint(e.size);
      w.fixed(m.leaf);
      w.bytes({m.digest.bytes.data(), 32});
      break;
    case EntryType::symlink:
    case EntryType::hardlink: w.counted(e.target); break;
    case EntryType::char_device:
    case EntryType::block_device:
      w.varint(e.device_major);
      w.varint(e.device_minor);
      break;
    case EntryType::directory:
    case EntryType::fifo: break;
  }
}

/// Reads an entry record behind its kind. `m.entry.path` holds the path before in this page and becomes the new one.
/// Anything that does not fit fails the reader.
template <class = void>
void get_entry_record(ByteReader& r, ManifestEntry& m, const std::vector<std::string>& names) {
  Entry& e = m.entry;
  const std::uint64_t shared = r.varint();
  const std::string_view suffix = r.counted_text();
  if (!r.good() || shared > e.path.size() || suffix.size() > path_max) return r.fail();
  e.path.resize(static_cast<std::size_t>(shared));
  e.path.append(suffix);
  const auto type = r.fixed<std::uint8_t>();
  const auto narrow = [&r](std::uint64_t limit) {
    const std::uint64_t value = r.varint();
    if (value > limit) r.fail();
    return static_cast<std::uint32_t>(value);
  };
  e.flags = narrow(0xFFFFFFFF);
  e.mode = narrow(07777);
  e.uid = narrow(0xFFFFFFFF);
  e.gid = narrow(0xFFFFFFFF);
  const std::uint64_t owner = r.varint();
  const std::uint64_t group = r.varint();
  e.mtime.seconds = r.zigzag();
  e.mtime.nanoseconds = narrow(999'999'999);
  e.ctime.seconds = r.zigzag();
  e.ctime.nanoseconds = narrow(999'999'999);
  e.device = r.varint();
  e.inode = r.varint();
  e.links = r.varint();
  if (!r.good() || type < 1 || type > 7 || owner > names.size() || group > names.size() || !valid_entry_path(e.path))
    return r.fail();
  e.type = static_cast<EntryType>(type);
  e.owner = owner == 0 ? std::string() : names[static_cast<std::size_t>(owner - 1)];
  e.group = group == 0 ? std::string() : names[static_cast<std::size_t>(group - 1)];
  e.size = 0;
  e.device_major = e.device_minor = 0;
  e.sparse = false;
  e.target.clear();
  e.attributes.clear();
  m.leaf = 0;
  m.digest = Digest();
  m.extents.clear();
  switch (e.type) {
    case EntryType::file: {
      e.size = r.varint();
      m.leaf = r.fixed<std::uint8_t>();
      const ByteView digest = r.bytes(32);
      if (!r.good() || e.size > (1ULL << 62U) || (m.leaf != 0 && (m.leaf < 12 || m.leaf > 18))) return r.fail();
      m.digest = Digest(digest);
      break;
    }
    case EntryType::symlink:
    case EntryType::hardlink: {
      const std::string_view target = r.counted_text();
      const bool fits = e.type == EntryType::symlink
                            ? target.size() <= link_text_max && target.find('\0') == std::string_view::npos
                            : !target.empty() && valid_entry_path(target) &&
                                  compare_paths(target, e.path) == std::strong_ordering::less;
      if (!r.good() || !fits) return r.fail();
      e.target.assign(target);
      break;
    }
    case EntryType::char_device:
    case EntryType::block_device:
      e.device_major = narrow(0xFFFFFFFF);
      e.device_minor = narrow(0xFFFFFFFF);
      break;
    case EntryType::directory:
    case EntryType::fifo: break;
  }
}

/// Appends one extent of a record whose head is written.
template <class = void>
void put_extent(ByteWriter& w, ExtentContext& context, const Extent& extent) {
  w.varint(extent.first - context.next_leaf());
  w.varint(extent.leaves);
  w.varint(extent.archive);
  w.zigzag(static_cast<std::int64_t>(extent.data - context.next_data(extent.archive)));
  if (context.leaf != 0) w.zigzag(static_cast<std::int64_t>(extent.table - context.next_table(extent.archive)));
  context.take(extent);
}

/// Reads one extent and checks that it lies within the file and within the stream of its archive.
/// `stream_lengths[i]` is the length of archive i's stream.
template <class = void>
bool get_extent(ByteReader& r, ExtentContext& context, std::span<const std::uint64_t> stream_lengths, Extent& extent) {
  const std::uint64_t gap = r.varint();
  extent.leaves = r.varint();
  const std::uint64_t archive = r.varint();
  const std::uint64_t count = leaf_count(context.leaf, context.size);
  if (!r.good() || archive >= stream_lengths.size()) return false;
  const std::uint64_t next = context.next_leaf();
  if (gap > count - next || extent.leaves == 0 || extent.leaves > count - next - gap) return false;
  extent.first = next + gap;
  extent.archive = static_cast<std::uint32_t>(archive);
  const std::uint64_t limit = stream_lengths[extent.archive];
  const std::uint64_t length = extent_bytes(extent, context.leaf, context.size);
  extent.data = context.next_data(extent.archive) + static_cast<std::uint64_t>(r.zigzag());
  extent.table = 0;
  if (length > limit || extent.data > limit - length) return false;
  if (context.leaf != 0) {
    extent.table = context.next_table(extent.archive) + static_cast<std::uint64_t>(r.zigzag());
    const std::uint64_t table = extent.leaves * context.digest_size;
    if (extent.leaves > limit / context.digest_size || extent.table > limit - table) return false;
  }
  context.take(extent);
  return r.good();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
