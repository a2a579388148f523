// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/doubt_closing.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

/// What is closed, if anything is; options that mean nothing beside it are refused.
template <class = void>
Result<std::string> doubt_closing(const Arguments& arguments) {
  LIFEBOAT_CHECK(refuse_together(arguments, "--as", "--json"));
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
  if (!place.there && !closing.empty()) {
    session.refused = true;
    return Error{ErrorId::object_missing, place.journal + " has no doubt window: no loss ever opened one there"}
        .next("lifeboat doubt --journal " + shell_quoted(place.journal))
        .unchanged();
  }
  if (!closing.empty()) return detail::close_in_doubt(session, place, closing);
  DoubtState state;
  if (place.there) {
    LIFEBOAT_TRY(state, window_state(place.window));
  } else if (place.epoch > 1) {
    session.warn(ErrorId::object_missing, place.window,
                 "epoch " + std::to_string(place.epoch) + " may have begun with a loss or an undoing, and " +
                     place.window + " is not there to say which keys that left in doubt");
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
