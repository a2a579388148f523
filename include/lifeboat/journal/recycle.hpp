// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/position.hpp>
#include <lifeboat/journal/segment.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Removes the segments whose groups all lie at or before `upto`, oldest first; the last segment always stays. Beside a
/// writer and readers: who reads what goes is told that it is gone. That these groups stand elsewhere is the caller's
/// to know. How many went. Errors: medium_io, corrupt.
template <class = void>
Result<std::uint64_t> recycle_segments(const std::string& path, Position upto) {
  auto folder = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  if (!folder)
    return Error{ErrorId::medium_io, "the journal " + path + " can not be opened"}.because(folder.error).unchanged();
  LIFEBOAT_TRY(const std::unique_ptr<VerifierPort> structural, open_structural(StructuralId::sha256));
  LIFEBOAT_TRY(const std::unique_ptr<HashPort> sha256, structural->begin());
  LIFEBOAT_TRY(const std::vector<std::uint64_t> numbers, list_segments(folder.value.get(), path));
  std::uint64_t gone = 0;
  for (std::size_t i = 0; i + 1 < numbers.size(); ++i) {
    // Where the next one begins tells where this one ended.
    const std::string next = segment_name(numbers[i + 1]);
    const auto file = open_at(folder.value.get(), next.c_str(), O_RDONLY | O_NOFOLLOW);
    if (!file)
      return Error{ErrorId::medium_io, "the journal " + path + ": " + next + " can not be opened"}.because(file.error);
    LIFEBOAT_TRY(const SegmentHeader header, read_segment_header(file.value.get(), path + "/" + next, *sha256));
    if (Position{header.epoch, header.first - 1} > upto) break;
    const std::string name = segment_name(numbers[i]);
    if (const int error = remove_file(folder.value.get(), name.c_str()))
      return Error{ErrorId::medium_io, "the journal " + path + ": " + name + " can not be removed"}.because(error);
    ++gone;
  }
  if (gone != 0)
    if (const int error = sync_file(folder.value.get()))
      return Error{ErrorId::medium_io, "the journal " + path + " can not be made durable"}.because(error);
  return gone;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
