// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <optional>

#include <lifeboat/archive/catalog.hpp>
#include <lifeboat/archive/manifest_reader.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The archive that a new one is built on: its manifest, walked beside the scan, and the streams that it refers to.
/// Memory: the manifest's index, and 16 bytes a file from the first time that a file is looked for by its inode.
template <class = void>
class BasicBase {
 public:
  /// Reads and checks the manifest. Errors: whatever makes it unusable as a base; nothing is changed then.
  static Result<std::unique_ptr<BasicBase>> open(const Repository& repository, const std::string& source,
                                                 const ArchiveRecord& record, std::size_t digest_size) {
    auto base = std::unique_ptr<BasicBase>(new BasicBase);
    base->facts_ = record.facts;
    const BackupFacts& facts = base->facts_;
    base->name_ = manifest_name(source, facts.archive);
    base->object_ = std::make_unique<ObjectReader>(*repository.medium, base->name_);
    LIFEBOAT_TRY(base->hash_, repository.structural->begin());
    LIFEBOAT_TRY(base->manifest_, read_manifest(*base->object_, facts.manifest_length, facts.manifest_digest,
                                                *base->hash_, base->name_));
    base->streams_.emplace_back(*repository.medium, source, facts.archive, facts.stream_length, facts.volume_length);
    for (const ReferredArchive& archive : base->manifest_.archives)
      base->streams_.emplace_back(*repository.medium, source, archive.id, archive.stream_length, archive.volume_length);
    base->structural_ = repository.structural.get();
    base->digest_size_ = digest_size;
    base->cursor_ = base->make_cursor();
    LIFEBOAT_CHECK(base->advance());
    return base;
  }

  [[nodiscard]] const BackupFacts& facts() const noexcept { return facts_; }
  [[nodiscard]] const Manifest& manifest() const noexcept { return manifest_; }

  /// The entry that the walk stands at, or null at the end.
  [[nodiscard]] const ManifestEntry* current() const noexcept { return more_ ? &cursor_->current() : nullptr; }
  Status advance() {
    LIFEBOAT_TRY(more_, cursor_->next());
    return ok();
  }

  /// The stream of the archive that an extent of this manifest names.
  [[nodiscard]] const StreamReader& stream(std::uint32_t archive) const noexcept { return streams_[archive]; }

  /// The archive that an extent of this manifest names, as the next manifest's table has it.
  [[nodiscard]] ReferredArchive referred(std::uint32_t archive) const {
    const StreamReader& stream = streams_[archive];
    return {stream.archive(), stream.length(), stream.volume_length()};
  }

  /// The file that had this inode when the base was taken: null where there is none. Valid until the next call.
  Result<const ManifestEntry*> find_inode(std::uint64_t device, std::uint64_t inode) {
    if (!indexed_) LIFEBOAT_CHECK(build_index());
    const auto first = std::lower_bound(index_.begin(), index_.end(), Indexed{inode, 0});
    if (first == index_.end() || first->inode != inode) return nullptr;
    const auto fits = [&](const ManifestEntry& m) {
      return m.entry.type == EntryType::file && m.entry.inode == inode && m.entry.device == device &&
             (m.entry.flags & entry_flag::no_content) == 0;
    };
    // A folder that was renamed asks for one entry after the other.
    const bool looked = lookup_ != nullptr;
    LIFEBOAT_CHECK(open_lookup());
    if (looked) {
      LIFEBOAT_TRY(const bool more, lookup_->next());
      if (more && fits(lookup_->current())) return &lookup_->current();
    }
    LIFEBOAT_CHECK(open_lookup());
    for (auto at = first; at != index_.end() && at->inode == inode; ++at) {
      lookup_->go_to_page(static_cast<std::size_t>(at->page));
      while (true) {
        LIFEBOAT_TRY(const bool more, lookup_->next());
        if (!more || lookup_->page() > at->page + 1) break;
        if (fits(lookup_->current())) return &lookup_->current();
      }
    }
    return nullptr;
  }

  /// What the base has under a path: null where there is nothing. Valid until the next call.
  Result<const ManifestEntry*> find_path(std::string_view path) {
    LIFEBOAT_CHECK(open_lookup());
    LIFEBOAT_TRY(const bool found, lookup_->find(path));
    return found ? &lookup_->current() : nullptr;
  }

 private:
  struct Indexed {
    std::uint64_t inode;
    std::uint64_t page;
    friend bool operator<(const Indexed& a, const Indexed& b) noexcept {
      return a.inode != b.inode ? a.inode < b.inode : a.page < b.page;
    }
  };

  BasicBase() = default;

  std::unique_ptr<ManifestCursor> make_cursor(HashPort* hash = nullptr) {
    return std::make_unique<ManifestCursor>(*object_, manifest_, hash != nullptr ? *hash : *hash_, facts_.stream_length,
                                            digest_size_, name_);
  }

  Status open_lookup() {
    if (lookup_) return ok();
    LIFEBOAT_TRY(lookup_hash_, structural_->begin());
    lookup_ = make_cursor(lookup_hash_.get());
    return ok();
  }

  Status build_index() {
    LIFEBOAT_TRY(const std::unique_ptr<HashPort> hash, structural_->begin());
    const std::unique_ptr<ManifestCursor> walk = make_cursor(hash.get());
    while (true) {
      LIFEBOAT_TRY(const bool more, walk->next());
      if (!more) break;
      const Entry& e = walk->current().entry;
      if (e.type != EntryType::file || e.size == 0) continue;
      // An entry may begin one page before the one that the cursor has read last.
      index_.push_back({e.inode, walk->page() == 0 ? 0 : walk->page() - 1});
    }
    std::sort(index_.begin(), index_.end());
    indexed_ = true;
    return ok();
  }

  BackupFacts facts_;
  std::string name_;
  std::unique_ptr<ObjectReader> object_;
  std::unique_ptr<HashPort> hash_;
  const VerifierPort* structural_ = nullptr;
  Manifest manifest_;
  std::vector<StreamReader> streams_;
  std::size_t digest_size_ = 32;
  std::unique_ptr<ManifestCursor> cursor_;
  bool more_ = false;
  bool indexed_ = false;
  std::vector<Indexed> index_;
  std::unique_ptr<HashPort> lookup_hash_;
  std::unique_ptr<ManifestCursor> lookup_;
};
using Base = BasicBase<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
