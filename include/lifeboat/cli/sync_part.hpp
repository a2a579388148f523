// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/opening.hpp>
#include <lifeboat/sync/scoped_copy.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// `lifeboat sync --journal`: a part of a journal, beside the engine that writes it. Status 1: they differ.
template <class = void>
Result<int> sync_part(Session& session) {
  const Arguments& arguments = session.arguments;
  LIFEBOAT_CHECK(refuse_together(arguments, "--journal",
                                 "--source --medium --state --cross-mounts --verifier --limit-rate --accept-emptied "
                                 "--accept-emptied-replica"));
  if (!arguments.has("--replica"))
    return Error{ErrorId::usage, "a part of a journal needs a folder of its own"}.next("--replica DIR").unchanged();
  if (!arguments.has("--only") && !arguments.has("--exclude"))
    return Error{ErrorId::usage,
                 "sync --journal makes a part of a journal, and no scope says which: the whole copy is its engine's"}
        .next("--only account=42    # or --exclude; the fields are shown by lifeboat records")
        .unchanged();
  const std::string folder = absolute_path(arguments.text("--replica"));
  const std::string journal = absolute_path(arguments.text("--journal"));
  LIFEBOAT_TRY(ScopedCopy part, ScopedCopy::open({.journal = journal,
                                                  .folder = folder,
                                                  .only = arguments.all("--only"),
                                                  .exclude = arguments.all("--exclude"),
                                                  .random = session.host.environment.random}));
  put_text(session.json, "journal", journal);
  put_text(session.json, "replica", folder);
  if (!arguments.has("--check")) {
    LIFEBOAT_TRY(const SyncReport report, part.sync(session.stop()));
    session.say("synchronised | a part, to " + to_text(report.position) + " | " +
                count_text(report.items_sent, "group", "groups") + ", " + bytes_text(report.bytes_sent));
    Json& json = session.json["pass"];
    json["position"] = to_text(report.position);
    json["items_sent"] = report.items_sent;
    json["bytes_sent"] = report.bytes_sent;
  }
  LIFEBOAT_TRY(const SyncVerdict verdict, part.verify(session.stop()));
  session.say((verdict.equal ? "equal: " : "compared: ") + count_text(verdict.items, "group", "groups") +
              " by the chain, " + count_text(verdict.differences, "difference", "differences"));
  if (verdict.differences != 0) session.say("first: " + verdict.first_difference);
  for (const std::string& what : verdict.moved_on) session.say("moved on meanwhile: " + what);
  Json& json = session.json["verdict"];
  json["equal"] = verdict.equal;
  json["items"] = verdict.items;
  json["differences"] = verdict.differences;
  if (verdict.differences != 0) put_text(json, "first_difference", verdict.first_difference);
  json["moved_on"] = verdict.moved_on;
  return verdict.differences == 0 ? 0 : 1;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
