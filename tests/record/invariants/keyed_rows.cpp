// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/invariants/keyed_rows.hpp>

#include <map>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_keyed_rows {

using namespace lifeboat;

namespace {
struct Number {
  std::uint64_t value = 0;
};

constexpr std::uint64_t keys = 1000;

/// Every key's numbers, in the order that the rows are handed out.
std::map<std::uint64_t, std::vector<std::uint64_t>> all(const KeyedRows<Number>& rows) {
  std::map<std::uint64_t, std::vector<std::uint64_t>> found;
  const Status looked = rows.each_key([&](std::span<const KeyedRows<Number>::Row> of_key) {
    auto& values = found[of_key.front().payload.value % keys];
    CHECK(values.empty());  // each key comes once
    for (const auto& row : of_key) values.push_back(row.payload.value);
  });
  INFO((looked ? std::string() : looked.error().sentence()));
  REQUIRE(looked);
  return found;
}

/// Adds rows of keys in turn. `skewed`: all fall into one part, which is then larger than memory.
void put(KeyedRows<Number>& rows, std::map<std::uint64_t, std::vector<std::uint64_t>>& wanted, std::uint64_t from,
         std::uint64_t to, bool skewed) {
  for (std::uint64_t n = from; n < to; ++n) {
    const std::uint64_t key = n * 7919 % keys;
    Hash128 digest = keyed_digest(rows.seed(), 1, std::to_string(key));
    if (skewed) digest.high >>= 8U;
    wanted[key].push_back(n * keys + key);
    REQUIRE(rows.add(digest, {1, n}, {n * keys + key}));
  }
}

}  // namespace

TEST_CASE("rows come key by key, each key's in their order, whatever the memory") {
  const support::TempFolder folder;
  for (const std::size_t memory : {std::size_t{64} << 20U, std::size_t{300'000}, std::size_t{1}})
    for (const bool skewed : {false, true}) {
      INFO(memory << (skewed ? " skewed" : ""));
      KeyedRows<Number> rows({.folder = folder.path(), .memory = memory, .seed = 3});
      std::map<std::uint64_t, std::vector<std::uint64_t>> wanted;
      put(rows, wanted, 0, 10'000, skewed);
      CHECK(all(rows) == wanted);
      put(rows, wanted, 10'000, 30'000, skewed);
      CHECK(all(rows) == wanted);
    }
}

TEST_CASE("one key with more rows than memory holds is refused by name") {
  const support::TempFolder folder;
  KeyedRows<Number> rows({.folder = folder.path(), .memory = 100'000, .seed = 3});
  for (std::uint64_t n = 0; n < 20'000; ++n) REQUIRE(rows.add({7, 7}, {1, n}, {n}));
  const Status looked = rows.each_key([](std::span<const KeyedRows<Number>::Row>) { FAIL(); });
  REQUIRE_FALSE(looked);
  CHECK(looked.error().id() == ErrorId::limit);
}

TEST_CASE("the seed is random unless it is set, and another seed gives other digests") {
  const KeyedRows<Number> one((InvariantSpace()));
  const KeyedRows<Number> two((InvariantSpace()));
  CHECK(one.seed() != two.seed());
  CHECK(keyed_digest(1, 1, "A") != keyed_digest(2, 1, "A"));
  CHECK(keyed_digest(1, 1, "A") != keyed_digest(1, 2, "A"));
  CHECK(keyed_digest(1, 1, "A") != keyed_digest(1, 1, "B"));
  CHECK(keyed_digest(1, 1, "A") == keyed_digest(1, 1, "A"));
}

}  // namespace test_keyed_rows
