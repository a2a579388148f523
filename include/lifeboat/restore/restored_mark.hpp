// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include <lifeboat/core/position.hpp>

// The mark that a restore leaves in a journal: nobody opens it before it is adopted (docs/journal.md, section 7).
namespace lifeboat::inline LIFEBOAT_ABI {

/// The list of what is undone, as a restore wrote it.
struct UndoneList {
  std::uint64_t lines = 0;
  std::string sha256{};  ///< of the file, as `sha256sum` prints it

  [[nodiscard]] bool operator==(const UndoneList&) const = default;
};

/// What was restored, for people and for whoever adopts it.
struct RestoredMark {
  std::string source{};
  std::string archive{};
  Position position{};        ///< the last group that was restored
  Position head{};            ///< the last group that the medium had then
  std::uint64_t undone = 0;   ///< groups between them
  UndoneList list{};          ///< of them; of no lines where there are none
  std::uint64_t unknown = 0;  ///< groups, at most, that the medium lacked or had damaged: nobody knows their keys
};

/// Lines of "NAME VALUE".
template <class = void>
std::string to_text(const RestoredMark& mark) {
  std::string text = "lifeboat-restored-1\nsource " + mark.source + "\narchive " + mark.archive + "\nposition " +
                     to_text(mark.position) + "\nhead " + to_text(mark.head) + "\nundone " +
                     std::to_string(mark.undone) + "\n";
  if (mark.undone != 0)
    text.append("undone_lines " + std::to_string(mark.list.lines) + "\nundone_sha256 " + mark.list.sha256 + "\n");
  if (mark.unknown != 0) text.append("unknown " + std::to_string(mark.unknown) + "\n");
  return text;
}

namespace detail {

template <class = void>
std::optional<std::uint64_t> mark_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

template <class = void>
std::optional<Position> mark_position(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto epoch = mark_number(text.substr(0, colon));
  const auto sequence = mark_number(text.substr(std::min(colon + 1, text.size())));
  if (!epoch || !sequence) return std::nullopt;
  return Position{*epoch, *sequence};
}

/// The value in a line "NAME VALUE"; empty where there is none.
template <class = void>
std::string_view mark_value(std::string_view mark, std::string_view name) {
  for (std::size_t at = 0; at < mark.size();) {
    const std::size_t end = std::min(mark.find('\n', at), mark.size());
    const std::string_view line = mark.substr(at, end - at);
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ' ')
      return line.substr(name.size() + 1);
    at = end + 1;
  }
  return {};
}

}  // namespace detail

/// What a mark says; none where something is missing in it that an adoption rests on.
template <class = void>
std::optional<RestoredMark> parse_mark(std::string_view text) {
  RestoredMark mark;
  mark.source = detail::mark_value(text, "source");
  mark.archive = detail::mark_value(text, "archive");
  const auto position = detail::mark_position(detail::mark_value(text, "position"));
  const auto head = detail::mark_position(detail::mark_value(text, "head"));
  const auto undone = detail::mark_number(detail::mark_value(text, "undone"));
  if (mark.source.empty() || !position || !head || !undone || *head < *position) return std::nullopt;
  mark.position = *position;
  mark.head = *head;
  mark.undone = *undone;
  if (const std::string_view unknown = detail::mark_value(text, "unknown"); !unknown.empty()) {
    const auto groups = detail::mark_number(unknown);
    if (!groups) return std::nullopt;
    mark.unknown = *groups;
  }
  if (mark.undone == 0) return mark;
  const auto lines = detail::mark_number(detail::mark_value(text, "undone_lines"));
  mark.list.sha256 = detail::mark_value(text, "undone_sha256");
  if (!lines || mark.list.sha256.size() != 64) return std::nullopt;
  mark.list.lines = *lines;
  return mark;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
