// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <lifeboat/core/result.hpp>
#include <lifeboat/core/time_text.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Who holds the epoch of a journal, by name: its machines, and the repository where that is one of them. Declared
/// once, alike at each of them. Whoever goes live claims the next epoch at most of them, so that no two can; or names
/// each that it does not reach as lost, and answers for that.
struct Holders {
  std::vector<std::string> all{};  ///< this machine first; empty: none are declared, and whoever promotes knows alone
};

/// The name of the repository among holders.
inline constexpr std::string_view repository_holder = "repository";

/// "host-b,host-a,repository", this machine first. Errors: config, where a name is empty, is there twice or has other
/// characters than letters, digits, `.`, `_` and `-`, or where this machine is the repository.
template <class = void>
Result<Holders> parse_holders(std::string_view text) {
  Holders holders;
  const auto wrong = [&](const char* why) {
    return Error{ErrorId::config, "\"" + std::string(text) + "\" are no holders of an epoch: " + why}.unchanged();
  };
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string name(text.substr(at, end - at));
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
             c == '-';
    });
    if (name.empty() || name.size() > 64 || !plain)
      return wrong("a name has 1 to 64 letters, digits, dots, underscores and hyphens");
    if (std::find(holders.all.begin(), holders.all.end(), name) != holders.all.end()) return wrong("a name is twice");
    holders.all.push_back(name);
    at = end + 1;
  }
  if (holders.all.front() == repository_holder) return wrong("this machine's own name comes first");
  return holders;
}

/// Names of holders as they are written everywhere: "host-b,host-a,repository".
template <class = void>
std::string join_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ",").append(name);
  return text;
}

/// Why somebody goes live, as it is recorded: with what whoever decides states, which holders are lost, and by when the
/// one before had stopped.
template <class = void>
std::string recorded_reason(const std::vector<std::string>& lost, const std::optional<Timestamp>& stopped,
                            const std::string& reason) {
  std::string text = lost.empty() ? "" : "lost " + join_names(lost);
  if (stopped) text.append(text.empty() ? "" : ", ").append("stopped by " + utc_text(*stopped));
  return text + (text.empty() || reason.empty() ? "" : ": ") + reason;
}

/// What a claim of the next epoch reaches: this machine, and the repository where `repository`.
template <class = void>
std::vector<std::string> reached_holders(const Holders& holders, bool repository) {
  std::vector<std::string> reached;
  for (std::size_t i = 0; i < holders.all.size(); ++i)
    if (i == 0 || (repository && holders.all[i] == repository_holder)) reached.push_back(holders.all[i]);
  return reached;
}

/// That a holder is lost, and can do no harm any more, is stated by two people: their names are unproven, and recorded.
/// Errors: second_name.
template <class = void>
Status check_lost_by(const std::vector<std::string>& lost, std::string_view by, std::string_view second) {
  if (lost.empty() || (!second.empty() && second != by)) return ok();
  return Error{ErrorId::second_name, "that " + join_names(lost) + " is lost is stated by two people, and there is " +
                                         (second.empty() ? "one name" : "one name twice")}
      .next("--second NAME")
      .unchanged();
}

/// Whether a claim that reaches these may go live: it has a majority, or all others are named as lost. Errors: config,
/// where a name that is lost is not one of the others; holders, naming those who may go on without it.
template <class = void>
Status check_holders(const Holders& holders, bool repository, const std::vector<std::string>& lost) {
  if (holders.all.empty()) return ok();
  const std::vector<std::string> reached = reached_holders(holders, repository);
  const auto among = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const std::string& name : lost)
    if (!among(holders.all, name) || among(reached, name))
      return Error{ErrorId::config, name + " can not be lost: the epoch is held by " + join_names(holders.all) +
                                        ", of which " + join_names(reached) + " claim the next one"}
          .unchanged();
  if (2 * reached.size() > holders.all.size()) return ok();
  std::vector<std::string> missing;
  std::string next;
  for (const std::string& name : holders.all)
    if (!among(reached, name) && !among(lost, name)) {
      missing.push_back(name);
      next.append(next.empty() ? "--lost " : " --lost ").append(name);
    }
  if (missing.empty()) return ok();
  return Error{ErrorId::holders, "the epoch is held by " + join_names(holders.all) + ", and only " +
                                     join_names(reached) + " would claim the next one: " + join_names(missing) +
                                     " may go on without it"}
      .next(next)
      .unchanged();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
