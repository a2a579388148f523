// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <lifeboat/adapter/cli11.hpp>
#include <lifeboat/cli/help.hpp>

// What can be typed: every command with its options.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

inline constexpr OptionShape known_options[] = {
    {"--medium", true},
    {"--source", true},
    {"--id", true},
    {"--state", true},
    {"--threads", true},
    {"--limit-rate", true},
    {"--quiet,-q"},
    {"--json"},
    {"--help,-h"},
    {"--strategy", true},
    {"--verifier", true},
    {"--structural", true},
    {"--only", true, true},
    {"--exclude", true, true},
    {"--append-only", true, true},
    {"--cross-mounts"},
    {"--accept-emptied"},
    {"--by", true},
    {"--second", true},
    {"--reason", true},
    {"--ticket", true},
    {"--dry-run"},
    {"--target", true},
    {"--archive", true},
    {"--before", true},
    {"--using", true},
    {"--resume"},
    {"--discard"},
    {"--numeric-owner"},
    {"--no-owner"},
    {"--accept-torn"},
    {"--despite", true},
    {"--depth", true},
    {"--compare", true},
    {"--budget", true},
    {"--keep-windows", true},
    {"--keep-age", true},
    {"--keep-groups", true},
    {"--every", true},
    {"--apply", true},
    {"--grace", true},
    {"--accept-clock", true, true},
    {"--accept-shrunken", true, true},
    {"--replica", true},
    {"--check"},
    {"--max-age", true},
    {"--position", true},
    {"--before-first", true, true},
    {"--accept-undone", true},
    {"--override", true, true},
    {"--holders", true},
    {"--nothing-lost"},
    {"--stopped", true},
    {"--accept-emptied-replica"},
    {"--journal", true},
    {"--follow"},
    {"--since", true},
    {"--until", true},
    {"--around", true},
    {"--where", true, true},
    {"--limit", true},
    {"--sum"},
    {"--as", true},
    {"--verify"},
    {"--statement", true},
    {"--open"},
    {"--close-key", true},
    {"--close-client", true},
    {"--close-rail", true},
    {"--close-counter", true},
    {"--paid"},
    {"--not-paid"},
    {"--highest", true},
    {"--window", true},
    {"--listen", true},
    {"--cert", true},
    {"--key", true},
    {"--ca", true},
    {"--peer", true},
    {"--status"},
    {"--lost", true, true},
    {"--max-loss", true},
};

/// An option's name without its short form.
constexpr std::string_view long_name(std::string_view names) noexcept { return names.substr(0, names.find(',')); }

struct CommandText {
  std::string_view name;
  std::string_view help;
  std::string_view options;  ///< names with blanks between, beside those that all commands have
  std::size_t arguments_min = 0;
  std::size_t arguments_max = 0;
};

inline constexpr std::string_view common_options = "--medium --source --id --state --threads --quiet --json --help";

inline constexpr CommandText known_commands[] = {
    {"backup", help::backup,
     "--strategy --verifier --structural --only --exclude --append-only --cross-mounts --accept-emptied --dry-run "
     "--limit-rate --by --reason --ticket"},
    {"restore", help::restore,
     "--target --archive --before --position --before-first --accept-undone --only --exclude --using --resume "
     "--discard "
     "--dry-run --numeric-owner --no-owner --accept-torn --despite --limit-rate"},
    {"adopt", help::adopt,
     "--holders --lost --nothing-lost --stopped --override --dry-run --by --second --reason --ticket", 1, 1},
    {"verify", help::verify, "--depth --archive --compare --budget --limit-rate --by --reason --ticket"},
    {"list", help::list, ""},
    {"show", help::show, "--only --exclude", 0, 1},
    {"history", help::history, "", 1, 1},
    {"cat", help::cat, "--despite", 2, 2},
    {"diff", help::diff, "--compare --only --exclude", 0, 2},
    {"prune", help::prune,
     "--keep-windows --keep-age --keep-groups --every --apply --dry-run --grace --accept-clock --accept-shrunken --by "
     "--second --reason --ticket"},
    {"sync", help::sync,
     "--replica --check --journal --only --exclude --cross-mounts --verifier --limit-rate --accept-emptied "
     "--accept-emptied-replica"},
    {"status", help::status, "--max-age --journal --replica"},
    {"log", help::log, ""},
    {"records", help::records, "--journal --follow --since --until --around --where --limit --sum --as --verify"},
    {"extract", help::extract,
     "--target --only --exclude --where --since --before --position --archive --journal --as --dry-run --no-owner "
     "--accept-torn --by --reason --ticket"},
    {"doubt", help::doubt,
     "--journal --as --statement --since --until --open --close-key --close-client --close-rail --close-counter --paid "
     "--not-paid --highest --window --by --second --reason --ticket"},
    {"standby", help::standby, "--replica --listen --cert --key --ca --peer --holders --every --status --max-age"},
    {"promote", help::promote,
     "--replica --lost --max-loss --nothing-lost --stopped --override --dry-run --by --second --reason --ticket"},
};

constexpr const CommandText* find_command(std::string_view name) noexcept {
  for (const CommandText& command : known_commands)
    if (command.name == name) return &command;
  return nullptr;
}

/// Whether `names` holds the word `name`.
constexpr bool has_word(std::string_view names, std::string_view name) noexcept {
  while (!names.empty()) {
    const std::size_t end = names.find(' ');
    if (names.substr(0, end) == name) return true;
    if (end == std::string_view::npos) return false;
    names.remove_prefix(end + 1);
  }
  return false;
}

constexpr bool takes_option(const CommandText& command, std::string_view name) noexcept {
  return has_word(common_options, name) || has_word(command.options, name);
}

/// The options of one command.
template <class = void>
std::vector<OptionShape> options_of(const CommandText& command) {
  std::vector<OptionShape> options;
  for (const OptionShape& option : known_options)
    if (takes_option(command, long_name(option.name))) options.push_back(option);
  return options;
}

/// How many letters must change to make one word of another, at most `most`.
template <class = void>
std::size_t word_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      const std::size_t added = (above < row[j - 1] ? above : row[j - 1]) + 1;
      row[j] = changed < added ? changed : added;
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// The option of a command that is nearest to what was typed; one that begins so is nearer than any other.
template <class = void>
std::string_view nearest_option(const CommandText& command, std::string_view typed) {
  std::string_view nearest = "--help";
  std::size_t least = typed.size() / 3 + 1;
  for (const OptionShape& option : known_options) {
    const std::string_view name = long_name(option.name);
    if (!takes_option(command, name)) continue;
    const std::size_t distance = name.starts_with(typed) ? 0 : word_distance(name, typed);
    if (distance >= least) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

template <class = void>
std::string_view nearest_command(std::string_view typed) {
  std::string_view nearest = "--help";
  std::size_t least = typed.size() / 3 + 1;
  for (const CommandText& command : known_commands) {
    const std::size_t distance = command.name.starts_with(typed) ? 0 : word_distance(command.name, typed);
    if (distance >= least) continue;
    least = distance;
    nearest = command.name;
  }
  return nearest;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
