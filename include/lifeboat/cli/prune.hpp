// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/log.hpp>
#include <lifeboat/schedule/plan_prune.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

template <class = void>
Result<Retention> retention_of(const Arguments& arguments) {
  Retention retention;
  if (arguments.has("--keep-windows")) {
    LIFEBOAT_TRY(retention.windows, parse_count("--keep-windows", arguments.text("--keep-windows"), 0, 1'000'000));
  }
  if (arguments.has("--keep-age")) {
    LIFEBOAT_TRY(retention.age, parse_duration("--keep-age", arguments.text("--keep-age")));
  }
  if (arguments.has("--keep-groups")) {
    LIFEBOAT_TRY(retention.groups,
                 parse_number("--keep-groups", arguments.text("--keep-groups"), 0, ~std::uint64_t{0} >> 1U));
  }
  return retention;
}

/// The archives that an option names.
template <class = void>
Result<std::vector<ArchiveId>> named_archives(const Arguments& arguments, std::string_view option,
                                              const Catalog& chain) {
  std::vector<ArchiveId> ids;
  for (const std::string& text : arguments.all(option)) {
    LIFEBOAT_TRY(const ArchiveRecord* record, find_archive(chain, text));
    ids.push_back(record->facts.archive);
  }
  return ids;
}

template <class = void>
void print_plan(Session& session, const PrunePlan& plan, const Digest& digest, std::size_t width) {
  Json windows = Json::array();
  for (const PruneWindow& window : plan.windows) {
    session.say("window " + short_id(window.window, width) + " " + utc_text(window.oldest) + " to " +
                utc_text(window.newest) + ", " + count_text(window.archives.size(), "archive", "archives") + ", " +
                bytes_text(window.stored_bytes) + ": " + std::string(to_string(window.fate)));
    Json entry;
    entry["window"] = id_json(window.window);
    entry["goes"] = window.fate == WindowFate::goes;
    entry["why"] = to_string(window.fate);
    entry["archives"] = ids_json(window.archives);
    entry["oldest"] = time_json(window.oldest);
    entry["newest"] = time_json(window.newest);
    entry["stored_bytes"] = window.stored_bytes;
    windows.push_back(std::move(entry));
  }
  Json points = Json::array();
  for (const Timestamp& point : plan.vanishing) points.push_back(time_json(point));
  session.json["windows"] = std::move(windows);
  session.json["goes"] = ids_json(plan.goes);
  session.json["stays"] = ids_json(plan.stays);
  session.json["vanishing"] = std::move(points);
  session.json["bytes_freed"] = plan.bytes_freed;
  session.json["plan"] = to_hex(digest.view());
  session.say("plan    " + count_text(plan.goes.size(), "archive goes", "archives go") + ", " +
              bytes_text(plan.bytes_freed) + "; " + count_text(plan.stays.size(), "archive stays", "archives stay"));
  if (plan.goes.empty()) return;
  session.say("vanish  " + count_text(plan.vanishing.size(), "recovery point", "recovery points") + ", from " +
              utc_text(plan.vanishing.front()) + " to " + utc_text(plan.vanishing.back()));
}

template <class = void>
void print_sweep(Session& session, const PrunePlan& plan, const SweepReport& swept, std::chrono::seconds grace) {
  session.say("marked  " + count_text(plan.goes.size(), "archive", "archives") + "; their objects stay for " +
              seconds_text(static_cast<std::uint64_t>(grace.count())));
  session.say("swept   " + count_text(swept.removed.size(), "archive", "archives") + " marked before, " +
              count_text(swept.unfinished.size(), "unfinished attempt", "unfinished attempts") + ": " +
              bytes_text(swept.bytes));
  if (!swept.left.empty())
    session.say("left    " + count_text(swept.left.size(), "unfinished attempt", "unfinished attempts") +
                " that may be another writer's");
  if (swept.pieces != 0)
    session.say("journal " + count_text(swept.pieces, "piece", "pieces") + " removed, up to " +
                to_text(swept.pieces_upto));
  session.json["pieces_removed"] = swept.pieces;
  session.json["removed"] = ids_json(swept.removed);
  session.json["unfinished_removed"] = swept.unfinished;
  session.json["unfinished_left"] = swept.left;
  session.json["bytes_removed"] = swept.bytes;
}

/// What earlier prunes marked, and what nobody finished: the next --apply removes what is due.
template <class = void>
void print_pending(Session& session, const PendingSweep& pending, const SpentJournal& spent) {
  if (pending.waiting != 0)
    session.say("waiting " + count_text(pending.waiting, "archive", "archives") +
                " marked before, whose objects stay until " + both_times(pending.first_due));
  if (pending.due + pending.unfinished != 0)
    session.say("due     " + count_text(pending.due, "archive", "archives") + " marked before, " +
                count_text(pending.unfinished, "unfinished attempt", "unfinished attempts") +
                ": --apply removes their objects");
  if (!spent.pieces.empty())
    session.say("journal " + count_text(spent.pieces.size(), "piece", "pieces") + " up to " + to_text(spent.upto) +
                ", " + bytes_text(spent.bytes) + ": --apply removes them");
  session.json["spent_pieces"] = spent.pieces.size();
  session.json["spent_bytes"] = spent.bytes;
  session.json["waiting"] = pending.waiting;
  session.json["first_due"] = pending.waiting != 0 ? Json(time_json(pending.first_due)) : Json(nullptr);
  session.json["due"] = pending.due;
  session.json["unfinished"] = pending.unfinished;
}

/// Enters into the chain that archives of a shrunken source count.
template <class = void>
Status accept_shrunken(Session& session, Catalog& chain) {
  LIFEBOAT_TRY(const std::vector<ArchiveId> ids, named_archives(session.arguments, "--accept-shrunken", chain));
  if (ids.empty()) return ok();
  ChainEntry entry;
  session.core->sign(entry, actor_of(session.arguments));
  entry.kind = EntryKind::accept;
  entry.accept.archives = ids;
  entry.accept.what = Accepted::shrunken;
  LIFEBOAT_CHECK(session.core->record(chain, entry));
  session.say("accepted " + ids_text(ids));
  session.json["accepted_shrunken"] = ids_json(ids);
  return ok();
}

}  // namespace detail

/// `lifeboat prune`: shows what would go; with --apply and that plan's digest, does it.
template <class = void>
Result<int> prune_command(Session& session) {
  const Arguments& arguments = session.arguments;
  LIFEBOAT_TRY(const Retention retention, detail::retention_of(arguments));
  LIFEBOAT_TRY(const std::chrono::seconds interval, parse_duration("--every", arguments.text("--every", "7d")));
  LIFEBOAT_TRY(const std::chrono::seconds grace, parse_duration("--grace", arguments.text("--grace", "24h")));
  LIFEBOAT_CHECK(open_core(session, {}));
  Core& core = *session.core;
  LIFEBOAT_TRY(Catalog chain, look_at_chain(session));
  detail::print_findings(session, chain.findings);
  LIFEBOAT_CHECK(detail::accept_shrunken(session, chain));
  LIFEBOAT_TRY(const std::vector<ArchiveId> clocks, detail::named_archives(arguments, "--accept-clock", chain));
  LIFEBOAT_TRY(const PrunePlan plan, core.plan(retention, interval, clocks));
  LIFEBOAT_TRY(const Digest digest, plan_digest(plan, *core.repository().structural));
  detail::print_plan(session, plan, digest, id_width(chain));
  LIFEBOAT_TRY(const PendingSweep pending, pending_sweep(core.repository(), chain, core.clock().now()));
  LIFEBOAT_TRY(const SpentJournal spent,
               spent_journal(*core.repository().medium, chain, retention, core.clock().now()));
  detail::print_pending(session, pending, spent);
  const bool nothing =
      plan.empty() && plan.clocks_accepted.empty() && pending.due + pending.unfinished == 0 && spent.pieces.empty();
  if (!arguments.has("--apply") || arguments.has("--dry-run")) {
    session.json["applied"] = false;
    if (!nothing) session.next("lifeboat prune ... --apply " + to_hex(digest.view()));
    return 0;
  }
  const Bytes wanted = from_hex(arguments.text("--apply"));
  if (wanted.size() != digest.size)
    return Error{ErrorId::usage,
                 "--apply takes the digest of a plan: " + std::to_string(digest.size * 2) + " hexadecimal digits"}
        .next("the same line without --apply")
        .unchanged();
  LIFEBOAT_TRY(const SweepReport swept, core.apply(plan, Digest(wanted), grace, actor_of(arguments)));
  detail::print_sweep(session, plan, swept, grace);
  session.json["applied"] = true;
  return 0;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
