// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/chain_append.hpp>
#include <lifeboat/schedule/prune_plan.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The digest by which a plan is applied.
template <class = void>
Result<Digest> plan_digest(const PrunePlan& plan, const VerifierPort& structural) {
  const std::string text = plan_text(plan);
  return tagged_digest(structural, digest_tag::plan, {as_bytes(text)});
}

/// Marks: one chain entry says what goes and what stays. Nothing is removed yet. `entry` brings actor, clock and
/// reason. Errors: plan_changed where the chain has moved on since the plan was made.
template <class = void>
Status mark_pruned(const Repository& repository, Catalog& catalog, const PrunePlan& plan, std::chrono::seconds grace,
                   ChainEntry entry) {
  entry.kind = EntryKind::prune;
  LIFEBOAT_TRY(entry.prune.plan, plan_digest(plan, *repository.structural));
  entry.prune.goes = plan.goes;
  entry.prune.stays = plan.stays;
  entry.prune.grace_seconds = static_cast<std::uint64_t>(grace.count() < 0 ? 0 : grace.count());
  entry.prune.clocks_accepted = plan.clocks_accepted;
  return append_entry(repository, catalog, entry, [](const Catalog& now) -> Status {
    return Error{ErrorId::plan_changed,
                 "another entry came into the chain of " + now.source + " while the plan was applied"}
        .next("lifeboat prune --id " + now.source)
        .unchanged();
  });
}

namespace detail {

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

/// Removes the objects of archives that were marked longer than their grace ago, and of attempts that are provably
/// nobody's: `alone` says that this process holds the source's lock on the medium, and that the medium enforces it.
/// Nothing is removed while the chain has findings, for a damaged entry may name what looks unknown.
template <class = void>
Result<SweepReport> sweep(const Repository& repository, const Catalog& catalog, const ClockReading& now, bool alone) {
  SweepReport report;
  if (!catalog.findings.empty()) return report;
  MediumPort& medium = *repository.medium;
  for (const ChainEntry& e : catalog.entries) {
    if (e.kind != EntryKind::prune) continue;
    const std::int64_t age = now.wall.seconds - e.clock.wall.seconds;
    if (age < 0 || static_cast<std::uint64_t>(age) < e.prune.grace_seconds) continue;
    for (const ArchiveId& id : e.prune.goes) {
      const std::uint64_t before = report.bytes;
      LIFEBOAT_CHECK(detail::remove_below(medium, archive_prefix(catalog.source, id), report.bytes));
      if (report.bytes != before) report.removed.push_back(id);
    }
  }
  LIFEBOAT_TRY(std::vector<std::string> unknown, detail::unknown_archives(medium, catalog));
  for (std::string& id : unknown) {
    if (!alone) {
      report.left.push_back(std::move(id));
      continue;
    }
    LIFEBOAT_CHECK(detail::remove_below(medium, "archive/" + catalog.source + "/" + id + "/", report.bytes));
    report.unfinished.push_back(std::move(id));
  }
  return report;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
