// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/scan.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The epoch that a journal came to, with or without a group of it; 0 where no segment is there that can be read:
/// whoever opens it says why. Errors: medium_io, crypto.
template <class = void>
Result<std::uint64_t> journal_epoch(const std::string& folder) {
  const auto opened = open_at(AT_FDCWD, folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (opened.error == ENOENT || opened.error == ENOTDIR) return std::uint64_t{0};
  if (!opened) return no_journal(folder, opened.error);
  LIFEBOAT_TRY(const auto structural, open_structural(StructuralId::sha256));
  LIFEBOAT_TRY(const auto sha256, structural->begin());
  LIFEBOAT_TRY(const std::vector<std::uint64_t> numbers, list_segments(opened.value.get(), folder));
  for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
    const std::string name = segment_name(*number);
    const auto file = open_at(opened.value.get(), name.c_str(), O_RDONLY | O_NOFOLLOW);
    if (!file) continue;
    // A crash may leave a newest one whose header is not whole.
    if (const auto header = read_segment_header(file.value.get(), folder + "/" + name, *sha256)) return header->epoch;
  }
  return std::uint64_t{0};
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
