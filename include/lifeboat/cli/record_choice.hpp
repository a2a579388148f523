// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <charconv>

#include <lifeboat/cli/record_types.hpp>
#include <lifeboat/core/time_parse.hpp>
#include <lifeboat/record/condition.hpp>

// Which groups of a journal are meant.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// "1:42"; none where the text is anything else.
template <class = void>
std::optional<Position> parse_position(std::string_view text) noexcept {
  const auto number = [&](std::uint64_t& value) {
    const char* const end = text.data() + text.size();
    if (text.empty() || (text[0] == '0' && text.size() > 1 && text[1] != ':')) return false;
    const auto read = std::from_chars(text.data(), end, value);
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    return read.ec == std::errc();
  };
  Position position;
  if (!number(position.epoch) || text.empty() || text[0] != ':') return std::nullopt;
  text.remove_prefix(1);
  if (!number(position.sequence) || !text.empty()) return std::nullopt;
  return position;
}

/// What --position says. Errors: usage, leading on to which positions there are.
template <class = void>
Result<Position> named_position(const Arguments& arguments) {
  const std::string text = arguments.text("--position");
  // No group has the number 0, nor the epoch 0.
  if (const auto position = parse_position(text); position && position->epoch != 0 && position->sequence != 0)
    return *position;
  return Error{ErrorId::usage, "'" + text + "' is no position: EPOCH:SEQUENCE, as 1:8130237"}
      .next("the same line with --dry-run in place of --position    # it says which there are")
      .unchanged();
}

/// A bound of what is shown: a position, or a time.
struct RecordBound {
  std::optional<Position> position;
  Timestamp time;
};

/// Reads a bound. "14:03" is a position only where the journal came to that epoch: else it is a time without a zone,
/// which is refused as everywhere. Errors: time_zone, time_syntax.
template <class = void>
Result<RecordBound> parse_bound(std::string_view option, const std::string& text, std::uint64_t last_epoch,
                                Timestamp now) {
  const auto position = parse_position(text);
  const bool like_a_clock = text.size() == 5 && text[2] == ':';
  if (position && (!like_a_clock || position->epoch <= last_epoch)) return RecordBound{position, {}};
  LIFEBOAT_TRY(const Timestamp time, parse_time(text, now, option));
  return RecordBound{std::nullopt, time};
}

/// What --since, --until and --where say. Both bounds are shown themselves.
struct RecordChoice {
  std::optional<RecordBound> since;
  std::optional<RecordBound> until;
  std::vector<RecordFilter> filters;

  [[nodiscard]] bool in_bounds(const JournalGroup& group) const noexcept {
    const auto before = [&](const RecordBound& bound) {
      return bound.position ? group.position < *bound.position : group.time < bound.time;
    };
    const auto behind = [&](const RecordBound& bound) {
      return bound.position ? group.position > *bound.position : group.time > bound.time;
    };
    return (!since || !before(*since)) && (!until || !behind(*until));
  }
  /// Whether nothing from here on is meant. Times tell nothing of what comes: clocks are set back.
  [[nodiscard]] bool is_over(const JournalGroup& group) const noexcept {
    return until && until->position && group.position > *until->position;
  }
  /// Whether a record fits all conditions. One that can not be read fits none.
  [[nodiscard]] bool takes(const ShownRecord& record) const {
    if (filters.empty()) return true;
    if (!record.value) return false;
    for (const RecordFilter& filter : filters)
      if (!fits(filter, *record.value)) return false;
    return true;
  }
  /// Whether records of a type have the fields that are asked for.
  [[nodiscard]] bool may_take(const Schema& schema) const;
};

inline bool RecordChoice::may_take(const Schema& schema) const {
  for (const RecordFilter& filter : filters)
    if (lifeboat::detail::types_asked(schema, filter.path).empty()) return false;
  return true;
}

/// A condition that no record of a journal can fit leads on to its records.
template <class = void>
Error with_fields(const Error& error, const std::string& journal) {
  if (error.id() != ErrorId::path_unknown) return error;
  return Error(error).next("lifeboat records --limit 3 --journal " + shell_quoted(journal));
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
