// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/restore/doubt_epoch.hpp>

#include <filesystem>
#include <fstream>

#include <lifeboat/restore/open_loss.hpp>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_doubt_epoch {

using namespace lifeboat;

namespace {

Loss loss(LossBasis basis, std::uint64_t fresh) {
  return {.basis = basis, .after = {fresh - 1, 9}, .fresh_epoch = fresh, .by = "ann"};
}

}  // namespace

TEST_CASE("the window says of each epoch but the first how it began, also where nothing was lost") {
  const support::TempFolder folder;
  const std::string journal = folder.path();
  CHECK(check_doubt_of_epoch(journal, 0));
  CHECK(check_doubt_of_epoch(journal, 1));
  const auto gone = check_doubt_of_epoch(journal, 2);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().id() == ErrorId::object_missing);
  CHECK(gone.error().next().starts_with("lifeboat doubt --journal " + journal + " --open --by NAME --reason TEXT"));
  CHECK(gone.error().is_unchanged());

  CHECK(*open_loss(journal, loss(LossBasis::zero, 2)) == 0);
  CHECK(*open_loss(journal, loss(LossBasis::zero, 2)) == 0);
  CHECK(check_doubt_of_epoch(journal, 2));
  CHECK(check_doubt_of_epoch(journal, 3).error().id() == ErrorId::object_missing);
  CHECK(*open_loss(journal, loss(LossBasis::unknown, 3)) == 1);
  CHECK(check_doubt_of_epoch(journal, 3));

  const auto state = read_doubt(doubt_folder(journal));
  REQUIRE(state);
  REQUIRE(state->nothing_lost().size() == 1);  // once, however often it is done
  CHECK(state->nothing_lost().front().by.view() == "ann");
  CHECK(state->windows() == 1);
  CHECK(state->last_window() == 1);

  std::filesystem::remove_all(doubt_folder(journal));
  CHECK(check_doubt_of_epoch(journal, 2).error().id() == ErrorId::object_missing);
  std::filesystem::create_directory(doubt_folder(journal));
  CHECK(check_doubt_of_epoch(journal, 2).error().next().starts_with("lifeboat doubt "));
}

TEST_CASE("a tail that may have been acknowledged leaves a mark, and no window but one behind it will do") {
  const support::TempFolder folder;
  const std::string journal = folder.path();
  CHECK(owed_fresh_epoch(journal, 1) == 0);
  REQUIRE(mark_torn(journal, 1));
  REQUIRE(mark_torn(journal, 1));
  CHECK(owed_fresh_epoch(journal, 1) == 2);
  CHECK(owed_fresh_epoch(journal, 2) == 2);
  CHECK(owed_fresh_epoch(journal, 3) == 3);
  const auto gone = check_doubt_of_epoch(journal, 1);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().id() == ErrorId::object_missing);
  CHECK(gone.error().sentence().starts_with("a torn tail of epoch 1 was cut that may have held acknowledged groups"));
  REQUIRE(open_loss(journal, loss(LossBasis::unknown, 2)));
  CHECK(check_doubt_of_epoch(journal, 1));
  // In a later epoch the window of its beginning is not enough.
  CHECK(check_doubt_of_epoch(journal, 2));
  REQUIRE(mark_torn(journal, 2));
  CHECK(check_doubt_of_epoch(journal, 2).error().id() == ErrorId::object_missing);
  REQUIRE(open_loss(journal, loss(LossBasis::unknown, 3)));
  CHECK(check_doubt_of_epoch(journal, 2));
  CHECK(mark_torn(journal + "/none", 1).error().id() == ErrorId::medium_io);
}

TEST_CASE("a window whose beginning is gone is damaged, and not an emptier one") {
  const support::TempFolder folder;
  const std::string journal = folder.path();
  std::vector<StatementLine> lines;
  for (int i = 0; i < 6000; ++i) lines.push_back({.key = "K-" + std::to_string(i)});
  REQUIRE(open_loss(journal, loss(LossBasis::undone, 2), lines));
  REQUIRE(open_loss(journal, loss(LossBasis::unknown, 2)));
  const std::string first = doubt_folder(journal) + "/segment-0000000001";
  REQUIRE(std::filesystem::exists(doubt_folder(journal) + "/segment-0000000002"));
  std::filesystem::remove(first);
  CHECK(check_doubt_of_epoch(journal, 2).error().id() == ErrorId::corrupt);
  CHECK(read_doubt(doubt_folder(journal)).error().sentence().find("what came before is not there") !=
        std::string::npos);
  CHECK(DoubtWindow::open({.folder = doubt_folder(journal)}).error().id() == ErrorId::corrupt);
}

}  // namespace test_doubt_epoch
