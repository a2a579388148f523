// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/cli/commands.hpp>

#include <set>
#include <string>

#include "catch.hpp"

namespace test_help_commands {

using namespace lifeboat;
using namespace lifeboat::cli;

namespace {

void check_fits(std::string_view text) {
  std::size_t lines = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    CHECK(end <= 80);
    ++lines;
    text.remove_prefix(end + 1);
  }
  CHECK(lines <= 24);
}

/// The options that a text names.
std::set<std::string> named(std::string_view text) {
  std::set<std::string> found;
  for (std::size_t at = text.find("--"); at != std::string_view::npos; at = text.find("--", at + 2)) {
    const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at);
    found.emplace(text.substr(at, end - at));
  }
  return found;
}

}  // namespace

TEST_CASE("every help fits a screen of 24 lines of 80 columns") {
  check_fits(help::program);
  for (const CommandText& command : known_commands) {
    INFO(command.name);
    check_fits(command.help);
  }
}

TEST_CASE("a help names exactly the options that its command has") {
  for (const CommandText& command : known_commands) {
    INFO(command.name);
    const std::set<std::string> in_help = named(command.help);
    for (const OptionShape& option : known_options) {
      const std::string name(long_name(option.name));
      INFO(name);
      if (has_word(command.options, name)) CHECK(in_help.contains(name));
    }
    for (const std::string& name : in_help) {
      INFO(name);
      CHECK(takes_option(command, name));
    }
  }
}

TEST_CASE("every option that a command has is known, and examples name a medium") {
  for (const CommandText& command : known_commands) {
    std::string_view names = command.options;
    while (!names.empty()) {
      const std::string_view name = names.substr(0, names.find(' '));
      INFO(name);
      CHECK(std::any_of(std::begin(known_options), std::end(known_options),
                        [&](const OptionShape& option) { return long_name(option.name) == name; }));
      names.remove_prefix(std::min(names.size(), name.size() + 1));
    }
    CHECK(command.help.find("\n  lifeboat " + std::string(command.name)) != std::string_view::npos);
  }
}

TEST_CASE("what was nearly right is found") {
  const CommandText& restore = *find_command("restore");
  CHECK(nearest_option(restore, "--taget") == "--target");
  CHECK(nearest_option(restore, "--dryrun") == "--dry-run");
  CHECK(nearest_option(restore, "--num") == "--numeric-owner");
  CHECK(nearest_option(restore, "--zzzzzzzz") == "--help");
  CHECK(nearest_command("bakup") == "backup");
  CHECK(nearest_command("hist") == "history");
  CHECK(nearest_command("qqqqqqq") == "--help");
}

}  // namespace test_help_commands
