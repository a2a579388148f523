// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/records_listing.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

template <class = void>
Status check_record_options(const Arguments& arguments) {
  if (!arguments.has("--journal"))
    return Error{ErrorId::usage, "records needs a journal"}.next("--journal DIR").unchanged();
  LIFEBOAT_CHECK(
      refuse_together(arguments, "--verify", "--follow --since --until --around --where --limit --sum --as"));
  LIFEBOAT_CHECK(refuse_together(arguments, "--around", "--since --until --follow"));
  LIFEBOAT_CHECK(refuse_together(arguments, "--as", "--json --sum"));
  return refuse_together(arguments, "--follow", "--until");
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
