// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/diff.hpp>
#include <lifeboat/cli/journal_gaps.hpp>
#include <lifeboat/cli/prune.hpp>
#include <lifeboat/pipeline/verification.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

template <class = void>
Result<Depth> named_depth(const std::string& name) {
  for (const Depth depth : {Depth::catalog, Depth::seals, Depth::digests, Depth::restore})
    if (depth_name(depth) == name) return depth;
  return Error{ErrorId::usage, "there is no depth \"" + name + "\"; there are catalog, seals, digests, restore"}
      .next("--depth digests")
      .unchanged();
}

template <class = void>
Json verify_finding_json(const VerifyFinding& finding) {
  Json entry;
  entry["id"] = to_string(finding.id);
  put_text(entry, "object", finding.object);
  put_text(entry, "message", finding.text);
  if (finding.has_archive) entry["archive"] = id_json(finding.archive);
  if (!finding.path.empty()) {
    put_text(entry, "path", finding.path);
    entry["file_begin"] = finding.file_begin;
    entry["file_end"] = finding.file_end;
  }
  return entry;
}

template <class = void>
void print_verdicts(Session& session, const VerifyReport& report, std::size_t width) {
  Json list = Json::array();
  for (const ArchiveVerdict& verdict : report.archives) {
    Json entry;
    entry["archive"] = id_json(verdict.archive);
    entry["checked"] = verdict.checked;
    entry["restores_whole"] = verdict.restores_whole;
    entry["files_touched"] = verdict.touched;
    if (verdict.touched != 0) put_text(entry, "first_touched", verdict.first_touched);
    list.push_back(std::move(entry));
    if (report.good()) continue;
    std::string text = "archive " + short_id(verdict.archive, width);
    if (verdict.restores_whole)
      text += " restores whole, as far as was looked";
    else if (verdict.touched == 0)
      text += " does not restore whole";
    else
      text += " does not restore whole: " + count_text(verdict.touched, "file is", "files are") + " touched, first " +
              printable(verdict.first_touched);
    session.say(text);
  }
  session.json["archives"] = std::move(list);
}

/// How far the journal on the medium was read: a restore needs it as it needs the archives.
template <class = void>
void say_verified_journal(Session& session, const JournalVerification& journal) {
  Json& json = session.json["journal"];
  json["checked"] = journal.asked;
  if (!journal.asked) return session.say("journal not looked at: archives were named");
  json["pieces"] = journal.pieces;
  json["groups"] = journal.groups;
  json["doubt_groups"] = journal.doubt;
  json["bytes"] = journal.bytes;
  json["unread"] = journal.unread;
  json["gaps"] = gaps_json(journal.gaps);
  if (journal.pieces == 0) return;
  json["after"] = to_text(journal.after);
  json["last"] = to_text(journal.last);
  session.say("journal behind " + to_text(journal.after) + " to " + to_text(journal.last) + " | " +
              count_text(journal.pieces, "piece", "pieces") + " | " + count_text(journal.groups, "group", "groups") +
              " read" + (journal.doubt == 0 ? "" : ", " + std::to_string(journal.doubt) + " of the window of doubt") +
              (journal.unread == 0 ? "" : ", " + bytes_text(journal.unread) + " unread") +
              (journal.gaps.empty() ? "" : " | " + count_text(journal.gaps.size(), "gap", "gaps")));
}

template <class = void>
void print_verification(Session& session, const Verification& done, std::size_t width) {
  const VerifyReport& report = done.report;
  Json findings = Json::array();
  for (const VerifyFinding& finding : report.findings) {
    session.say("found " + std::string(to_string(finding.id)) + ": " +
                printable(finding.text.empty() ? finding.object : finding.text));
    findings.push_back(verify_finding_json(finding));
  }
  print_verdicts(session, report, width);
  say_verified_journal(session, done.journal);
  std::size_t checked = 0;
  for (const ArchiveVerdict& verdict : report.archives) checked += verdict.checked ? 1U : 0U;
  session.say((report.good() ? "verified" : "DAMAGED") + std::string(" | depth ") +
              std::string(depth_name(report.depth)) + " | " + std::to_string(checked) + " of " +
              count_text(report.archives.size(), "archive", "archives") + " | " +
              count_text(report.objects, "object", "objects") + " | read " + bytes_text(report.bytes) + ", unread " +
              bytes_text(report.unread) + " | " + count_text(report.finding_count, "finding", "findings") + " | " +
              (report.anchored     ? "anchored"
               : report.unanchored ? "unanchored"
                                   : "not as the source remembers it") +
              (report.budget_ended ? " | the budget ended; the next run goes on here" : ""));
  Json& json = session.json;
  json["depth"] = depth_name(report.depth);
  json["objects"] = report.objects;
  json["bytes"] = report.bytes;
  json["unread"] = report.unread;
  json["archives_checked"] = checked;
  json["finding_count"] = report.finding_count;
  json["findings"] = std::move(findings);
  json["anchored"] = report.anchored;
  json["unanchored"] = report.unanchored;
  json["budget_ended"] = report.budget_ended;
  json["recorded"] = done.recorded;
  if (done.recorded) return;
  session.say("not recorded: " + printable(done.not_recorded));
  put_text(json, "not_recorded", done.not_recorded);
}

}  // namespace detail

/// `lifeboat verify`. Status 1: something is damaged, missing or can not be proven.
template <class = void>
Result<int> verify_command(Session& session) {
  const Arguments& arguments = session.arguments;
  VerifyRequest request;
  LIFEBOAT_TRY(request.depth, detail::named_depth(arguments.text("--depth", "digests")));
  if (arguments.has("--budget")) {
    LIFEBOAT_TRY(const Budget budget, parse_budget("--budget", arguments.text("--budget")));
    request.budget_bytes = budget.bytes;
    request.budget_time = budget.time;
  }
  LIFEBOAT_CHECK(open_core(session, {}));
  LIFEBOAT_TRY(const Catalog chain, look_at_chain(session));
  if (arguments.has("--compare")) {
    LIFEBOAT_TRY(const auto archive, open_archive(session, chain, arguments.text("--archive", "latest")));
    LIFEBOAT_TRY(const CompareReport report, compare_with_tree(session, *archive, arguments.text("--compare")));
    return print_comparison(session, *archive, report) ? 1 : 0;
  }
  LIFEBOAT_TRY(request.archives, detail::named_archives(arguments, "--archive", chain));
  LIFEBOAT_TRY(const Verification done, verify_and_record(*session.core, request, actor_of(arguments), session.stop()));
  detail::print_verification(session, done, id_width(chain));
  if (done.report.unanchored)
    session.warn(
        Error{ErrorId::unanchored, "no state folder tells of this chain: that it was rolled back could not be seen"}
            .next("--source DIR    # on the machine that makes the backups; or --state DIR"));
  return done.report.good() ? 0 : 1;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
