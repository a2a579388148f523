// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string.h>

#include <string>
#include <string_view>

#include <lifeboat/cli/arguments.hpp>
#include <lifeboat/core/error.hpp>
#include <lifeboat/core/event.hpp>

// The form of every message: kind, id, what, which object, why, "Nothing was changed." where true, and the line that
// leads out, with the names of this very call in it.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// The system's words for an errno, whatever the locale.
template <class = void>
std::string system_text(int error) {
  const char* text = ::strerrordesc_np(error);
  return text != nullptr ? std::string(text) : "system error " + std::to_string(error);
}

constexpr std::string_view message_kind(ErrorId id) noexcept {
  switch (outcome_of(id)) {
    case Outcome::usage:
    case Outcome::refused: return "refused";
    case Outcome::done:
    case Outcome::gaps: return "warning";
    default: return "error";
  }
}

namespace detail {

template <class = void>
std::string sentence_text(std::string_view sentence, int system_error) {
  std::string text = printable(sentence);
  if (system_error != 0) text.append(text.ends_with('?') ? " " : ": ").append(system_text(system_error));
  if (!text.ends_with('?') && !text.ends_with('.')) text.push_back('.');
  return text;
}

template <class = void>
void replace_first(std::string& text, std::string_view what, std::string_view with) {
  if (const std::size_t at = text.find(what); at != std::string::npos) text.replace(at, what.size(), with);
}

}  // namespace detail

/// The line that leads out, made whole: "lifeboat COMMAND ..." and "the same command again" become the line that was
/// typed, and a lifeboat line that needs them gets the medium and the source that this call has.
template <class = void>
std::string complete_next(std::string next, std::string_view program, const Arguments* arguments) {
  if (arguments == nullptr) {
    if (next.starts_with("lifeboat ")) next.replace(0, 8, program);
    return next;
  }
  const std::string typed = arguments->typed(program);
  const std::string elided = "lifeboat " + std::string(arguments->command().name) + " ...";
  detail::replace_first(next, elided, typed);
  detail::replace_first(next, "the same command again", typed);
  constexpr std::string_view without = "the same line without ";
  if (next.starts_with(without)) next = arguments->typed(program, next.substr(without.size()));
  constexpr std::string_view with = "the same line with ";
  if (next.starts_with(with)) {  // an option, and what it is for
    const std::string rest = next.substr(with.size());
    const std::size_t blank = rest.find(' ');
    next = arguments->typed(program, rest.substr(0, blank)) + " " + rest.substr(0, blank);
    if (blank != std::string::npos) next.append("    (").append(rest.substr(blank + 1)).append(")");
    return next;
  }
  if (next.starts_with("lifeboat ")) {
    const std::size_t comment = next.find("    (");
    std::string line = next.substr(0, comment);
    const std::string rest = comment == std::string::npos ? std::string() : next.substr(comment);
    const std::string_view words(line);
    const std::string_view name = words.substr(9, words.find(' ', 9) - 9);
    const CommandText* command = find_command(name);
    for (const std::string_view option : {"--medium", "--id", "--source", "--state"}) {
      if (command == nullptr || line.find(option) != std::string::npos || !arguments->has(option)) continue;
      if (line.ends_with("--help")) continue;
      line.append(" ").append(option).append(" ").append(shell_quoted(arguments->text(option)));
    }
    next = line.replace(0, 8, program) + rest;
  }
  return next;
}

/// An error as it is printed, with its line ends.
template <class = void>
std::string message_of(const Error& error, std::string_view program, const Arguments* arguments = nullptr,
                       bool refused = false) {
  std::string text(refused ? "refused" : message_kind(error.id()));
  text.append(" ").append(to_string(error.id())).append(": ");
  text.append(detail::sentence_text(error.sentence(), error.system_error()));
  if (error.is_unchanged()) text.append(" Nothing was changed.");
  text.push_back('\n');
  if (!error.next().empty())
    text.append("next: ").append(printable(complete_next(error.next(), program, arguments))).append("\n");
  return text;
}

/// A warning as it is printed.
template <class = void>
std::string warning_of(ErrorId id, std::string_view sentence, int system_error = 0) {
  std::string text = "warning ";
  return text.append(to_string(id)).append(": ").append(detail::sentence_text(sentence, system_error)).append("\n");
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
