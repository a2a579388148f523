// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/doubt_closing.hpp>
#include <lifeboat/cli/standby_state.hpp>
#include <lifeboat/restore/open_loss.hpp>

// Where the window of a journal is gone: one in which every key is in doubt that nobody knows or vouches for.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

/// What may be lost where nobody knows what was in doubt: anything, from the first group on that is here. No token of
/// an epoch that has begun is clear.
template <class = void>
Result<Loss> loss_of_window(const DoubtPlace& place) {
  Loss loss{.fresh_epoch = place.epoch + 1};
  LIFEBOAT_TRY(JournalReader reader, JournalReader::open(place.journal));
  loss.after = {reader.header().epoch, reader.header().after};
  loss.since = reader.header().created;
  LIFEBOAT_TRY(const std::optional<JournalGroup> first, reader.next());
  if (first) loss.since = first->time;
  return loss;
}

template <class = void>
Result<int> open_in_doubt(Session& session, const DoubtPlace& place) {
  LIFEBOAT_TRY(const Evidence evidence, evidence_of(session.arguments));
  if (evidence.note.empty())
    return Error{ErrorId::usage, "what happened to the window is said"}
        .next("--reason 'its folder was removed by mistake'")
        .unchanged();
  if (place.journal.empty())
    return Error{ErrorId::usage, "a window that stands alone is opened by its engine (docs/doubt.md)"}
        .next("lifeboat doubt --journal " + shell_quoted(place.window))
        .unchanged();
  LIFEBOAT_CHECK(check_no_standby(session, place));
  LIFEBOAT_CHECK(check_owner_of(place.journal));
  if (is_held(place.journal))
    return Error{ErrorId::busy, "the engine of " + place.journal + " runs, and would not hear of this window"}
        .next("fuser -v " + shell_quoted(place.journal + "/lock") + "    # who it is; stop it first")
        .unchanged();
  LIFEBOAT_TRY(Loss loss, loss_of_window(place));
  loss.by = evidence.by;
  loss.why = evidence.note;
  LIFEBOAT_TRY(const std::uint32_t number, open_loss(place.journal, loss));
  session.say("opened  window " + std::to_string(number) +
              ": each key that nobody knows or vouches for is in doubt, by " + printable(evidence.by));
  session.json["window"] = number;
  LIFEBOAT_TRY(const DoubtState state, read_doubt(place.window));
  DoubtListing(session, state).summary();
  return 0;
}

}  // namespace detail

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
