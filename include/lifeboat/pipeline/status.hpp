// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/elapsed.hpp>
#include <lifeboat/journal/ship.hpp>
#include <lifeboat/pipeline/core.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

template <class = void>
Result<std::optional<JournalStatus>> journal_status(const Core& core, StatusReport& report) {
  MediumPort& medium = *core.parts().medium;
  auto history = list_journal(medium, core.source_id());
  if (!history) return std::move(history).error();
  const auto log = core.parts().sync != nullptr ? core.parts().sync->log() : std::nullopt;
  if (history->empty() && !log) return std::optional<JournalStatus>();
  JournalStatus status;
  status.head = history->last();
  status.undone = history->undone.size();
  for (std::size_t i = 0; i < report.archives.size(); ++i) {
    const BackupFacts& facts = report.archives[i].facts;
    if (!facts.has_position || history->left_by(facts.position) == 0) report.newest = i;
    status.reaches = status.reaches || (facts.has_position && history->holds(facts.position) &&
                                        history->gap_between(facts.position, status.head) == nullptr);
  }
  status.gaps = history->gaps;
  const auto time = time_of_last(medium, core.source_id(), *history);
  if (!time && !is_lost_piece(time.error().id())) return time.error();
  if (time)
    status.head_time = *time;
  else
    status.unread = time.error().sentence();
  status.reaches = status.reaches && status.unread.empty();
  if (log) {
    status.local = log->durable;
    status.kept_bytes = log->kept_bytes;
    status.back_pressure = log->back_pressure;
  }
  return std::optional<JournalStatus>(status);
}

/// What the link of the log says, and how far the standby is behind.
template <class = void>
std::optional<StandbyReport> standby_report(const Core& core) {
  const SyncPort* const sync = core.parts().sync.get();
  auto link = sync != nullptr ? sync->link() : std::nullopt;
  const auto log = link ? sync->log() : std::nullopt;
  if (!log) return std::nullopt;
  StandbyReport report;
  const JournalHead there = link->standby;
  report.link = std::move(*link);
  if (log->durable <= there.last) {
    report.behind.emplace(0);
    return report;
  }
  report.lacks = log->durable.sequence - std::min(there.last.sequence, log->durable.sequence);
  auto reader = reader_behind(log->folder, there);
  if (!reader) return report;  // of another history, or kept no more: the link says so
  reader->trust(log->durable);
  const auto group = reader->next();
  if (!group || !*group) return report;
  const Timestamp now = core.clock().now().wall;
  const Timestamp then = (*group)->time;
  report.behind.emplace(0);
  if (then < now)
    *report.behind += std::chrono::seconds(now.seconds - then.seconds) +
                      std::chrono::nanoseconds(std::int64_t{now.nanoseconds} - std::int64_t{then.nanoseconds});
  return report;
}

/// How old the newest point of recovery is: of an archive, or of the last group that the medium has.
template <class = void>
void judge_age(StatusReport& report, const ClockReading& now) {
  report.age = elapsed(report.archives[report.newest].clock, now);
  if (!report.journal || !report.journal->reaches) return;
  const std::chrono::seconds since = seconds_between(report.journal->head_time, now.wall);
  if (report.journal->head_time <= report.archives[report.newest].facts.cut_ended) return;
  report.at_head = true;
  report.age = since.count() < 0 ? std::nullopt : std::optional(since);
}

}  // namespace detail

/// Looks at chain, medium and source; writes nothing.
template <class = void>
Result<StatusReport> status_of(const Core& core) {
  StatusReport report;
  LIFEBOAT_TRY(Catalog chain, core.catalog());
  report.position = {chain.epoch, chain.generation};
  report.findings = chain.findings;
  LIFEBOAT_TRY(const std::optional<Anchor> anchor, core.anchor());
  report.unanchored = !anchor;
  if (anchor) {
    const std::string doubt = rolled_back(chain, *anchor);
    report.anchored = doubt.empty();
    if (!doubt.empty()) report.findings.push_back({ErrorId::chain_rolled_back, chain_prefix(chain.source), doubt});
  }
  LIFEBOAT_TRY(report.medium, core.parts().medium->facts());
  report.archives = std::move(chain.archives);
  report.newest = report.archives.empty() ? 0 : report.archives.size() - 1;
  LIFEBOAT_TRY(report.journal, detail::journal_status(core, report));
  report.standby = detail::standby_report(core);
  if (core.parts().source != nullptr) {
    LIFEBOAT_TRY(report.source, core.parts().source->facts());
    report.same_device = !report.medium.device.empty() && report.medium.device == report.source->device;
  }
  if (report.archives.empty()) return report;
  const ClockReading now = core.clock().now();
  detail::judge_age(report, now);
  for (const ArchiveRecord& record : report.archives)
    if (record.verified) {
      report.verified = record.verified;
      report.verified_at = record.verified_at;
    }
  report.measured = core.measured();
  if (report.measured) {
    const BackupFacts& newest = report.archives.back().facts;
    const double times =
        static_cast<double>(newest.content_bytes) / static_cast<double>(report.measured->content_bytes);
    report.restore_takes_nanoseconds = report.measured->foretold(times, newest.entries);
  }
  // The rate of the last archives, each against the one before it.
  constexpr std::size_t looked_at = 30;
  const std::size_t first = report.archives.size() > looked_at ? report.archives.size() - looked_at : 0;
  const ArchiveRecord& oldest = report.archives[first];
  const std::int64_t seconds = report.archives.back().facts.cut_ended.seconds - oldest.facts.cut_ended.seconds;
  std::uint64_t stored = 0;
  for (std::size_t i = first + 1; i < report.archives.size(); ++i) stored += report.archives[i].facts.stored_bytes;
  constexpr std::int64_t span = 3600;  // shorter, and the rate says nothing of a day
  if (report.medium.space_known && seconds >= span && stored > 0)
    report.days_left = static_cast<double>(report.medium.free_bytes) / static_cast<double>(stored) *
                       static_cast<double>(seconds) / 86400.0;
  return report;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
