// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/opening.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// "restore of 2026-11-17: 480 MiB/s".
template <class = void>
std::string measured_text(const MeasuredRun& run) {
  return run.name() + ": " + bytes_text(run.bytes_per_second()) + "/s";
}

template <class = void>
Json measured_json(const MeasuredRun& run) {
  Json object;
  object["verb"] = run.verb == MeasuredVerb::restore ? "restore" : "verify";
  object["time"] = time_json(run.time);
  object["bytes"] = run.bytes;
  object["entries"] = run.entries;
  object["duration_ns"] = run.nanoseconds;
  return object;
}

namespace detail {

/// "verified digests 2026-11-24T06:03:00Z", or "verified never".
template <class = void>
std::string verified_text(const ArchiveRecord& record) {
  if (!record.verified) return "verified never";
  return "verified " + std::string(depth_name(*record.verified)) + " " + utc_text(record.verified_at);
}

/// What is wrong with an archive, as far as the chain knows.
template <class = void>
std::string marks_text(const ArchiveRecord& record) {
  std::string marks;
  if (record.lost) marks.append(" | LOST OBJECTS");
  if (record.facts.torn != 0) marks.append(" | ").append(std::to_string(record.facts.torn)).append(" torn");
  if (record.facts.unreadable != 0)
    marks.append(" | ").append(std::to_string(record.facts.unreadable)).append(" unreadable");
  if ((record.facts.flags & backup_flag::shrunken) != 0)
    marks.append(record.shrunken_accepted ? " | shrunken, accepted" : " | shrunken");
  return marks;
}

template <class = void>
void print_findings(Session& session, const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings) {
    list.push_back(finding_json(finding));
    session.warn(finding.id, finding.object, finding.text);
  }
  session.json["findings"] = std::move(list);
}

}  // namespace detail

/// `lifeboat list`. Status 1 where the chain can not be proven.
template <class = void>
Result<int> list_command(Session& session) {
  LIFEBOAT_CHECK(open_core(session, {}));
  LIFEBOAT_TRY(const Catalog chain, look_at_chain(session));
  const std::size_t width = id_width(chain);
  detail::print_findings(session, chain.findings);
  session.json["epoch"] = chain.epoch;
  session.json["generation"] = chain.generation;
  session.say("source " + chain.source + ", " + count_text(chain.archives.size(), "archive", "archives"));
  session.begin_array("archives");
  for (const ArchiveRecord& record : chain.archives) {
    const BackupFacts& facts = record.facts;
    session.say(short_id(facts.archive, width) + " " + std::string(to_string(facts.strategy)) + " " +
                to_text(position_of(record)) + " | cut " + std::string(cut_name(facts.cut)) + " | " +
                both_times(facts.cut_ended) + " | " + bytes_text(facts.content_bytes) + " in " +
                count_text(facts.entries, "entry", "entries") + ", stored " + bytes_text(facts.stored_bytes) + " | " +
                detail::verified_text(record) + detail::marks_text(record));
    session.item(archive_json(record));
  }
  return chain.findings.empty() ? 0 : 1;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
