// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/item_queue.hpp>

#include <lifeboat/verifier/structural.hpp>

#include "catch.hpp"
#include "support/synced.hpp"

namespace test_item_queue {

using namespace lifeboat;

TEST_CASE("Items come back in the order in which they went, whoever looked at them") {
  auto digest = open_structural(StructuralId::sha256);
  REQUIRE(digest);
  Throttle throttle(0, {}, Error{ErrorId::interrupted, "stopped"});
  const SyncTools tools{**digest, **digest, -1, -1, throttle};
  for (const unsigned threads : {1U, 4U}) {
    ItemQueue queue(threads);
    std::vector<std::string> taken;
    const auto take = [&](SyncItem& item) -> Status {
      taken.push_back(item.path);
      if (item.path == "1500") return Error{ErrorId::limit, "enough"};
      return ok();
    };
    for (int i = 0; i < 1500; ++i) {
      auto item = std::make_unique<SyncItem>(tools);
      item->path = std::to_string(i);
      REQUIRE(queue.push(std::move(item), i % 3 == 0, take));
    }
    REQUIRE(queue.settle(take));
    REQUIRE(taken.size() == 1500);
    for (int i = 0; i < 1500; ++i) REQUIRE(taken[static_cast<std::size_t>(i)] == std::to_string(i));
    auto last = std::make_unique<SyncItem>(tools);
    last->path = "1500";
    CHECK(queue.push(std::move(last), false, take).error().id() == ErrorId::limit);
    // What is still on its way is waited for when the queue goes.
    REQUIRE(queue.push(std::make_unique<SyncItem>(tools), true, take));
  }
}

}  // namespace test_item_queue
