// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/dry_run.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

/// A medium that stands or falls with its source is no second copy.
template <class = void>
Status warn_of_same_device(Session& session) {
  Core& core = *session.core;
  LIFEBOAT_TRY(const MediumFacts medium, core.parts().medium->facts());
  LIFEBOAT_TRY(const SourceFacts source, core.parts().source->facts());
  if (medium.device.empty() || medium.device != source.device) return ok();
  session.warn(
      Error{ErrorId::same_device, medium.url + " is on the device of " + source.url + ": this is no backup"}.next(
          "a medium on another machine"));
  return ok();
}

/// Where the source remembers nothing of a repository that has something of it, an older state of it would pass.
template <class = void>
Status warn_of_lost_anchor(Session& session) {
  LIFEBOAT_TRY(const auto anchor, session.core->anchor());
  if (anchor) return ok();
  LIFEBOAT_TRY(const Catalog chain, session.core->catalog());
  if (chain.generation == 0) return ok();
  session.warn(ErrorId::unanchored, session.core->parts().state_path,
               "the state folder " + session.core->parts().state_path +
                   " remembers nothing of this chain: that it was rolled back could not be seen; it is remembered once "
                   "this backup is committed");
  return ok();
}

template <class = void>
void print_gaps(Session& session, const BackupReport& report) {
  Json gaps = Json::array();
  for (const Gap& gap : report.gaps) {
    Json entry;
    entry["id"] = to_string(gap.id);
    put_text(entry, "path", gap.path);
    put_text(entry, "message", gap.text);
    gaps.push_back(std::move(entry));
  }
  session.json["gap_count"] = report.gap_count;
  session.json["gaps"] = std::move(gaps);
  if (report.gap_count == 0) return;
  session.say("gaps: " + count_text(report.record.facts.torn, "entry", "entries") + " torn, " +
              count_text(report.record.facts.unreadable, "entry", "entries") + " unreadable");
  for (const Gap& gap : report.gaps) session.say("  " + printable(gap.path) + ": " + printable(gap.text));
}

}  // namespace detail

/// `lifeboat backup`. Status 4 where something in the source could not be taken as it should be.
template <class = void>
Result<int> backup_command(Session& session) {
  if (session.arguments.has("--source")) LIFEBOAT_CHECK(check_medium_apart(session.arguments));
  if (session.arguments.has("--dry-run")) return dry_run_command(session);
  LIFEBOAT_CHECK(open_core(session, {.source = true, .create = true}));
  Core& core = *session.core;
  session.note_progress(core.parts().state_path);
  LIFEBOAT_CHECK(detail::warn_of_same_device(session));
  LIFEBOAT_CHECK(detail::warn_of_lost_anchor(session));
  LIFEBOAT_TRY(const BackupReport report,
               core.backup(actor_of(session.arguments), session.arguments.has("--accept-emptied"), session.stop()));
  const ArchiveRecord& record = report.record;
  const BackupFacts& facts = record.facts;
  if (!report.want_of_base.empty() && record.generation != 1)
    session.say("a full, not an increment: " + printable(report.want_of_base));
  session.say(std::string(to_string(facts.strategy)) + " " + short_id(facts.archive) + " | cut " +
              std::string(cut_name(facts.cut)) + " at " + to_text(position_of(record)) + " | read " +
              bytes_text(report.read_bytes) + ", stored " + bytes_text(facts.stored_bytes) + ", reused " +
              bytes_text(report.reused_bytes) + " | " + count_text(facts.entries, "entry", "entries") + ", " +
              std::to_string(report.changed_entries) + " changed, " + std::to_string(report.removed_entries) +
              " removed | decoded and compared | committed " + std::to_string(record.epoch) + "-" +
              std::to_string(record.generation) + " | " + duration_text(facts.duration_ns));
  Json& json = session.json;
  json.update(archive_json(record));
  json["full_in_place"] = report.base_refused;
  if (!report.want_of_base.empty()) put_text(json, "want_of_base", report.want_of_base);
  json["reused_bytes"] = report.reused_bytes;
  json["changed_entries"] = report.changed_entries;
  json["removed_entries"] = report.removed_entries;
  json["skipped"] = report.skipped;
  detail::print_gaps(session, report);
  return report.gap_count != 0 || report.shrunken ? 4 : 0;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
