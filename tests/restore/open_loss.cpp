// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/restore/open_loss.hpp>

#include <filesystem>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_open_loss {

using namespace lifeboat;

namespace {

Loss loss_of(LossBasis basis) { return {.basis = basis, .after = {1, 9}, .fresh_epoch = 2, .by = "A. Nightshift"}; }

}  // namespace

TEST_CASE("a loss opens a window in the journal's folder, once") {
  const support::TempFolder folder;
  CHECK(*open_loss(folder.path(), loss_of(LossBasis::unknown)) == 1);
  REQUIRE(has_doubt(folder.path()));
  CHECK(*open_loss(folder.path(), loss_of(LossBasis::unknown)) == 1);
  Loss later = loss_of(LossBasis::unknown);
  later.fresh_epoch = 3;
  CHECK(*open_loss(folder.path(), later) == 2);
  const StatementLine line{"A-1", Position{1, 10}, {}, {}, "", "undone"};
  CHECK(*open_loss(folder.path(), loss_of(LossBasis::undone), std::span(&line, 1)) == 3);
}

TEST_CASE("a folder that a crash left empty is begun anew where everything is in doubt, and else refused") {
  const support::TempFolder folder;
  std::filesystem::create_directory(doubt_folder(folder.path()));
  const StatementLine line{"A-1", Position{1, 10}, {}, {}, "", "undone"};
  CHECK(open_loss(folder.path(), loss_of(LossBasis::undone), std::span(&line, 1)).error().id() ==
        ErrorId::object_missing);
  CHECK(*open_loss(folder.path(), loss_of(LossBasis::unknown)) == 1);
  CHECK(*open_loss(folder.path(), loss_of(LossBasis::undone), std::span(&line, 1)) == 2);
}

}  // namespace test_open_loss
