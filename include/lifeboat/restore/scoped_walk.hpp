// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <map>

#include <lifeboat/archive/archive_reader.hpp>
#include <lifeboat/restore/scope.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Walks the entries of an archive that a scope wants, in order: folders above what is wanted come when the first of it
/// does, and a hard link whose first name is not wanted comes as the file itself. Plan and restore walk the same way.
/// Memory: folders from the root to here, and such links.
template <class = void>
class BasicScopedWalk {
 public:
  /// Archive and scope outlive the walk.
  static Result<std::unique_ptr<BasicScopedWalk>> open(const ArchiveReader& archive, const Scope& scope) {
    auto walk = std::unique_ptr<BasicScopedWalk>(new BasicScopedWalk(archive, scope));
    LIFEBOAT_TRY(walk->walk_, archive.walk());
    return walk;
  }

  /// Goes to the next entry; false at the end.
  Result<bool> next() {
    if (given_ < ready_.size()) return take();
    ready_.clear();
    given_ = 0;
    while (ready_.empty()) {
      LIFEBOAT_TRY(const bool more, walk_->cursor.next());
      if (!more) return false;
      LIFEBOAT_CHECK(consider(walk_->cursor.current()));
    }
    return take();
  }
  [[nodiscard]] const ManifestEntry& current() const noexcept { return ready_[given_ - 1]; }
  [[nodiscard]] ManifestEntry& current() noexcept { return ready_[given_ - 1]; }

 private:
  BasicScopedWalk(const ArchiveReader& archive, const Scope& scope) : archive_(archive), scope_(scope) {}

  bool take() {
    ++given_;
    return true;
  }

  Status consider(const ManifestEntry& m) {
    if (scope_.whole() || m.entry.path.empty()) {  // a tree always has its root
      ready_.push_back(m);
      return ok();
    }
    const Verdict verdict = scope_.match(m.entry.path, m.entry.type);
    if (verdict == Verdict::leave) return ok();
    while (!above_.empty() && !is_below(m.entry.path, above_.back().entry.path)) above_.pop_back();
    if (verdict == Verdict::look) {
      above_.push_back(m);
      return ok();
    }
    for (ManifestEntry& folder : above_) ready_.push_back(std::move(folder));
    above_.clear();
    ready_.push_back(m);
    return m.entry.type == EntryType::hardlink ? resolve(ready_.back()) : ok();
  }

  Status resolve(ManifestEntry& link) {
    const std::string first = link.entry.target;
    if (scope_.takes(first)) return ok();
    if (const auto known = renamed_.find(first); known != renamed_.end()) {
      link.entry.target = known->second;
      return ok();
    }
    if (!lookup_) {
      LIFEBOAT_TRY(lookup_, archive_.walk());
    }
    LIFEBOAT_TRY(const bool found, lookup_->cursor.find(first));
    if (!found || lookup_->cursor.current().entry.type == EntryType::hardlink ||
        lookup_->cursor.current().entry.type == EntryType::directory)
      return Error{ErrorId::corrupt, "'" + link.entry.path + "' is another name of '" + first + "', which is no file"};
    std::string path = std::move(link.entry.path);
    link = lookup_->cursor.current();
    link.entry.path = path;
    renamed_.emplace(first, std::move(path));
    return ok();
  }

  const ArchiveReader& archive_;
  const Scope& scope_;
  std::unique_ptr<EntryWalk> walk_;
  std::unique_ptr<EntryWalk> lookup_;
  std::vector<ManifestEntry> above_;
  std::vector<ManifestEntry> ready_;
  std::size_t given_ = 0;
  std::map<std::string, std::string> renamed_;
};
using ScopedWalk = BasicScopedWalk<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
