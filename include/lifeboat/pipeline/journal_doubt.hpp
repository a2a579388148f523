// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>

#include <lifeboat/journal/ship.hpp>
#include <lifeboat/pipeline/journal_place.hpp>
#include <lifeboat/restore/doubt_epoch.hpp>
#include <lifeboat/restore/doubt_port.hpp>

// The doubt window of a pipeline's journal: a journal of its own within that one's folder, shipped and restored with
// it.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What the engine vouches for about a key, such as the epoch of the token that it begins with. Must not throw.
using StampOfKey = Stamp (*)(std::string_view key);

/// Under which name the window of a source goes to a medium.
template <class = void>
std::string doubt_source(const std::string& source) {
  return source + ".doubt";
}

/// The newest epoch that a medium has of the window of a source, whatever else of it is there; 0: none.
template <class = void>
Result<std::uint64_t> doubt_epoch_on(MediumPort& medium, const std::string& source) {
  const std::string name = doubt_source(source);
  std::uint64_t epoch = 0;
  LIFEBOAT_CHECK(medium.list(piece_prefix(name), "", [&](const ObjectInfo& info) {
    if (const auto piece = piece_of(name, info)) epoch = std::max(epoch, piece->epoch);
    return true;
  }));
  return epoch;
}

/// The window of a journal, as append_once asks it. In the first epoch it is not there until a tail is cut that may
/// have held acknowledged groups, which is marked; every later epoch begins with a record in it.
template <class = void>
class BasicJournalDoubt final : public DoubtPort {
 public:
  /// `begins`: an epoch that the engine itself begins; 0: none. Errors: object_missing, where the window does not say
  /// what it owes of the journal's epoch; those of DoubtWindow.
  static Result<std::unique_ptr<BasicJournalDoubt>> open(const std::string& journal, StampOfKey stamp,
                                                         std::uint64_t begins = 0) {
    std::unique_ptr<BasicJournalDoubt> doubt(new BasicJournalDoubt(journal, stamp));
    LIFEBOAT_TRY(const std::uint64_t epoch, journal_epoch(journal));
    // A copy that waits for its adoption is refused for that.
    const bool waits = stat_at(AT_FDCWD, (journal + "/" + restored_name).c_str()).error == 0;
    const std::uint64_t owed = waits ? 0 : owed_fresh_epoch(journal, epoch);
    if (has_doubt(journal)) {
      const Status opened = doubt->open_window(false);
      if (!opened && opened.error().id() == ErrorId::object_missing && owed != 0)
        return no_doubt_of_epoch(journal, epoch);
      if (!opened) return opened.error();
    }
    if (owed != 0 && (doubt->window_ == nullptr || doubt->window_->fresh_epoch() < owed))
      return no_doubt_of_epoch(journal, epoch);
    if (!waits && begins > std::max<std::uint64_t>(epoch, 1)) LIFEBOAT_CHECK(doubt->begin(epoch, begins));
    return doubt;
  }

  Result<bool> in_doubt(std::string_view key) override { return port_ == nullptr ? false : port_->in_doubt(key); }

  Result<std::optional<Position>> paid(std::string_view key) override {
    return port_ == nullptr ? std::optional<Position>() : port_->paid(key);
  }

  /// Every key that is not known, and not vouched for by a later epoch, is in doubt.
  Status torn(const TornTail& tail) override {
    if (window_ == nullptr) LIFEBOAT_CHECK(open_window(true));
    Loss loss{.basis = LossBasis::unknown,
              .after = tail.after,
              .fresh_epoch = tail.after.epoch + 1,
              .since = tail.since,
              .by = "lifeboat",
              .why = "a tail that was cut"};
    LIFEBOAT_TRY([[maybe_unused]] const std::uint32_t number, window_->open_window(loss));
    return mark_torn(journal_, tail.after.epoch);
  }

  [[nodiscard]] DoubtWindow* window() const noexcept { return window_.get(); }

 private:
  BasicJournalDoubt(std::string journal, StampOfKey stamp) : journal_(std::move(journal)), stamp_(stamp) {}

  /// The engine's own configuration begins an epoch: it states no loss.
  Status begin(std::uint64_t before, std::uint64_t epoch) {
    if (is_held(journal_))
      return Error{ErrorId::busy, "the journal " + journal_ + " has a writer, and epoch " + std::to_string(epoch) +
                                      " is not begun beside it"}
          .next("fuser -v " + shell_quoted(journal_ + "/lock"))
          .unchanged();
    if (window_ == nullptr) LIFEBOAT_CHECK(open_window(true));
    LIFEBOAT_TRY([[maybe_unused]] const std::uint32_t none,
                 window_->open_window({.basis = LossBasis::zero,
                                       .after = {before, 0},
                                       .fresh_epoch = epoch,
                                       .by = "the engine",
                                       .why = "its configuration begins this epoch"}));
    return ok();
  }

  Status open_window(bool create) {
    LIFEBOAT_TRY(window_, DoubtWindow::open({.folder = doubt_folder(journal_), .create = create}));
    const auto stamp_of = [stamp = stamp_](std::string_view key) { return stamp == nullptr ? Stamp{} : stamp(key); };
    port_ = std::make_unique<WindowDoubt<decltype(stamp_of)>>(*window_, stamp_of);
    return ok();
  }

  std::string journal_;
  StampOfKey stamp_;
  std::unique_ptr<DoubtWindow> window_;
  std::unique_ptr<DoubtPort> port_;
};
using JournalDoubt = BasicJournalDoubt<>;

/// Ships the window of a journal, where it has one. Errors: object_missing, where the medium has one and the journal
/// does not; those of ship_pieces.
template <class = void>
Status ship_doubt(const LogView& log, MediumPort& medium, const std::string& source, RandomPort& random,
                  const std::stop_token& stop) {
  const std::string folder = doubt_folder(log.folder);
  if (!has_doubt(log.folder)) {
    if (owed_fresh_epoch(log.folder, log.durable.epoch) == 0) return ok();
    LIFEBOAT_TRY(const JournalHistory there, list_journal(medium, doubt_source(source)));
    return there.empty() ? ok() : Status(no_doubt_of_epoch(log.folder, log.durable.epoch));
  }
  LIFEBOAT_TRY(const JournalHead end, journal_end(folder));
  LIFEBOAT_TRY(const PieceReport report, ship_pieces(folder, end.last, medium, doubt_source(source), random, stop));
  (void)report;
  return ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
