// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <stop_token>

#include <lifeboat/archive/archive_reader.hpp>
#include <lifeboat/archive/catalog.hpp>
#include <lifeboat/archive/state_folder.hpp>
#include <lifeboat/archive/verify_report.hpp>
#include <lifeboat/core/event.hpp>

// What a verification is given, and what it notes on its way; the work is in verify.hpp.
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
