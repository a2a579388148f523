// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stop_token>

#include <lifeboat/archive/catalog.hpp>
#include <lifeboat/archive/difference.hpp>

// Questions about archives that change nothing: what is in one, one file of it, a path over time, two of them compared.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Calls with every entry of an archive that is `below` or lies below it ("" for all), in order, until the callback
/// fails. Errors: path_unknown where there is none; corrupt, medium_io.
template <class = void>
Status list_entries(const ArchiveReader& archive, std::string_view below,
                    FunctionRef<Status(const ManifestEntry&)> each) {
  LIFEBOAT_TRY(const std::unique_ptr<EntryWalk> walk, archive.walk());
  ManifestCursor& cursor = walk->cursor;
  LIFEBOAT_TRY(bool more, cursor.find(below));
  if (!more)
    return Error{ErrorId::path_unknown,
                 "archive " + to_hex(archive.facts().archive.view()) + " has no '" + std::string(below) + "'"}
        .unchanged();
  while (more && is_below(cursor.current().entry.path, below)) {
    LIFEBOAT_CHECK(each(cursor.current()));
    LIFEBOAT_TRY(more, cursor.next());
  }
  return ok();
}

/// The entry of a path; of a hard link the file that it is another name of, under the path that was asked for.
/// Errors: path_unknown, corrupt, medium_io.
template <class = void>
Result<ManifestEntry> find_entry(const ArchiveReader& archive, std::string_view path) {
  LIFEBOAT_TRY(const std::unique_ptr<EntryWalk> walk, archive.walk());
  const auto unknown = [&] {
    return Error{ErrorId::path_unknown,
                 "archive " + to_hex(archive.facts().archive.view()) + " has no '" + std::string(path) + "'"}
        .unchanged();
  };
  LIFEBOAT_TRY(bool found, walk->cursor.find(path));
  if (!found) return unknown();
  if (walk->cursor.current().entry.type != EntryType::hardlink) return walk->cursor.current();
  const std::string target = walk->cursor.current().entry.target;
  LIFEBOAT_TRY(found, walk->cursor.find(target));
  if (!found || walk->cursor.current().entry.type == EntryType::hardlink)
    return Error{ErrorId::corrupt, "'" + std::string(path) + "' is another name of '" + target + "', which is no file"};
  ManifestEntry entry = walk->cursor.current();
  entry.entry.path = std::string(path);
  return entry;
}

/// Gives the content of one file to a callback, in pieces from front to back; no byte before it is proved.
/// Errors: path_unknown where there is no such file; damage, medium_io, and those of the callback.
template <class = void>
Status cat_file(const ArchiveReader& archive, std::string_view path, FunctionRef<Status(ByteView)> each) {
  LIFEBOAT_TRY(ManifestEntry entry, find_entry(archive, path));
  LIFEBOAT_TRY(const std::unique_ptr<FileBytes> file, FileBytes::open(archive, std::move(entry)));
  Bytes piece(static_cast<std::size_t>(std::min(slice_bytes_max, file->size())));
  for (std::uint64_t at = 0; at < file->size(); at += piece.size()) {
    LIFEBOAT_TRY(const std::size_t got, file->read(at, piece));
    LIFEBOAT_CHECK(each(ByteView(piece).first(got)));
  }
  return ok();
}

/// One archive in the history of a path.
struct HistoryPoint {
  const ArchiveRecord* record = nullptr;
  const ManifestEntry* entry = nullptr;  ///< null: the archive does not have the path
  std::uint32_t changes = 0;             ///< against the archive before (difference::...)
  std::optional<Error> error;            ///< the archive could not be read
};

/// Calls with every archive, oldest first, and what it has under `path`. An archive that can not be read is told with
/// its error. Content counts as changed where size or digest differ. Complexity: O(1) pages of each manifest.
template <class = void>
Status path_history(const Repository& repository, const Catalog& catalog, std::string_view path,
                    const VerifierPort* own, FunctionRef<Status(const HistoryPoint&)> each) {
  std::unique_ptr<ManifestEntry> before;
  for (const ArchiveRecord& record : catalog.archives) {
    HistoryPoint point;
    point.record = &record;
    auto archive = ArchiveReader::open(repository, catalog.source, record.facts, own);
    auto found = archive ? find_entry(**archive, path) : Result<ManifestEntry>(archive.error());
    if (!found && found.error().id() != ErrorId::path_unknown) {
      point.error = std::move(found).error();
      LIFEBOAT_CHECK(each(point));
      continue;
    }
    if (found) point.entry = &*found;
    if (before && found) {
      point.changes = compare_metadata(before->entry, found->entry);
      if (found->entry.type == EntryType::file && before->digest != found->digest) point.changes |= difference::content;
    } else if (found) {
      point.changes = difference::added;
    } else if (before) {
      point.changes = difference::removed;
    }
    LIFEBOAT_CHECK(each(point));
    before = found ? std::make_unique<ManifestEntry>(std::move(*found)) : nullptr;
  }
  return ok();
}

/// A path that two archives do not agree on.
struct ArchiveDifference {
  std::string_view path;
  std::uint32_t kinds = 0;
  const ManifestEntry* before = nullptr;
  const ManifestEntry* after = nullptr;
};

/// Calls with every path that differs between two archives, in order: one walk through both manifests. Content is read
/// only where the digests can not tell. Errors: corrupt, damage, medium_io, interrupted, and those of the callback.
template <class = void>
Status diff_archives(const ArchiveReader& before, const ArchiveReader& after, const std::stop_token& stop,
                     FunctionRef<Status(const ArchiveDifference&)> each) {
  LIFEBOAT_TRY(const std::unique_ptr<EntryWalk> first, before.walk());
  LIFEBOAT_TRY(const std::unique_ptr<EntryWalk> second, after.walk());
  LIFEBOAT_TRY(bool more_first, first->cursor.next());
  LIFEBOAT_TRY(bool more_second, second->cursor.next());
  while (more_first || more_second) {
    if (stop.stop_requested()) return Error{ErrorId::interrupted, "the comparison was stopped"}.unchanged();
    const ManifestEntry& a = first->cursor.current();
    const ManifestEntry& b = second->cursor.current();
    const auto order = !more_first    ? std::strong_ordering::greater
                       : !more_second ? std::strong_ordering::less
                                      : compare_paths(a.entry.path, b.entry.path);
    ArchiveDifference found;
    if (order != std::strong_ordering::greater) found.before = &a;
    if (order != std::strong_ordering::less) found.after = &b;
    found.path = found.before != nullptr ? a.entry.path : b.entry.path;
    if (found.before == nullptr) {
      found.kinds = difference::added;
    } else if (found.after == nullptr) {
      found.kinds = difference::removed;
    } else {
      found.kinds = compare_metadata(a.entry, b.entry);
      if ((found.kinds & (difference::type | difference::content)) == 0 && a.entry.type == EntryType::file) {
        LIFEBOAT_TRY(const bool same, same_content(before, a, after, b));
        if (!same) found.kinds |= difference::content;
      }
    }
    if (found.kinds != 0) LIFEBOAT_CHECK(each(found));
    if (found.before != nullptr) {
      LIFEBOAT_TRY(more_first, first->cursor.next());
    }
    if (found.after != nullptr) {
      LIFEBOAT_TRY(more_second, second->cursor.next());
    }
  }
  return ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
