// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/fifo.hpp>

#include <deque>
#include <memory>
#include <random>

#include "catch.hpp"

using namespace lifeboat;

namespace test_fifo {

TEST_CASE("what goes in first comes out first, whatever was taken between") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  Fifo<std::unique_ptr<int>> queue;
  std::deque<int> expected;
  for (int n = 0; n < 10'000; ++n) {
    if (random() % 97 == 0) {
      queue.clear();
      expected.clear();
    }
    if (random() % 2 == 0 || expected.empty()) {
      CHECK(*queue.push(std::make_unique<int>(n)) == n);
      expected.push_back(n);
    } else {
      CHECK(*queue.front() == expected.front());
      CHECK(*queue.pop() == expected.front());
      expected.pop_front();
    }
    REQUIRE(queue.size() == expected.size());
    REQUIRE(queue.empty() == expected.empty());
  }
}

TEST_CASE("a queue that was as long before keeps its room") {
  Fifo<int> queue;
  for (int n = 0; n < 3; ++n) queue.push(n);
  const int* const first = &queue.front();
  bool again = false;
  for (int n = 3; n < 100; ++n) {
    queue.push(n);
    CHECK(queue.pop() == n - 3);
    again = again || &queue.front() == first;
  }
  CHECK(again);
}

}  // namespace test_fifo
