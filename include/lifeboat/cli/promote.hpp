// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/doubt_place.hpp>
#include <lifeboat/cli/restore.hpp>
#include <lifeboat/cli/standby_state.hpp>
#include <lifeboat/cli/stated.hpp>
#include <lifeboat/failover/promote_replica.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

template <class = void>
Json loss_json(const PromotionLoss& loss) {
  Json json;
  json["last"] = to_text(loss.last);
  json["known"] = loss.known;
  json["possibly"] = loss.heard ? Json(loss.possibly) : Json(nullptr);
  json["possibly_upto"] = to_text(loss.possibly_upto);
  json["heard"] = loss.heard ? time_json(*loss.heard) : Json(nullptr);
  json["silent_from"] = loss.silent_from ? time_json(*loss.silent_from) : Json(nullptr);
  json["ceiling"] = loss.reserved ? Json(to_text(loss.reserved->upto)) : Json(nullptr);
  json["ceiling_until"] = loss.reserved ? time_json(loss.reserved->until) : Json(nullptr);
  json["bounded"] = loss.bounded;
  return json;
}

/// What the former primary left in the copy beside its groups: what is damaged must not be taken for none, nor be found
/// when the epoch is claimed. Errors: corrupt, object_missing, with the line that sets it aside.
template <class = void>
Status check_copy(const std::string& path) {
  if (const auto ceiling = read_reservation(path, ceiling_name); !ceiling) return Error(ceiling.error()).unchanged();
  if (!has_doubt(path)) return ok();
  const std::string doubt = doubt_folder(path);
  const Result<DoubtState> windows = read_doubt(doubt);
  if (windows || windows.error().id() == ErrorId::foreign_owner) return windows ? ok() : Status(windows.error());
  return Error(windows.error())
      .next("mv " + shell_quoted(doubt) + " " + shell_quoted(doubt + ".damaged") +
            "    # then the same command again: every key that nobody knows is in doubt")
      .unchanged();
}

/// Whether no more may be lost than was said. Errors: undone, with the option that says so; usage.
template <class = void>
Status check_max_loss(const Arguments& arguments, const PromotionLoss& loss) {
  const std::string most = arguments.text("--max-loss", "0");
  const auto number = lifeboat::detail::number_of<std::uint64_t>(most);
  if (!number && most != "unknown")
    return Error{ErrorId::usage, "--max-loss takes a number of groups, or the word unknown, not \"" + most + "\""}
        .next("--max-loss 0")
        .unchanged();
  if (!number || arguments.has("--nothing-lost")) return ok();
  if (!loss.heard && !loss.bounded)
    return Error{ErrorId::undone, "the primary was never heard of: how many groups are lost is unknown"}
        .next("--max-loss unknown")
        .unchanged();
  // Of one that was never heard of, nothing but the ceiling is known.
  const std::uint64_t lost =
      loss.heard ? loss.known + loss.possibly : loss.reserved->upto.sequence - loss.last.sequence;
  if (lost <= *number) return ok();
  return Error{ErrorId::undone, count_text(lost, "group", "groups") + " may be lost, and " + most + " were accepted"}
      .next("--max-loss " + std::to_string(lost))
      .unchanged();
}

/// What a promotion is told. Errors: usage, those of parse_time.
template <class = void>
Result<PromoteRequest> promotion_request(const Session& session) {
  const Arguments& arguments = session.arguments;
  for (const auto& [option, what] :
       {std::pair("--lost HOLDER", "what is lost is named"), std::pair("--by NAME", "who decides is named"),
        std::pair("--reason TEXT", "why it is decided is said")}) {
    const std::string_view text(option);
    if (arguments.text(text.substr(0, text.find(' '))).empty())
      return Error{ErrorId::usage, what}.next(option).unchanged();
  }
  PromoteRequest request;
  request.by = arguments.text("--by");
  request.second = arguments.text("--second");
  request.lost = arguments.all("--lost");
  request.reason = arguments.text("--reason");
  request.ticket = arguments.text("--ticket");
  for (const auto& [option, most] : {std::pair("--by NAME", DoubtName::max), std::pair("--second NAME", DoubtName::max),
                                     std::pair("--ticket TEXT", WentLive::ticket_max)}) {
    const std::string_view text(option);
    const std::string name(text.substr(0, text.find(' ')));
    if (arguments.text(name).size() > most)
      return Error{ErrorId::usage, name + " has more than " + std::to_string(most) + " bytes"}.next(option).unchanged();
  }
  if (recorded_reason(request.lost, request.stopped, request.reason).size() > WentLive::said_max)
    return Error{ErrorId::usage, "the holder and the reason have more than " + std::to_string(WentLive::said_max) +
                                     " bytes together, and the record of a promotion has no room for more"}
        .next(std::string(arguments.text("--lost").size() > request.reason.size() ? "--lost" : "--reason") +
              " 'shorter'")
        .unchanged();
  LIFEBOAT_CHECK(check_lost_by(request.lost, request.by, request.second));
  request.nothing_lost = arguments.has("--nothing-lost");
  LIFEBOAT_TRY(request.stopped, stopped_of(session));
  request.override = arguments.all("--override");
  request.invariants = session.host.invariants;
  return request;
}

template <class = void>
void print_promotion_plan(Session& session, const PromotionPlan& plan, const PromoteRequest& request,
                          const StandbyFolder& folder) {
  std::string text = "plan    " + printable(folder.path) + " stands at " + to_text(plan.here);
  if (session.core)
    text += plan.repository > plan.here ? "; the repository goes on to " + to_text(plan.repository) + ", which is taken"
                                        : "; the repository has no more";
  session.say(text + " | epoch " + std::to_string(plan.epoch) + " begins at " +
              to_text(Position{plan.epoch, plan.first}));
  session.say("loss    " + printable(to_text(plan.loss)));
  say_stopped(session, request.stopped, plan.loss.bounded);
  session.say(std::string("doubt   ") +
              (session.arguments.has("--nothing-lost")
                   ? "no window opens, as " + session.arguments.text("--by") + " states"
                   : "a window opens: each key that nobody knows or vouches for is in doubt") +
              (plan.doubt ? "; those of earlier losses are here" : ""));
  if (!session.core) session.say("fence   no medium is named: the old primary is refused by this folder alone");
  say_holders(session, request.holders, static_cast<bool>(session.core), request.lost);
  session.say("by      " + printable(request.by) + " and " + printable(request.second) + " (unproven names)" +
              (request.ticket.empty() ? "" : " | ticket " + printable(request.ticket)));
  print_invariants(session, plan.invariants);
  session.json["plan"] = {
      {"here", to_text(plan.here)}, {"repository", session.core ? Json(to_text(plan.repository)) : Json(nullptr)},
      {"epoch", plan.epoch},        {"first", to_text(Position{plan.epoch, plan.first})},
      {"doubt", plan.doubt},        {"holders", request.holders.all}};
  session.json["loss"] = loss_json(plan.loss);
}

template <class = void>
void print_promotion(Session& session, const StandbyFolder& folder, const Promotion& promotion) {
  session.say("promoted " + printable(folder.path) + " | epoch " + std::to_string(promotion.epoch) + " begins at " +
              to_text(Position{promotion.epoch, promotion.first}) + ", behind " + to_text(promotion.loss.last) +
              (promotion.taken == 0
                   ? ""
                   : " | " + count_text(promotion.taken, "group", "groups") + " taken from the repository"));
  session.say("loss    " + printable(to_text(promotion.loss)));
  session.say("fence   " + printable(promotion.fence));
  Json& json = session.json;
  json["epoch"] = promotion.epoch;
  json["first"] = to_text(Position{promotion.epoch, promotion.first});
  json["taken"] = promotion.taken;
  json["window"] = promotion.window == 0 ? Json(nullptr) : Json(promotion.window);
  json["claimed"] = promotion.claimed;
  put_text(json, "fence", promotion.fence);
  put_text(json, "reason", promotion.reason);
  json["loss"] = loss_json(promotion.loss);
  if (promotion.window != 0) {
    session.say("doubt   window " + std::to_string(promotion.window) + " is open");
    session.next("lifeboat doubt --journal " + shell_quoted(folder.path));
  }
}

}  // namespace detail

/// `lifeboat promote`: by hand, after a plan that refuses what was not accepted.
template <class = void>
Result<int> promote_command(Session& session) {
  const Arguments& arguments = session.arguments;
  if (!arguments.has("--replica"))
    return Error{ErrorId::usage, "promote needs the folder of a standby"}.next("--replica DIR").unchanged();
  LIFEBOAT_TRY(PromoteRequest request, detail::promotion_request(session));
  const std::string path = absolute_path(arguments.text("--replica"));
  const Result<StandbyFolder> looked = look_at_standby(path);
  if (!looked) {
    session.refused = looked.error().id() == ErrorId::object_missing;
    return looked.error();
  }
  const StandbyFolder& folder = *looked;
  put_text(session.json, "replica", path);
  put_text(session.json, "lost", join_names(request.lost));
  put_text(session.json, "by", request.by);
  put_text(session.json, "second", request.second);
  put_text(session.json, "ticket", request.ticket);
  if (folder.here == Position{}) {
    session.refused = true;
    return Error{ErrorId::object_missing, path + " holds no group that could go on"}
        .next("lifeboat standby --status --replica " + shell_quoted(path))
        .unchanged();
  }
  LIFEBOAT_CHECK(detail::check_copy(path));
  if (arguments.has("--medium") || std::getenv("LIFEBOAT_MEDIUM") != nullptr) {
    LIFEBOAT_CHECK(open_core(session, {}));
    request.medium = session.core->parts().medium.get();
    request.source = session.core->source_id();
  }
  if (folder.note && !folder.note->holders.empty()) {
    LIFEBOAT_TRY(request.holders, parse_holders(folder.note->holders));
  }
  const Timestamp now = clock_now(session.host.environment).wall;
  LIFEBOAT_TRY(const PromotionPlan plan, plan_promotion(path, folder.note, request.medium, request.source, now,
                                                        request.stopped, request.invariants));
  detail::print_promotion_plan(session, plan, request, folder);
  LIFEBOAT_CHECK(despite_invariants(plan.invariants, request.override));
  if (request.nothing_lost) {
    Status here = check_nothing_lost(plan.loss);
    if (here)
      here = check_doubt_here(std::max(plan.here, plan.repository), path, folder.note && folder.note->no_doubt, true);
    session.refused = !here;
    if (!here) return std::move(here).error().unchanged();
  }
  std::vector<Error> refusals;
  for (const Status& one : {check_holders(request.holders, request.medium != nullptr, request.lost),
                            detail::check_max_loss(arguments, plan.loss)})
    if (!one) refusals.push_back(one.error());
  const std::string needs = detail::acceptance_of(arguments, refusals);
  if (arguments.has("--dry-run") && (refusals.empty() || !needs.empty())) return detail::end_dry_run(session, needs);
  if (!refusals.empty()) return refusals.front();
  if (folder.running)
    return Error{ErrorId::busy, path + " is received into, or written, by a process that runs"}
        .next("fuser -v " + shell_quoted(path + "/lock") + "    # the standby is stopped first")
        .unchanged();
  LIFEBOAT_CHECK(check_owner_of(path));
  LIFEBOAT_TRY(const Promotion promotion,
               promote_replica(path, folder.note, std::move(request), session.host.environment.clock));
  detail::print_promotion(session, folder, promotion);
  return 0;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
