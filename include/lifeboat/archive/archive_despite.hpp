// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/archive_reader.hpp>

// Archives that no chain entry vouches for: what is on the medium under archive/SOURCE/ID is enough to read one.
namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// Objects of one archive as the medium lists them.
struct ArchiveObjects {
  bool manifest = false;
  std::uint64_t manifest_length = 0;
  bool volumes = false;
  std::uint64_t first_volume = 0;  ///< length
  std::uint64_t last_number = 0;
  std::uint64_t last_volume = 0;  ///< length

  /// Where the stream ends, as far as its last volume is there.
  [[nodiscard]] std::uint64_t stream_length(std::uint64_t volume_length) const noexcept {
    return last_number * volume_length + last_volume;
  }
};

template <class = void>
Result<ArchiveObjects> list_archive_objects(MediumPort& medium, const std::string& source, const ArchiveId& archive) {
  ArchiveObjects found;
  const std::string prefix = archive_prefix(source, archive);
  const std::string volumes = prefix + "data.";
  LIFEBOAT_CHECK(medium.list(prefix, "", [&](const ObjectInfo& info) {
    if (info.name == prefix + "manifest") {
      found.manifest = true;
      found.manifest_length = info.length;
    } else if (info.name.starts_with(volumes)) {
      std::uint64_t number = 0;
      for (const char c : info.name.substr(volumes.size())) number = number * 10 + static_cast<std::uint64_t>(c - '0');
      if (number > 0xFFFFFFFFU || info.name != volume_name(source, archive, number)) return true;
      found.volumes = true;
      if (number == 0) found.first_volume = info.length;
      found.last_number = number;
      found.last_volume = info.length;
    }
    return true;
  }));
  if (!found.manifest && !found.volumes)
    return Error{ErrorId::archive_unknown,
                 "there are no objects of an archive " + to_hex(archive.view()) + " of " + source}
        .next("lifeboat list --id " + source)
        .unchanged();
  return found;
}

/// The digest in a manifest's footer, taken on trust: no chain entry vouches for it.
template <class = void>
bool footer_of(const RandomReader& in, std::uint64_t length, Digest& digest) {
  Bytes footer(manifest_footer_size);
  if (length < manifest_footer_size || !in.read(length - manifest_footer_size, footer)) return false;
  digest = Digest(ByteView(footer).subspan(16, structural_size));
  return as_text(ByteView(footer).last(8)) == manifest_end_magic;
}

/// Finds the copy of the manifest at the end of a stream: its footer ends within the last 1,024 + 511 bytes.
template <class = void>
bool find_manifest_copy(const RandomReader& stream, BackupFacts& facts) {
  Bytes tail(std::size_t{1024 + 511 + manifest_footer_size});
  if (facts.stream_length < tail.size() || !stream.read(facts.stream_length - tail.size(), tail)) return false;
  const std::string_view text = as_text(tail);
  const std::size_t at = text.rfind(manifest_end_magic);
  if (at == std::string_view::npos || at + 8 < manifest_footer_size) return false;
  const std::byte* footer = tail.data() + at + 8 - manifest_footer_size;
  const auto offset = load_le<std::uint64_t>(footer);
  const auto length = load_le<std::uint64_t>(footer + 8);
  if (offset > facts.stream_length || length > facts.stream_length - offset) return false;
  facts.manifest_length = offset + length + manifest_footer_size;
  facts.manifest_digest = Digest(ByteView(footer + 16, structural_size));
  return true;
}

/// Reads what a chain entry would have said out of the manifest itself.
template <class = void>
Status facts_from_manifest(const Repository& repository, const RandomReader& in, BackupFacts& facts,
                           const ArchiveObjects& objects) {
  LIFEBOAT_TRY(const std::unique_ptr<HashPort> hash, repository.structural->begin());
  LIFEBOAT_TRY(const Manifest m, read_manifest(in, facts.manifest_length, facts.manifest_digest, *hash,
                                               "the manifest of archive " + to_hex(facts.archive.view())));
  facts.strategy = m.strategy;
  facts.verifier = m.verifier;
  facts.volume_length = m.volume_length;
  facts.stream_length = objects.stream_length(m.volume_length);
  facts.cut = m.cut;
  facts.has_position = m.has_position;
  facts.position = m.position;
  facts.entries = m.entries;
  facts.content_bytes = m.content_bytes;
  // Where the last volumes are gone, what was in them is named when it is read.
  if (facts.stream_length < m.covered) facts.stream_length = m.covered;
  facts.torn = m.torn;
  facts.unreadable = m.unreadable;
  facts.cut_began = m.cut_began;
  facts.cut_ended = m.cut_ended;
  for (const ReferredArchive& archive : m.archives) facts.refers_to.push_back(archive.id);
  return ok();
}

}  // namespace detail

/// Opens an archive by its id with no help of the chain, from its manifest object or, where that is gone, from the end
/// of its stream. What the chain would prove is then unproven: that it is the archive that was committed, and none
/// older. Errors: archive_unknown where nothing of it is there, and those of ArchiveReader::open.
template <class = void>
Result<std::unique_ptr<ArchiveReader>> open_despite_chain(const Repository& repository, const std::string& source,
                                                          const ArchiveId& archive, const VerifierPort* own = nullptr) {
  MediumPort& medium = *repository.medium;
  LIFEBOAT_TRY(const detail::ArchiveObjects objects, detail::list_archive_objects(medium, source, archive));
  BackupFacts facts;
  facts.archive = archive;
  facts.window = archive;
  Status object_read = Error{ErrorId::object_missing, manifest_name(source, archive) + " is not there"};
  if (objects.manifest) {
    const ObjectReader in(medium, manifest_name(source, archive));
    facts.manifest_length = objects.manifest_length;
    object_read = detail::footer_of(in, facts.manifest_length, facts.manifest_digest)
                      ? detail::facts_from_manifest(repository, in, facts, objects)
                      : Error{ErrorId::corrupt, in.name() + " does not end as a manifest does"};
    if (object_read) return ArchiveReader::open_from(repository, source, facts, ManifestFrom::object, own);
  }
  facts.volume_length = objects.first_volume != 0 ? objects.first_volume : 1;
  facts.stream_length = objects.stream_length(facts.volume_length);
  const StreamReader stream(medium, source, archive, facts.stream_length, facts.volume_length);
  if (!detail::find_manifest_copy(stream, facts)) return std::move(object_read).error();
  LIFEBOAT_TRY(const std::uint64_t at, ArchiveReader::manifest_in_stream(facts));
  const ShiftedReader copy(stream, at);
  LIFEBOAT_CHECK(detail::facts_from_manifest(repository, copy, facts, objects));
  return ArchiveReader::open_from(repository, source, facts, ManifestFrom::stream, own);
}

/// The ids of all archives of a source that have objects on a medium, committed or not, sorted.
template <class = void>
Result<std::vector<ArchiveId>> list_archive_ids(MediumPort& medium, const std::string& source) {
  std::vector<ArchiveId> ids;
  const std::string prefix = "archive/" + source + "/";
  std::string after;
  while (true) {
    std::string found;
    LIFEBOAT_CHECK(medium.list(prefix, after, [&](const ObjectInfo& info) {
      const std::string_view rest = info.name.substr(prefix.size());
      found.assign(rest.substr(0, rest.find('/')));
      return false;
    }));
    if (found.empty()) return ids;
    const Bytes raw = from_hex(found);
    if (raw.size() == 16) {
      ArchiveId id;
      std::memcpy(id.bytes.data(), raw.data(), raw.size());
      ids.push_back(id);
    }
    after = prefix + found + "0";  // '0' sorts right after '/'
  }
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
