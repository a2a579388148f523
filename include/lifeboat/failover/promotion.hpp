// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>

#include <lifeboat/failover/promotion_loss.hpp>
#include <lifeboat/journal/journal.hpp>
#include <lifeboat/restore/doubt.hpp>
#include <lifeboat/restore/doubt_place.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a promotion needs to be told.
struct PromoteRequest {
  std::string by{};  ///< who decided
  std::string reason{};
  JournalConfig journal{};  ///< as it goes on; folder, epoch and first sequence are filled in
  bool nothing_lost =
      false;  ///< `by` states that all which the former primary acknowledged is here: nothing is in doubt
};

/// What a promotion did: the journal is open, in the next epoch.
struct Promotion {
  std::unique_ptr<Journal> journal;
  std::uint64_t epoch = 0;
  std::uint64_t first = 0;  ///< sequence of its first group: above all that the former primary said it had
  PromotionLoss loss;
  std::uint32_t window = 0;  ///< of doubt, which the loss opened in the journal's folder; 0: none
  std::string by;
  std::string reason;
};

/// Opens the window of doubt of a promotion in the journal's folder, and says its number; 0 where nothing was lost. The
/// windows of earlier losses do not come over the link: without them, what they hold back would be taken for new.
/// Errors: object_missing, where nothing was lost and those are not here; and those of DoubtWindow.
template <class = void>
Result<std::uint32_t> open_doubt_of(const Promotion& promotion, const std::string& journal,
                                    const PromoteRequest& request, const ClockPort* clock) {
  const Position last = promotion.loss.last;
  if (request.nothing_lost || promotion.loss.zero()) {
    if (last.epoch < 2 || has_doubt(journal)) return std::uint32_t{0};
    return Error{ErrorId::object_missing, "epoch " + std::to_string(last.epoch) +
                                              " may have begun with a loss or an undoing, and " +
                                              doubt_folder(journal) + " does not say which keys that left in doubt"}
        .next("copy the folder doubt of the former primary's journal there, or do not state that nothing was lost");
  }
  Loss loss{.basis = LossBasis::unknown,
            .after = last,
            .fresh_epoch = promotion.epoch,
            .by = request.by,
            .why = request.reason};
  if (last != Position{}) {
    LIFEBOAT_TRY(JournalReader reader, JournalReader::open(journal, last));
    while (true) {
      LIFEBOAT_TRY(const auto group, reader.next());
      if (!group) break;
      loss.since = group->time;
    }
  }
  LIFEBOAT_TRY(const auto window,
               DoubtWindow::open({.folder = doubt_folder(journal), .create = !has_doubt(journal), .clock = clock}));
  return window->open_window(loss);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
