// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/scan.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The last segment's header: to which epoch the journal came, and all record types that it ever had.
template <class = void>
Result<SegmentHeader> newest_header(const std::string& folder) {
  const auto opened = open_at(AT_FDCWD, folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (!opened) return no_journal(folder, opened.error);
  LIFEBOAT_TRY(const auto structural, open_structural(StructuralId::sha256));
  LIFEBOAT_TRY(const auto sha256, structural->begin());
  LIFEBOAT_TRY(const std::vector<std::uint64_t> numbers, list_segments(opened.value.get(), folder));
  if (numbers.empty()) return no_journal(folder);
  const std::string name = segment_name(numbers.back());
  const std::string path = folder + "/" + name;
  const auto file = open_at(opened.value.get(), name.c_str(), O_RDONLY | O_NOFOLLOW);
  if (!file) return not_opened(ErrorId::medium_io, path + " can not be opened", path, file.error);
  return read_segment_header(file.value.get(), path, *sha256);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
