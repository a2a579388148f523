// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>

#include <lifeboat/journal/ship.hpp>
#include <lifeboat/pipeline/journal_place.hpp>
#include <lifeboat/restore/doubt_place.hpp>
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

/// The window of a journal, as append_once asks it. It is not there until a loss opens it: an adoption, a promotion, or
/// a tail that is cut and may have held acknowledged groups.
template <class = void>
class BasicJournalDoubt final : public DoubtPort {
 public:
  /// Errors: those of DoubtWindow::open.
  static Result<std::unique_ptr<BasicJournalDoubt>> open(const std::string& journal, StampOfKey stamp) {
    std::unique_ptr<BasicJournalDoubt> doubt(new BasicJournalDoubt(journal, stamp));
    if (has_doubt(journal)) LIFEBOAT_CHECK(doubt->open_window(false));
    return doubt;
  }

  Result<bool> in_doubt(std::string_view key) override { return port_ == nullptr ? false : port_->in_doubt(key); }

  /// Every key that is not known, and not vouched for by a later epoch, is in doubt.
  Status torn(const TornTail& tail) override {
    if (window_ == nullptr) LIFEBOAT_CHECK(open_window(true));
    Loss loss{.basis = LossBasis::unknown,
              .after = tail.after,
              .fresh_epoch = tail.after.epoch + 1,
              .since = tail.since,
              .by = "lifeboat",
              .why = "a tail that was cut"};
    LIFEBOAT_TRY(const std::uint32_t number, window_->open_window(loss));
    (void)number;
    return ok();
  }

  [[nodiscard]] DoubtWindow* window() const noexcept { return window_.get(); }

 private:
  BasicJournalDoubt(std::string journal, StampOfKey stamp) : journal_(std::move(journal)), stamp_(stamp) {}

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

/// Ships the window of a journal, where it has one.
template <class = void>
Status ship_doubt(const std::string& journal, MediumPort& medium, const std::string& source, RandomPort& random,
                  const std::stop_token& stop) {
  if (!has_doubt(journal)) return ok();
  const std::string folder = doubt_folder(journal);
  LIFEBOAT_TRY(const JournalHead end, journal_end(folder));
  LIFEBOAT_TRY(const PieceReport report, ship_pieces(folder, end.last, medium, doubt_source(source), random, stop));
  (void)report;
  return ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
