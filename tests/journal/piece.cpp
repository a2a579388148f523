// SPDX-License-Identifier: BSL-1.0
// What of the pieces on a medium is history; tests/journal/ship_pieces.cpp has those of a journal.
#include <lifeboat/journal/piece.hpp>

#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>

#include "catch.hpp"
#include "support/claimed.hpp"

namespace test_piece {

using namespace lifeboat;

namespace {

JournalPiece piece(std::uint64_t epoch, std::uint64_t after, std::uint64_t last) {
  return {epoch, after, last, 100, last};
}

}  // namespace

TEST_CASE("what the chain says was left is no history, also before the later epoch has a piece") {
  const std::vector<JournalPiece> pieces{piece(1, 0, 10), piece(1, 10, 30), piece(1, 30, 35)};
  const auto history = journal_history("bank", pieces, {{2, true, {1, 20}, 36}});
  REQUIRE(history);
  CHECK(history->last() == Position{1, 20});
  CHECK(history->pieces.size() == 2);
  CHECK(history->undone.size() == 1);
  CHECK(history->epoch() == 2);
  CHECK(history->highest() == 35);
  CHECK(history->holds({1, 20}));
  CHECK_FALSE(history->holds({1, 21}));
  CHECK(history->left_by({1, 20}) == 0);
  CHECK(history->left_by({1, 21}) == 2);
  CHECK(history->left_by({2, 36}) == 0);
  CHECK(history->left_by({}) == 0);
  CHECK(history->gaps.empty());
  // The same from the pieces alone, once there is one.
  auto more = pieces;
  more.push_back(piece(2, 20, 40));
  for (const std::vector<EpochBegin>& begun :
       {std::vector<EpochBegin>{}, {{2, true, {1, 20}, 36}}, {{2, false, {}, 0}}}) {
    const auto same = journal_history("bank", more, begun);
    REQUIRE(same);
    CHECK(same->last() == Position{2, 40});
    CHECK(same->left_by({1, 21}) == 2);
    CHECK(same->left_by({1, 20}) == 0);
    CHECK(same->pieces.size() == 3);
    CHECK(same->unproven() == 0);
  }
}

TEST_CASE("an epoch that went on behind another than the one before it leaves that one out whole") {
  // Epoch 2 left what is behind 1:20; epoch 3 went on behind 1:30 all the same, from another copy.
  const std::vector<EpochBegin> begun{{2, true, {1, 20}, 31}, {3, true, {1, 30}, 41}};
  const auto history = journal_history("bank", {piece(1, 0, 30), piece(2, 20, 40), piece(3, 30, 50)}, begun);
  REQUIRE(history);
  REQUIRE(history->pieces.size() == 2);
  CHECK(history->pieces[0].upto == 30);
  CHECK(history->pieces[1].epoch == 3);
  CHECK(history->undone.size() == 1);
  CHECK(history->left_by({1, 25}) == 0);
  CHECK(history->left_by({2, 35}) == 3);
  CHECK(history->gaps.empty());
  // And back again: epoch 4 goes on behind epoch 2.
  auto back = begun;
  back.push_back({4, true, {2, 33}, 51});
  const auto fourth = journal_history("bank", {piece(1, 0, 30), piece(2, 20, 40), piece(3, 30, 50)}, back);
  REQUIRE(fourth);
  CHECK(fourth->last() == Position{2, 33});
  CHECK(fourth->pieces.front().upto == 20);
  CHECK(fourth->left_by({1, 25}) == 2);
  CHECK(fourth->left_by({3, 41}) == 4);
  CHECK(fourth->highest() == 50);
  CHECK(fourth->last_of_any() == Position{3, 50});
}

TEST_CASE("an epoch that was claimed twice, and one of which nobody knows what it left") {
  const auto twice = journal_history("bank", {piece(1, 0, 30)}, {{2, true, {1, 20}, 31}, {3, true, {1, 20}, 31}});
  REQUIRE(twice);
  CHECK(twice->last() == Position{1, 20});
  CHECK(twice->left_by({1, 21}) == 3);
  const auto unknown = journal_history("bank", {piece(1, 0, 30)}, {{2, false, {}, 0}});
  REQUIRE(unknown);
  CHECK(unknown->last() == Position{1, 30});
  CHECK(unknown->unproven() == 2);
  CHECK(unknown->left_by({1, 30}) == 0);
  CHECK(unknown->epoch() == 2);
  const auto nothing = journal_history("bank", {piece(1, 0, 30)}, {{2, true, {0, 0}, 31}});
  REQUIRE(nothing);
  CHECK(nothing->empty());
  CHECK(nothing->left_by({1, 1}) == 2);
}

TEST_CASE("a gap is said with what it may hold, and is none where nothing needs it") {
  const auto history =
      journal_history("bank", {piece(1, 0, 10), piece(1, 15, 20), piece(2, 35, 40)}, {{2, true, {1, 25}, 31}});
  REQUIRE(history);
  REQUIRE(history->gaps.size() == 2);
  CHECK(history->gaps[0].after == Position{1, 10});
  CHECK(history->gaps[0].upto == Position{1, 15});
  CHECK(history->gaps[0].groups == 5);
  CHECK(history->gaps[1].groups == 10);  // 1:21 to 1:25, and 2:31 to 2:35
  CHECK(history->gap_between({1, 0}, {1, 10}) == nullptr);
  CHECK(history->gap_between({1, 15}, {1, 20}) == nullptr);
  CHECK(history->gap_between({1, 5}, {1, 11}) == &history->gaps[0]);
  CHECK(history->gap_between({1, 14}, {2, 40}) == &history->gaps[0]);
  CHECK(history->gap_between({1, 15}, {2, 40}) == &history->gaps[1]);
  // Where the epoch's own first piece is missing, what lies between is of both.
  const auto begins = journal_history("bank", {piece(1, 0, 20), piece(2, 25, 40)}, {{2, true, {1, 25}, 31}});
  REQUIRE(begins->gaps.size() == 1);
  CHECK(begins->gaps[0].groups == 5);
}

TEST_CASE("a medium's history is cut where its chain says") {
  const auto medium = open_medium<Memory>({}).value();
  for (const JournalPiece& one : {piece(1, 0, 15), piece(1, 15, 30)}) {
    auto writer = medium->create(piece_name("bank", one), {});
    REQUIRE((*writer)->write(as_bytes("piece")));
    REQUIRE((*writer)->commit(Publish::if_absent));
  }
  CHECK(list_journal(*medium, "bank")->last() == Position{1, 30});
  support::claim(*medium, "bank", 2, {1, 20}, 31);
  CHECK(list_journal(*medium, "bank")->last() == Position{1, 20});
}

}  // namespace test_piece
