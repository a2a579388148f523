// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include <lifeboat/archive/digest.hpp>
#include <lifeboat/source/rules.hpp>
#include <lifeboat/source/tree.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What of an archive is restored, by patterns with gitignore's syntax. With none, all of it; with any, the result is
/// an extract: for looking, never the state.
template <class = void>
class BasicScope {
 public:
  BasicScope() = default;

  /// Error: pattern.
  static Result<BasicScope> parse(const std::vector<std::string>& only, const std::vector<std::string>& exclude) {
    BasicScope scope;
    LIFEBOAT_TRY(scope.rules_, Rules::parse(exclude, only));
    scope.whole_ = only.empty() && exclude.empty();
    for (const std::string& pattern : only) {
      LIFEBOAT_TRY(PatternList alone, PatternList::parse({&pattern, 1}));
      if (!alone.empty()) scope.wanted_.push_back({pattern, std::move(alone)});
    }
    // What tells two scopes apart, in a staging place that is gone on with.
    for (const std::string& pattern : only) scope.text_.append("only ").append(pattern).push_back('\n');
    for (const std::string& pattern : exclude) scope.text_.append("exclude ").append(pattern).push_back('\n');
    return scope;
  }

  [[nodiscard]] bool whole() const noexcept { return whole_; }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] Verdict match(std::string_view path, EntryType type) const noexcept {
    return whole_ ? Verdict::take : rules_.match(path, type == EntryType::directory);
  }
  /// Whether an entry that is no folder is wanted.
  [[nodiscard]] bool takes(std::string_view path) const noexcept {
    return whole_ || rules_.match(path, false) == Verdict::take;
  }

  /// How many patterns name what is wanted, and whether the one of this number names an entry or a folder above it.
  [[nodiscard]] std::size_t wanted() const noexcept { return wanted_.size(); }
  [[nodiscard]] const std::string& wanted_text(std::size_t number) const noexcept { return wanted_[number].text; }
  [[nodiscard]] bool wanted_covers(std::size_t number, std::string_view path, EntryType type) const noexcept {
    return wanted_[number].alone.covers(path, type == EntryType::directory);
  }

 private:
  struct Wanted {
    std::string text;
    PatternList alone;
  };

  std::vector<Wanted> wanted_;
  Rules rules_;
  bool whole_ = true;
  std::string text_;
};
using Scope = BasicScope<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
