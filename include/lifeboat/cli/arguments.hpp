// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
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

  /// The line as it was typed, for a shell, with `program` as its first word; without the options of the list `but`
  /// (names with blanks between) and with `added` at the end of its options.
  [[nodiscard]] std::string typed(std::string_view program, std::string_view but = {},
                                  std::string_view added = {}) const {
    std::string text(program);
    std::string behind;  // arguments after "--"
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const std::string& word = words_[i];
      if (word == "--" || !behind.empty()) {
        behind.append(" ").append(shell_quoted(word));
        continue;
      }
      const std::string name = word.substr(0, word.find('='));
      if (name.starts_with("--") && has_word(but, name)) {
        if (name == word && takes_value(name)) ++i;
        continue;
      }
      text.append(" ").append(shell_quoted(word));
    }
    if (!added.empty()) text.append(" ").append(added);
    return text.append(behind);
  }

  /// Whether this call changes nothing, whatever comes of it.
  [[nodiscard]] bool only_looks() const noexcept {
    const bool closes =
        has("--open") || has("--close-key") || has("--close-client") || has("--close-rail") || has("--close-counter");
    return has_word("list show history cat diff status log records", command_->name) || has("--dry-run") ||
           has("--check") || (command_->name == "verify" && has("--compare")) ||
           (command_->name == "doubt" && !closes) || has("--status");
  }
  /// Whether an option of any command is followed by its value.
  static bool takes_value(std::string_view option) noexcept {
    for (const OptionShape& known : known_options)
      if (long_name(known.name) == option) return known.takes_value;
    return false;
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

namespace detail {

/// The words as a shell takes them, the one of that number in other words.
template <class = void>
std::string line_with(const std::vector<std::string>& words, std::size_t number, std::string_view in_place) {
  std::string line = "lifeboat";
  for (std::size_t i = 0; i < words.size(); ++i)
    line.append(" ").append(i == number ? std::string(in_place) : shell_quoted(words[i]));
  return line;
}

template <class = void>
Error no_such_command(const std::vector<std::string>& words) {
  const std::string_view typed = words.front();
  if (typed.starts_with('-'))
    return Error{ErrorId::usage, "a command comes first, not " + std::string(typed)}
        .next("lifeboat --help")
        .unchanged();
  const std::string_view nearest = nearest_command(typed);
  return Error{ErrorId::usage, "there is no command \"" + std::string(typed) + "\""}
      .next(nearest.starts_with('-') ? "lifeboat --help" : line_with(words, 0, nearest))
      .unchanged();
}

template <class = void>
Error no_such_option(const CommandText& command, const std::vector<std::string>& words, const std::string& unknown) {
  const std::string option = unknown.substr(0, unknown.find('='));
  const std::string name(command.name);
  const std::string nearest(nearest_option(command, option));
  std::size_t number = 0;
  while (number < words.size() && words[number] != unknown) ++number;
  std::string next = "lifeboat " + name + " --help";
  if (nearest != "--help") next = line_with(words, number, nearest + shell_quoted(unknown).substr(option.size()));
  return Error{ErrorId::usage, name + " has no option " + option}.next(std::move(next)).unchanged();
}

/// An empty value is most often a variable that nobody set; only what goes into the log may be empty.
template <class = void>
Status check_values(const CommandText& command, const ParsedLine& line) {
  const std::string help = "lifeboat " + std::string(command.name) + " --help";
  for (const ParsedOption& given : line.options)
    for (const std::string& value : given.values)
      if (value.empty() && !has_word("--by --second --reason --ticket", long_name(given.name)))
        return Error{ErrorId::usage, std::string(long_name(given.name)) + " is given an empty value"}
            .next(help)
            .unchanged();
  for (const std::string& argument : line.arguments)
    if (argument.empty())
      return Error{ErrorId::usage, std::string(command.name) + " is given an empty argument"}.next(help).unchanged();
  return ok();
}

}  // namespace detail

/// Options that mean nothing together are refused: half of what was asked for is no answer. `others` are names with
/// blanks between.
template <class = void>
Status refuse_together(const Arguments& arguments, const std::string& one, std::string_view others) {
  if (!arguments.has(one)) return ok();
  while (!others.empty()) {
    const std::string other(others.substr(0, others.find(' ')));
    others.remove_prefix(std::min(others.size(), other.size() + 1));
    if (arguments.has(other))
      return Error{ErrorId::usage, one + " and " + other + " do not go together"}
          .next("the same line without " + other)
          .unchanged();
  }
  return ok();
}

/// What --as asks for: a row for each thing, in place of the text for people.
enum class RowFormat : std::uint8_t { none, csv, jsonl };

/// Errors: usage.
template <class = void>
Result<RowFormat> row_format(const Arguments& arguments) {
  if (!arguments.has("--as")) return RowFormat::none;
  const std::string kind = arguments.text("--as");
  if (kind == "csv") return RowFormat::csv;
  if (kind == "jsonl") return RowFormat::jsonl;
  return Error{ErrorId::usage, "--as takes csv or jsonl, not \"" + kind + "\""}.next("--as csv").unchanged();
}

/// Understands a command line (without the program's name) that begins with a command.
/// Errors: usage, with the nearest right line.
template <class = void>
Result<Arguments> read_arguments(const std::vector<std::string>& words) {
  if (words.empty() || words.front().empty())
    return Error{ErrorId::usage, "no command is given"}.next("lifeboat --help").unchanged();
  const CommandText* command = find_command(words.front());
  if (command == nullptr) return detail::no_such_command(words);
  const std::string name(command->name);
  const std::vector<OptionShape> options = options_of(*command);
  LIFEBOAT_TRY(ParsedLine line, parse_command_line({command->name, options}, words));
  if (!line.unknown.empty()) return detail::no_such_option(*command, words, line.unknown.front());
  LIFEBOAT_CHECK(detail::check_values(*command, line));
  Arguments arguments(*command, std::move(line), words);
  if (arguments.has("--help")) return arguments;
  const std::vector<std::string>& given = arguments.arguments();
  if (given.size() > command->arguments_max)
    return Error{ErrorId::usage, "\"" + given[command->arguments_max] + "\" is more than " + name + " takes"}
        .next("lifeboat " + name + " --help")
        .unchanged();
  if (given.size() < command->arguments_min) {
    // The first line of the help: "lifeboat cat ARCHIVE PATH --medium URL [options]".
    std::string_view shape = command->help.substr(0, command->help.find(" --"));
    shape.remove_prefix(std::string_view("lifeboat ").size() + name.size() + 1);
    return Error{ErrorId::usage, name + " needs " + std::string(shape)}
        .next("lifeboat " + name + " --help")
        .unchanged();
  }
  return arguments;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
