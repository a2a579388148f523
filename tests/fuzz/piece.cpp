// SPDX-License-Identifier: BSL-1.0
// An object of a journal on a medium, read whole and cut; and its bytes as the places of pieces that must make a
// history or be refused.
#include <lifeboat/journal/piece_reader.hpp>
#include <lifeboat/journal/ship_pieces.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>

#include "support/read_any_journal.hpp"

using namespace lifeboat;
using namespace support;

namespace {

/// Groups of a piece up to a position.
std::vector<std::uint64_t> read(MediumPort& medium, const JournalHistory& history, Position upto) {
  std::vector<std::uint64_t> found;
  auto reader = PieceReader::open(medium, "s", history, {}, upto);
  must(reader.has_value(), "a reader of pieces does not open");
  while (true) {
    const auto batch = reader->next_batch();
    if (!batch || *batch == nullptr) return found;
    BatchGroups groups(**batch);
    while (const auto group = groups.next()) {
      must(found.empty() || group->position.sequence == found.back() + 1, "a group stands out of its order");
      must(group->position <= upto, "a group lies behind the cut");
      found.push_back(group->position.sequence);
      walk_records(group->frame);
    }
    must(!found.empty() && found.back() == (*batch)->last, "a batch ends elsewhere than it says");
  }
}

void read_object(const Bytes& bytes) {
  if (bytes.size() < segment_page + commit_bytes + end_bytes) return;
  JournalPiece piece;
  piece.epoch = load_le<std::uint64_t>(bytes.data() + 48) % epoch_max;
  piece.after = load_le<std::uint64_t>(bytes.data() + 120);
  piece.last = load_le<std::uint64_t>(bytes.data() + bytes.size() - commit_bytes - end_bytes + 16);
  if (piece.last <= piece.after || piece.epoch == 0) return;
  const auto medium = open_medium<Memory>({});
  must(medium.has_value(), "no memory for a medium");
  auto writer = (*medium)->create(piece_name("s", piece), {});
  must(writer && (*writer)->write(bytes) && (*writer)->commit(Publish::if_absent), "an object is not written");
  const auto history = list_journal(**medium, "s");
  must(history && history->pieces.size() == 1, "a piece is not found by its name");
  const std::vector<std::uint64_t> all = read(**medium, *history, {~std::uint64_t{0}, 0});
  (void)detail::piece_chain(**medium, "s", history->pieces[0]).has_value();
  (void)time_of_last(**medium, "s", *history).has_value();
  if (all.empty()) return;
  const std::uint64_t middle = all[all.size() / 2];
  const std::vector<std::uint64_t> cut = read(**medium, *history, {piece.epoch, middle});
  must(cut == std::vector<std::uint64_t>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2 + 1)),
       "a cut is no prefix");
  (void)detail::chain_at(**medium, "s", *history, middle).has_value();
}

void read_places(const Bytes& bytes) {
  std::vector<JournalPiece> pieces;
  for (std::size_t at = 0; at + 3 <= bytes.size() && pieces.size() < 64; at += 3) {
    JournalPiece piece;
    piece.epoch = std::to_integer<std::uint64_t>(bytes[at]) % 4 + 1;
    piece.after = std::to_integer<std::uint64_t>(bytes[at + 1]);
    piece.last = piece.after + 1 + std::to_integer<std::uint64_t>(bytes[at + 2]);
    const std::string name = piece_name("s", piece);
    const auto read = piece_of("s", {name, 100});
    must(read && read->epoch == piece.epoch && read->after == piece.after && read->last == piece.last,
         "a piece's name says something else");
    pieces.push_back(*read);
  }
  const std::size_t count = pieces.size();
  const auto history = journal_history("s", std::move(pieces));
  if (!history) return;
  must(history->pieces.size() + history->undone.size() == count, "a piece got lost");
  for (std::size_t i = 0; i < history->pieces.size(); ++i) {
    const JournalPiece& piece = history->pieces[i];
    must(piece.upto > piece.after && piece.upto <= piece.last, "a piece counts where it has no groups");
    if (i == 0) continue;
    const JournalPiece& before = history->pieces[i - 1];
    must(piece.after >= before.upto && piece.epoch >= before.epoch, "a history has groups twice");
    const bool said = history->gap_between({before.epoch, before.upto}, {piece.epoch, piece.after}) != nullptr;
    must((piece.after > before.upto) == said, "a gap is not said, or is none");
    must(piece.epoch != before.epoch || before.upto == before.last, "a piece is cut within its epoch");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 64U << 10U) return 0;
  Bytes bytes = bytes_of(data, size);
  const std::string name =
      "journal/s/" + std::string(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 52));
  (void)piece_of("s", {name, 100}).has_value();
  if (size <= 192) read_places(bytes);
  read_object(bytes);
  mend_segment(bytes);
  read_object(bytes);
  return 0;
}
