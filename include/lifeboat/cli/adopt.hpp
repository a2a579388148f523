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
  if (!request.override.empty() && arguments.text("--by").empty())
    return Error{ErrorId::usage, "who goes on despite an invariant is named"}.next("--by NAME").unchanged();
  LIFEBOAT_CHECK(open_core(session, {}));
  LIFEBOAT_TRY(const AdoptReport report, adopt(*session.core, request, actor_of(arguments)));
  session.say("adopted " + printable(request.target) + " | epoch " + std::to_string(report.epoch) + " begins at " +
              to_text(Position{report.epoch, report.first}) + ", behind " + to_text(report.after) +
              " | whoever goes on in an older epoch is fenced");
  detail::print_invariants(session, report.invariants);
  Json& json = session.json;
  put_text(json, "target", request.target);
  put_text(json, "journal_folder", report.journal);
  json["epoch"] = report.epoch;
  json["after"] = to_text(report.after);
  json["first"] = to_text(Position{report.epoch, report.first});
  json["head"] = to_text(report.head);
  return 0;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
