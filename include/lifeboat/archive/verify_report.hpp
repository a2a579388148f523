// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include <lifeboat/archive/chain_entry.hpp>
#include <lifeboat/core/error_id.hpp>

// What a verification finds; the work is in verify.hpp.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Something that is not as it should be. Byte ranges are half open.
struct VerifyFinding {
  ErrorId id = ErrorId::damage;
  std::string object;  ///< name of the object, or of the folder of objects
  bool has_archive = false;
  ArchiveId archive;  ///< whose bytes they are
  std::string path;   ///< of the file in that archive whose content it is; empty: no file's content
  std::uint64_t file_begin = 0;
  std::uint64_t file_end = 0;
  std::uint64_t stream_begin = 0;
  std::uint64_t stream_end = 0;
  std::string text;  ///< the sentence for people
};

/// What is known of one archive after a verification.
struct ArchiveVerdict {
  ArchiveId archive;
  std::uint64_t generation = 0;
  bool checked = false;        ///< to its end, at the depth that was asked for, in this run or with the one before
  bool restores_whole = true;  ///< as far as was looked
  std::uint64_t touched = 0;   ///< files whose content is in damaged bytes
  std::string first_touched;   ///< the first of them
};

/// What a verification did.
struct VerifyReport {
  static constexpr std::size_t findings_max = 1000;

  Depth depth = Depth::digests;
  std::uint64_t objects = 0;            ///< looked at
  std::uint64_t bytes = 0;              ///< read and proved
  std::uint64_t unread = 0;             ///< stored bytes that were not read
  std::uint64_t expected = 0;           ///< what `bytes` comes to in the end, roughly, for progress; 0: not known
  std::vector<VerifyFinding> findings;  ///< the first of them
  std::uint64_t finding_count = 0;
  std::vector<ArchiveVerdict> archives;  ///< every archive that exists, oldest first
  bool anchored = false;                 ///< an anchor was given, and it fits
  bool unanchored = false;               ///< none was given: a rollback could not have been seen
  bool budget_ended = false;
  VerifyFacts facts;  ///< for the chain entry

  [[nodiscard]] bool good() const noexcept { return finding_count == 0; }
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
