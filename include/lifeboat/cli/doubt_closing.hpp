// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/doubt_match.hpp>
#include <lifeboat/journal/beside.hpp>
#include <lifeboat/restore/doubt.hpp>

// Closing keys in a doubt window: by name, by client, by rail, by counter.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

/// Who closes, and what by. Errors: usage.
template <class = void>
Result<Evidence> evidence_of(const Arguments& arguments) {
  Evidence evidence{arguments.text("--by"), arguments.text("--second"), arguments.text("--ticket")};
  if (evidence.by.empty()) return Error{ErrorId::usage, "who closes keys is named"}.next("--by NAME").unchanged();
  const std::string reason = arguments.text("--reason");
  evidence.note.append(evidence.note.empty() || reason.empty() ? "" : ": ").append(reason);
  return evidence;
}

/// Nothing can be closed where no loss opened a window. Errors: object_missing.
template <class = void>
Error no_window(Session& session, const DoubtPlace& place) {
  session.refused = true;
  const std::string& folder = place.journal.empty() ? place.window : place.journal;
  return Error{ErrorId::object_missing, folder + " has no doubt window: no loss ever opened one there"}
      .next("lifeboat doubt --journal " + shell_quoted(folder))
      .unchanged();
}

/// The window that is meant: the only one, where none is named. Errors: usage.
template <class = void>
Result<std::uint32_t> window_number(Session& session, const DoubtState& state) {
  const Arguments& arguments = session.arguments;
  const std::string newest = "--window " + std::to_string(state.last_window());
  if (arguments.has("--window")) {
    LIFEBOAT_TRY(const std::uint32_t number, parse_count("--window", arguments.text("--window"), 1, 0xFFFF'FFFF));
    if (state.window_of(number) != nullptr) return number;
    session.refused = true;
    return Error{ErrorId::usage, "there is no window of doubt number " + std::to_string(number)}
        .next(newest)
        .unchanged();
  }
  if (state.windows() == 1) return state.last_window();
  std::string numbers;
  state.each_window([&](const DoubtOpened& opened, std::uint64_t, bool) {
    numbers.append(numbers.empty() ? "" : ", ").append(std::to_string(opened.window));
  });
  return Error{ErrorId::usage, "there are several windows (" + numbers + "), and a class is closed in one of them"}
      .next(newest)
      .unchanged();
}

/// The file of a class of keys, with the time that it covers. Errors: usage, and those of the file.
template <class = void>
Result<ClassClosing> class_of(Session& session, const std::string& option, const DoubtState& state) {
  const Arguments& arguments = session.arguments;
  ClassClosing what;
  what.name = arguments.text(option);
  if (!arguments.has("--statement"))
    return Error{ErrorId::usage, option + " needs the file that has all of its keys"}
        .next("--statement FILE")
        .unchanged();
  what.path = absolute_path(arguments.text("--statement"));
  LIFEBOAT_TRY(const std::optional<Covered> covered, covered_time(session));
  if (!covered)
    return Error{ErrorId::usage, option + " needs the time that all of the file covers"}
        .next("--since TIME --until TIME")
        .unchanged();
  what.from = covered->from;
  what.until = covered->until;
  LIFEBOAT_TRY(what.window, window_number(session, state));
  LIFEBOAT_TRY(what.evidence, evidence_of(arguments));
  const Result<StatementFormat> format = statement_format(what.path);
  if (!format) return no_statement(session, format.error());
  what.format = *format;
  return what;
}

/// The window, to write in it, also while its engine runs. Errors: foreign_owner; those of DoubtWindow.
template <class = void>
Result<std::unique_ptr<DoubtWindow>> open_to_close(const DoubtPlace& place) {
  LIFEBOAT_CHECK(check_owner_of(place.window));
  return DoubtWindow::open({.folder = place.window});
}

/// Somebody writes the window, and does not let go of it.
template <class = void>
Error window_held(const DoubtPlace& place) {
  return Error{ErrorId::busy, "the doubt window " + place.window +
                                  " is held: by a standby, which takes its primary's, or by a closing that goes on"}
      .next("fuser -v " + shell_quoted(place.window + "/lock") +
            "    # who it is: a standby's is closed at its primary, another closing comes to its end")
      .unchanged();
}

/// Closes one key. Errors: usage, evidence, and those of the window.
template <class = void>
Status close_one(Session& session, const DoubtPlace& place) {
  const Arguments& arguments = session.arguments;
  const std::string key = arguments.text("--close-key");
  if (arguments.has("--paid") == arguments.has("--not-paid"))
    return Error{ErrorId::usage, "a key is closed as paid or as not paid"}
        .next(arguments.has("--paid") ? "the same line without --not-paid" : "--paid")
        .unchanged();
  LIFEBOAT_TRY(const Evidence evidence, evidence_of(arguments));
  if (evidence.note.empty())
    return Error{ErrorId::usage, "what shows that the key " + printable(key) + " was settled so is said"}
        .next("--reason 'the bank called'")
        .unchanged();
  LIFEBOAT_TRY(const auto window, open_to_close(place));
  const bool paid = arguments.has("--paid");
  Status closed = window->close_key(key, paid ? KeyVerdict::paid : KeyVerdict::not_paid, evidence);
  if (!closed && closed.error().id() == ErrorId::evidence)
    return std::move(closed).error().next("lifeboat doubt --journal " +
                                          shell_quoted(session.arguments.text("--journal")) +
                                          "    # who settled it, and what by");
  LIFEBOAT_CHECK(std::move(closed));
  session.say("closed  key " + printable(key) + " as " + (paid ? "paid" : "not paid") + ", in " +
              count_text(window->windows(), "window", "windows") + ", by " + printable(evidence.by));
  session.json["verdict"] = paid ? "paid" : "not_paid";
  return ok();
}

/// Closes a client's keys, or a rail's.
template <class = void>
Status close_file(Session& session, const DoubtPlace& place, const std::string& option, const DoubtState& state) {
  LIFEBOAT_TRY(const ClassClosing what, class_of(session, option, state));
  LIFEBOAT_TRY(const auto window, open_to_close(place));
  const bool client = option == "--close-client";
  LIFEBOAT_TRY(const StatementFacts facts, client ? window->close_client(what) : window->close_rail(what));
  session.say("closed  " + std::string(client ? "client " : "rail ") + printable(what.name) + " in window " +
              std::to_string(what.window) + " by " + count_text(facts.lines, "line", "lines") + " of " +
              printable(what.path) + ", by " + printable(what.evidence.by) + " and " + printable(what.evidence.second) +
              " (unproven names) | sha256 " + to_hex(std::as_bytes(std::span(facts.digest))));
  put_text(session.json, "statement", what.path);
  session.json["lines"] = facts.lines;
  session.json["digest"] = to_hex(std::as_bytes(std::span(facts.digest)));
  return ok();
}

template <class = void>
Status close_counter(Session& session, const DoubtPlace& place, const DoubtState& state) {
  const Arguments& arguments = session.arguments;
  const std::string client = arguments.text("--close-counter");
  if (!arguments.has("--highest"))
    return Error{ErrorId::usage, "the highest counter that " + printable(client) + " used before the loss is said"}
        .next("--highest N")
        .unchanged();
  const auto highest = lifeboat::detail::number_of<std::uint64_t>(arguments.text("--highest"));
  if (!highest)
    return Error{ErrorId::usage, "--highest takes a whole number, not \"" + arguments.text("--highest") + "\""}
        .next("--highest 1")
        .unchanged();
  LIFEBOAT_TRY(const std::uint32_t number, window_number(session, state));
  LIFEBOAT_TRY(const Evidence evidence, evidence_of(arguments));
  LIFEBOAT_TRY(const auto window, open_to_close(place));
  LIFEBOAT_CHECK(window->close_counter(number, client, *highest, evidence));
  session.say("closed  client " + printable(client) + " above counter " + std::to_string(*highest) + " in window " +
              std::to_string(number) + ", by " + printable(evidence.by) + " and " + printable(evidence.second) +
              " (unproven names)");
  session.json["highest"] = *highest;
  return ok();
}

/// Closes what `option` names, and says what is left.
template <class = void>
Result<int> close_in_doubt(Session& session, const DoubtPlace& place, const std::string& option) {
  LIFEBOAT_TRY(const DoubtState before, window_state(session, place));
  if (before.windows() == 0) return no_window(session, place);
  LIFEBOAT_CHECK(check_no_standby(session, place));
  Status done = option == "--close-key"       ? close_one(session, place)
                : option == "--close-counter" ? close_counter(session, place, before)
                                              : close_file(session, place, option, before);
  if (!done && done.error().id() == ErrorId::busy) done = window_held(place);
  if (!done && done.error().id() == ErrorId::second_name && done.error().next().empty())
    done = std::move(done).error().next("--second NAME");
  LIFEBOAT_CHECK(std::move(done));
  const bool runs = !place.journal.empty() && is_held(place.journal);
  if (runs) session.say("live    the engine of " + place.journal + " runs, and answers by this from now on");
  session.json["engine_runs"] = runs;
  session.json["kind"] = option.substr(std::string_view("--close-").size());
  put_text(session.json, "name", session.arguments.text(option));
  LIFEBOAT_TRY(const DoubtState after, read_doubt(place.window));
  session.json["closing"] = after.closings().back().closing;
  DoubtListing(session, after).summary();
  return 0;
}

}  // namespace detail

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
