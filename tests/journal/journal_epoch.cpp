// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/journal_epoch.hpp>

#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_journal_epoch {

using namespace lifeboat;

TEST_CASE("a journal says to which epoch it came, also before the first group of it") {
  const support::TempFolder folder;
  const std::string path = folder / "j";
  CHECK(*journal_epoch(path) == 0);
  std::filesystem::create_directory(path);
  CHECK(*journal_epoch(path) == 0);
  support::append_payments(*support::open_journal(path), 1, 3);
  CHECK(*journal_epoch(path) == 1);
  { const auto next = support::open_journal(path, 4); }
  CHECK(*journal_epoch(path) == 4);
  // What a crash left of a segment that was being made.
  const std::string newest = path + "/segment-0000000009";
  std::ofstream(newest) << "LB";
  CHECK(*journal_epoch(path) == 4);
  std::ofstream(folder / "file") << "x";
  CHECK(*journal_epoch(folder / "file") == 0);
}

}  // namespace test_journal_epoch
