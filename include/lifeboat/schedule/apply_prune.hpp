// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/chain_append.hpp>
#include <lifeboat/core/elapsed.hpp>
#include <lifeboat/schedule/prune_plan.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The digest by which a plan is applied.
template <class = void>
Result<Digest> plan_digest(const PrunePlan& plan, const VerifierPort& structural) {
  const std::string text = plan_text(plan);
  return tagged_digest(structural, digest_tag::plan, {as_bytes(text)});
}

namespace detail {

/// Whether a plan speaks of exactly the archives that there are: one that came later may refer to what goes.
template <class = void>
bool plan_fits(const PrunePlan& plan, const Catalog& catalog) {
  std::vector<ArchiveId> planned = plan.goes;
  planned.insert(planned.end(), plan.stays.begin(), plan.stays.end());
  std::vector<ArchiveId> there;
  for (const ArchiveRecord& record : catalog.archives) there.push_back(record.facts.archive);
  std::sort(planned.begin(), planned.end());
  std::sort(there.begin(), there.end());
  return planned == there;
}

}  // namespace detail

/// Marks: one chain entry says what goes and what stays. Nothing is removed yet. `entry` brings actor, clock and
/// reason. Errors: plan_changed where the chain has moved on since the plan was made.
template <class = void>
Status mark_pruned(const Repository& repository, Catalog& catalog, const PrunePlan& plan, std::chrono::seconds grace,
                   ChainEntry entry) {
  const auto changed = [](const Catalog& now) -> Status {
    return Error{ErrorId::plan_changed, "another entry came into the chain of " + now.source +
                                            " since the plan was made"}
        .next("the same line without --apply")
        .unchanged();
  };
  if (!detail::plan_fits(plan, catalog)) return changed(catalog);
  entry.kind = EntryKind::prune;
  LIFEBOAT_TRY(entry.prune.plan, plan_digest(plan, *repository.structural));
  entry.prune.goes = plan.goes;
  entry.prune.stays = plan.stays;
  entry.prune.grace_seconds = static_cast<std::uint64_t>(grace.count() < 0 ? 0 : grace.count());
  entry.prune.clocks_accepted = plan.clocks_accepted;
  return append_entry(repository, catalog, entry, changed);
}

namespace detail {

/// Whether the grace of what a prune marked is over.
template <class = void>
bool is_due(const ChainEntry& prune, const ClockReading& now) {
  const auto age = elapsed(prune.clock, now);
  return age && static_cast<std::uint64_t>(age->count()) >= prune.prune.grace_seconds;
}

/// The ids under archive/SOURCE/ that no chain entry names.
template <class = void>
Result<std::vector<std::string>> unknown_archives(MediumPort& medium, const Catalog& catalog) {
  std::vector<std::string> unknown;
  const std::string prefix = "archive/" + catalog.source + "/";
  std::string after;
  while (true) {
    std::string id;
    LIFEBOAT_CHECK(medium.list(prefix, after, [&](const ObjectInfo& info) {
      const std::string_view rest = info.name.substr(prefix.size());
      id.assign(rest.substr(0, rest.find('/')));
      return false;
    }));
    if (id.empty()) return unknown;
    after = prefix + id + "0";  // '0' sorts right after '/'
    bool known = false;
    for (const ChainEntry& e : catalog.entries)
      if (e.kind == EntryKind::backup && to_hex(e.backup.archive.view()) == id) known = true;
    if (!known && id.size() == 32 && from_hex(id).size() == 16) unknown.push_back(id);
  }
}

template <class = void>
Status remove_below(MediumPort& medium, const std::string& prefix, std::uint64_t& bytes) {
  std::vector<ObjectName> names;
  LIFEBOAT_CHECK(medium.list(prefix, "", [&](const ObjectInfo& info) {
    names.emplace_back(info.name);
    bytes += info.length;
    return true;
  }));
  return names.empty() ? ok() : medium.remove(names);
}

}  // namespace detail

/// What a sweep would find, as far as it can be seen without the lock.
struct PendingSweep {
  std::uint64_t waiting = 0;     ///< archives that a prune marked, and whose grace lasts
  Timestamp first_due;           ///< when the first of their graces ends
  std::uint64_t due = 0;         ///< archives whose grace is over, and whose objects are there
  std::uint64_t unfinished = 0;  ///< attempts that never became an archive; one may be under way
};

/// Looks only.
template <class = void>
Result<PendingSweep> pending_sweep(const Repository& repository, const Catalog& catalog, const ClockReading& now) {
  PendingSweep pending;
  if (!catalog.findings.empty()) return pending;
  MediumPort& medium = *repository.medium;
  for (const ChainEntry& e : catalog.entries) {
    if (e.kind != EntryKind::prune) continue;
    for (const ArchiveId& id : e.prune.goes) {
      bool there = false;
      LIFEBOAT_CHECK(medium.list(archive_prefix(catalog.source, id), "", [&](const ObjectInfo&) {
        there = true;
        return false;
      }));
      if (!there) continue;
      if (detail::is_due(e, now)) {
        ++pending.due;
        continue;
      }
      const Timestamp ends{e.clock.wall.seconds + static_cast<std::int64_t>(e.prune.grace_seconds), 0};
      if (pending.waiting++ == 0 || ends < pending.first_due) pending.first_due = ends;
    }
  }
  LIFEBOAT_TRY(const std::vector<std::string> unknown, detail::unknown_archives(medium, catalog));
  pending.unfinished = unknown.size();
  return pending;
}

/// Removes the objects of archives that were marked longer than their grace ago, and of attempts that are provably
/// nobody's: `alone` says that this process holds the source's lock on the medium, and that the medium enforces it.
/// Nothing is removed while the chain has findings, for a damaged entry may name what looks unknown; and no attempt
/// once entries are missing, for it may be an archive whose entry was lost.
template <class = void>
Result<SweepReport> sweep(const Repository& repository, const Catalog& catalog, const ClockReading& now, bool alone) {
  SweepReport report;
  if (!catalog.findings.empty()) return report;
  MediumPort& medium = *repository.medium;
  for (const ChainEntry& e : catalog.entries) {
    if (e.kind != EntryKind::prune) continue;
    if (!detail::is_due(e, now)) continue;
    for (const ArchiveId& id : e.prune.goes) {
      const std::uint64_t before = report.bytes;
      LIFEBOAT_CHECK(detail::remove_below(medium, archive_prefix(catalog.source, id), report.bytes));
      if (report.bytes != before) report.removed.push_back(id);
    }
  }
  LIFEBOAT_TRY(std::vector<std::string> unknown, detail::unknown_archives(medium, catalog));
  for (std::string& id : unknown) {
    if (!alone || catalog.gaps) {
      report.left.push_back(std::move(id));
      continue;
    }
    LIFEBOAT_CHECK(detail::remove_below(medium, "archive/" + catalog.source + "/" + id + "/", report.bytes));
    report.unfinished.push_back(std::move(id));
  }
  return report;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
