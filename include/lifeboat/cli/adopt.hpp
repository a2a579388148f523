// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/restore.hpp>
#include <lifeboat/pipeline/adopt.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// `lifeboat adopt TARGET`.
template <class = void>
Result<int> adopt_command(Session& session) {
  const Arguments& arguments = session.arguments;
  AdoptRequest request;
  request.target = arguments.arguments().front();
  request.override = arguments.all("--override");
  request.nothing_lost = arguments.has("--nothing-lost");
  if ((!request.override.empty() || request.nothing_lost) && arguments.text("--by").empty())
    return Error{ErrorId::usage, request.nothing_lost ? "who states that nothing was lost is named"
                                                      : "who goes on despite an invariant is named"}
        .next("--by NAME")
        .unchanged();
  LIFEBOAT_CHECK(open_core(session, {}));
  const Result<AdoptReport> adopted = adopt(*session.core, request, actor_of(arguments));
  if (!adopted) {
    session.refused = adopted.error().id() == ErrorId::object_missing && adopted.error().is_unchanged();
    return adopted.error();
  }
  const AdoptReport& report = *adopted;
  session.say("adopted " + printable(request.target) + " | epoch " + std::to_string(report.epoch) + " begins at " +
              to_text(Position{report.epoch, report.first}) + ", behind " + to_text(report.after) +
              " | whoever goes on in an older epoch is fenced");
  detail::print_invariants(session, report.invariants);
  if (report.undone_keys != 0)
    session.say("doubt   " + count_text(report.undone_keys, "key that was undone is", "keys that were undone are") +
                " in doubt until it is settled whether they were paid");
  session.say(report.unknown_loss
                  ? "loss    unknown behind " + to_text(report.head) +
                        ": a key that is not known, and not vouched for, is in doubt"
                  : "loss    none behind " + to_text(report.head) + ", as " + arguments.text("--by") + " states");
  Json& json = session.json;
  put_text(json, "target", request.target);
  put_text(json, "journal_folder", report.journal);
  json["epoch"] = report.epoch;
  json["after"] = to_text(report.after);
  json["first"] = to_text(Position{report.epoch, report.first});
  json["head"] = to_text(report.head);
  json["undone_keys"] = report.undone_keys;
  json["unknown_loss"] = report.unknown_loss;
  return 0;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
