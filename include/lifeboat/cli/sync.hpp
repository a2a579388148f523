// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/opening.hpp>
#include <lifeboat/cli/sync_part.hpp>
#include <lifeboat/sync/replica_folder.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

template <class = void>
void print_pass(Session& session, const SyncReport& report) {
  session.say(std::string(report.rolled_forward ? "rolled forward, then " : "") + "synchronised | cut " +
              std::string(cut_name(report.cut)) + " | " + count_text(report.items_sent, "entry", "entries") +
              " written, " + std::to_string(report.items_removed) + " removed | read " + bytes_text(report.bytes_read) +
              ", written " + bytes_text(report.bytes_sent) + " | lag " + duration_text(report.lag_before_ns) +
              " before, " + duration_text(report.lag_after_ns) + " now | " + duration_text(report.duration_ns));
  if (report.unreadable + report.torn != 0)
    session.say("gaps: " + count_text(report.unreadable, "entry", "entries") + " unreadable, " +
                std::to_string(report.torn) + " torn");
  Json& json = session.json["pass"];
  json["cut"] = cut_name(report.cut);
  json["items_sent"] = report.items_sent;
  json["items_removed"] = report.items_removed;
  json["bytes_read"] = report.bytes_read;
  json["bytes_sent"] = report.bytes_sent;
  json["unreadable"] = report.unreadable;
  json["torn"] = report.torn;
  json["lag_before_ns"] = report.lag_before_ns;
  json["lag_after_ns"] = report.lag_after_ns;
  json["duration_ns"] = report.duration_ns;
  json["rolled_forward"] = report.rolled_forward;
}

template <class = void>
void print_verdict(Session& session, const SyncVerdict& verdict) {
  session.say((verdict.equal ? "equal: " : "compared: ") + count_text(verdict.items, "entry", "entries") + ", " +
              bytes_text(verdict.bytes) + " by digest, " +
              count_text(verdict.differences, "difference", "differences"));
  if (verdict.differences != 0) session.say("first: " + printable(verdict.first_difference));
  for (const std::string& path : verdict.moved_on) session.say("moved on meanwhile: " + printable(path));
  Json& json = session.json["verdict"];
  json["equal"] = verdict.equal;
  json["items"] = verdict.items;
  json["bytes"] = verdict.bytes;
  json["differences"] = verdict.differences;
  if (verdict.differences != 0) put_text(json, "first_difference", verdict.first_difference);
  Json moved = Json::array();
  for (const std::string& path : verdict.moved_on) moved.push_back(printable(path));
  json["moved_on"] = std::move(moved);
}

}  // namespace detail

/// `lifeboat sync`. Needs no medium. Status 1: they differ; 4: the source had what could not be read.
template <class = void>
Result<int> sync_command(Session& session) {
  const Arguments& arguments = session.arguments;
  if (arguments.has("--journal")) return sync_part(session);
  if (!arguments.has("--source")) return Error{ErrorId::usage, "sync needs a source"}.next("--source DIR").unchanged();
  const bool check = arguments.has("--check");
  LIFEBOAT_TRY(const Budgets budgets, detail::budgets_of(arguments));
  LIFEBOAT_TRY(Parts parts, session.open(arguments, {.source = true, .sync = true, .medium = false}, {}, false));
  LIFEBOAT_TRY(const auto structural, open_structural(StructuralId::sha256));
  LIFEBOAT_TRY(const std::string path, state_path(arguments));
  LIFEBOAT_TRY(StateFolder state, StateFolder::open(path, !check));
  FileDescriptor lock;
  if (!check) {
    session.note_progress(path);
    LIFEBOAT_TRY(lock, state.lock());
  }
  LIFEBOAT_TRY(const SourceFacts facts, parts.source->facts());
  session.json["source"] = facts.id;
  put_text(session.json, "replica", absolute_path(arguments.text("--replica")));
  const SystemClock clock;
  SystemRandom random;
  const Environment& given = session.host.environment;
  SyncContext context{*parts.source,
                      *parts.verifier,
                      *structural,
                      given.clock != nullptr ? *given.clock : static_cast<const ClockPort&>(clock),
                      given.random != nullptr ? *given.random : static_cast<RandomPort&>(random),
                      budgets,
                      state.there() ? std::string_view(state.path()) : std::string_view(),
                      session.log()};
  bool gaps = false;
  if (!check) {
    const std::string own = absolute_path(arguments.text("--replica")) + "/" + std::string(replica_own_name);
    const bool there = stat_at(AT_FDCWD, own.c_str()).error == 0;
    const Result<SyncReport> report = parts.sync->sync(context, session.stop());
    if (!report) {  // a replica that can not even be made: nothing was begun
      const Error& error = report.error();
      session.refused = error.id() == ErrorId::target_io && error.is_unchanged();
      if (there || !error.is_unchanged() || stat_at(AT_FDCWD, own.c_str()).error != 0) return error;
      return Error{error.id(), error.sentence() + "; the replica was made, and is empty"}
          .because(error.system_error())
          .next(error.next());
    }
    detail::print_pass(session, *report);
    gaps = report->unreadable + report->torn != 0;
  }
  LIFEBOAT_TRY(const SyncVerdict verdict, parts.sync->verify(context, session.stop()));
  detail::print_verdict(session, verdict);
  if (verdict.differences != 0) return 1;
  return gaps ? 4 : 0;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
