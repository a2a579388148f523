// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/show.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// `lifeboat history PATH`. Refused where no archive ever had the path.
template <class = void>
Result<int> history_command(Session& session) {
  const std::string path(entry_path(session.arguments.arguments().front()));
  LIFEBOAT_CHECK(open_core(session, {}));
  LIFEBOAT_TRY(const Catalog chain, look_at_chain(session));
  const std::size_t width = id_width(chain);
  bool ever = false;
  bool failed = false;
  Json versions = Json::array();
  std::string lines;
  LIFEBOAT_CHECK(path_history(
      session.core->repository(), chain, path, session.core->parts().verifier.get(),
      [&](const HistoryPoint& point) -> Status {
        const ArchiveRecord& record = *point.record;
        Json version;
        version["archive"] = id_json(record.facts.archive);
        version["time"] = time_json(record.facts.cut_ended);
        std::string line = short_id(record.facts.archive, width) + " " + both_times(record.facts.cut_ended) + " | ";
        if (point.error) {
          failed = true;
          version["error"] = error_json(*point.error, session.host.program, &session.arguments);
          line += "unknown: " + printable(point.error->sentence());
        } else {
          ever = ever || point.entry != nullptr;
          const std::string changes = difference_text(point.changes);
          version["changes"] = changes;
          version["entry"] = point.entry == nullptr ? Json(nullptr) : detail::tree_entry_json(*point.entry);
          line += changes.empty() ? (point.entry == nullptr ? "not there" : "unchanged") : changes;
          if (point.entry != nullptr) line += " | " + detail::entry_text(point.entry->entry);
        }
        versions.push_back(std::move(version));
        lines.append(line).append("\n");
        if (session.stop().stop_requested()) return Error{ErrorId::interrupted, "the history was stopped"}.unchanged();
        return ok();
      }));
  if (!ever && !failed)
    return Error{ErrorId::path_unknown, "no archive of " + chain.source + " has '" + path + "'"}
        .next("lifeboat show")
        .unchanged();
  if (!session.wants_json()) session.out.out(lines);
  put_text(session.json, "path", path);
  session.json["versions"] = std::move(versions);
  return failed ? 1 : 0;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
