// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/session.hpp>
#include <lifeboat/journal/newest_header.hpp>
#include <lifeboat/journal/reader.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// Where no journal is: refused, and led on to where one is.
template <class = void>
Error without_journal(Session& session, const Error& error) {
  if (error.id() != ErrorId::object_missing || !error.next().empty()) return error;
  session.refused = true;
  return Error(error).next("--journal DIR    # where the engine has it: is its disk mounted?");
}

/// Reads a whole journal, and proves that nothing is missing that was durable, also while somebody writes it.
///
/// A walk that is overtaken by the writer may see a watermark above a group that it read too early. Whoever walks again
/// after that finds the group, for it was written before its watermark was. So damage is what two walks tell, one begun
/// after the other ended, at the same place. Errors: corrupt, naming the position; object_missing, medium_io.
template <class = void>
Result<JournalVerdict> verify_living_journal(const std::string& folder, Position from = {}) {
  std::string told;
  while (true) {
    LIFEBOAT_TRY(JournalReader reader, JournalReader::open(folder, from));
    Result<JournalVerdict> verdict = reader.verify();
    if (verdict || verdict.error().id() != ErrorId::corrupt || verdict.error().sentence() == told) return verdict;
    told = verdict.error().sentence();
  }
}

/// That the newest segment lacks nothing that was durable: where it does, its whole groups end too soon. Errors: as
/// above.
template <class = void>
Status check_newest_segment(const std::string& folder) {
  LIFEBOAT_TRY(const SegmentHeader newest, newest_header(folder));
  LIFEBOAT_TRY([[maybe_unused]] const JournalVerdict verdict,
               verify_living_journal(folder, {newest.epoch, newest.first}));
  return ok();
}

/// `lifeboat records --verify`. Status 1: damaged.
template <class = void>
Result<int> print_journal_verdict(Session& session, const std::string& folder) {
  const Result<JournalVerdict> verdict = verify_living_journal(folder);
  Json findings = Json::array();
  if (!verdict) {
    if (verdict.error().id() != ErrorId::corrupt) return without_journal(session, verdict.error());
    session.say("found " + std::string(to_string(verdict.error().id())) + ": " + printable(verdict.error().sentence()));
    session.say("DAMAGED | " + printable(folder));
    Json finding;
    finding["id"] = to_string(verdict.error().id());
    put_text(finding, "object", folder);
    put_text(finding, "message", verdict.error().sentence());
    findings.push_back(std::move(finding));
    session.json["findings"] = std::move(findings);
    return 1;
  }
  const std::uint64_t above = verdict->last.sequence - std::min(verdict->durable, verdict->last.sequence);
  session.say("verified | " + count_text(verdict->groups, "group", "groups") + " in " +
              count_text(verdict->segments, "segment", "segments") + ", last " + to_text(verdict->last) +
              " | known to be durable to " + to_text({verdict->last.epoch, verdict->durable}) +
              (above == 0 ? "" : ", " + count_text(above, "whole group", "whole groups") + " above") + " | tail " +
              bytes_text(verdict->tail_bytes) +
              (verdict->tail_bytes == 0 ? "" : " of a flush that is under way, or never came back"));
  session.json["groups"] = verdict->groups;
  session.json["segments"] = verdict->segments;
  session.json["last"] = to_text(verdict->last);
  session.json["durable"] = to_text({verdict->last.epoch, verdict->durable});
  session.json["tail_bytes"] = verdict->tail_bytes;
  session.json["findings"] = std::move(findings);
  return 0;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
