// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <CLI/CLI.hpp>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lifeboat/core/result.hpp>

// The only file that includes CLI11: it splits a command line into a command, its options and its arguments. What they
// mean, and the help, are above.
namespace lifeboat::inline LIFEBOAT_ABI {

/// An option of a command as a parser needs to know it.
struct OptionShape {
  std::string_view name;  ///< with its dashes
  bool takes_value = false;
  bool many = false;  ///< may be given again
};

/// A command with its options.
struct CommandShape {
  std::string_view name;
  std::span<const OptionShape> options;
};

struct ParsedOption {
  std::string name;
  std::vector<std::string> values;
};

/// A command line that could be split; `unknown` holds what looks like an option and is none of the command's.
struct ParsedLine {
  std::string command;
  std::vector<ParsedOption> options;  ///< those that were given
  std::vector<std::string> arguments;
  std::vector<std::string> unknown;
};

/// Splits `words` (without the program's name), the first of which is the name of a command.
/// Errors: usage, where an option lacks its value or is given twice.
template <class = void>
Result<ParsedLine> parse_command_line(const CommandShape& command, std::vector<std::string> words) {
  struct Slot {
    CLI::Option* option = nullptr;
    std::vector<std::string> values;
  };
  ParsedLine line;
  line.command = command.name;
  std::vector<Slot> slots(command.options.size());  // CLI11 keeps references into it
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const std::string name(command.options[i].name);
    // A flag with a variable of its own counts as given where it was not, in CLI11 2.4.
    slots[i].option = command.options[i].takes_value ? app.add_option(name, slots[i].values)->allow_extra_args(false)
                                                     : app.add_flag(name);
    slots[i].option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  if (!words.empty()) words.erase(words.begin());
  // Behind "--" there are arguments only.
  const auto end = std::find(words.begin(), words.end(), "--");
  std::vector<std::string> behind;
  if (end != words.end()) behind.assign(end + 1, words.end());
  words.erase(end, words.end());
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // CLI11 takes them from the back
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string said = error.what();
    return Error{ErrorId::usage, said.substr(0, said.find(':')) + " needs a value"}
        .next("lifeboat " + line.command + " --help")
        .unchanged();
  } catch (const CLI::ParseError& error) {
    return Error{ErrorId::usage, error.what()}.next("lifeboat " + line.command + " --help").unchanged();
  }
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const OptionShape& shape = command.options[i];
    const std::size_t given = slots[i].option->count();
    if (given == 0) continue;
    if (given > 1 && shape.takes_value && !shape.many)
      return Error{ErrorId::usage, std::string(shape.name) + " is given twice"}
          .next("lifeboat " + line.command + " --help")
          .unchanged();
    line.options.push_back({std::string(shape.name), std::move(slots[i].values)});
  }
  std::vector<std::string> rest = app.remaining();
  for (std::string& word : rest)
    (word.size() > 1 && word[0] == '-' ? line.unknown : line.arguments).push_back(std::move(word));
  line.arguments.insert(line.arguments.end(), behind.begin(), behind.end());
  return line;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
