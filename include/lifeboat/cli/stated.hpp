// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/session.hpp>
#include <lifeboat/core/time_parse.hpp>
#include <lifeboat/failover/holders.hpp>

// What nobody can see from a copy, and whoever lets it go live states.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// Who holds the epoch, as --holders says; none where it is not given. Errors: config.
template <class = void>
Result<Holders> holders_of(const Arguments& arguments) {
  if (!arguments.has("--holders")) return Holders{};
  Result<Holders> holders = parse_holders(arguments.text("--holders"));
  if (!holders) return Error(holders.error()).next("--holders B,A,repository");
  return holders;
}

/// When the former primary had stopped at the latest; none where nobody says. Errors: usage, those of parse_time.
template <class = void>
Result<std::optional<Timestamp>> stopped_of(const Session& session) {
  const Arguments& arguments = session.arguments;
  if (!arguments.has("--stopped")) return std::optional<Timestamp>();
  LIFEBOAT_CHECK(refuse_together(arguments, "--nothing-lost", "--stopped"));
  const Timestamp now = clock_now(session.host.environment).wall;
  LIFEBOAT_TRY(const Timestamp time, parse_time(arguments.text("--stopped"), now, "--stopped"));
  return std::optional(time);
}

/// Who holds the epoch, and who of them claims the next one; nothing where no holders are declared.
template <class = void>
void say_holders(Session& session, const Holders& holders, bool repository, const std::vector<std::string>& lost) {
  if (holders.all.empty()) return;
  session.say("holders " + join_names(holders.all) + " | " + join_names(reached_holders(holders, repository)) +
              " claim the next epoch" + (lost.empty() ? "" : "; lost: " + join_names(lost)));
}

/// When it had stopped, who says so, and whether that bounds the loss; nothing where nobody says.
template <class = void>
void say_stopped(Session& session, const std::optional<Timestamp>& stopped, bool bounded) {
  session.json["stopped"] = stopped ? time_json(*stopped) : Json(nullptr);
  if (!stopped) return;
  session.say("stopped " + both_times(*stopped) + " at the latest, as " + printable(session.arguments.text("--by")) +
              " states" +
              (bounded ? "" : "; no ceiling that was reserved for so long is there, so that bounds nothing"));
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
