// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <stop_token>

#include <lifeboat/archive/archive_reader.hpp>
#include <lifeboat/archive/catalog.hpp>
#include <lifeboat/archive/state_folder.hpp>
#include <lifeboat/core/event.hpp>

// What a verification is given and what it finds; the work is in verify.hpp.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What a verification is to look at. References outlive it.
struct VerifyInput {
  const Repository* repository = nullptr;
  const Catalog* catalog = nullptr;
  const VerifierPort* own = nullptr;  ///< the engine's verifier, for archives made with one of its own
  const ClockPort* clock = nullptr;   ///< needed with `budget_ns`
  Depth depth = Depth::digests;
  std::optional<Anchor> anchor;     ///< what the source remembers of the chain
  std::vector<ArchiveId> archives;  ///< empty: all
  std::uint64_t budget_bytes = 0;   ///< stop after about so many bytes were read; 0: no limit
  std::uint64_t budget_ns = 0;      ///< stop after about so long; 0: no limit
  Budgets budgets;
  LogSink log;
  std::stop_token stop;
};

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

namespace detail {

/// Stretches of streams that are damaged, by archive.
template <class = void>
class BasicDamageMap {
 public:
  void add(const ArchiveId& archive, std::uint64_t begin, std::uint64_t end) {
    if (begin >= end) return;
    std::map<std::uint64_t, std::uint64_t>& ranges = archives_[archive];
    auto at = ranges.upper_bound(begin);
    if (at != ranges.begin() && std::prev(at)->second >= begin) {
      --at;
      begin = at->first;
      end = std::max(end, at->second);
      at = ranges.erase(at);
    }
    while (at != ranges.end() && at->first <= end) {
      end = std::max(end, at->second);
      at = ranges.erase(at);
    }
    ranges.emplace(begin, end);
  }

  [[nodiscard]] bool empty() const noexcept { return archives_.empty(); }
  [[nodiscard]] bool touches(const ArchiveId& archive, std::uint64_t begin, std::uint64_t end) const {
    const auto found = archives_.find(archive);
    if (found == archives_.end() || begin >= end) return false;
    const auto& ranges = found->second;
    const auto after = ranges.lower_bound(end);
    return after != ranges.begin() && std::prev(after)->second > begin;
  }

 private:
  std::map<ArchiveId, std::map<std::uint64_t, std::uint64_t>> archives_;
};
using DamageMap = BasicDamageMap<>;

/// Gathers findings: joins those that go on in the same file, keeps the first, counts all.
template <class = void>
class BasicFindingList {
 public:
  explicit BasicFindingList(VerifyReport& report) noexcept : report_(report) {}

  void add(VerifyFinding finding) {
    if (!report_.findings.empty() && !finding.path.empty()) {
      VerifyFinding& last = report_.findings.back();
      if (report_.finding_count == report_.findings.size() && last.path == finding.path &&
          last.archive == finding.archive && last.id == finding.id && last.file_end == finding.file_begin) {
        last.file_end = finding.file_end;
        last.stream_end = finding.stream_end;
        return;
      }
    }
    ++report_.finding_count;
    if (report_.findings.size() < VerifyReport::findings_max) report_.findings.push_back(std::move(finding));
  }

  void add(ErrorId id, std::string object, std::string text) {
    VerifyFinding finding;
    finding.id = id;
    finding.object = std::move(object);
    finding.text = std::move(text);
    add(std::move(finding));
  }

  void add(ErrorId id, std::string object, const ArchiveId& archive, std::string text) {
    VerifyFinding finding;
    finding.id = id;
    finding.object = std::move(object);
    finding.has_archive = true;
    finding.archive = archive;
    finding.text = std::move(text);
    add(std::move(finding));
  }

 private:
  VerifyReport& report_;
};
using FindingList = BasicFindingList<>;

}  // namespace detail

}  // namespace lifeboat::inline LIFEBOAT_ABI
