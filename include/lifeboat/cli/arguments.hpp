// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lifeboat/cli/commands.hpp>
#include <lifeboat/cli/text.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// A command line that was understood: one command, with options that it has.
class Arguments {
 public:
  Arguments(const CommandText& command, ParsedLine line, std::vector<std::string> words)
      : command_(&command), line_(std::move(line)), words_(std::move(words)) {}

  [[nodiscard]] const CommandText& command() const noexcept { return *command_; }

  [[nodiscard]] bool has(std::string_view option) const noexcept { return find(option) != nullptr; }
  /// The value of an option, or `otherwise`.
  [[nodiscard]] std::string text(std::string_view option, std::string_view otherwise = {}) const {
    const ParsedOption* found = find(option);
    return found == nullptr || found->values.empty() ? std::string(otherwise) : found->values.back();
  }
  [[nodiscard]] std::vector<std::string> all(std::string_view option) const {
    const ParsedOption* found = find(option);
    return found == nullptr ? std::vector<std::string>() : found->values;
  }
  [[nodiscard]] const std::vector<std::string>& arguments() const noexcept { return line_.arguments; }

  /// The line as it was typed, for a shell, with `program` as its first word, and without the flag `but`.
  [[nodiscard]] std::string typed(std::string_view program, std::string_view but = {}) const {
    std::string text(program);
    for (const std::string& word : words_)
      if (word != but || but.empty()) text.append(" ").append(shell_quoted(word));
    return text;
  }

 private:
  [[nodiscard]] const ParsedOption* find(std::string_view option) const noexcept {
    for (const ParsedOption& given : line_.options)
      if (long_name(given.name) == option) return &given;
    return nullptr;
  }

  const CommandText* command_;
  ParsedLine line_;
  std::vector<std::string> words_;
};

/// Understands a command line (without the program's name) that begins with a command.
/// Errors: usage, with the nearest right word.
template <class = void>
Result<Arguments> read_arguments(const std::vector<std::string>& words) {
  const std::string typed = words.empty() ? std::string() : words.front();
  const CommandText* command = find_command(typed);
  if (command == nullptr) {
    if (typed.empty()) return Error{ErrorId::usage, "no command is given"}.next("lifeboat --help").unchanged();
    return Error{ErrorId::usage, "there is no command \"" + typed + "\""}
        .next("lifeboat " + std::string(nearest_command(typed)))
        .unchanged();
  }
  const std::string name(command->name);
  const std::vector<OptionShape> options = options_of(*command);
  LIFEBOAT_TRY(ParsedLine line, parse_command_line({command->name, options}, words));
  if (!line.unknown.empty()) {
    const std::string& unknown = line.unknown.front();
    const std::string option = unknown.substr(0, unknown.find('='));
    return Error{ErrorId::usage, name + " has no option " + option}
        .next("lifeboat " + name + " " + std::string(nearest_option(*command, option)))
        .unchanged();
  }
  Arguments arguments(*command, std::move(line), words);
  if (arguments.has("--help")) return arguments;
  const std::vector<std::string>& given = arguments.arguments();
  if (given.size() > command->arguments_max)
    return Error{ErrorId::usage, "\"" + given[command->arguments_max] + "\" is more than " + name + " takes"}
        .next("lifeboat " + name + " --help")
        .unchanged();
  if (given.size() < command->arguments_min) {
    const std::string_view shape = command->help.substr(0, command->help.find('\n'));
    return Error{ErrorId::usage, name + " lacks an argument"}.next(std::string(shape)).unchanged();
  }
  return arguments;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
