// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>

#include <lifeboat/cli/money_sums.hpp>
#include <lifeboat/cli/opening.hpp>
#include <lifeboat/cli/verify_journal.hpp>
#include <lifeboat/failover/standby_note.hpp>
#include <lifeboat/journal/ship.hpp>
#include <lifeboat/restore/doubt_place.hpp>

// How a standby is, looked at from outside: what its process noted, and what its folder holds.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

struct StandbyFolder {
  std::string path;
  std::optional<StandbyNote> note;
  Position here;
  bool running = false;  ///< some process holds the folder
  bool doubt = false;    ///< windows of doubt are there
};

/// Looks at a replica's folder. Errors: object_missing, where there is none; those of reading it.
template <class = void>
Result<StandbyFolder> look_at_standby(const std::string& path) {
  StandbyFolder folder;
  folder.path = path;
  const auto there = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  if (there.error == ENOENT || there.error == ENOTDIR)
    return Error{ErrorId::object_missing, "there is no standby " + path}
        .because(there.error)
        .next("--replica DIR    # the folder that `lifeboat standby` receives into: is its disk mounted?")
        .unchanged();
  if (!there) return not_opened(ErrorId::medium_io, "the standby " + path + " can not be opened", path, there.error);
  LIFEBOAT_TRY(folder.note, read_standby_note(path));
  const Result<JournalHead> end = journal_end(path);
  if (end) folder.here = end->last;
  Status whole = end ? check_newest_segment(path) : Status(end.error());
  if (!whole && whole.error().id() == ErrorId::corrupt)
    whole = std::move(whole).error().next("lifeboat records --verify --journal " + shell_quoted(path));
  if (!whole && whole.error().id() != ErrorId::object_missing) return std::move(whole).error();
  folder.running = is_held(path);
  folder.doubt = has_doubt(path);
  return folder;
}

/// Groups that the primary said are durable there, and that are not here; none where it was never heard of.
inline std::optional<std::uint64_t> groups_behind(const StandbyFolder& folder) noexcept {
  if (!folder.note || !folder.note->heard) return std::nullopt;
  const Position durable = folder.note->durable;
  return durable > folder.here && durable.sequence > folder.here.sequence ? durable.sequence - folder.here.sequence : 0;
}

/// "2 groups behind 1:102, as the primary said at ..."; how long it has been silent.
template <class = void>
std::string behind_text(const StandbyFolder& folder) {
  const auto behind = groups_behind(folder);
  if (!behind) return "the primary was never heard of";
  return count_text(*behind, "group", "groups") + " behind " + to_text(folder.note->durable) +
         ", which the primary said at " + utc_text(folder.note->durable_time);
}

/// Seconds since the primary was heard of; none where it never was.
template <class = void>
std::optional<std::int64_t> silent_seconds(const StandbyFolder& folder, Timestamp now) {
  if (!folder.note || !folder.note->heard) return std::nullopt;
  return std::max<std::int64_t>(0, seconds_between(*folder.note->heard, now).count());
}

template <class = void>
Json standby_json(const StandbyFolder& folder, Timestamp now) {
  Json json;
  put_text(json, "replica", folder.path);
  json["running"] = folder.running;
  json["here"] = folder.here == Position{} ? Json(nullptr) : Json(to_text(folder.here));
  const auto behind = groups_behind(folder);
  json["groups_behind"] = behind ? Json(*behind) : Json(nullptr);
  const auto silent = silent_seconds(folder, now);
  json["silent_seconds"] = silent ? Json(*silent) : Json(nullptr);
  json["doubt"] = folder.doubt;
  json["noted"] = folder.note.has_value();
  if (!folder.note) return json;
  const StandbyNote& note = *folder.note;
  put_text(json, "listen", note.listen);
  put_text(json, "holders", note.holders);
  json["state"] = folder.running ? (note.up ? "up" : "away") : "not running";
  json["primary"] = note.heard ? Json(to_text(note.durable)) : Json(nullptr);
  json["primary_time"] = note.heard ? time_json(note.durable_time) : Json(nullptr);
  json["heard"] = note.heard ? time_json(*note.heard) : Json(nullptr);
  json["connections"] = note.connections;
  json["own_certificate_days"] = note.own_certificate_days;
  json["peer_certificate_days"] = note.peer_certificate_days;
  json["primary_has_doubt"] = note.heard ? Json(!note.no_doubt) : Json(nullptr);
  put_text(json, "refusal", note.refusal);
  json["noted_at"] = time_json(note.written);
  return json;
}

/// `lifeboat standby --status`. Status 1 where the primary was silent longer than --max-age, or nobody receives.
template <class = void>
Result<int> standby_status(Session& session, const std::string& path) {
  std::optional<std::chrono::seconds> most;
  if (session.arguments.has("--max-age")) {
    LIFEBOAT_TRY(most, parse_duration("--max-age", session.arguments.text("--max-age")));
  }
  const Result<StandbyFolder> looked = look_at_standby(path);
  if (!looked) {
    session.refused = looked.error().id() == ErrorId::object_missing;
    return looked.error();
  }
  const StandbyFolder& folder = *looked;
  const Timestamp now = clock_now(session.host.environment).wall;
  const auto silent = silent_seconds(folder, now);
  session.say("standby " + printable(path) + " | " +
              (!folder.running                  ? "not running"
               : folder.note && folder.note->up ? "up"
                                                : "no primary is connected") +
              (folder.note ? ", listens at " + printable(folder.note->listen) : std::string()));
  session.say("here    " + (folder.here == Position{} ? "no group" : to_text(folder.here)) + " | " +
              behind_text(folder));
  if (silent)
    session.say("heard   " + utc_text(*folder.note->heard) + ", " + seconds_text(static_cast<std::uint64_t>(*silent)) +
                " ago: what the primary wrote since is not known here");
  if (folder.note)
    session.say("certificates end in " + std::to_string(folder.note->own_certificate_days) + " days here, " +
                std::to_string(folder.note->peer_certificate_days) + " days there");
  if (folder.note && folder.note->heard)
    session.say(std::string("doubt   ") + (folder.doubt            ? "the primary's windows are here"
                                           : folder.note->no_doubt ? "the primary has no window"
                                                                   : "the primary's windows are not here yet"));
  if (folder.note && !folder.note->holders.empty())
    session.say("holders of the epoch: " + printable(folder.note->holders));
  if (folder.note && !folder.note->refusal.empty())
    session.say("ended   the last connection: " + printable(folder.note->refusal));
  session.json.update(standby_json(folder, now));
  const bool late = most && (!folder.running || !silent || std::chrono::seconds(*silent) > *most);
  if (most) {
    session.json["max_age_seconds"] = most->count();
    session.json["too_old"] = late;
    if (late)
      session.say("objective missed: the primary was not heard of for " +
                  seconds_text(static_cast<std::uint64_t>(most->count())) + ", or nobody receives");
  }
  return late ? 1 : 0;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
