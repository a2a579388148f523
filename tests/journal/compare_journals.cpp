// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/compare_journals.hpp>

#include <filesystem>
#include <fstream>

#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_compare_journals {

using namespace lifeboat;
using namespace support;

namespace {

JournalComparison compared(const std::string& left, const std::string& right) {
  auto a = JournalReader::open(left);
  auto b = JournalReader::open(right);
  REQUIRE(a);
  REQUIRE(b);
  const auto found = compare_journals(*a, *b);
  INFO((found ? std::string() : found.error().sentence()));
  REQUIRE(found);
  return *found;
}

}  // namespace

TEST_CASE("copies are equal up to where the shorter one ends") {
  const support::TempFolder folder;
  {
    const auto journal = open_journal(folder / "j");
    append_payments(*journal, 1, 3000, 20);
    const auto replica = open_replica(folder / "r");
    auto reader = JournalReader::open(folder / "j");
    REQUIRE(ship(*reader, *replica));
    append_payments(*journal, 3001, 3007);
  }
  JournalComparison found = compared(folder / "j", folder / "r");
  CHECK(found.equal);
  CHECK(found.sentence.empty());
  CHECK(found.groups == 3000);
  CHECK(found.upto.last == Position{1, 3000});
  CHECK(found.upto.chain == batches_of(folder / "r").back().chain);
  CHECK(found.left_ahead == 7);
  CHECK(found.right_ahead == 0);
  found = compared(folder / "r", folder / "j");
  CHECK(found.equal);
  CHECK(found.right_ahead == 7);
  // One that keeps less of its past is compared from there on.
  const std::uint64_t second = batches_of(folder / "r").front().first;
  std::filesystem::remove(folder / "r/segment-0000000001");
  CHECK(second == 1);
  found = compared(folder / "j", folder / "r");
  CHECK(found.equal);
  CHECK(found.groups < 3000);
  CHECK(found.upto.last == Position{1, 3000});
}

TEST_CASE("the first group that is not the same is named") {
  const support::TempFolder folder;
  {
    const auto journal = open_journal(folder / "j");
    append_payments(*journal, 1, 10, 5);
  }
  std::filesystem::copy(folder / "j", folder / "r");
  {
    const auto left = open_journal(folder / "j");
    append_payments(*left, 11, 12, 2);
    append_payments(*left, 13, 13);
    const auto right = open_journal(folder / "r");
    append_payments(*right, 11, 11);
  }
  // The times differ, and one has more in its flush.
  JournalComparison found = compared(folder / "j", folder / "r");
  CHECK_FALSE(found.equal);
  CHECK(found.groups == 10);
  CHECK(found.upto.last == Position{1, 10});
  CHECK(found.difference == Position{1, 11});
  CHECK(found.sentence.find("group 1:11 is not the same: left 1:12 (chain ") == 0);

  // Another epoch went on from there.
  std::filesystem::remove_all(folder / "r");
  std::filesystem::copy(folder / "j", folder / "r");
  append_payments(*open_journal(folder / "j"), 14, 14);
  append_payments(*open_journal(folder / "r", 2), 14, 15);
  found = compared(folder / "j", folder / "r");
  CHECK_FALSE(found.equal);
  CHECK(found.difference == Position{1, 14});
  CHECK(found.sentence == "the left one goes on with 1:14, the right one with 2:14");
}

TEST_CASE("damage in a copy is an error, and nothing in common is not equal") {
  const support::TempFolder folder;
  {
    const auto journal = open_journal(folder / "j");
    append_payments(*journal, 1, 10);
  }
  std::filesystem::copy(folder / "j", folder / "r");
  std::fstream(folder / "r/segment-0000000001", std::ios::in | std::ios::out | std::ios::binary).seekp(4400).put('x');
  auto a = JournalReader::open(folder / "j");
  auto b = JournalReader::open(folder / "r");
  const auto found = compare_journals(*a, *b);
  // The reader stops where no whole batch stands; what it gave before is equal, and the rest is only in the other.
  REQUIRE(found);
  CHECK(found->groups < 10);
  CHECK(found->left_ahead > 0);
  (void)open_journal(folder / "e");
  CHECK_FALSE(compared(folder / "j", folder / "e").equal);
}

}  // namespace test_compare_journals
