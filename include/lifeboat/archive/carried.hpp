// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <utility>

#include <lifeboat/archive/base.hpp>
#include <lifeboat/archive/gone_names.hpp>
#include <lifeboat/archive/member_writer.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Entries that can not be read now, as the base has them. Memory: names of files that had several and are gone.
template <class = void>
class BasicCarried {
 public:
  /// Without a base, an entry is known to exist, and no more.
  BasicCarried(MemberWriter& out, Base* base) noexcept : out_(out), base_(base) {}

  /// The file of this path is not in this archive, or is another one than in the base: other names that are carried
  /// can not be links to it.
  void gone(const std::string& path) {
    if (base_ != nullptr) gone_.add(path);
  }
  /// The base's entry is not in this archive under its path.
  void gone(const Entry& of_base) {
    if (of_base.type == EntryType::file && of_base.links > 1) gone(of_base.path);
  }

  /// The record of `e`, which can not be read; `of_base` is what the base has under its path, if anything. All entries
  /// before it are in the archive, or were told as gone.
  Result<ManifestEntry> record(Entry&& e, const ManifestEntry* of_base) {
    // The type of a name that can not be looked at is what its folder says, and a folder knows no hard links.
    const bool fits = of_base != nullptr && (of_base->entry.type == e.type ||
                                             (of_base->entry.type == EntryType::hardlink && e.type == EntryType::file));
    if (fits && of_base->entry.type != EntryType::hardlink) return taken(*of_base);
    if (fits) return link(*of_base);
    if (of_base != nullptr) gone(of_base->entry);
    return unknown(std::move(e));
  }

 private:
  ManifestEntry taken(const ManifestEntry& of_base) {
    ManifestEntry m = of_base;
    for (Extent& extent : m.extents) extent.archive = out_.refer(base_->referred(extent.archive));
    m.entry.flags |= entry_flag::unreadable;
    return m;
  }
  static ManifestEntry unknown(Entry&& e) {
    ManifestEntry m;
    m.entry = std::move(e);
    m.entry.flags |= entry_flag::unreadable;
    if (m.entry.type == EntryType::file) {
      m.entry.flags |= entry_flag::no_content;
      m.entry.size = 0;
      m.digest.size = structural_size;
    }
    return m;
  }
  /// Another name of a file that is gone has the content that the base knows, once for all such names.
  Result<ManifestEntry> link(const ManifestEntry& of_base) {
    ManifestEntry m = taken(of_base);
    const std::string first = m.entry.target;
    if (const auto holder = gone_.holder(first)) {
      m.entry.target = *holder;
      return m;
    }
    const std::string path = m.entry.path;
    LIFEBOAT_TRY(const ManifestEntry* const file, base_->find_path(first));
    if (file == nullptr || file->entry.type != EntryType::file)
      return Error{ErrorId::corrupt, "'" + path + "' is another name of '" + first + "', which is no file in the base"};
    m = taken(*file);
    m.entry.path = path;
    gone_.take_place(first, path);
    return m;
  }

  MemberWriter& out_;
  Base* base_;
  GoneNames gone_;
};
using Carried = BasicCarried<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
