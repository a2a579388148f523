// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/stat.h>

#include <charconv>
#include <chrono>
#include <memory>
#include <string>

#include <lifeboat/archive/query.hpp>
#include <lifeboat/cli/choose.hpp>
#include <lifeboat/cli/dry_run.hpp>
#include <lifeboat/cli/list.hpp>
#include <lifeboat/cli/money_sums.hpp>
#include <lifeboat/cli/record_choice.hpp>
#include <lifeboat/core/time_parse.hpp>
#include <lifeboat/pipeline/restoring.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

template <class = void>
Result<RestorePoint> point_of(Session& session, bool despite) {
  const Arguments& arguments = session.arguments;
  std::string_view named;
  for (const std::string_view option : {"--archive", "--before", "--position", "--before-first"}) {
    if (!arguments.has(option)) continue;
    if (!named.empty())
      return Error{ErrorId::usage, std::string(named) + " and " + std::string(option) + " both name a point"}
          .next("the same line without " + std::string(named))
          .unchanged();
    named = option;
  }
  if (despite && !arguments.has("--archive"))
    return Error{ErrorId::usage, "--despite chain needs to know which archive"}.next("--archive ID").unchanged();
  if (arguments.has("--before")) {
    const Timestamp now = clock_now(session.host.environment).wall;
    LIFEBOAT_TRY(const Timestamp time, parse_time(arguments.text("--before"), now, "--before"));
    return RestorePoint::at_time(time);
  }
  if (arguments.has("--position")) {
    LIFEBOAT_TRY(const Position position, named_position(arguments));
    return RestorePoint::at_position(position);
  }
  if (arguments.has("--before-first")) {
    std::vector<RecordFilter> filters;
    for (const std::string& text : arguments.all("--before-first")) {
      Result<RecordFilter> filter = parse_filter(text);
      if (!filter)
        return std::move(filter)
            .error()
            .next("the same line with --before-first FIELD=VALUE in place of --before-first")
            .unchanged();
      filters.push_back(std::move(*filter));
    }
    return RestorePoint::before_first(std::move(filters));
  }
  const std::string archive = arguments.text("--archive", "latest");
  return archive == "latest" && !despite ? RestorePoint::at_latest() : RestorePoint::at_archive(archive);
}

/// A point that there is not: refused, and led on to a plan, which says how far the journal goes.
template <class = void>
Error without_point(Session& session, const Error& error) {
  const Arguments& arguments = session.arguments;
  const bool position = arguments.has("--position") && error.id() == ErrorId::object_missing && error.is_unchanged();
  if (position) session.refused = true;
  if (!error.next().empty() || (!position && error.id() != ErrorId::time_beyond_head)) return error;
  const std::string option = position ? "--position" : "--before-first";
  if (!arguments.has(option)) return error;
  return Error(error).next("the same line with --dry-run in place of " + option +
                           "    # it says which groups there are");
}

/// The newest header of what a medium has of a journal: its schemas are those of all before.
template <class = void>
Result<SegmentHeader> newest_piece_header(MediumPort& medium, const std::string& source,
                                          const JournalHistory& history) {
  LIFEBOAT_TRY(PieceReader reader, PieceReader::open(medium, source, JournalHistory::of(history.pieces.back())));
  LIFEBOAT_TRY([[maybe_unused]] const JournalBatch* const batch, reader.next_batch());
  return reader.header();
}

/// Reads --before-first again by the record types of the journal: a field that none of them has fits nothing, and that
/// looks like an answer. Errors: path_unknown, naming the fields that there are.
template <class = void>
Status settle_conditions(Session& session, RestorePoint& point) {
  if (point.kind != RestorePoint::Kind::before_group) return ok();
  const std::string& source = session.core->source_id();
  MediumPort& medium = *session.core->parts().medium;
  LIFEBOAT_TRY(const JournalHistory history, list_journal(medium, source));
  if (history.empty()) return ok();
  const Result<SegmentHeader> newest = newest_piece_header(medium, source, history);
  if (!newest) return ok();  // what is wrong with it is the plan's to say
  RecordTypes types;
  types.learn(newest->schemas, session);
  point.filters.clear();
  for (const std::string& text : session.arguments.all("--before-first")) {
    auto filter = parse_condition(text, types.all(), clock_now(session.host.environment).wall, "--before-first");
    if (!filter && filter.error().id() == ErrorId::path_unknown)
      return Error(filter.error()).next("the same line with --dry-run in place of --before-first");
    LIFEBOAT_TRY(point.filters.emplace_back(), std::move(filter));
  }
  return ok();
}

/// The target as it was typed, but one that has no name of its own ("." in an empty folder) by its whole path.
/// The path of a folder by its own name, for what stands beside it.
template <class = void>
std::string named_path(std::string path) {
  path = plain_target(std::move(path));
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  return name == "." || name == ".." ? absolute_path(path) : path;
}

/// Errors: usage.
template <class = void>
Result<std::string> target_of(const Arguments& arguments) {
  std::string target = arguments.text("--target");
  if (target.empty())
    return Error{ErrorId::usage, std::string(arguments.command().name) + " needs a target"}
        .next("--target DIR")
        .unchanged();
  return named_path(std::move(target));
}

/// A medium is only read: nothing is restored into it.
template <class = void>
Status check_target_apart(const std::string& url, const std::string& target) {
  const std::string folder = medium_folder(url);
  if (folder.empty() || !path_below(real_path(target), folder)) return ok();
  return Error{ErrorId::combination, "the target " + target + " is inside the medium " + url}
      .next("--target DIR")
      .unchanged();
}

template <class = void>
Result<RestoreRequest> request_of(Session& session) {
  const Arguments& arguments = session.arguments;
  RestoreRequest request;
  LIFEBOAT_TRY(request.target, target_of(arguments));
  request.despite_doubt = arguments.text("--despite") == "doubt";
  if (!request.despite_doubt) {
    LIFEBOAT_TRY(request.despite_chain, despite_chain(arguments));
  }
  LIFEBOAT_TRY(request.point, point_of(session, request.despite_chain));
  request.point.despite_gap = arguments.text("--despite") == "gap";
  request.only = arguments.all("--only");
  request.exclude = arguments.all("--exclude");
  if (arguments.has("--no-owner")) request.metadata.owners = RestoreOwners::none;
  request.metadata.numeric_owner = arguments.has("--numeric-owner");
  request.accept_torn = arguments.has("--accept-torn");
  request.resume = arguments.has("--resume");
  request.using_old = arguments.text("--using");
  if (arguments.has("--accept-undone")) {
    const std::string text = arguments.text("--accept-undone");
    std::uint64_t groups = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), groups);
    if (error != std::errc() || end != text.data() + text.size())
      return Error{ErrorId::usage, "--accept-undone takes the number of groups that the plan names"}
          .next("the same line with --dry-run in place of --accept-undone")
          .unchanged();
    request.accept_undone = groups;
  }
  return request;
}

template <class = void>
Json undone_json(const Undone& undone) {
  return {{"groups", undone.groups}, {"sums", sums_json(undone.sums)}, {"unread", undone.unread}};
}

/// What of the journal follows the archive.
template <class = void>
void print_tail(Session& session, const JournalTail& tail, const std::string& list) {
  session.say("journal " +
              (tail.groups == 0 ? "nothing behind the archive"
                                : to_text(Position{tail.from.epoch, tail.from.sequence + 1}) + " to " +
                                      to_text(tail.upto) + ", no gap: " + count_text(tail.groups, "group", "groups")) +
              (tail.groups == 0 ? std::string() : " | the last of " + both_times(tail.upto_time)));
  Json& json = session.json["journal"];
  json["unkeyed"] = tail.unkeyed;
  if (tail.unkeyed != 0)
    session.say("gap     of up to " + count_text(tail.unkeyed, "older group", "older groups") +
                " the medium has no whole journal: their keys will not be known, and answer \"in doubt\"");
  json["from"] = to_text(tail.from);
  json["position"] = to_text(tail.upto);
  json["head"] = to_text(tail.head);
  json["groups"] = tail.groups;
  json["undone"] = undone_json(tail.undone);
  if (tail.undone.groups == 0) return;
  const std::string sums = sums_text(tail.undone.sums);
  session.say("undone  " + count_text(tail.undone.groups, "acknowledged group", "acknowledged groups") +
              (sums.empty() ? "" : ", " + sums) + "; listed in " + printable(list));
  if (tail.undone.unread != 0)
    session.say("gap     up to " + std::to_string(tail.undone.unread) +
                " of them are missing or damaged on the medium: in no sum, and not listed");
  put_text(json, "undone_list", list);
}

template <class = void>
void print_invariants(Session& session, const std::vector<InvariantReport>& reports) {
  Json list = Json::array();
  for (const InvariantReport& report : reports) {
    session.say("checked " + printable(to_text(report)));
    Json entry;
    entry["name"] = report.name;
    entry["rows"] = report.rows;
    entry["not_covered"] = report.not_covered;
    entry["holds"] = report.holds;
    if (report.first_failure) {
      entry["position"] = to_text(report.first_failure->position);
      put_text(entry, "failure", report.first_failure->sentence);
    }
    list.push_back(std::move(entry));
  }
  session.json["invariants"] = std::move(list);
}

/// The words that go live despite what does not hold: " --override NAME ... --by NAME"; empty where all holds.
template <class = void>
std::string override_words(const std::vector<InvariantReport>& reports) {
  std::string words;
  for (const InvariantReport& report : reports)
    if (!report.holds) words.append(" --override ").append(report.name);
  return words.empty() ? words : words + " --by NAME";
}

template <class = void>
void print_restore_plan(Session& session, const Restoring& restoring, const RestorePoint& point) {
  const RestorePlan& plan = restoring.plan();
  const BackupFacts& facts = restoring.archive().facts();
  std::string text = "plan    " + std::string(to_string(facts.strategy)) + " " + short_id(plan.archive) +
                     ", state of " + both_times(plan.time) + ", cut " + std::string(cut_name(plan.cut));
  if (point.kind == RestorePoint::Kind::before && !plan.tail) {
    const auto earlier = seconds_between(plan.time, point.before).count();
    text +=
        ", " + seconds_text(static_cast<std::uint64_t>(earlier < 0 ? 0 : earlier)) + " earlier than asked; no journal";
    session.json["seconds_earlier"] = earlier;
  }
  session.say(text + (plan.extract ? "; an extract, never the state" : ""));
  if (plan.tail) print_tail(session, *plan.tail, plan.undone_list);
  std::string costs = "costs   reads " + bytes_text(plan.read_bytes) + " of " +
                      count_text(plan.archives.size(), "archive", "archives") + ", writes " +
                      bytes_text(plan.write_bytes) + " in " + count_text(plan.entries, "entry", "entries") +
                      ", needs " + bytes_text(plan.space_needed) + " of " + bytes_text(plan.space_free) + " free, ";
  costs += plan.seconds == 0
               ? "time unmeasured"
               : "about " + seconds_text(plan.seconds) + " (" +
                     (plan.measured ? measured_text(*plan.measured) : printable(plan.seconds_basis)) + ")";
  session.say(costs);
  if (plan.torn + plan.unreadable != 0)
    session.say("gaps    " + std::to_string(plan.torn) + " torn, " + std::to_string(plan.unreadable) +
                " unreadable when it was taken");
  Json& json = session.json["plan"];
  json["archive"] = id_json(plan.archive);
  json["time"] = time_json(plan.time);
  json["cut"] = cut_name(plan.cut);
  put_text(json, "target", plan.target);
  put_text(json, "staging", plan.staging);
  json["extract"] = plan.extract;
  json["entries"] = plan.entries;
  json["files"] = plan.files;
  json["content_bytes"] = plan.content_bytes;
  json["read_bytes"] = plan.read_bytes;
  json["write_bytes"] = plan.write_bytes;
  json["space_needed"] = plan.space_needed;
  json["space_free"] = plan.space_free;
  json["torn"] = plan.torn;
  json["unreadable"] = plan.unreadable;
  json["seconds"] = plan.seconds == 0 ? Json(nullptr) : Json(plan.seconds);
  json["seconds_basis"] = plan.seconds_basis;
  json["measured"] = plan.measured.has_value();
  Json archives = Json::array();
  for (const PlannedArchive& archive : plan.archives)
    archives.push_back({{"archive", to_hex(archive.archive.view())}, {"bytes", archive.bytes}});
  json["archives"] = std::move(archives);
}

/// Whether what was restored shares a fate with what it was restored from.
template <class = void>
void say_shared(Session& session, const Restoring& restoring) {
  const auto chain = session.core->catalog();
  const ArchiveRecord* record = chain ? chain->view().find(restoring.plan().archive) : nullptr;
  if (record == nullptr) return;
  const bool host = record->host == host_name();
  const bool account = record->actor == user_name();
  struct stat target {};
  auto root = find_entry(restoring.archive(), "");
  const bool device = host && root && ::stat(restoring.plan().target.c_str(), &target) == 0 &&
                      root->entry.device == static_cast<std::uint64_t>(target.st_dev);
  session.say(std::string("target  on ") +
              (!host    ? "another host than the source's"
               : device ? "the source's host and device"
                        : "the source's host, on another device") +
              ", under " + (account ? "the account of its backup" : "another account than that of its backup"));
  session.json["same_host"] = host;
  session.json["same_device"] = device;
  session.json["same_account"] = account;
}

template <class = void>
void print_restored(Session& session, const Restoring& restoring, const RestoreReport& report,
                    std::uint64_t nanoseconds) {
  std::string text = std::string(report.extract ? "extracted " : "restored ") + short_id(report.archive) + " of " +
                     both_times(restoring.plan().time) + " to " + printable(report.target) + " | " +
                     count_text(report.entries, "entry", "entries") + ", " + bytes_text(report.content_bytes) +
                     " | read " + bytes_text(report.read_bytes);
  if (report.old_bytes != 0) text += ", from the old tree " + bytes_text(report.old_bytes);
  if (report.kept_bytes != 0) text += ", kept " + bytes_text(report.kept_bytes);
  session.say(text + " | digests ok | " + duration_text(nanoseconds));
  Json& json = session.json;
  if (report.position) {
    session.say("at      " + to_text(*report.position) +
                (report.groups == 0 ? std::string() : ", " + both_times(report.position_time)) + " | journal in " +
                printable(report.target + "/" + report.journal));
    json["position"] = to_text(*report.position);
    put_text(json, "journal_folder", report.target + "/" + report.journal);
    print_invariants(session, report.invariants);
    for (const InvariantReport& one : report.invariants)
      if (!one.holds) session.warn(ErrorId::invariant, report.target, "what was restored breaks " + to_text(one));
    const std::string despite = override_words(report.invariants);
    session.next("lifeboat adopt " + shell_quoted(report.target) + " --medium " +
                 shell_quoted(json["medium"].get<std::string>()) + " --id " + session.core->source_id() + despite +
                 (despite.empty() ? "    # claims the next epoch; until then no engine opens it"
                                  : "    # only when what does not hold is known, and right"));
  }
  json["archive"] = id_json(report.archive);
  put_text(json, "target", report.target);
  json["entries"] = report.entries;
  json["files"] = report.files;
  json["content_bytes"] = report.content_bytes;
  json["read_bytes"] = report.read_bytes;
  json["old_bytes"] = report.old_bytes;
  json["kept_bytes"] = report.kept_bytes;
  json["torn"] = report.torn;
  json["unreadable"] = report.unreadable;
  json["duration_ns"] = nanoseconds;
  json["not_restored_count"] = report.not_restored;
  Json parts = Json::object();
  std::string counts;
  for (std::size_t i = 0; i < NotRestoredList::parts; ++i) {
    if (report.not_restored_by_part[i] == 0) continue;
    const std::string part(to_string(static_cast<RestorePart>(i)));
    parts[part] = report.not_restored_by_part[i];
    counts += (counts.empty() ? "" : ", ") + part + " of " + std::to_string(report.not_restored_by_part[i]);
  }
  json["not_restored_by_part"] = std::move(parts);
  Json list = Json::array();
  for (const NotRestored& one : report.not_restored_list) {
    Json entry;
    put_text(entry, "path", one.path);
    entry["part"] = to_string(one.part);
    put_text(entry, "what", one.what);
    if (one.error != 0) entry["system_error"] = one.error;
    list.push_back(std::move(entry));
    session.warn(ErrorId::not_restored, one.path,
                 (one.path.empty() ? "." : one.path) + ": " + std::string(to_string(one.part)) + ", " + one.what +
                     " was not restored",
                 one.error);
  }
  json["not_restored"] = std::move(list);
  const bool owners = report.not_restored_by_part[static_cast<std::size_t>(RestorePart::owner)] != 0;
  if (report.not_restored != 0)
    session.say("not restored: " + counts + (owners ? " (--no-owner leaves owners out)" : ""));
}

template <class = void>
Result<int> discard_command(Session& session) {
  LIFEBOAT_TRY(const std::string target, target_of(session.arguments));
  if (session.arguments.has("--resume"))
    return Error{ErrorId::usage, "--resume and --discard exclude each other"}
        .next("the same line without --discard")
        .unchanged();
  LIFEBOAT_CHECK(discard_restore(target));
  session.say("discarded what an interrupted restore to " + printable(target) + " had left");
  session.json["discarded"] = true;
  return 0;
}

}  // namespace detail

/// `lifeboat restore`. Status 1 where what was restored breaks an invariant; 4 where something could not be brought
/// back, or was torn or unreadable when it was taken.
template <class = void>
Result<int> restore_command(Session& session) {
  if (session.arguments.has("--discard")) return detail::discard_command(session);
  LIFEBOAT_TRY(RestoreRequest request, detail::request_of(session));
  LIFEBOAT_CHECK(open_core(session, {}));
  LIFEBOAT_CHECK(detail::check_target_apart(session.json["medium"].get<std::string>(), request.target));
  LIFEBOAT_CHECK(detail::settle_conditions(session, request.point));
  if (!request.despite_chain) {
    LIFEBOAT_TRY(const Catalog chain, look_at_chain(session));
    detail::print_findings(session, chain.findings);
  } else {
    session.warn(ErrorId::chain_broken, {},
                 "no chain vouches for this archive: that it is the one that was committed is not proven");
  }
  if (request.despite_doubt)
    session.warn(ErrorId::object_missing, {},
                 "the doubt window is left behind: until the copy is adopted nothing says which keys were in doubt");
  const Result<std::unique_ptr<Restoring>> planned = Restoring::plan(*session.core, request, session.stop());
  if (!planned) return detail::without_point(session, planned.error());
  const std::unique_ptr<Restoring>& restoring = *planned;
  detail::print_restore_plan(session, *restoring, request.point);
  const RestorePlan& plan = restoring->plan();
  const bool dry_run = session.arguments.has("--dry-run");
  const std::string needs = detail::acceptance_of(session.arguments, plan.refusals);
  if (dry_run && (plan.possible() || !needs.empty())) return detail::end_dry_run(session, needs);
  for (std::size_t i = 1; i < plan.refusals.size(); ++i) session.warn(plan.refusals[i]);
  if (!plan.possible()) {
    // Whatever speaks against it: nothing was written.
    session.refused = outcome_of(plan.refusals.front().id()) != Outcome::usage;
    return plan.refusals.front();
  }
  const auto began = std::chrono::steady_clock::now();
  LIFEBOAT_TRY(const RestoreReport report, restoring->execute());
  const auto took =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - began).count();
  detail::print_restored(session, *restoring, report, static_cast<std::uint64_t>(took));
  detail::say_shared(session, *restoring);
  if (!detail::override_words(report.invariants).empty()) return 1;
  return report.not_restored + report.torn + report.unreadable != 0 ? 4 : 0;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
