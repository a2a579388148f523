// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/manifest_record.hpp>
#include <lifeboat/archive/stream.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

template <class = void>
Status read_prologue(ByteView fields, Manifest& m, const std::string& name) {
  FieldReader reader(fields);
  Field f;
  std::uint8_t strategy = 0;
  unsigned seen = 0;
  while (reader.next(f)) {
    bool good = true;
    switch (f.tag) {
      case 1: good = f.get(m.repository); break;
      case 2: good = f.get(m.source); break;
      case 3: good = f.get(m.archive); break;
      case 4: good = f.get(m.salt); break;
      case 5: good = f.get(m.verifier); break;
      case 6: good = f.get(m.structural); break;
      case 7: good = f.get(strategy) && strategy >= 1 && strategy <= 3; break;
      case 8: good = f.get(m.program); break;
      default: break;
    }
    if (!good) return Error{ErrorId::corrupt, name + " has a prologue field that can not be"};
    if (f.tag <= 8) seen |= 1U << f.tag;
  }
  m.strategy = static_cast<StrategyId>(strategy);
  if (!reader.good() || seen != 0x1FEU) return Error{ErrorId::corrupt, name + " lacks prologue fields"};
  return ok();
}

template <class = void>
bool read_index_field(const Field& f, Manifest& m) {
  ByteReader r(f.value);
  switch (f.tag) {
    case 1: {
      ManifestPage page;
      page.offset = r.fixed<std::uint64_t>();
      page.length = r.fixed<std::uint32_t>();
      page.digest = Digest(r.bytes(structural_size));
      page.first_path.assign(as_text(r.bytes(r.left())));
      m.pages.push_back(std::move(page));
      return r.good();
    }
    case 2: {
      ReferredArchive archive;
      archive.id = r.id();
      archive.stream_length = r.fixed<std::uint64_t>();
      archive.volume_length = r.fixed<std::uint64_t>();
      m.archives.push_back(archive);
      return r.good() && r.at_end() && archive.volume_length != 0 &&
             volume_count(archive.stream_length, archive.volume_length) <= volumes_max;
    }
    case 3: {
      VolumeDigest volume;
      volume.length = r.fixed<std::uint64_t>();
      volume.digest = Digest(r.bytes(structural_size));
      m.volumes.push_back(volume);
      return r.good() && r.at_end();
    }
    case 4:
      m.entries = r.fixed<std::uint64_t>();
      m.content_bytes = r.fixed<std::uint64_t>();
      m.torn = r.fixed<std::uint64_t>();
      m.unreadable = r.fixed<std::uint64_t>();
      return r.good() && r.at_end();
    case 5: {
      std::uint8_t cut = 0;
      const bool good = f.get(cut) && cut >= 1 && cut <= 4;
      m.cut = static_cast<CutKind>(cut);
      return good;
    }
    case 6: {
      if (f.value.size() != 24) return false;
      return Field{0, f.value.first(12)}.get(m.cut_began) && Field{0, f.value.last(12)}.get(m.cut_ended);
    }
    case 7:
      m.has_position = true;
      m.position.epoch = r.fixed<std::uint64_t>();
      m.position.sequence = r.fixed<std::uint64_t>();
      return r.good() && r.at_end();
    case 8: return f.get(m.covered);
    case 9: return f.get(m.volume_length) && m.volume_length != 0;
    case 10: m.names.emplace_back(as_text(f.value)); return true;
    case 11: m.rules.emplace_back(as_text(f.value)); return true;
    case 12: m.schemas.emplace_back(f.value.begin(), f.value.end()); return true;
    default: return true;
  }
}

/// Pages follow each other without a gap, and the volumes cover exactly what they should.
template <class = void>
bool index_fits(const Manifest& m, std::uint64_t first_page, std::uint64_t index_offset) {
  std::uint64_t at = first_page;
  for (const ManifestPage& page : m.pages) {
    if (page.offset != at || page.length == 0 || page.length > page_max) return false;
    at += page.length;
  }
  std::uint64_t covered = 0;
  for (std::size_t i = 0; i < m.volumes.size(); ++i) {
    if (m.volumes[i].length > m.volume_length || (i + 1 < m.volumes.size() && m.volumes[i].length != m.volume_length))
      return false;
    covered += m.volumes[i].length;
  }
  return at == index_offset && m.volume_length != 0 && covered == m.covered;
}

}  // namespace detail

/// Reads everything of a manifest but its pages, and checks it against `length` and `digest` as the chain has them.
/// Memory: the index. `name` is for messages.
template <class = void>
Result<Manifest> read_manifest(const RandomReader& in, std::uint64_t length, const Digest& digest, HashPort& hash,
                               const std::string& name) {
  const auto bad = [&name](const char* what) { return Error{ErrorId::corrupt, name + what}; };
  if (length < object_header_size + 4 + manifest_footer_size) return bad(" is too short for a manifest");
  Bytes footer(manifest_footer_size);
  LIFEBOAT_CHECK(in.read(length - manifest_footer_size, footer));
  ByteReader r(footer);
  const auto index_offset = r.fixed<std::uint64_t>();
  const auto index_length = r.fixed<std::uint64_t>();
  const Digest stated(r.bytes(structural_size));
  if (as_text(r.bytes(8)) != manifest_end_magic) return bad(" does not end as a manifest does");
  const std::uint64_t body = length - manifest_footer_size;
  if (index_offset > body || index_length != body - index_offset) return bad(" has an index that does not fit");
  if (stated != digest) return bad(" is not the manifest that its chain entry names");

  Bytes head(object_header_size + 4);
  LIFEBOAT_CHECK(in.read(0, head));
  const auto fields_length = load_le<std::uint32_t>(head.data() + object_header_size);
  if (fields_length > page_max || head.size() + fields_length > index_offset)
    return bad(" has a prologue that does not fit");
  head.resize(head.size() + fields_length);
  LIFEBOAT_CHECK(in.read(0, head));
  Bytes index;
  // The length is bounded by the object's; reading piece by piece fails before memory is taken for what is not there.
  while (index.size() < index_length) {
    const std::size_t at = index.size();
    const std::uint64_t left = index_length - at;
    index.resize(at + static_cast<std::size_t>(left < (1U << 20U) ? left : (1U << 20U)));
    LIFEBOAT_CHECK(in.read(index_offset + at, MutableBytes(index).subspan(at)));
  }
  LIFEBOAT_TRY(const Digest found, tagged_digest(hash, digest_tag::manifest, {head, index}));
  if (found != digest) return bad(" does not fit its digest");

  Manifest m;
  m.digest = digest;
  ByteReader h(head);
  LIFEBOAT_CHECK(check_object_header(h, ObjectKind::manifest, name));
  LIFEBOAT_CHECK(detail::read_prologue(ByteView(head).subspan(object_header_size + 4), m, name));
  FieldReader fields(index);
  Field f;
  while (fields.next(f))
    if (!detail::read_index_field(f, m)) return bad(" has an index field that can not be");
  if (!fields.good() || !detail::index_fits(m, head.size(), index_offset))
    return bad(" has an index that does not fit");
  return m;
}

/// Walks the entries of a manifest in order; each page is checked against its digest before a record is believed.
/// Memory: a batch of pages and one entry.
template <class = void>
class BasicManifestCursor {
 public:
  /// `stream_length` is that of the archive's own stream. Reader and manifest outlive the cursor.
  BasicManifestCursor(const RandomReader& in, const Manifest& manifest, HashPort& hash, std::uint64_t stream_length,
                      std::size_t digest_size, std::string name)
      : in_(in), manifest_(manifest), hash_(hash), digest_size_(digest_size), name_(std::move(name)) {
    lengths_.push_back(stream_length);
    for (const ReferredArchive& archive : manifest.archives) lengths_.push_back(archive.stream_length);
  }

  /// Goes to the next entry: false at the end. What `current` gave before is then gone.
  Result<bool> next() {
    if (!primed_) LIFEBOAT_CHECK(prime());
    if (!pending_) return false;
    if (any_) previous_ = current_.entry.path;
    if (!decode_entry()) return corrupt("an entry record that can not be");
    if (any_ && compare_paths(previous_, current_.entry.path) != std::strong_ordering::less)
      return corrupt("entries out of order");
    if (!any_ && at_first_page_ && !current_.entry.path.empty()) return corrupt("no root");
    any_ = true;
    ExtentContext context{current_.leaf, current_.entry.size, digest_size_, false, {}};
    std::size_t attribute_bytes = 0;
    while (true) {
      LIFEBOAT_CHECK(prime());
      if (!pending_ || kind_ == ManifestRecordKind::entry) break;
      const bool good =
          kind_ == ManifestRecordKind::extents ? decode_extents(context) : decode_attribute(attribute_bytes);
      if (!good) return corrupt("a record that does not fit its entry");
    }
    if (!attributes_whole()) return corrupt("an extended attribute that is cut short");
    return true;
  }

  [[nodiscard]] const ManifestEntry& current() const noexcept { return current_; }
  [[nodiscard]] ManifestEntry& current() noexcept { return current_; }

  /// Goes to the entry of that path: false where there is none. Reads O(1) pages. The cursor then goes on from there.
  Result<bool> find(std::string_view path) {
    std::size_t low = 0;
    std::size_t high = manifest_.pages.size();
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (compare_paths(manifest_.pages[middle].first_path, path) == std::strong_ordering::greater)
        high = middle;
      else
        low = middle + 1;
    }
    std::size_t page = low == 0 ? 0 : low - 1;
    // Pages that begin with a continuation have the path of the entry that they continue: it begins before them.
    while (page > 0 && manifest_.pages[page].first_path == path) --page;
    go_to_page(page);
    while (true) {
      LIFEBOAT_TRY(const bool more, next());
      if (!more) return false;
      const auto order = compare_paths(current_.entry.path, path);
      if (order == std::strong_ordering::equal) return true;
      if (order == std::strong_ordering::greater) return false;
    }
  }

  /// The page that the current entry begins in, or the one after where it reaches there.
  [[nodiscard]] std::size_t page() const noexcept { return page_ == 0 ? 0 : page_ - 1; }

  /// The next `next` gives the first entry that begins in that page.
  void go_to_page(std::size_t page) {
    page_ = page;
    batch_.clear();
    batch_at_ = 0;
    reader_ = ByteReader(ByteView());
    current_ = ManifestEntry();
    primed_ = pending_ = any_ = false;
    at_first_page_ = page == 0;
    skip_continuations_ = page != 0;
  }

 private:
  Error corrupt(const char* what) const {
    return Error{ErrorId::corrupt, name_ + " has " + what + " in page " + std::to_string(page_ == 0 ? 0 : page_ - 1)};
  }

  /// Makes the kind of the next record known, from the next page where this one is at its end.
  Status prime() {
    primed_ = true;
    while (true) {
      while (reader_.at_end()) {
        if (page_ == manifest_.pages.size()) {
          pending_ = false;
          return ok();
        }
        LIFEBOAT_CHECK(load_page());
      }
      const auto kind = reader_.template fixed<std::uint8_t>();
      if (kind < 1 || kind > 3) return corrupt("a record of an unknown kind");
      kind_ = static_cast<ManifestRecordKind>(kind);
      pending_ = true;
      if (kind_ == ManifestRecordKind::entry) {
        skip_continuations_ = false;
        return ok();
      }
      if (any_) return ok();
      if (!skip_continuations_) return corrupt("a continuation of nothing");
      // After a jump the first page may begin in the middle of an entry: its rest is passed over.
      if (kind_ == ManifestRecordKind::attribute) {
        (void)reader_.counted();
        (void)reader_.varint();
        (void)reader_.varint();
        (void)reader_.counted();
      } else {
        reader_ = ByteReader(ByteView());  // extents can not be passed over without their file: the page's rest is
        return skip_to_entry();
      }
      if (!reader_.good()) return corrupt("a record that can not be");
    }
  }

  /// A page that begins in the middle of a file's extents: start one page earlier, where the file is known.
  Status skip_to_entry() {
    const std::size_t page = page_ - 1;
    std::size_t first = page;
    while (first > 0 && manifest_.pages[first].first_path == manifest_.pages[page].first_path) --first;
    go_to_page(first);
    return prime();
  }

  Status load_page() {
    const ManifestPage& page = manifest_.pages[page_];
    if (batch_at_ == batch_.size()) {
      std::size_t bytes = 0;
      for (std::size_t i = page_; i < manifest_.pages.size() && bytes < (1U << 19U); ++i)
        bytes += manifest_.pages[i].length;
      batch_.resize(bytes);
      batch_at_ = 0;
      LIFEBOAT_CHECK(in_.read(page.offset, batch_));
    }
    const ByteView bytes = ByteView(batch_).subspan(batch_at_, page.length);
    std::byte number[8];
    store_le(number, static_cast<std::uint64_t>(page_));
    LIFEBOAT_TRY(const Digest digest, tagged_digest(hash_, digest_tag::page, {manifest_.salt.view(), number, bytes}));
    if (digest != page.digest)
      return Error{ErrorId::corrupt, name_ + " is damaged in bytes " + std::to_string(page.offset) + " to " +
                                         std::to_string(page.offset + page.length - 1)};
    batch_at_ += page.length;
    ++page_;
    reader_ = ByteReader(bytes);
    first_in_page_ = true;
    return ok();
  }

  bool decode_entry() {
    if (first_in_page_) current_.entry.path.clear();
    first_in_page_ = false;
    get_entry_record(reader_, current_, manifest_.names);
    return reader_.good();
  }

  bool decode_extents(ExtentContext& context) {
    if (current_.entry.type != EntryType::file) return false;
    const std::uint64_t count = reader_.varint();
    if (!reader_.good() || count > reader_.left() || current_.extents.size() + count > extents_max) return false;
    for (std::uint64_t i = 0; i < count; ++i) {
      Extent extent;
      if (!get_extent(reader_, context, lengths_, extent)) return false;
      current_.extents.push_back(extent);
    }
    return true;
  }

  bool decode_attribute(std::size_t& bytes) {
    const std::string_view name = reader_.counted_text();
    const std::uint64_t total = reader_.varint();
    const std::uint64_t offset = reader_.varint();
    const ByteView piece = reader_.counted();
    if (!reader_.good() || name.empty() || name.size() > 255 || total > attribute_value_max ||
        !current_.extents.empty())
      return false;
    auto& attributes = current_.entry.attributes;
    if (offset == 0) {
      if (!attributes_whole() || (!attributes.empty() && attributes.back().name >= name)) return false;
      attributes.push_back({std::string(name), {}});
      wanted_ = total;
    }
    if (attributes.empty() || attributes.back().name != name || total != wanted_) return false;
    Bytes& value = attributes.back().value;
    bytes += name.size() + piece.size();
    if (offset != value.size() || piece.size() > total - offset || bytes > (16U << 20U)) return false;
    value.insert(value.end(), piece.begin(), piece.end());
    return true;
  }

  [[nodiscard]] bool attributes_whole() const noexcept {
    return current_.entry.attributes.empty() || current_.entry.attributes.back().value.size() == wanted_;
  }

  const RandomReader& in_;
  const Manifest& manifest_;
  HashPort& hash_;
  std::size_t digest_size_;
  std::string name_;
  std::vector<std::uint64_t> lengths_;
  std::size_t page_ = 0;
  Bytes batch_;
  std::size_t batch_at_ = 0;
  ByteReader reader_{ByteView()};
  ManifestEntry current_;
  std::string previous_;
  ManifestRecordKind kind_ = ManifestRecordKind::entry;
  std::uint64_t wanted_ = 0;
  bool primed_ = false;
  bool pending_ = false;
  bool any_ = false;
  bool at_first_page_ = true;
  bool first_in_page_ = true;
  bool skip_continuations_ = false;
};
using ManifestCursor = BasicManifestCursor<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
