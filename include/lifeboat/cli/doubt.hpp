// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/doubt_open.hpp>
#include <lifeboat/restore/doubt_epoch.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

/// What is closed, if anything is; options that mean nothing beside it are refused.
template <class = void>
Result<std::string> doubt_closing(const Arguments& arguments) {
  LIFEBOAT_CHECK(refuse_together(arguments, "--as", "--json"));
  for (const std::string other :
       {"--close-key", "--close-client", "--close-rail", "--close-counter", "--as", "--statement", "--window"})
    LIFEBOAT_CHECK(refuse_together(arguments, "--open", other));
  for (const std::string option : {"--close-key", "--close-client", "--close-rail", "--close-counter"}) {
    if (!arguments.has(option)) continue;
    LIFEBOAT_CHECK(refuse_together(arguments, option, "--as"));
    for (const std::string other : {"--close-client", "--close-rail", "--close-counter"})
      if (other != option) LIFEBOAT_CHECK(refuse_together(arguments, option, other));
    if (option != "--close-key") LIFEBOAT_CHECK(refuse_together(arguments, option, "--paid --not-paid"));
    if (option == "--close-key" || option == "--close-counter")
      LIFEBOAT_CHECK(refuse_together(arguments, option, "--statement --since --until"));
    return option;
  }
  for (const std::string option : {"--paid", "--not-paid", "--highest", "--window"})
    if (arguments.has(option))
      return Error{ErrorId::usage, option + " belongs to what is closed"}
          .next("the same line without " + option)
          .unchanged();
  return std::string();
}

}  // namespace detail

/// `lifeboat doubt`. Status 1: a statement differs.
template <class = void>
Result<int> doubt_command(Session& session) {
  LIFEBOAT_TRY(const std::string closing, detail::doubt_closing(session.arguments));
  LIFEBOAT_TRY(const RowFormat format, row_format(session.arguments));
  LIFEBOAT_TRY(const DoubtPlace place, doubt_place(session));
  put_text(session.json, "window_folder", place.window);
  if (session.arguments.has("--open")) return detail::open_in_doubt(session, place);
  if (!place.there && place.owed() != 0) {
    session.refused = true;
    return no_doubt_of_epoch(place.journal, place.epoch);
  }
  if (!place.there && !closing.empty()) return detail::no_window(session, place);
  if (!closing.empty()) return detail::close_in_doubt(session, place, closing);
  DoubtState state;
  if (place.there) {
    LIFEBOAT_TRY(state, window_state(session, place));
  }
  if (session.arguments.has("--statement")) return detail::DoubtMatch(session, place, format).run(state);
  detail::DoubtListing listing(session, state);
  if (format != RowFormat::none)
    LIFEBOAT_CHECK(listing.rows(format));
  else
    LIFEBOAT_CHECK(listing.print());
  return 0;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
