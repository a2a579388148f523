// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/manifest_record.hpp>

#include "support/made_repository.hpp"

// Archives that no writer of ours would write: every digest is right, and what they say is not.
namespace support {

/// Records for a page, put together without any check.
class ForgedPage {
 public:
  ForgedPage& entry(const ManifestEntry& m) {
    put_entry_record(bytes, before_, m, 0, 0);
    before_ = m.entry.path;
    return *this;
  }
  ForgedPage& folder(const std::string& path) {
    ManifestEntry m;
    m.entry.path = path;
    m.entry.type = EntryType::directory;
    m.entry.mode = 0755;
    return entry(m);
  }
  ForgedPage& link(const std::string& path, const std::string& target, EntryType type = EntryType::symlink) {
    ManifestEntry m;
    m.entry.path = path;
    m.entry.type = type;
    m.entry.mode = 0777;
    m.entry.target = target;
    return entry(m);
  }
  ForgedPage& file(const std::string& path, std::uint64_t size, std::uint8_t leaf, std::vector<Extent> extents,
                   Digest digest = {}) {
    ManifestEntry m;
    m.entry.path = path;
    m.entry.mode = 0644;
    m.entry.size = size;
    m.leaf = leaf;
    m.digest = digest;
    entry(m);
    if (extents.empty()) return *this;
    ByteWriter w(bytes);
    w.fixed(static_cast<std::uint8_t>(ManifestRecordKind::extents));
    w.varint(extents.size());
    ExtentContext context{leaf, size, 32, false, {}};
    for (const Extent& extent : extents) put_extent(w, context, extent);
    return *this;
  }
  ForgedPage& raw(ByteView more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
    return *this;
  }
  Bytes bytes;

 private:
  std::string before_;
};

struct Forged {
  std::vector<std::pair<std::string, Bytes>> pages;  ///< the path in the index, and the records
  std::vector<ReferredArchive> archives;
  Bytes stream = Bytes(65536);
  std::uint64_t shift_pages = 0;  ///< added to the offsets in the index
  std::uint64_t repeat_last = 0;  ///< how often the last page stands in the index again
};

/// Puts a forged archive into a repository, and gives what a chain entry would say of it.
inline BackupFacts forge(MadeRepository& made, const Forged& from) {
  BackupFacts facts;
  made.random.fill(facts.archive.bytes);
  facts.window = facts.archive;
  facts.verifier = made.verifier->traits().id;
  facts.volume_length = 65536;
  facts.stream_length = from.stream.size();
  facts.seal_digest.size = structural_size;
  auto hash = made.repository.structural->begin();
  REQUIRE(hash);

  Bytes manifest;
  put_object_header(manifest, ObjectKind::manifest);
  Bytes salt(32);
  Bytes fields;
  FieldWriter f(fields);
  f.bytes(1, made.repository.id.view());
  f.text(2, made.source());
  f.bytes(3, facts.archive.view());
  f.bytes(4, salt);
  f.fixed(5, facts.verifier);
  f.fixed(6, static_cast<std::uint8_t>(made.repository.structural_id));
  f.fixed(7, std::uint8_t{1});
  f.text(8, "forger");
  ByteWriter w(manifest);
  w.fixed(static_cast<std::uint32_t>(fields.size()));
  w.bytes(fields);
  const Bytes head = manifest;
  Bytes index;
  FieldWriter in(index);
  for (std::size_t i = 0; i < from.pages.size() + from.repeat_last; ++i) {
    const auto& [path, page] = from.pages[std::min(i, from.pages.size() - 1)];
    std::byte number[8];
    store_le(number, static_cast<std::uint64_t>(i));
    auto digest = tagged_digest(**hash, digest_tag::page, {salt, number, page});
    REQUIRE(digest);
    Bytes value;
    ByteWriter v(value);
    v.fixed(static_cast<std::uint64_t>(manifest.size() + from.shift_pages));
    v.fixed(static_cast<std::uint32_t>(page.size()));
    v.bytes(digest->view());
    v.text(path);
    in.bytes(1, value);
    manifest.insert(manifest.end(), page.begin(), page.end());
  }
  for (const ReferredArchive& archive : from.archives) {
    Bytes value(archive.id.bytes.begin(), archive.id.bytes.end());
    ByteWriter v(value);
    v.fixed(archive.stream_length);
    v.fixed(archive.volume_length);
    in.bytes(2, value);
  }
  Bytes totals(32);
  in.bytes(4, totals);
  in.fixed(5, std::uint8_t{3});
  in.bytes(6, Bytes(24));
  in.fixed(8, std::uint64_t{0});
  in.fixed(9, facts.volume_length);
  auto digest = tagged_digest(**hash, digest_tag::manifest, {head, index});
  REQUIRE(digest);
  facts.manifest_digest = *digest;
  const std::uint64_t index_offset = manifest.size();
  ByteWriter end(manifest);
  end.bytes(index);
  end.fixed(index_offset);
  end.fixed(static_cast<std::uint64_t>(index.size()));
  end.bytes(digest->view());
  end.text(manifest_end_magic);
  facts.manifest_length = manifest.size();
  made.store->objects[manifest_name(made.source(), facts.archive)] = std::move(manifest);
  for (std::size_t at = 0, n = 0; at < from.stream.size(); at += facts.volume_length, ++n) {
    const std::size_t length = std::min<std::size_t>(facts.volume_length, from.stream.size() - at);
    made.store->objects[volume_name(made.source(), facts.archive, n)] =
        Bytes(from.stream.begin() + static_cast<std::ptrdiff_t>(at),
              from.stream.begin() + static_cast<std::ptrdiff_t>(at + length));
  }
  return facts;
}

}  // namespace support
