// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stop_token>

#include <lifeboat/core/environment.hpp>
#include <lifeboat/journal/piece_reader.hpp>
#include <lifeboat/journal/segment_image.hpp>
#include <lifeboat/journal/ship.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What went to a medium.
struct PieceReport {
  std::uint64_t groups = 0;
  std::uint64_t pieces = 0;
  std::uint64_t bytes = 0;
  std::uint64_t filled = 0;      ///< groups that were missing between pieces, and went there again
  std::vector<JournalGap> gaps;  ///< what is missing still, for the journal keeps it no more
  Position last;                 ///< the last group that the medium holds afterwards
};

namespace detail {

/// Where a piece on a medium ends: the chain behind its last group.
template <class = void>
Result<ChainValue> piece_chain(MediumPort& medium, std::string_view source, const JournalPiece& piece) {
  const std::string name = piece_name(source, piece);
  std::byte tail[commit_bytes + end_bytes];
  std::size_t got = 0;
  if (piece.length > sizeof tail) {
    LIFEBOAT_TRY(got, medium.read(name, piece.length - sizeof tail, tail));
  }
  ChainValue chain{};
  if (got != sizeof tail || tail[12] != static_cast<std::byte>(FrameType::commit) ||
      load_le<std::uint64_t>(tail + 16) != piece.last)
    return Error{ErrorId::damage, name + " does not end as a piece of a journal does"};
  std::memcpy(chain.data(), tail + 32, chain_bytes);
  return chain;
}

/// The chain behind a group that a medium has.
template <class = void>
Result<ChainValue> chain_at(MediumPort& medium, std::string_view source, const JournalHistory& history,
                            std::uint64_t sequence) {
  for (const JournalPiece& piece : history.pieces) {
    if (piece.after >= sequence || piece.upto < sequence) continue;
    if (piece.last == sequence) return piece_chain(medium, source, piece);
    LIFEBOAT_TRY(PieceReader reader, PieceReader::open(medium, std::string(source), JournalHistory::of(piece), {},
                                                       Position{piece.epoch, sequence}));
    ChainValue chain{};
    while (true) {
      LIFEBOAT_TRY(const JournalBatch* const batch, reader.next_batch());
      if (batch == nullptr) return chain;
      chain = batch->chain;
    }
  }
  return Error{ErrorId::object_missing,
               "the medium has no group " + std::to_string(sequence) + " of the journal of " + std::string(source)};
}

/// Builds pieces of batches, and puts them on the medium.
template <class = void>
class BasicPieceShipper {
 public:
  BasicPieceShipper(MediumPort& medium, std::string_view source, RandomPort& random)
      : medium_(medium), source_(source), random_(random) {}

  Status add(const JournalBatch& batch, const SegmentHeader& header) {
    if (image_ && !image_->takes(batch, header)) LIFEBOAT_CHECK(put());
    if (!image_) {
      std::uint64_t salt = 0;
      random_.fill({reinterpret_cast<std::byte*>(&salt), sizeof salt});
      LIFEBOAT_TRY(image_, SegmentImage::begin(header, batch, 1, salt));
    }
    image_->add(batch);
    report.groups += batch.last - batch.first + 1;
    return ok();
  }

  Status put() {
    if (!image_) return ok();
    LIFEBOAT_TRY(const ByteView bytes, image_->finish());
    const JournalPiece piece{image_->header().epoch, image_->header().after, image_->last(), bytes.size(),
                             image_->last()};
    LIFEBOAT_TRY(const std::unique_ptr<ObjectWriter> writer,
                 medium_.create(piece_name(source_, piece), {.expected_length = bytes.size()}));
    for (std::size_t at = 0; at < bytes.size(); at += 1U << 20U)
      LIFEBOAT_CHECK(writer->write(bytes.subspan(at, std::min<std::size_t>(1U << 20U, bytes.size() - at))));
    LIFEBOAT_TRY(const Receipt receipt, writer->commit(Publish::if_absent));
    report.bytes += receipt.length;
    ++report.pieces;
    report.last = {piece.epoch, piece.last};
    image_.reset();
    return ok();
  }

  PieceReport report;

 private:
  MediumPort& medium_;
  std::string_view source_;
  RandomPort& random_;
  std::optional<SegmentImage> image_;
};

/// The chain behind the last group of a gap: with which the piece behind it begins.
template <class = void>
Result<ChainValue> chain_behind(MediumPort& medium, std::string_view source, const JournalHistory& history,
                                const JournalGap& gap) {
  for (const JournalPiece& piece : history.pieces) {
    if (Position{piece.epoch, piece.after} != gap.upto) continue;
    LIFEBOAT_TRY(PieceReader reader, PieceReader::open(medium, std::string(source), JournalHistory::of(piece)));
    LIFEBOAT_TRY(const JournalBatch* const batch, reader.next_batch());
    if (batch != nullptr) return batch->before;
  }
  return missing_groups(source, gap);
}

/// Ships what is missing between two pieces, where the journal still has the very groups. False: it has not.
template <class = void>
Result<bool> fill_gap(const std::string& journal, MediumPort& medium, std::string_view source,
                      const JournalHistory& history, const JournalGap& gap, BasicPieceShipper<>& shipper) {
  const auto opened = [&] { return JournalReader::open(journal, {gap.after.epoch, gap.after.sequence + 1}); };
  const Result<ChainValue> chain = chain_behind(medium, source, history, gap);
  auto looking = opened();
  if (!chain || !looking) {
    const Error& why = chain ? looking.error() : chain.error();
    if (why.id() == ErrorId::medium_io) return why;
    return false;
  }
  const auto ends = [&](const JournalBatch& batch) { return batch.last == gap.upto.sequence; };
  // First that they are the same, then they go: what is on a medium is never taken back.
  for (bool first = true;; first = false) {
    LIFEBOAT_TRY(const JournalBatch* const batch, looking->next_batch());
    if (batch == nullptr || batch->last > gap.upto.sequence || (first && batch->after != gap.after.sequence))
      return false;
    if (!ends(*batch)) continue;
    if (batch->chain != *chain) return false;
    break;
  }
  LIFEBOAT_TRY(JournalReader reader, opened());
  while (true) {
    LIFEBOAT_TRY(const JournalBatch* const batch, reader.next_batch());
    if (batch == nullptr) return false;
    const bool last = ends(*batch);
    shipper.report.filled += batch->last - batch->first + 1;
    LIFEBOAT_CHECK(shipper.add(*batch, reader.header()));
    if (!last) continue;
    LIFEBOAT_CHECK(shipper.put());
    return true;
  }
}

/// What a journal has behind the last group that a medium has of its epoch, proved to be the same one: also where
/// nothing is behind it. Errors: diverged, with both heads.
template <class = void>
Result<JournalReader> reader_joined(const std::string& journal, MediumPort& medium, std::string_view source,
                                    const JournalHistory& history) {
  const Position last = history.last();
  LIFEBOAT_TRY(const ChainValue chain, chain_at(medium, source, history, last.sequence));
  auto reader = reader_behind(journal, {last, chain});
  if (reader) return reader;
  if (reader.error().id() == ErrorId::diverged)
    return Error{ErrorId::diverged,
                 reader.error().sentence() + "; the other copy is the medium's, of " + std::string(source)}
        .unchanged();
  return JournalReader::open(journal, {last.epoch, last.sequence + 1});
}

}  // namespace detail

/// Brings a medium up to what is durable in a journal, which may be written meanwhile: what it lacks goes there in
/// pieces of at most 16 MiB, each durable before the next; also what is missing between its pieces, where the journal
/// has that still. `durable` is the journal's. One at a time for a source. Errors: fenced, where a copy went on in a
/// later epoch; diverged, where the medium holds other groups than the journal, or groups behind its end;
/// object_missing, where the journal has let go what the medium lacks; those of both.
template <class = void>
Result<PieceReport> ship_pieces(const std::string& journal, Position durable, MediumPort& medium,
                                std::string_view source, RandomPort& random, std::stop_token stop = {}) {
  LIFEBOAT_TRY(const JournalHistory history, list_journal(medium, source));
  detail::BasicPieceShipper<> shipper(medium, source, random);
  shipper.report.last = history.last();
  const Position last = history.last();
  if (last.epoch == durable.epoch && last.sequence > durable.sequence)
    return Error{ErrorId::diverged, "the medium has the journal of " + std::string(source) + " up to " + to_text(last) +
                                        ", and the journal " + journal + " ends at " + to_text(durable)}
        .unchanged();
  if (history.epoch() > durable.epoch)
    return Error{ErrorId::fenced, "the medium has the journal of " + std::string(source) + " in epoch " +
                                      std::to_string(history.epoch()) + ", and the journal " + journal +
                                      " is of epoch " + std::to_string(durable.epoch)}
        .unchanged();
  for (const JournalGap& gap : history.gaps) {
    LIFEBOAT_TRY(const bool filled, detail::fill_gap(journal, medium, source, history, gap, shipper));
    if (!filled) shipper.report.gaps.push_back(gap);
  }
  shipper.report.last = last;
  const Position from = history.empty() ? Position{} : Position{last.epoch, last.sequence + 1};
  const bool same_epoch = !history.empty() && last.epoch == durable.epoch;
  LIFEBOAT_TRY(JournalReader reader, same_epoch ? detail::reader_joined(journal, medium, source, history)
                                                : JournalReader::open(journal, from));
  bool joined = history.empty() || same_epoch;
  while (!stop.stop_requested()) {
    LIFEBOAT_TRY(const JournalBatch* const batch, reader.next_batch());
    if (batch == nullptr) break;
    if (!joined) {
      // A later epoch may begin before the end of the one that the medium has: what lies behind is undone.
      const bool fits = batch->epoch > last.epoch ? batch->after <= last.sequence : batch->after == last.sequence;
      ChainValue chain{};
      if (fits && batch->after >= history.pieces.front().after + 1) {
        LIFEBOAT_TRY(chain, detail::chain_at(medium, source, history, batch->after));
      }
      if (!fits || chain != batch->before)
        return Error{ErrorId::diverged, "the journal " + journal + " and the medium's of " + std::string(source) +
                                            " hold other groups up to " + to_text(last)}
            .unchanged();
      joined = true;
    }
    LIFEBOAT_CHECK(shipper.add(*batch, reader.header()));
  }
  LIFEBOAT_CHECK(shipper.put());
  return shipper.report;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
