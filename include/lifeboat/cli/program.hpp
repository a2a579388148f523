// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <new>
#include <string>
#include <vector>

#include <lifeboat/cli/adopt.hpp>
#include <lifeboat/cli/backup.hpp>
#include <lifeboat/cli/cat.hpp>
#include <lifeboat/cli/doubt.hpp>
#include <lifeboat/cli/extract.hpp>
#include <lifeboat/cli/history.hpp>
#include <lifeboat/cli/promote.hpp>
#include <lifeboat/cli/records.hpp>
#include <lifeboat/cli/restore.hpp>
#include <lifeboat/cli/status.hpp>
#include <lifeboat/cli/sync.hpp>
#include <lifeboat/cli/verify.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

struct NamedCommand {
  std::string_view name;
  Result<int> (*run)(Session& session);
};

template <class = void>
Result<int> run_standby(Session& session) {
  if (session.host.standby != nullptr) return session.host.standby(session);
  return Error{ErrorId::capability_missing, "this program has no standby: it was built without lifeboat::tcp"}
      .unchanged();
}

/// Every command with what it does; in a template, so that nothing is compiled before a program asks.
template <class = void>
Result<int> run_command(Session& session) {
  constexpr NamedCommand commands[] = {
      {"backup", backup_command<>},   {"verify", verify_command<>},   {"list", list_command<>},
      {"prune", prune_command<>},     {"sync", sync_command<>},       {"status", status_command<>},
      {"log", log_command<>},         {"show", show_command<>},       {"history", history_command<>},
      {"cat", cat_command<>},         {"diff", diff_command<>},       {"restore", restore_command<>},
      {"adopt", adopt_command<>},     {"records", records_command<>}, {"doubt", doubt_command<>},
      {"extract", extract_command<>}, {"standby", run_standby<>},     {"promote", promote_command<>},
  };
  for (const NamedCommand& command : commands)
    if (command.name == session.arguments.command().name) return command.run(session);
  return Error{ErrorId::usage, "there is no such command"}.next("lifeboat --help").unchanged();
}

/// The status that an error ends the program with, once it was told.
template <class = void>
int tell_error(Output& output, const Error& error, const Host& host, const Arguments* arguments, bool refused = false) {
  output.err(message_of(error, host.program, arguments, refused));
  return static_cast<int>(refused ? Outcome::refused : outcome_of(error.id()));
}

template <class = void>
void print_usage_json(Output& output, const std::vector<std::string>& words, const Error& error, const Host& host,
                      int status) {
  if (std::find(words.begin(), words.end(), "--json") == words.end()) return;
  Json json;
  json["lifeboat"] = json_version;
  json["command"] = words.front();
  json["error"] = error_json(error, host.program, nullptr);
  json["status"] = status;
  output.out(json_text(json) + "\n");
}

template <class = void>
int run_session(Output& output, const Arguments& arguments, const Host& host, OpenPolicies open) {
  Session session(output, arguments, host, open);
  const std::stop_callback stopping(host.stop, [&output] { output.err("stopping; nothing is left half done\n"); });
  const Result<int> done = run_command(session);
  int status = 0;
  if (done) {
    status = *done;
  } else {
    const Error error = session.told(done.error());
    status = tell_error(output, error, host, &arguments, session.refused);
    session.json["error"] = error_json(error, host.program, &arguments);
  }
  session.finish(status);
  return status;
}

/// What stdout did not take is no success, unless its reader had enough and went.
template <class = void>
int check_output(Output& output, int status) {
  output.flush();
  const int error = output.failed();
  if (error == 0 || error == EPIPE) return status;
  output.err("error LB-TARGET-IO: stdout can not be written: " + system_text(error) + ".\n");
  return status == 0 ? static_cast<int>(Outcome::unfinished) : status;
}

}  // namespace detail

/// One call of the program: `words` are its arguments without its own name. Gives the exit status.
template <class = void>
int run_program(const std::vector<std::string>& words, const Host& host, OpenPolicies open) {
  Output output(host.streams);
  if (words.empty() || words.front() == "--help" || words.front() == "-h" || words.front() == "help") {
    const CommandText* command = words.size() > 1 ? find_command(words[1]) : nullptr;
    const bool asked = !words.empty();
    const std::string text(command != nullptr ? command->help : help::program);
    asked ? output.out(text) : output.err(text);
    return detail::check_output(output, asked ? 0 : static_cast<int>(Outcome::usage));
  }
  if (words.front() == "--version") {
    output.out(host.program + " " + library_version + "\n");
    return detail::check_output(output, 0);
  }
  const Result<Arguments> arguments = read_arguments(words);
  if (!arguments) {
    const int status = detail::tell_error(output, arguments.error(), host, nullptr);
    detail::print_usage_json(output, words, arguments.error(), host, status);
    return detail::check_output(output, status);
  }
  if (arguments->has("--help")) {
    output.out(arguments->command().help);
    return detail::check_output(output, 0);
  }
  int status = 0;
  try {
    status = detail::run_session(output, *arguments, host, open);
  } catch (const std::bad_alloc&) {
    output.err("error LB-OUT-OF-MEMORY: there is no memory left.\n");
    status = static_cast<int>(Outcome::unfinished);
  }
  return detail::check_output(output, status);
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
