// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/records.hpp>

#include <fstream>

#include <lifeboat/source/directory.hpp>
#include <lifeboat/testing/laws/source.hpp>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_records {

using namespace lifeboat;

namespace {
struct One {};
struct Two {};
using Known = With<Directory, Records<One, Two>>;
static_assert(Source<Known>);
static_assert(std::is_same_v<Known::records_type, Records<One, Two>>);
static_assert(Known::name == Directory::name);
}  // namespace

TEST_CASE("a directory whose records are known is a directory") {
  const support::TempFolder folder;
  std::ofstream(folder / "ledger") << "100";
  std::ofstream(folder / "notes") << "x";
  auto known = Known::open({.id = "ledger", .root = folder.path()});
  REQUIRE(known);
  CHECK(known->facts()->id == "ledger");
  const testing::Laws laws = testing::source_laws(std::move(*known));
  INFO(laws.report());
  CHECK(laws.all_hold());
  CHECK(Known::open({.root = folder / "none"}).error().id() == ErrorId::source_missing);
}

}  // namespace test_records
