// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/records_listing.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

/// Options that mean nothing together are refused: half of what was asked for is no answer.
template <class = void>
Status check_record_options(const Arguments& arguments) {
  const auto apart = [&](const std::string& one, std::string_view others) -> Status {
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
  };
  if (!arguments.has("--journal"))
    return Error{ErrorId::usage, "records needs a journal"}.next("--journal DIR").unchanged();
  LIFEBOAT_CHECK(apart("--verify", "--follow --since --until --around --where --limit --sum --as"));
  LIFEBOAT_CHECK(apart("--around", "--since --until --follow"));
  LIFEBOAT_CHECK(apart("--as", "--json --sum"));
  return apart("--follow", "--until");
}

}  // namespace detail

/// `lifeboat records`: the groups of a journal, also while it is written. Status 1: it is damaged.
template <class = void>
Result<int> records_command(Session& session) {
  LIFEBOAT_CHECK(detail::check_record_options(session.arguments));
  if (!session.arguments.has("--verify")) return detail::BasicRecordsListing<>(session).run();
  const std::string folder = absolute_path(session.arguments.text("--journal"));
  put_text(session.json, "journal", folder);
  return print_journal_verdict(session, folder);
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
