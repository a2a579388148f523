// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/journal_gaps.hpp>
#include <lifeboat/cli/list.hpp>
#include <lifeboat/cli/standby_state.hpp>
#include <lifeboat/cli/verify_journal.hpp>
#include <lifeboat/failover/standby_note.hpp>
#include <lifeboat/journal/journal_lag.hpp>
#include <lifeboat/pipeline/status.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

/// How long a restore of the newest archive would take at the rate of the last full, and what that rests on.
struct RestoreGuess {
  std::uint64_t nanoseconds = 0;
  const ArchiveRecord* rests_on = nullptr;
};

template <class = void>
RestoreGuess guess_restore(const StatusReport& report) {
  RestoreGuess guess;
  for (const ArchiveRecord& record : report.archives)
    if (!record.facts.has_base && record.facts.duration_ns != 0 && record.facts.content_bytes != 0)
      guess.rests_on = &record;
  if (guess.rests_on == nullptr) return guess;
  const double rate =
      static_cast<double>(guess.rests_on->facts.content_bytes) / static_cast<double>(guess.rests_on->facts.duration_ns);
  guess.nanoseconds =
      static_cast<std::uint64_t>(static_cast<double>(report.archives.back().facts.content_bytes) / rate);
  return guess;
}

template <class = void>
std::string days_text(double days) {
  if (days >= 36500) return "more than a century";
  return days < 10 ? decimal_text(days, 1) + " days" : std::to_string(static_cast<std::uint64_t>(days)) + " days";
}

/// Points of recovery, and the longest time between two of them.
template <class = void>
void say_points(Session& session, const StatusReport& report) {
  const std::vector<ArchiveRecord>& archives = report.archives;
  const ArchiveRecord* before = nullptr;
  const ArchiveRecord* after = nullptr;
  std::int64_t longest = 0;
  for (std::size_t i = 1; i < archives.size(); ++i) {
    const auto gap = seconds_between(archives[i - 1].facts.cut_ended, archives[i].facts.cut_ended).count();
    if (gap <= longest) continue;
    longest = gap;
    before = &archives[i - 1];
    after = &archives[i];
  }
  std::string text = "points  " + count_text(archives.size(), "archive", "archives") + ", oldest " +
                     both_times(archives.front().facts.cut_ended);
  Json& json = session.json["points"];
  json["count"] = archives.size();
  json["oldest"] = time_json(archives.front().facts.cut_ended);
  if (before != nullptr) {
    text += "; longest gap " + seconds_text(static_cast<std::uint64_t>(longest)) + ", up to " +
            utc_text(after->facts.cut_ended);
    json["longest_gap_seconds"] = longest;
    json["longest_gap_ends"] = time_json(after->facts.cut_ended);
  }
  std::size_t doubtful = 0;
  for (const ArchiveRecord& record : archives) doubtful += record.lost || record.facts.torn != 0 ? 1U : 0U;
  if (doubtful != 0) text += "; " + std::to_string(doubtful) + " torn or with lost objects (lifeboat list)";
  session.say(text);
}

template <class = void>
void say_verified(Session& session, const StatusReport& report, const ChainEntry* last, ClockReading now) {
  Json& json = session.json["verified"];
  if (last == nullptr) {
    session.say("verify  never");
    json = nullptr;
    return;
  }
  const VerifyFacts& facts = last->verify;
  const auto age = elapsed(last->clock, now);
  std::size_t covered = 0;
  for (const ArchiveRecord& record : report.archives)
    if (record.verified && *record.verified >= facts.depth) ++covered;
  session.say("verify  " +
              (age ? seconds_text(static_cast<std::uint64_t>(age->count())) + " ago" : utc_text(last->clock.wall)) +
              ", depth " + std::string(depth_name(facts.depth)) + ": " +
              count_text(facts.objects, "object", "objects") + ", " + bytes_text(facts.bytes) + " read, " +
              bytes_text(facts.unread) + " unread, " + count_text(facts.findings, "finding", "findings") + "; " +
              std::to_string(covered) + " of " + count_text(report.archives.size(), "archive", "archives") +
              " verified so deep");
  json["time"] = time_json(last->clock.wall);
  if (age) json["age_seconds"] = age->count();
  json["depth"] = depth_name(facts.depth);
  json["objects"] = facts.objects;
  json["bytes"] = facts.bytes;
  json["unread"] = facts.unread;
  json["finding_count"] = facts.findings;
  json["archives_covered"] = covered;
}

template <class = void>
void say_copies(Session& session, const StatusReport& report) {
  std::string text = "copies  1: " + printable(report.medium.url) + " (" + printable(report.medium.device) + ")";
  Json copy;
  put_text(copy, "url", report.medium.url);
  put_text(copy, "device", report.medium.device);
  if (report.medium.space_known) {
    copy["free_bytes"] = report.medium.free_bytes;
    copy["total_bytes"] = report.medium.total_bytes;
  }
  session.json["copies"] = Json::array({copy});
  if (report.source) {
    text += "; source on " + printable(report.source->device);
    put_text(session.json, "source_url", report.source->url);
    put_text(session.json, "source_device", report.source->device);
    session.json["same_device"] = report.same_device;
  }
  session.say(text);
  if (report.medium.space_known) {
    session.say(
        "space   " + bytes_text(report.medium.free_bytes) + " free" +
        (report.days_left ? ", for " + days_text(*report.days_left) + " at the present rate" : ", rate not known yet"));
    session.json["days_left"] = report.days_left ? Json(*report.days_left) : Json(nullptr);
  }
}

template <class = void>
void say_restore(Session& session, const StatusReport& report) {
  Json& json = session.json["restore"];
  json["measured"] = report.measured.has_value();
  if (report.measured) {
    session.say("restore about " + duration_text(report.restore_takes_nanoseconds) + " (" +
                measured_text(*report.measured) + ")");
    json["seconds"] = static_cast<double>(report.restore_takes_nanoseconds) / 1e9;
    json["run"] = measured_json(*report.measured);
    return;
  }
  const RestoreGuess guess = guess_restore(report);
  if (guess.rests_on == nullptr) {
    session.say("restore time unmeasured");
    return;
  }
  session.say("restore about " + duration_text(guess.nanoseconds) +
              " (unmeasured: no restore was timed; at the rate of backup " + short_id(guess.rests_on->facts.archive) +
              ")");
  json["seconds"] = static_cast<double>(guess.nanoseconds) / 1e9;
  json["rests_on"] = id_json(guess.rests_on->facts.archive);
}

/// How far the medium has the journal: what lies behind that is lost with the engine.
template <class = void>
void say_journal(Session& session, const JournalStatus& journal, const ClockReading& now) {
  Json& json = session.json["journal"];
  json["head"] = to_text(journal.head);
  json["time"] = time_json(journal.head_time);
  const auto age = seconds_between(journal.head_time, now.wall).count();
  session.say("journal here to " + to_text(journal.head) + ", " +
              (!journal.unread.empty() ? std::string("age unknown")
               : age < 0               ? std::string("age unknown: the clock went back")
                                       : seconds_text(static_cast<std::uint64_t>(age)) + " old") +
              ": what was paid behind it is lost with the engine");
  json["age_seconds"] = age < 0 ? Json(nullptr) : Json(age);
  json["gaps"] = gaps_json(journal.gaps);
  for (const JournalGap& gap : journal.gaps)
    session.say("gap     the medium lacks the groups " + gap_text(gap) + ": no restore goes over them");
  if (!journal.unread.empty()) {
    session.say("damaged " + printable(journal.unread));
    put_text(json, "unread", journal.unread);
    json["age_seconds"] = nullptr;
    json["time"] = nullptr;
  }
  if (journal.undone == 0) return;
  json["undone_pieces"] = journal.undone;
  session.say("        " + count_text(journal.undone, "piece", "pieces") + " of older epochs: evidence, no history");
}

/// Whether the journal that is written ends before what a copy of it has: then its newest segments are gone.
template <class = void>
bool say_behind(Session& session, const std::string& copy, const std::string& journal, Position at, Json& json) {
  const Result<SegmentHeader> newest = newest_header(journal);  // none where no segment is left
  const Result<JournalVerdict> end =
      verify_living_journal(journal, newest ? Position{newest->epoch, newest->first} : Position{});
  if (!end && end.error().id() == ErrorId::object_missing && at != Position{}) {
    session.warn(end.error());  // all of it is gone
    put_text(json, "journal", journal);
    json["journal_ends"] = nullptr;
    return true;
  }
  if (!end || end->last.sequence >= at.sequence) return false;
  session.warn(Error{ErrorId::diverged, "the journal " + journal + " ends at " + to_text(end->last) + ", and " + copy +
                                            " has it up to " + to_text(at) + ": its newest segments are gone"}
                   .next("lifeboat restore --id " + session.core->source_id() + " --target DIR"));
  put_text(json, "journal", journal);
  json["journal_ends"] = to_text(end->last);
  return true;
}

/// In groups and money, what a copy has not of the journal that is written here.
template <class = void>
void say_lag(Session& session, const std::string& copy, const std::string& journal, Position at, Json& json) {
  const Result<JournalLag> lag = journal_lag(journal, at);
  json["journal"] = nullptr;
  if (!lag) {
    session.warn(lag.error());
    return;
  }
  const std::string sums = sums_text(lag->sums);
  session.say(
      "lag     " + copy + " lacks " + count_text(lag->groups, "group", "groups") + (sums.empty() ? "" : ", " + sums) +
      (lag->unknown_records == 0 ? ""
                                 : ", " + count_text(lag->unknown_records, "record", "records") + " without a schema") +
      " of " + printable(journal) + (lag->groups == 0 ? "" : ", the oldest of " + utc_text(lag->oldest)));
  put_text(json, "journal", journal);
  json["groups"] = lag->groups;
  json["sums"] = sums_json(lag->sums);
  json["unknown_records"] = lag->unknown_records;
  json["oldest"] = lag->groups == 0 ? Json(nullptr) : time_json(lag->oldest);
}

/// What the engine's last pass noted of its link to a standby.
template <class = void>
void say_link(Session& session, const std::string& journal, Timestamp now) {
  const auto read = read_standby_note(journal, link_note_name);
  if (!read) {
    session.warn(read.error());
    return;
  }
  if (!*read) return;
  const StandbyNote& note = **read;
  const auto age = std::max<std::int64_t>(0, seconds_between(note.written, now).count());
  session.say(std::string("link    ") + (note.up ? "up" : "away") + ", the standby has " +
              (note.acknowledged == Position{} ? "no group" : to_text(note.acknowledged)) + " of " +
              to_text(note.durable) + " | certificates end in " + std::to_string(note.own_certificate_days) +
              " days here, " + std::to_string(note.peer_certificate_days) + " days there | noted " +
              seconds_text(static_cast<std::uint64_t>(age)) + " ago");
  if (!note.refusal.empty()) session.say("        ended: " + printable(note.refusal));
  Json& json = session.json["link"];
  json["state"] = note.up ? "up" : "away";
  json["acknowledged"] = note.acknowledged == Position{} ? Json(nullptr) : Json(to_text(note.acknowledged));
  json["durable"] = to_text(note.durable);
  json["heard"] = note.heard ? time_json(*note.heard) : Json(nullptr);
  json["connections"] = note.connections;
  json["own_certificate_days"] = note.own_certificate_days;
  json["peer_certificate_days"] = note.peer_certificate_days;
  put_text(json, "refusal", note.refusal);
  json["noted_at"] = time_json(note.written);
  json["noted_seconds"] = age;
}

/// How far the copies are behind that were named: the medium, and a standby. True: the journal is behind one of them.
template <class = void>
bool say_lags(Session& session, const StatusReport& report, Timestamp now) {
  const Arguments& arguments = session.arguments;
  const std::string journal = arguments.has("--journal") ? absolute_path(arguments.text("--journal")) : std::string();
  bool behind = false;
  if (!journal.empty()) {
    const Position head = report.journal ? report.journal->head : Position{};
    Json& json = session.json["medium_lag"];
    behind = say_behind(session, "the medium", journal, head, json);
    if (!behind) say_lag(session, "the medium", journal, head, json);
  }
  if (!journal.empty()) say_link(session, journal, now);
  if (!arguments.has("--replica")) return behind;
  const Result<StandbyFolder> folder = look_at_standby(absolute_path(arguments.text("--replica")));
  if (!folder) {
    session.warn(folder.error());
    return behind;
  }
  Json& json = session.json["standby"];
  json = standby_json(*folder, now);
  session.say("standby " + printable(folder->path) + (folder->running ? "" : ", not running,") + " here " +
              (folder->here == Position{} ? "no group" : to_text(folder->here)) +
              (folder->note ? " | " + behind_text(*folder) : std::string()));
  if (journal.empty()) return behind;
  if (say_behind(session, "the standby", journal, folder->here, json["lag"])) return true;
  say_lag(session, "the standby", journal, folder->here, json["lag"]);
  return behind;
}

/// Whether the chain is proven, and the source's own memory of it.
template <class = void>
void say_chain(Session& session, const StatusReport& report) {
  print_findings(session, report.findings);
  session.json["anchored"] = report.anchored;
  session.say("chain   " + to_text(report.position) +
              (report.anchored     ? ", anchored by the source's state folder"
               : report.unanchored ? ", unanchored: a rollback could not be seen (--source or --state)"
                                   : ", not as the source remembers it"));
}

/// Whether the medium's journal lacks what it should have.
template <class = void>
bool is_broken(const StatusReport& report) {
  return report.journal && (!report.journal->gaps.empty() || !report.journal->unread.empty());
}

template <class = void>
std::string next_step(const Session& session, const StatusReport& report, const ChainEntry* verified, bool too_old) {
  if (!report.findings.empty() || is_broken(report)) return "lifeboat verify --id " + session.core->source_id();
  if (too_old && session.arguments.has("--source")) return "lifeboat backup";
  if (too_old) return "lifeboat backup --source DIR --id " + session.core->source_id();
  if (verified == nullptr) return "lifeboat verify";
  return {};
}

}  // namespace detail

/// `lifeboat status`. Status 1 where the newest point is older than --max-age, the chain can not be proven, the medium
/// lacks groups of the journal, or the journal that is written lacks groups that the medium has.
template <class = void>
Result<int> status_command(Session& session) {
  std::optional<std::chrono::seconds> most;
  if (session.arguments.has("--max-age")) {
    LIFEBOAT_TRY(most, parse_duration("--max-age", session.arguments.text("--max-age")));
  }
  Status opened = open_core(session, {.source = session.arguments.has("--source")});
  if (!opened && session.arguments.has("--source") &&
      (opened.error().id() == ErrorId::source_missing || opened.error().id() == ErrorId::source_unreadable)) {
    session.warn(opened.error());  // just then its copies are asked for
    opened = open_core(session, {});
  }
  LIFEBOAT_CHECK(std::move(opened));
  LIFEBOAT_TRY(const Catalog chain, look_at_chain(session));
  LIFEBOAT_TRY(const StatusReport report, status_of(*session.core));
  const ClockReading now = session.core->clock().now();
  const ChainEntry* verified = nullptr;
  for (const ChainEntry& entry : chain.entries)
    if (entry.kind == EntryKind::verify) verified = &entry;
  bool too_old = false;
  if (report.archives.empty()) {
    session.say("source  " + chain.source + ": no archive");
    session.json["newest"] = nullptr;
    too_old = true;
  } else {
    const ArchiveRecord& newest = report.archives[report.newest];
    const std::string age = report.age ? seconds_text(static_cast<std::uint64_t>(report.age->count())) + " old"
                                       : "age unknown: the clock went back";
    session.say("newest  point " + to_text(report.at_head ? report.journal->head : position_of(newest)) + ", " + age +
                ": " + both_times(report.at_head ? report.journal->head_time : newest.facts.cut_ended) +
                (report.at_head ? ", by the journal behind archive " + short_id(newest.facts.archive) : ""));
    session.json["newest_is_journal"] = report.at_head;
    session.json["newest"] = archive_json(newest);
    session.json["age_seconds"] = report.age ? Json(report.age->count()) : Json(nullptr);
    if (most) too_old = !report.age || *report.age > *most;
    detail::say_points(session, report);
  }
  if (report.journal) detail::say_journal(session, *report.journal, now);
  const bool behind = detail::say_lags(session, report, now.wall);
  detail::say_verified(session, report, verified, now);
  detail::say_copies(session, report);
  if (!report.archives.empty()) detail::say_restore(session, report);
  detail::say_chain(session, report);
  if (report.same_device)
    session.warn(Error{ErrorId::same_device,
                       report.medium.url + " is on the device of " + report.source->url + ": this is no backup"}
                     .next("a medium on another machine"));
  if (most) {
    session.json["max_age_seconds"] = most->count();
    session.json["too_old"] = too_old;
    if (too_old)
      session.say("objective missed: the newest point is older than " +
                  seconds_text(static_cast<std::uint64_t>(most->count())));
  }
  if (const std::string step = detail::next_step(session, report, verified, too_old); !step.empty()) session.next(step);
  return (most && too_old) || !report.findings.empty() || detail::is_broken(report) || behind ? 1 : 0;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
