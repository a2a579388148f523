// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/testing/laws/medium.hpp>

#include "catch.hpp"

namespace test_memory {

using namespace lifeboat;

static_assert(RandomAccessMedium<Memory>);

TEST_CASE("Memory keeps the laws of a medium") {
  const testing::Laws laws =
      testing::medium_laws<Memory>([] { return Memory::Config{std::make_shared<MemoryStore>()}; });
  INFO(laws.report());
  CHECK(laws.all_hold());
}

TEST_CASE("Memory is opened again on its store, and a test may tamper with it") {
  const auto store = std::make_shared<MemoryStore>();
  {
    auto port = open_medium<Memory>({store});
    REQUIRE(port);
    auto writer = (*port)->create("a", {});
    REQUIRE(writer);
    REQUIRE((*writer)->write(as_bytes("abc")));
    REQUIRE((*writer)->commit(Publish::if_absent));
  }
  REQUIRE(store->objects.size() == 1);
  store->objects["a"][1] = std::byte{'X'};
  auto port = open_medium<Memory>({store});
  REQUIRE(port);
  Bytes out(3);
  REQUIRE((*port)->read("a", 0, out));
  CHECK(as_text(out) == "aXc");
}

TEST_CASE("A lock of Memory is busy until it is let go") {
  const auto store = std::make_shared<MemoryStore>();
  auto first = open_medium<Memory>({store});
  auto second = open_medium<Memory>({store});
  REQUIRE((first && second));
  auto held = (*first)->lock("writer-a");
  REQUIRE(held);
  CHECK((*held)->proven);
  const auto refused = (*second)->lock("writer-a");
  REQUIRE(!refused);
  CHECK(refused.error().id() == ErrorId::busy);
  CHECK((*second)->lock("writer-b"));
  held->reset();
  CHECK((*second)->lock("writer-a"));
}

}  // namespace test_memory
