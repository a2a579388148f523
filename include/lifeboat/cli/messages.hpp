// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string.h>

#include <cstdlib>
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

/// Whether an option may be given again: then what was given stays.
template <class = void>
bool is_repeatable(std::string_view name) noexcept {
  return std::any_of(std::begin(known_options), std::end(known_options),
                     [&](const OptionShape& known) { return known.name == name && known.many; });
}

/// "--option VALUE" alone becomes the whole line with it, in place of what was given for that option.
template <class = void>
std::string with_option(const std::string& option, std::string_view program, const Arguments& arguments) {
  const std::string name = option.substr(0, option.find(' '));
  if (!takes_option(arguments.command(), name) || option.find(" or ") != std::string::npos) return option;
  std::string_view but = name;
  constexpr std::string_view points = "--archive --before --position --before-first";  // ways to name one point
  if (has_word(points, name)) but = points;
  if (name == "--apply") but = "--apply --dry-run";
  if (is_repeatable(name)) but = {};
  return arguments.typed(program, but, option);
}

/// The line as another user types it, who has none of this one's environment.
template <class = void>
std::string typed_for_another(std::string_view program, const Arguments& arguments) {
  const char* const told = std::getenv("LIFEBOAT_MEDIUM");
  if (told == nullptr || arguments.has("--medium") || !takes_option(arguments.command(), "--medium"))
    return arguments.typed(program);
  return arguments.typed(program, {}, "--medium " + shell_quoted(told));
}

/// A line of another command gets the medium and the source that this call has.
template <class = void>
std::string with_places(std::string line, std::string_view program, const Arguments& arguments) {
  const std::string_view words(line);
  const CommandText* command = find_command(words.substr(9, words.find(' ', 9) - 9));
  for (const std::string_view option : {"--medium", "--id", "--source", "--state"}) {
    if (command == nullptr || line.find(option) != std::string::npos || !arguments.has(option)) continue;
    if (line.ends_with("--help")) continue;
    line.append(" ").append(option).append(" ").append(shell_quoted(arguments.text(option)));
  }
  return line.replace(0, 8, program);
}

}  // namespace detail

/// The line that leads out, made whole: "lifeboat COMMAND ...", "the same command again" and a lone option become the
/// line that was typed, and a lifeboat line that needs them gets the medium and the source that this call has; "the
/// same line with --option VALUE in place of --other" is for two that do not go together. What a line is for stands
/// behind "    # ", which a shell leaves aside.
template <class = void>
std::string complete_next(std::string next, std::string_view program, const Arguments* arguments) {
  if (arguments == nullptr) {
    if (next.starts_with("lifeboat ")) next.replace(0, 8, program);
    return next;
  }
  const std::string typed = arguments->typed(program);
  if (next.starts_with("sudo ")) detail::replace_first(next, "!!", detail::typed_for_another(program, *arguments));
  if (next.starts_with("the same command again")) detail::replace_first(next, "the same command again", typed);
  constexpr std::string_view free_target = "a --target that does not exist";
  if (next == free_target) {
    std::string target = arguments->text("--target");
    while (target.ends_with('/')) target.pop_back();
    next = "--target " + shell_quoted(target + ".restored");
  }
  const std::size_t comment = next.find("    # ");
  std::string line = next.substr(0, comment);
  std::string rest = comment == std::string::npos ? std::string() : next.substr(comment);
  constexpr std::string_view without = "the same line without ";
  constexpr std::string_view with = "the same line with ";
  constexpr std::string_view instead = " in place of ";
  const std::string elided = "lifeboat " + std::string(arguments->command().name) + " ... ";
  if (line.starts_with(without)) {
    line = arguments->typed(program, line.substr(without.size()));
  } else if (const std::size_t at = line.find(instead); line.starts_with(with) && at != std::string::npos) {
    const std::string added = line.substr(with.size(), at - with.size());
    const std::string option = added.substr(0, added.find(' '));
    const std::string but =
        line.substr(at + instead.size()) + (detail::is_repeatable(option) ? std::string() : " " + option);
    line = arguments->typed(program, but, added);
  } else if (line.starts_with(with)) {  // an option, and what it is for
    const std::string option = line.substr(with.size(), line.find(' ', with.size()) - with.size());
    if (line.size() > with.size() + option.size())
      rest = "    # " + line.substr(with.size() + option.size() + 1) + rest;
    line = arguments->typed(program, option, option);
  } else if (line.starts_with(elided)) {
    line = detail::with_option(line.substr(elided.size()), program, *arguments);
  } else if (line.starts_with("--")) {
    line = detail::with_option(line, program, *arguments);
  } else if (line.starts_with("lifeboat ")) {
    line = detail::with_places(std::move(line), program, *arguments);
  }
  return line + rest;
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
