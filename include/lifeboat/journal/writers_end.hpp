// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <utility>

#include <lifeboat/journal/journal_config.hpp>
#include <lifeboat/journal/segment_recovery.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The end of a journal that a SegmentWriter has just found, as copies are offered it.
template <class Writer>
class WritersEnd final : public JournalEndPort {
 public:
  WritersEnd(Writer& writer, SegmentEnd& found, HashPort& sha256) : writer_(writer), found_(found), sha256_(sha256) {}

  [[nodiscard]] const std::string& folder() const override { return found_.tail.journal; }
  [[nodiscard]] ShippedOrigin origin() const override { return writer_.header(); }
  [[nodiscard]] JournalHead head() const override {
    return {{writer_.epoch(), writer_.point().last}, writer_.point().chain};
  }
  [[nodiscard]] Position next() const override { return {writer_.epoch(), writer_.point().next_sequence}; }

  Result<bool> take(std::string_view copy, const ShippedOrigin& origin, const ShippedBatch& batch) override {
    TornTail& tail = found_.tail;
    const JournalPoint& point = writer_.point();
    if (origin.journal != writer_.header().journal || batch.epoch != writer_.epoch() || batch.after != point.last ||
        batch.first != point.next_sequence || batch.before != point.chain)
      return false;
    // Where the tail's commit is whole, it names the one batch that stood there.
    const bool named = tail.groups != 0 && tail.taken == 0;
    if (named && (batch.last != point.next_sequence - 1 + tail.groups || batch.chain != found_.named)) return false;
    LIFEBOAT_CHECK(check_shipped(batch, sha256_, "the journal " + tail.journal));
    written_ = writer_.put_back(origin, batch);
    LIFEBOAT_CHECK(Status(written_));
    tail.taken += batch.last - batch.first + 1;
    tail.copy = copy;
    return true;
  }

  void not_asked(const Error& why) override { found_.tail.not_asked.push_back(why.sentence()); }

  void lacks(const Position& upto, const Error& why) override {
    if (lacks_ && upto <= lacks_->first) return;
    lacks_.emplace(upto, why);
  }

  /// What became of it once all were asked: an error of the journal's own, or that it lacks what a copy has.
  [[nodiscard]] Status ended() const {
    LIFEBOAT_CHECK(Status(written_));
    return lacks_ && head().last < lacks_->first ? Status(lacks_->second) : ok();
  }

 private:
  Writer& writer_;
  SegmentEnd& found_;
  HashPort& sha256_;
  Status written_ = ok();
  std::optional<std::pair<Position, Error>> lacks_;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
