// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>

#include <lifeboat/archive/actor.hpp>
#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/failover/holders.hpp>
#include <lifeboat/failover/promotion_loss.hpp>
#include <lifeboat/journal/journal.hpp>
#include <lifeboat/record/invariant.hpp>
#include <lifeboat/restore/claim_epoch.hpp>
#include <lifeboat/restore/open_loss.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a promotion needs to be told.
struct PromoteRequest {
  std::string by{};      ///< who decided
  std::string second{};  ///< who decided with them: required where a holder is lost
  std::string reason{};
  std::string ticket{};
  JournalConfig journal{};    ///< as it goes on; folder, epoch and first sequence are filled in
  bool nothing_lost = false;  ///< `by` states that all which the former primary acknowledged is here: nothing is in
                              ///< doubt. Refused where that one itself said that it had more
  std::optional<Timestamp> stopped{};  ///< `by` states that the former primary had stopped by then, by its own clock:
                                       ///< while the ceiling that it had reserved here holds, that bounds the loss
  MediumPort* medium = nullptr;  ///< of the repository that the former primary wrote to: it is fenced there, and what
                                 ///< the standby lacks is taken from there
  std::string source{};          ///< its source id in that repository
  MakeInvariants invariants = nullptr;  ///< the engine's own, beside those that need no engine
  std::vector<std::string> override{};  ///< names of invariants that do not hold, and are known not to
  Holders holders{};                    ///< who holds the epoch, as it was declared before anything was lost
  std::vector<std::string> lost{};      ///< holders that are lost, as `by` and `second` state; recorded with the reason
};

/// What a promotion did: the journal is open, in the next epoch.
struct Promotion {
  std::unique_ptr<Journal> journal;
  std::uint64_t epoch = 0;
  std::uint64_t first = 0;  ///< sequence of its first group: above all that the former primary said it had
  PromotionLoss loss;
  std::uint32_t window = 0;  ///< of doubt, which the loss opened in the journal's folder; 0: none. That the copy went
                             ///< live, by whom and why, stands there in any case
  std::string by;
  std::string second;
  std::string reason;  ///< and what it was done despite
  std::vector<InvariantReport> invariants;
  std::uint64_t taken = 0;  ///< groups that the repository had and the standby had not
  bool claimed = false;     ///< the epoch stands in the repository's chain: nobody writes there in an older one
  std::string fence;        ///< a sentence: what keeps the former primary from going on
};

/// The epoch of a promotion, put into the chain of the repository as an adoption does; without one, above all that was
/// heard of. Fills in epoch, first, claimed and fence. Errors: config, those of open_repository and claim_epoch.
template <class = void>
Status claim_for(Promotion& promotion, const PromoteRequest& request, Position heard, const ClockPort* clock) {
  const Position after = promotion.loss.last;
  const Position above{std::max(after.epoch, heard.epoch),
                       std::max({after.sequence, promotion.loss.possibly_upto.sequence,
                                 promotion.loss.reserved ? promotion.loss.reserved->upto.sequence : 0})};
  if (request.medium == nullptr) {
    promotion.epoch = above.epoch + 1;
    promotion.first = above.sequence + 1;
    promotion.fence =
        "no repository was given: the former primary is refused by this standby alone, and may still write "
        "to its repository";
    return ok();
  }
  LIFEBOAT_TRY(const Repository repository, open_repository(*request.medium));
  const SystemClock own;
  ChainEntry entry;
  sign_entry(entry, {request.by, request.reason, request.ticket, request.second},
             clock != nullptr ? clock->now() : own.now());
  LIFEBOAT_TRY(const ClaimedEpoch claimed,
               claim_epoch(repository, request.source, {after, above}, entry, [&](Catalog& chain, ChainEntry& one) {
                 return append_entry(repository, chain, one, [](const Catalog&) { return ok(); });
               }));
  LIFEBOAT_TRY(const MediumFacts facts, request.medium->facts());
  promotion.epoch = claimed.epoch;
  promotion.first = claimed.first;
  promotion.claimed = true;
  promotion.fence = facts.url + " has epoch " + std::to_string(claimed.epoch) + " of " + request.source +
                    ": the former primary is refused there, and by this standby";
  return ok();
}

/// Whether the windows of earlier losses are here, where a promotion opens none: they came over the link, unless the
/// former primary said that there are none (`no_doubt`). Without them, what they hold back would be taken for new.
/// Errors: object_missing.
template <class = void>
Status check_doubt_here(Position last, const std::string& journal, bool no_doubt, bool stated) {
  if (last.epoch < 2 || has_doubt(journal) || no_doubt) return ok();
  return Error{ErrorId::object_missing, "epoch " + std::to_string(last.epoch) +
                                            " may have begun with a loss or an undoing, and " + doubt_folder(journal) +
                                            " does not say which keys that left in doubt"}
      .next(stated
                ? "the same line without --nothing-lost    # or copy the folder doubt of the former primary's journal"
                : "cp -a JOURNAL/doubt " + shell_quoted(journal) + "    # JOURNAL: of the former primary");
}

/// What a promotion leaves in the journal of doubt. Errors: config, for a text that does not fit into it.
template <class = void>
Result<WentLive> went_live_of(const Promotion& promotion, const PromoteRequest& request, const ClockPort* clock) {
  WentLive live;
  live.epoch = promotion.epoch;
  live.after_epoch = promotion.loss.last.epoch;
  live.after_sequence = promotion.loss.last.sequence;
  live.first = promotion.first;
  live.at = clock != nullptr ? clock->now().wall : SystemClock().now().wall;
  const auto fit = [](auto& into, const std::string& text, const char* what) -> Status {
    const auto made = std::remove_reference_t<decltype(into)>::of(text);
    if (!made)
      return Error{ErrorId::config, std::string(what) + " of a promotion has more than " +
                                        std::to_string(std::remove_reference_t<decltype(into)>::max) + " bytes"};
    into = *made;
    return ok();
  };
  LIFEBOAT_CHECK(fit(live.by, request.by, "the name"));
  LIFEBOAT_CHECK(fit(live.second, request.second, "the second name"));
  LIFEBOAT_CHECK(fit(live.ticket, request.ticket, "the ticket"));
  LIFEBOAT_CHECK(fit(live.reason, request.reason, "the reason, with what it is done despite,"));
  return live;
}

/// Journals a promotion in the journal's folder, and opens its window of doubt there, whose number it says; 0 where
/// nothing was lost. Errors: those of check_doubt_here, where nothing was lost, of went_live_of and of DoubtWindow.
template <class = void>
Result<std::uint32_t> open_doubt_of(const Promotion& promotion, const std::string& journal,
                                    const PromoteRequest& request, bool no_doubt, const ClockPort* clock) {
  const Position last = promotion.loss.last;
  LIFEBOAT_TRY(const WentLive live, went_live_of(promotion, request, clock));
  std::uint32_t number = 0;
  if (request.nothing_lost || promotion.loss.zero()) {
    LIFEBOAT_CHECK(check_doubt_here(last, journal, no_doubt, !promotion.loss.zero()));
  } else {
    std::string why = request.reason;  // all of it stands in the record of the promotion
    if (constexpr std::size_t most = decltype(DoubtOpened::why)::max; why.size() > most) {
      std::size_t end = most - 3;
      while ((static_cast<unsigned char>(why[end]) & 0xC0U) == 0x80U) --end;
      why = why.substr(0, end) + "...";
    }
    Loss loss{.basis = LossBasis::unknown,
              .after = last,
              .fresh_epoch = promotion.epoch,
              .by = request.by,
              .why = std::move(why)};
    if (promotion.loss.bounded) {
      loss.basis = LossBasis::bounded;
      loss.ceiling = promotion.loss.reserved->upto;
    }
    if (last != Position{}) {
      LIFEBOAT_TRY(JournalReader reader, JournalReader::open(journal, last));
      while (true) {
        LIFEBOAT_TRY(const auto group, reader.next());
        if (!group) break;
        loss.since = group->time;
      }
    }
    LIFEBOAT_TRY(number, open_loss(journal, loss, {}, clock));
  }
  // Where earlier windows have to be there, check_doubt_here looked for them; else a crash may have left an empty
  // folder.
  const bool create = number != 0 || last.epoch < 2 || no_doubt || !has_doubt(journal);
  LIFEBOAT_TRY(const auto window,
               DoubtWindow::open({.folder = doubt_folder(journal), .create = create, .clock = clock}));
  LIFEBOAT_CHECK(window->note_live(live));
  return number;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
