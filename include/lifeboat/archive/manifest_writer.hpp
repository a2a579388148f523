// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/manifest_record.hpp>
#include <lifeboat/core/spool.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Writes a manifest into a spool, entry by entry, in the order of compare_paths. Every record is decoded again and
/// compared before it counts. Memory: one page and the index.
template <class = void>
class BasicManifestWriter {
 public:
  /// `manifest` holds what the prologue needs; the writer fills in the rest. All outlive the writer.
  BasicManifestWriter(Manifest& manifest, HashPort& hash, Spool& out, std::size_t digest_size)
      : manifest_(manifest), hash_(hash), out_(out), digest_size_(digest_size) {}

  Status begin() {
    Bytes head;
    put_object_header(head, ObjectKind::manifest);
    Bytes fields;
    FieldWriter f(fields);
    f.bytes(1, manifest_.repository.view());
    f.text(2, manifest_.source);
    f.bytes(3, manifest_.archive.view());
    f.bytes(4, manifest_.salt.view());
    f.fixed(5, manifest_.verifier);
    f.fixed(6, manifest_.structural);
    f.fixed(7, static_cast<std::uint8_t>(manifest_.strategy));
    f.text(8, manifest_.program);
    ByteWriter w(head);
    w.fixed(static_cast<std::uint32_t>(fields.size()));
    w.bytes(fields);
    head_ = head;
    return out_.append(head);
  }

  Status add(const ManifestEntry& m) {
    const Entry& e = m.entry;
    if (!valid_entry_path(e.path) || e.target.size() > path_max)
      return Error{ErrorId::limit, "the path " + e.path.substr(0, 200) + "... can not stand in an archive"};
    LIFEBOAT_CHECK(room(e.path.size() + e.target.size() + 256, e.path));
    const std::size_t begin = page_.size();
    put_entry_record(page_, before_, m, name_index(e.owner), name_index(e.group));
    LIFEBOAT_CHECK(check_entry(begin, m));
    before_ = e.path;
    for (const ExtendedAttribute& attribute : e.attributes) LIFEBOAT_CHECK(add_attribute(attribute, e.path));
    if (!m.extents.empty()) LIFEBOAT_CHECK(add_extents(m));
    ++manifest_.entries;
    if (e.type == EntryType::file) manifest_.content_bytes += e.size;
    if ((e.flags & entry_flag::torn) != 0) ++manifest_.torn;
    if ((e.flags & entry_flag::unreadable) != 0) ++manifest_.unreadable;
    return ok();
  }

  /// Writes index and footer; `manifest.digest` is then set. Volumes, cut and lengths are filled in by the caller
  /// before.
  Status finish() {
    LIFEBOAT_CHECK(flush());
    Bytes index;
    FieldWriter f(index);
    for (const ManifestPage& page : manifest_.pages) {
      Bytes value;
      ByteWriter w(value);
      w.fixed(page.offset);
      w.fixed(page.length);
      w.bytes(page.digest.view());
      w.text(page.first_path);
      f.bytes(1, value);
    }
    for (const ReferredArchive& archive : manifest_.archives) {
      Bytes value(archive.id.bytes.begin(), archive.id.bytes.end());
      ByteWriter w(value);
      w.fixed(archive.stream_length);
      w.fixed(archive.volume_length);
      f.bytes(2, value);
    }
    for (const VolumeDigest& volume : manifest_.volumes) {
      Bytes value;
      ByteWriter w(value);
      w.fixed(volume.length);
      w.bytes(volume.digest.view());
      f.bytes(3, value);
    }
    put_totals(f);
    const std::uint64_t index_offset = out_.size();
    LIFEBOAT_TRY(manifest_.digest, tagged_digest(hash_, digest_tag::manifest, {head_, index}));
    Bytes footer;
    ByteWriter w(footer);
    w.fixed(index_offset);
    w.fixed(static_cast<std::uint64_t>(index.size()));
    w.bytes(manifest_.digest.view());
    w.text(manifest_end_magic);
    LIFEBOAT_CHECK(out_.append(index));
    return out_.append(footer);
  }

 private:
  static Bytes pair(std::uint64_t a, std::uint64_t b) {
    Bytes value;
    ByteWriter w(value);
    w.fixed(a);
    w.fixed(b);
    return value;
  }

  void put_totals(FieldWriter& f) {
    Bytes totals = pair(manifest_.entries, manifest_.content_bytes);
    const Bytes more = pair(manifest_.torn, manifest_.unreadable);
    totals.insert(totals.end(), more.begin(), more.end());
    f.bytes(4, totals);
    f.fixed(5, static_cast<std::uint8_t>(manifest_.cut));
    Bytes cut;
    ByteWriter w(cut);
    w.fixed(manifest_.cut_began.seconds);
    w.fixed(manifest_.cut_began.nanoseconds);
    w.fixed(manifest_.cut_ended.seconds);
    w.fixed(manifest_.cut_ended.nanoseconds);
    f.bytes(6, cut);
    if (manifest_.has_position) f.bytes(7, pair(manifest_.position.epoch, manifest_.position.sequence));
    f.fixed(8, manifest_.covered);
    f.fixed(9, manifest_.volume_length);
    for (const std::string& name : manifest_.names) f.text(10, name);
    for (const std::string& rule : manifest_.rules) f.text(11, rule);
    for (const Bytes& schema : manifest_.schemas) f.bytes(12, schema);
  }

  /// Starts a new page where a record of at most `bytes` would not fit.
  Status room(std::size_t bytes, const std::string& path) {
    if (page_.size() + bytes > page_max) LIFEBOAT_CHECK(flush());
    if (page_.empty()) {
      page_path_ = path;
      before_.clear();
    }
    return ok();
  }

  Status flush() {
    if (page_.empty()) return ok();
    std::byte number[8];
    store_le(number, static_cast<std::uint64_t>(manifest_.pages.size()));
    LIFEBOAT_TRY(const Digest digest, tagged_digest(hash_, digest_tag::page, {manifest_.salt.view(), number, page_}));
    manifest_.pages.push_back({out_.size(), static_cast<std::uint32_t>(page_.size()), digest, page_path_});
    LIFEBOAT_CHECK(out_.append(page_));
    page_.clear();
    return ok();
  }

  Status check_entry(std::size_t begin, const ManifestEntry& m) {
    ByteReader r(ByteView(page_).subspan(begin + 1));
    decoded_.entry.path = before_;
    get_entry_record(r, decoded_, manifest_.names);
    const Entry& a = decoded_.entry;
    const Entry& b = m.entry;
    const bool same =
        r.good() && r.at_end() && a.path == b.path && a.type == b.type && a.flags == b.flags && a.mode == b.mode &&
        a.uid == b.uid && a.gid == b.gid && a.owner == b.owner && a.group == b.group && a.mtime == b.mtime &&
        a.ctime == b.ctime && a.device == b.device && a.inode == b.inode && a.links == b.links &&
        a.target == b.target && a.device_major == b.device_major && a.device_minor == b.device_minor &&
        (b.type != EntryType::file || (a.size == b.size && decoded_.leaf == m.leaf && decoded_.digest == m.digest));
    if (!same)
      return Error{ErrorId::corrupt, "the manifest record of " + b.path + " does not decode to what was encoded"};
    return ok();
  }

  Status add_attribute(const ExtendedAttribute& attribute, const std::string& path) {
    std::size_t at = 0;
    do {
      const std::size_t left = attribute.value.size() - at;
      const std::size_t piece = left < attribute_piece_max ? left : attribute_piece_max;
      LIFEBOAT_CHECK(room(attribute.name.size() + piece + 32, path));
      ByteWriter w(page_);
      w.fixed(static_cast<std::uint8_t>(ManifestRecordKind::attribute));
      w.counted(attribute.name);
      w.varint(attribute.value.size());
      w.varint(at);
      w.counted(ByteView(attribute.value).subspan(at, piece));
      at += piece;
    } while (at < attribute.value.size());
    return ok();
  }

  Status add_extents(const ManifestEntry& m) {
    constexpr std::size_t batch = 512;
    ExtentContext context{m.leaf, m.entry.size, digest_size_, false, {}};
    for (std::size_t at = 0; at < m.extents.size(); at += batch) {
      const std::size_t count = m.extents.size() - at < batch ? m.extents.size() - at : batch;
      LIFEBOAT_CHECK(room(16 + count * 50, m.entry.path));
      ByteWriter w(page_);
      w.fixed(static_cast<std::uint8_t>(ManifestRecordKind::extents));
      w.varint(count);
      const std::size_t begin = page_.size();
      const ExtentContext before = context;
      for (std::size_t i = at; i < at + count; ++i) put_extent(w, context, m.extents[i]);
      LIFEBOAT_CHECK(check_extents(begin, before, m, at, count));
    }
    return ok();
  }

  Status check_extents(std::size_t begin, ExtentContext context, const ManifestEntry& m, std::size_t at,
                       std::size_t count) {
    lengths_.assign(manifest_.archives.size() + 1, ~std::uint64_t{0});
    ByteReader r(ByteView(page_).subspan(begin));
    for (std::size_t i = at; i < at + count; ++i) {
      Extent extent;
      if (!get_extent(r, context, lengths_, extent) || extent.first != m.extents[i].first ||
          extent.leaves != m.extents[i].leaves || extent.archive != m.extents[i].archive ||
          extent.data != m.extents[i].data || (m.leaf != 0 && extent.table != m.extents[i].table))
        return Error{ErrorId::corrupt,
                     "the manifest's extents of " + m.entry.path + " do not decode to what was encoded"};
    }
    return ok();
  }

  std::uint64_t name_index(const std::string& name) {
    if (name.empty()) return 0;
    for (std::size_t i = 0; i < manifest_.names.size(); ++i)
      if (manifest_.names[i] == name) return i + 1;
    manifest_.names.push_back(name);
    return manifest_.names.size();
  }

  Manifest& manifest_;
  HashPort& hash_;
  Spool& out_;
  std::size_t digest_size_;
  Bytes head_;
  Bytes page_;
  std::string page_path_;
  std::string before_;
  ManifestEntry decoded_;
  std::vector<std::uint64_t> lengths_;
};
using ManifestWriter = BasicManifestWriter<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
