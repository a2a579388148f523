// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/epochs.hpp>

#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>

#include "catch.hpp"
#include "support/claimed.hpp"

namespace test_epochs {

using namespace lifeboat;
using support::claim;

TEST_CASE("the epochs of a chain, and behind which group each goes on") {
  const auto medium = open_medium<Memory>({}).value();
  CHECK(epochs_begun(*medium, "bank")->empty());
  claim(*medium, "bank", 2, {1, 20}, 31);
  claim(*medium, "bank", 5, {2, 40}, 41);
  claim(*medium, "other", 7, {1, 3}, 4);
  const auto begun = epochs_begun(*medium, "bank");
  REQUIRE(begun);
  REQUIRE(begun->size() == 2);
  CHECK(((*begun)[0].epoch == 2 && (*begun)[0].known && (*begun)[0].after == Position{1, 20}));
  CHECK((*begun)[0].first == 31);
  CHECK(((*begun)[1].epoch == 5 && (*begun)[1].after == Position{2, 40} && (*begun)[1].first == 41));
}

TEST_CASE("an epoch whose entry is damaged, or does not say how it begins, is there and not known") {
  const auto medium = open_medium<Memory>({}).value();
  claim(*medium, "bank", 2, {1, 20}, 31);
  const ObjectName name = chain_entry_name("bank", 2, 1);
  Bytes object = read_small_object(*medium, name).value();
  object[object.size() / 2] ^= std::byte{1};
  REQUIRE(medium->remove(std::span(&name, 1)));
  REQUIRE(publish_object(*medium, name, object));
  auto begun = epochs_begun(*medium, "bank");
  REQUIRE(begun);
  REQUIRE(begun->size() == 1);
  CHECK_FALSE(begun->front().known);
  const ObjectName descriptor(descriptor_name);
  REQUIRE(medium->remove(std::span(&descriptor, 1)));
  begun = epochs_begun(*medium, "bank");
  REQUIRE(begun);
  CHECK((begun->size() == 1 && !begun->front().known));
}

}  // namespace test_epochs
