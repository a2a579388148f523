// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/strategy/window.hpp>

#include "catch.hpp"
#include "support/chain_of.hpp"

namespace test_window {

using namespace lifeboat;
using chains::chain_of;

TEST_CASE("the newest window begins with the newest full") {
  CHECK(newest_full({}) == nullptr);
  const auto archives = chain_of("F i F i d");
  CHECK(newest_full({archives}) == &archives[2]);
  std::vector<ArchiveRecord> orphans(archives.begin() + 3, archives.end());
  CHECK(newest_full({orphans}) == nullptr);
}

TEST_CASE("an archive can be built on while it and all that it refers to is there") {
  auto archives = chain_of("F i i");
  CHECK(can_be_built_on({archives}, archives[2]));
  archives[1].lost = true;
  CHECK_FALSE(can_be_built_on({archives}, archives[2]));
  CHECK_FALSE(can_be_built_on({archives}, archives[1]));
  CHECK(can_be_built_on({archives}, archives[0]));
  archives.erase(archives.begin() + 1);
  CHECK_FALSE(can_be_built_on({archives}, archives[1]));
}

TEST_CASE("a shrunken source is one until it is accepted") {
  CHECK_FALSE(is_shrunken(chain_of("F")[0]));
  CHECK(is_shrunken(chain_of("Fs")[0]));
  CHECK_FALSE(is_shrunken(chain_of("FS")[0]));
}

TEST_CASE("a share of a number is exact, and the largest there is where it does not fit") {
  CHECK(percent_of(12'345, 10) == 1'234);
  CHECK(percent_of(99, 100) == 99);
  CHECK(percent_of(199, 150) == 298);
  CHECK(percent_of(~std::uint64_t{0}, 100) == ~std::uint64_t{0});
  CHECK(percent_of(~std::uint64_t{0}, 101) == ~std::uint64_t{0});
}

}  // namespace test_window
