// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/event.hpp>
#include <lifeboat/journal/take_back.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a pipeline does about the end of its journal while that is opened: it asks its medium, opens the window of
/// doubt by `doubt` (null: there is none), and tells its log. All is borrowed.
template <class = void>
class BasicJournalTails final : public TornTailPort {
 public:
  BasicJournalTails(MediumPort& medium, const std::string& source, TornTailPort* doubt, const LogSink& log)
      : medium_(medium), source_(source), doubt_(doubt), log_(log) {}

  void take_back(JournalEndPort& end) override {
    if (const Status asked = take_back_from_medium(medium_, source_, end); !asked) end.not_asked(asked.error());
  }
  Status torn(const TornTail& tail) override { return doubt_ != nullptr ? doubt_->torn(tail) : ok(); }
  void settled(const TornTail& tail) override {
    std::string what = "the journal " + tail.journal + ": ";
    if (tail.bytes != 0)
      what +=
          std::to_string(tail.bytes) + " bytes behind " + to_text(tail.after) + " that were no whole groups were cut";
    if (tail.taken != 0)
      what += (tail.bytes != 0 ? ", and " : "") + std::to_string(tail.taken) +
              (tail.taken == 1 ? " group" : " groups") + " up to " +
              to_text(Position{tail.after.epoch, tail.after.sequence + tail.taken}) + " came back from " + tail.copy;
    else
      what += tail.not_asked.empty() ? "; no copy has them" : "; no copy gave them back";
    for (const std::string& why : tail.not_asked) what += "; " + why;
    if (tail.groups != 0)
      what += "; " + std::to_string(tail.groups) +
              " of them may have been acknowledged: every key that is not known is in doubt";
    log_.tell(Event{ErrorId::tail_cut, source_, what});
  }

 private:
  MediumPort& medium_;
  const std::string& source_;
  TornTailPort* doubt_;
  const LogSink& log_;
};
using JournalTails = BasicJournalTails<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
