// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/restore.hpp>
#include <lifeboat/cli/stated.hpp>
#include <lifeboat/pipeline/adopt.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

/// What an adoption is told. Errors: usage, config, those of parse_time.
template <class = void>
Result<AdoptRequest> adopt_request(const Session& session) {
  const Arguments& arguments = session.arguments;
  AdoptRequest request;
  request.target = named_path(arguments.arguments().front());
  request.override = arguments.all("--override");
  request.nothing_lost = arguments.has("--nothing-lost");
  request.lost = arguments.all("--lost");
  LIFEBOAT_TRY(request.holders, holders_of(arguments));
  LIFEBOAT_TRY(request.stopped, stopped_of(session));
  for (const auto& [option, what] : {std::pair("--nothing-lost", "who states that nothing was lost is named"),
                                     std::pair("--stopped", "who states when the engine had stopped is named"),
                                     std::pair("--lost", "who states which holder is lost is named"),
                                     std::pair("--override", "who goes on despite an invariant is named")})
    if (arguments.has(option) && arguments.text("--by").empty())
      return Error{ErrorId::usage, what}.next("--by NAME").unchanged();
  LIFEBOAT_CHECK(check_lost_by(request.lost, arguments.text("--by"), arguments.text("--second")));
  return request;
}

/// A refusal as it leads on: what is lost is stated by two people.
template <class = void>
Error adoption_refused(Session& session, const Error& error) {
  session.refused = error.id() == ErrorId::object_missing && error.is_unchanged();
  if (error.id() != ErrorId::holders) return error;
  std::string next = error.next();
  if (session.arguments.text("--by").empty()) next.append(" --by NAME");
  if (session.arguments.text("--second").empty()) next.append(" --second NAME");
  return Error(error).next(std::move(next));
}

/// What went live, or would.
template <class = void>
void print_adoption(Session& session, const AdoptRequest& request, const AdoptReport& report) {
  say_holders(session, request.holders, true, request.lost);
  const std::string by = session.arguments.text("--by");
  const std::string second = session.arguments.text("--second");
  if (!second.empty()) session.say("by      " + printable(by) + " and " + printable(second) + " (unproven names)");
  print_invariants(session, report.invariants);
  if (report.undone_keys != 0)
    session.say("doubt   " + count_text(report.undone_keys, "key that was undone is", "keys that were undone are") +
                " in doubt until it is settled whether they were paid");
  const std::string behind = " behind " + to_text(report.head);
  if (!report.unknown_loss)
    session.say("loss    none" + behind + ", as " + printable(by) + " states");
  else
    session.say("loss    " +
                (report.ceiling
                     ? "at most " + count_text(report.ceiling->sequence - report.head.sequence, "group", "groups") +
                           behind + ", up to " + to_text(*report.ceiling) + ", the ceiling that the engine had reserved"
                     : "unknown" + behind) +
                ": a key that is not known, and not vouched for, is in doubt");
  say_stopped(session, request.stopped, report.ceiling.has_value());
  Json& json = session.json;
  put_text(json, "target", request.target);
  put_text(json, "journal_folder", report.journal);
  json["epoch"] = report.epoch;
  json["after"] = to_text(report.after);
  json["first"] = to_text(Position{report.epoch, report.first});
  json["head"] = to_text(report.head);
  json["undone_keys"] = report.undone_keys;
  json["unknown_loss"] = report.unknown_loss;
  json["ceiling"] = report.ceiling ? Json(to_text(*report.ceiling)) : Json(nullptr);
  json["holders"] = request.holders.all;
  put_text(json, "lost", join_names(request.lost));
  put_text(json, "by", by);
  put_text(json, "second", second);
}

/// `--dry-run`: what it would come to, and what it must be told.
template <class = void>
Result<int> show_adoption(Session& session, const AdoptRequest& request) {
  const Result<AdoptReport> plan = plan_adoption(*session.core, request);
  if (!plan) return adoption_refused(session, plan.error());
  session.say("plan    " + printable(request.target) + " | epoch " + std::to_string(plan->epoch) + " begins at " +
              to_text(Position{plan->epoch, plan->first}) + ", behind " + to_text(plan->after));
  print_adoption(session, request, *plan);
  LIFEBOAT_CHECK(despite_invariants(plan->invariants, request.override));
  std::vector<Error> refusals;
  if (const Status held = check_holders(request.holders, true, request.lost); !held)
    refusals.push_back(adoption_refused(session, held.error()));
  const std::string needs = acceptance_of(session.arguments, refusals);
  if (!refusals.empty() && needs.empty()) return refusals.front();
  return end_dry_run(session, needs);
}

}  // namespace detail

/// `lifeboat adopt TARGET`.
template <class = void>
Result<int> adopt_command(Session& session) {
  LIFEBOAT_TRY(const AdoptRequest request, detail::adopt_request(session));
  LIFEBOAT_CHECK(open_core(session, {}));
  if (session.arguments.has("--dry-run")) return detail::show_adoption(session, request);
  const Result<AdoptReport> adopted = adopt(*session.core, request, actor_of(session.arguments));
  if (!adopted) return detail::adoption_refused(session, adopted.error());
  const AdoptReport& report = *adopted;
  session.say("adopted " + printable(request.target) + " | epoch " + std::to_string(report.epoch) + " begins at " +
              to_text(Position{report.epoch, report.first}) + ", behind " + to_text(report.after) +
              " | whoever goes on in an older epoch is fenced");
  detail::print_adoption(session, request, report);
  put_text(session.json, "reason", report.reason);
  return 0;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
