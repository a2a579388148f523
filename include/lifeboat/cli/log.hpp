// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/list.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

constexpr std::string_view kind_name(EntryKind kind) noexcept {
  switch (kind) {
    case EntryKind::backup: return "backup";
    case EntryKind::prune: return "prune";
    case EntryKind::epoch: return "epoch";
    case EntryKind::verify: return "verify";
    case EntryKind::drill: return "drill";
    case EntryKind::restore: return "restore";
    case EntryKind::extract: return "extract";
    case EntryKind::reconcile: return "reconcile";
    case EntryKind::lost: return "lost";
    case EntryKind::hold: return "hold";
    case EntryKind::degrade: return "degrade";
    case EntryKind::accept: return "accept";
    case EntryKind::checkpoint: return "checkpoint";
  }
  return "unknown";
}

namespace detail {

template <class = void>
Json ids_json(const std::vector<ArchiveId>& ids) {
  Json list = Json::array();
  for (const ArchiveId& id : ids) list.push_back(id_json(id));
  return list;
}

template <class = void>
std::string ids_text(const std::vector<ArchiveId>& ids) {
  std::string text;
  for (const ArchiveId& id : ids) text.append(text.empty() ? "" : " ").append(short_id(id));
  return text;
}

/// What an entry did, in words.
template <class = void>
std::string deed_text(const ChainEntry& e) {
  switch (e.kind) {
    case EntryKind::epoch:
      return "epoch " + std::to_string(e.epoch) + " begins at " + to_text(Position{e.epoch, e.begins.first}) +
             ", behind " + to_text(e.begins.after);
    case EntryKind::backup:
      return std::string(to_string(e.backup.strategy)) + " " + short_id(e.backup.archive) + ", stored " +
             bytes_text(e.backup.stored_bytes) + ", cut " + std::string(cut_name(e.backup.cut));
    case EntryKind::prune:
      return count_text(e.prune.goes.size(), "archive goes", "archives go") + ", " +
             std::to_string(e.prune.stays.size()) + " stay; plan " + to_hex(e.prune.plan.view()).substr(0, 16) +
             (e.prune.goes.empty() ? "" : ": " + ids_text(e.prune.goes));
    case EntryKind::verify:
      return "depth " + std::string(depth_name(e.verify.depth)) + ", " +
             count_text(e.verify.objects, "object", "objects") + ", " + bytes_text(e.verify.bytes) + " read, " +
             bytes_text(e.verify.unread) + " unread, " + count_text(e.verify.findings, "finding", "findings");
    case EntryKind::lost:
      return "archive " + short_id(e.lost.archive) + " lacks " +
             count_text(e.lost.objects.size(), "object", "objects") +
             (e.lost.objects.empty() ? "" : ": " + e.lost.objects.front());
    case EntryKind::extract: {
      std::string scope = e.extract.scope;
      std::replace(scope.begin(), scope.end(), '\n', ',');
      return std::to_string(e.extract.items) + " of " +
             (e.extract.archive == ArchiveId{} ? "the journal up to " + to_text(e.extract.upto)
                                               : "archive " + short_id(e.extract.archive)) +
             ": " + scope;
    }
    case EntryKind::accept:
      return std::string(e.accept.what == Accepted::clock ? "clock" : "shrunken source") + " of " +
             ids_text(e.accept.archives);
    default: return "not known to this version";
  }
}

template <class = void>
Json entry_json(const ChainEntry& e) {
  Json object;
  object["epoch"] = e.epoch;
  object["generation"] = e.generation;
  object["kind"] = kind_name(e.kind);
  object["time"] = time_json(e.clock.wall);
  object["clock_synchronised"] = e.clock.synchronised == ClockSync::yes  ? Json(true)
                                 : e.clock.synchronised == ClockSync::no ? Json(false)
                                                                         : Json(nullptr);
  object["boot"] = id_json(e.clock.boot_id);
  object["boot_ns"] = e.clock.boot_nanoseconds;
  put_text(object, "actor", e.actor);
  put_text(object, "second", e.second);
  put_text(object, "host", e.host);
  put_text(object, "program", e.program);
  put_text(object, "reason", e.reason);
  put_text(object, "ticket", e.ticket);
  object["configuration"] = to_hex(e.configuration.view());
  object["digest"] = to_hex(e.digest.view());
  object["previous"] = to_hex(e.previous.view());
  if (e.kind == EntryKind::backup) object["archive"] = id_json(e.backup.archive);
  if (e.kind == EntryKind::epoch) {
    object["after"] = to_text(e.begins.after);
    object["first"] = to_text(Position{e.epoch, e.begins.first});
  }
  if (e.kind == EntryKind::prune) {
    object["plan"] = to_hex(e.prune.plan.view());
    object["goes"] = ids_json(e.prune.goes);
    object["stays"] = ids_json(e.prune.stays);
    object["grace_seconds"] = e.prune.grace_seconds;
    object["clocks_accepted"] = e.prune.clocks_accepted;
  }
  if (e.kind == EntryKind::verify) {
    object["depth"] = depth_name(e.verify.depth);
    object["objects"] = e.verify.objects;
    object["bytes"] = e.verify.bytes;
    object["unread"] = e.verify.unread;
    object["finding_count"] = e.verify.findings;
    object["complete"] = ids_json(e.verify.complete);
  }
  if (e.kind == EntryKind::lost) {
    object["archive"] = id_json(e.lost.archive);
    object["objects"] = e.lost.objects;
  }
  if (e.kind == EntryKind::extract) {
    put_text(object, "scope", e.extract.scope);
    object["archive"] = e.extract.archive == ArchiveId{} ? Json(nullptr) : id_json(e.extract.archive);
    object["upto"] = e.extract.upto == Position{} ? Json(nullptr) : Json(to_text(e.extract.upto));
    object["items"] = e.extract.items;
  }
  if (e.kind == EntryKind::accept) {
    object["what"] = e.accept.what == Accepted::clock ? "clock" : "shrunken";
    object["archives"] = ids_json(e.accept.archives);
  }
  return object;
}

}  // namespace detail

/// `lifeboat log`. Status 1 where the chain can not be proven.
template <class = void>
Result<int> log_command(Session& session) {
  LIFEBOAT_CHECK(open_core(session, {}));
  LIFEBOAT_TRY(const Catalog chain, look_at_chain(session));
  detail::print_findings(session, chain.findings);
  session.begin_array("entries");
  for (const ChainEntry& e : chain.entries) {
    session.say(std::to_string(e.epoch) + "-" + std::to_string(e.generation) + " " + utc_text(e.clock.wall) + " " +
                std::string(kind_name(e.kind)) + ": " + printable(detail::deed_text(e)));
    std::string who = "    by " + printable(e.actor) + "@" + printable(e.host);
    if (!e.second.empty()) who += " and " + printable(e.second) + " (unproven names)";
    who += " with " + printable(e.program);
    if (!e.reason.empty()) who += " | why: " + printable(e.reason);
    if (!e.ticket.empty()) who += " | ticket " + printable(e.ticket);
    session.say(who);
    session.item(detail::entry_json(e));
  }
  return chain.findings.empty() ? 0 : 1;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
