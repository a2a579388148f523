// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lifeboat/core/bytes.hpp>
#include <lifeboat/core/result.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace testing {

/// Collects how the laws of a concept fared for one model. It belongs to no test framework: a test asserts `all_hold()`
/// and prints `report()`. One thread at a time.
template <class = void>
class BasicLaws {
 public:
  explicit BasicLaws(std::string subject) : subject_(std::move(subject)) {}

  /// One case of a law; a law holds when all of its cases do. `text` says what was found, and is kept for a case that
  /// failed. Gives `held` back.
  bool check(std::string_view law, bool held, std::string_view text = {}) {
    Law& entry = find(law);
    ++entry.cases;
    if (held) return true;
    if (++entry.broken <= shown_) entry.texts.emplace_back(text);
    return false;
  }

  /// A case that holds when `result` is a success; the error's id and sentence are the text when it is none.
  template <class T>
  bool succeeds(std::string_view law, const Result<T>& result, std::string_view text = {}) {
    if (result) return check(law, true);
    std::string found(text);
    found.append(found.empty() ? "" : ": ").append(to_string(result.error().id())).append(" ");
    found.append(result.error().sentence());
    return check(law, false, found);
  }

  /// A case that holds when `result` is this error.
  template <class T>
  bool fails(std::string_view law, const Result<T>& result, ErrorId wanted, std::string_view text = {}) {
    if (!result && result.error().id() == wanted) return check(law, true);
    std::string found(text);
    found.append(found.empty() ? "" : ": ").append("wanted ").append(to_string(wanted)).append(", got ");
    found.append(result ? std::string_view("success") : to_string(result.error().id()));
    return check(law, false, found);
  }

  /// Whether every case held. False when there was none: nothing tried is nothing proven.
  [[nodiscard]] bool all_hold() const noexcept {
    for (const Law& law : laws_)
      if (law.broken != 0) return false;
    return !laws_.empty();
  }

  /// Whether this law was tried and held.
  [[nodiscard]] bool holds(std::string_view name) const noexcept {
    for (const Law& law : laws_)
      if (law.name == name) return law.broken == 0;
    return false;
  }

  /// One line for each law, with what was found where it is broken.
  [[nodiscard]] std::string report() const {
    std::string text = "laws of " + subject_ + (laws_.empty() ? ": none was tried\n" : "\n");
    for (const Law& law : laws_) {
      text.append(law.broken == 0 ? "  holds   " : "  BROKEN  ").append(law.name).append(" (");
      if (law.broken != 0) text.append(std::to_string(law.broken)).append(" of ");
      text.append(std::to_string(law.cases)).append(law.cases == 1 ? " case)\n" : " cases)\n");
      for (const std::string& found : law.texts)
        if (!found.empty()) text.append("          ").append(found).append("\n");
    }
    return text;
  }

 private:
  struct Law {
    std::string name;
    std::size_t cases = 0;
    std::size_t broken = 0;
    std::vector<std::string> texts;
  };
  static constexpr std::size_t shown_ = 3;

  Law& find(std::string_view name) {
    for (Law& law : laws_)
      if (law.name == name) return law;
    laws_.push_back({std::string(name), 0, 0, {}});
    return laws_.back();
  }

  std::string subject_;
  std::vector<Law> laws_;
};
using Laws = BasicLaws<>;

/// Bytes that look random and are the same in every run.
template <class = void>
Bytes patterned(std::size_t size, std::uint64_t seed = 1) {
  Bytes bytes(size);
  for (std::byte& b : bytes) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    b = static_cast<std::byte>(seed >> 56U);
  }
  return bytes;
}

}  // namespace testing
}  // namespace lifeboat::inline LIFEBOAT_ABI
