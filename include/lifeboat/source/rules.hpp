// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lifeboat/source/pattern.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Ordered lines of gitignore's syntax. Blank lines and comments (`#`) count for nothing; the last line that names an
/// entry decides, and one with `!` takes it back.
template <class = void>
class BasicPatternList {
 public:
  /// Error: pattern, naming the line.
  static Result<BasicPatternList> parse(std::span<const std::string> lines) {
    BasicPatternList list;
    for (const std::string& whole : lines) {
      const std::string_view line = trimmed(whole);
      if (line.empty() || line.front() == '#') continue;
      LIFEBOAT_TRY(Pattern pattern, Pattern::parse(line));
      list.patterns_.push_back(std::move(pattern));
    }
    return list;
  }

  [[nodiscard]] bool empty() const noexcept { return patterns_.empty(); }

  /// Whether the list names this entry itself, whatever it says of the folders above.
  [[nodiscard]] bool names(std::string_view path, bool is_directory) const noexcept {
    for (std::size_t i = patterns_.size(); i-- > 0;)
      if (patterns_[i].names(path, is_directory)) return !patterns_[i].negated();
    return false;
  }

  /// Whether the list names this entry or a folder above it.
  [[nodiscard]] bool covers(std::string_view path, bool is_directory) const noexcept {
    if (patterns_.empty()) return false;
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1))
      if (names(path.substr(0, slash), true)) return true;
    return names(path, is_directory);
  }

  /// Whether the list could name something below this folder.
  [[nodiscard]] bool may_name_below(std::string_view folder) const noexcept {
    for (const Pattern& pattern : patterns_)
      if (!pattern.negated() && pattern.may_name_below(folder)) return true;
    return false;
  }

  [[nodiscard]] bool has_negated() const noexcept {
    for (const Pattern& pattern : patterns_)
      if (pattern.negated()) return true;
    return false;
  }

 private:
  /// Without the carriage return of a foreign line end, and without trailing spaces but escaped ones.
  static std::string_view trimmed(std::string_view line) noexcept {
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == ' ') continue;
      if (line[i] == '\\' && i + 1 < line.size()) ++i;
      kept = i + 1;
    }
    return line.substr(0, kept);
  }

  std::vector<Pattern> patterns_;
};
using PatternList = BasicPatternList<>;

/// What the rules say of an entry.
enum class Verdict : std::uint8_t {
  take,   ///< wanted, and for a folder all that it holds, unless it is excluded
  look,   ///< a folder that is not wanted itself, but may hold what is: kept when it does
  leave,  ///< not wanted, and nothing below it
};

/// What of a tree is wanted: everything but what `exclude` names; where `only` is given, what it names and all below,
/// and the folders above for structure. Nothing below an excluded folder can be taken back. The root is always taken.
template <class = void>
class BasicRules {
 public:
  /// No rules: everything is taken.
  BasicRules() = default;

  /// Error: pattern.
  static Result<BasicRules> parse(std::span<const std::string> exclude, std::span<const std::string> only) {
    BasicRules rules;
    LIFEBOAT_TRY(rules.exclude_, PatternList::parse(exclude));
    LIFEBOAT_TRY(rules.only_, PatternList::parse(only));
    rules.limited_ = !only.empty();
    if (rules.limited_ && rules.only_.empty())
      return Error{ErrorId::pattern, "the patterns of what to take hold nothing but blanks and comments"}
          .next("leave them out to take everything")
          .unchanged();
    if (rules.only_.has_negated())
      return Error{ErrorId::pattern, "a pattern of what to take can not begin with '!'"}
          .next("say what to leave out with --exclude")
          .unchanged();
    return rules;
  }

  /// The verdict on an entry from its path alone: O(depth * patterns).
  [[nodiscard]] Verdict match(std::string_view path, bool is_directory) const noexcept {
    bool chosen = !limited_;
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
      const Verdict above = match_in(chosen, path.substr(0, slash), true);
      if (above == Verdict::leave) return above;
      chosen = above == Verdict::take;
    }
    return match_in(chosen, path, is_directory);
  }

  /// The verdict on an entry of a folder that was not left; `chosen` says whether that folder was taken.
  [[nodiscard]] Verdict match_in(bool chosen, std::string_view path, bool is_directory) const noexcept {
    if (path.empty()) return limited_ ? Verdict::look : Verdict::take;
    if (exclude_.names(path, is_directory)) return Verdict::leave;
    if (chosen || only_.names(path, is_directory)) return Verdict::take;
    return is_directory && only_.may_name_below(path) ? Verdict::look : Verdict::leave;
  }

  /// Whether `only` patterns were given.
  [[nodiscard]] bool limited() const noexcept { return limited_; }

 private:
  PatternList exclude_;
  PatternList only_;
  bool limited_ = false;
};
using Rules = BasicRules<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
