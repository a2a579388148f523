// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/mman.h>

#include <lifeboat/journal/piece.hpp>
#include <lifeboat/journal/reader.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// Whether an error says that an object is not as it was, and others may be.
constexpr bool is_lost_piece(ErrorId id) noexcept {
  return id == ErrorId::damage || id == ErrorId::corrupt || id == ErrorId::object_missing;
}

}  // namespace detail

/// Reads a journal from a medium, batch by batch, up to where each piece counts. One piece at a time is in memory.
template <class = void>
class BasicPieceReader {
 public:
  /// Of what `history` has from the piece that holds the group behind `after` on; to `upto`, or to its end.
  /// Errors: crypto.
  static Result<BasicPieceReader> open(MediumPort& medium, std::string source, JournalHistory history,
                                       Position after = {}, Position upto = {~std::uint64_t{0}, 0}) {
    BasicPieceReader reader(medium, std::move(source), std::move(history), upto);
    LIFEBOAT_TRY(reader.structural_, open_structural(StructuralId::sha256));
    LIFEBOAT_TRY(reader.sha256_, reader.structural_->begin());
    const std::vector<JournalPiece>& pieces = reader.history_.pieces;
    while (reader.next_ < pieces.size() && Position{pieces[reader.next_].epoch, pieces[reader.next_].upto} <= after)
      ++reader.next_;
    return reader;
  }

  /// The next batch; null at the end. It is the reader's until the next call. What is cut ends within a batch, whose
  /// chain is then that of the groups which stay. Errors: corrupt, naming the object; medium_io, object_missing, where
  /// an object is gone or groups are missing.
  Result<const JournalBatch*> next_batch() {
    while (true) {
      if (!walk_) {
        if (!more()) return static_cast<const JournalBatch*>(nullptr);
        LIFEBOAT_CHECK(enter());
      }
      if (point_.last >= limit_) {
        walk_.reset();
        continue;
      }
      const ChainValue before = point_.chain;
      const std::uint64_t after = point_.last;
      const std::uint64_t first = point_.next_sequence;
      LIFEBOAT_TRY(const WalkStep step, walk_->step(point_));
      if (step != WalkStep::batch) return damaged("ends at " + to_text(Position{header_.epoch, point_.last}));
      const std::vector<Frame>& frames = walk_->frames();
      batch_ = {header_.epoch, after, first, point_.last, before, point_.chain, {}};
      batch_.frames.assign(frames.front().bytes.data(), frames.back().bytes.data() + frames.back().bytes.size());
      if (point_.last > limit_) LIFEBOAT_CHECK(cut());
      given_ = point_.last;
      return &batch_;
    }
  }

  /// Of the piece that the batch was in.
  [[nodiscard]] const SegmentHeader& header() const noexcept { return header_; }
  /// Which piece of the history that is, also where it can not be read.
  [[nodiscard]] std::size_t piece() const noexcept { return next_ == 0 ? 0 : next_ - 1; }
  /// The last sequence of that piece which was given, or the one that it begins behind.
  [[nodiscard]] std::uint64_t given() const noexcept { return given_; }

 private:
  BasicPieceReader(MediumPort& medium, std::string source, JournalHistory history, Position upto)
      : medium_(&medium), source_(std::move(source)), history_(std::move(history)), upto_(upto) {}

  [[nodiscard]] bool more() const noexcept {
    return next_ < history_.pieces.size() &&
           Position{history_.pieces[next_].epoch, history_.pieces[next_].after} < upto_;
  }

  Error damaged(const std::string& what) const {
    return Error{ErrorId::damage, piece_name(source_, history_.pieces[next_ - 1]) + " " + what};
  }

  Status enter() {
    const JournalPiece& piece = history_.pieces[next_];
    if (entered_ && piece.after > point_.last)
      return missing_groups(source_, {{header_.epoch, point_.last}, {piece.epoch, piece.after}, 0});
    ++next_;
    given_ = piece.after;
    const std::string name = piece_name(source_, piece);
    file_ = FileDescriptor(::memfd_create("lifeboat-piece", MFD_CLOEXEC));
    if (!file_) return Error{ErrorId::out_of_memory, name + " can not be held in memory"}.because(errno);
    Bytes part(std::min<std::uint64_t>(1U << 20U, piece.length));
    for (std::uint64_t at = 0; at < piece.length;) {
      const std::uint64_t size = std::min<std::uint64_t>(part.size(), piece.length - at);
      LIFEBOAT_TRY(const std::size_t got, medium_->read(name, at, MutableBytes(part).first(size)));
      if (got != size) return damaged("is shorter than the medium says");
      if (const int error = pwrite_full(file_.get(), at, ByteView(part).first(got)))
        return Error{ErrorId::out_of_memory, name + " can not be held in memory"}.because(error);
      at += got;
    }
    auto header = read_segment_header(file_.get(), name, *sha256_);
    if (!header) return std::move(header).error();
    const bool named = header->epoch == piece.epoch && header->after == piece.after;
    const bool follows = !entered_ || (header->journal == header_.journal && header->chain == point_.chain);
    if (!named) return damaged("holds other groups than its name says");
    if (!follows) return damaged("does not follow the piece before it");
    header_ = std::move(*header);
    entered_ = true;
    point_ = JournalPoint::at_head(header_);
    limit_ = piece.upto;
    if (piece.epoch == upto_.epoch) limit_ = std::min(limit_, upto_.sequence);
    walk_.emplace(file_.get(), header_, *sha256_);
    return ok();
  }

  /// Leaves the groups behind the limit out of the batch; the chain is computed anew.
  Status cut() {
    LIFEBOAT_CHECK(sha256_->update(batch_.before));
    std::size_t kept = 0;
    batch_.last = batch_.after;
    BatchGroups groups(batch_);
    for (auto group = groups.next(); group && group->position.sequence <= limit_; group = groups.next()) {
      batch_.last = group->position.sequence;
      LIFEBOAT_CHECK(sha256_->update(group->frame.chained()));
      kept += group->frame.bytes.size();
    }
    LIFEBOAT_CHECK(sha256_->finish(batch_.chain));
    batch_.frames.resize(kept);
    point_.last = batch_.last;
    point_.chain = batch_.chain;
    return ok();
  }

  MediumPort* medium_;
  std::string source_;
  JournalHistory history_;
  Position upto_;
  std::size_t next_ = 0;  ///< piece
  std::unique_ptr<VerifierPort> structural_;
  std::unique_ptr<HashPort> sha256_;
  FileDescriptor file_;
  SegmentHeader header_;
  JournalPoint point_;
  std::uint64_t limit_ = 0;
  std::uint64_t given_ = 0;
  bool entered_ = false;
  std::optional<SegmentWalk> walk_;
  JournalBatch batch_;
};
using PieceReader = BasicPieceReader<>;

/// When the last group that a medium has was appended; zero where it has none.
template <class = void>
Result<Timestamp> time_of_last(MediumPort& medium, const std::string& source, const JournalHistory& history) {
  Timestamp time{};
  if (history.empty()) return time;
  LIFEBOAT_TRY(PieceReader reader, PieceReader::open(medium, source, JournalHistory::of(history.pieces.back())));
  while (true) {
    LIFEBOAT_TRY(const JournalBatch* const batch, reader.next_batch());
    if (batch == nullptr) return time;
    BatchGroups groups(*batch);
    while (const auto group = groups.next()) time = group->time;
  }
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
