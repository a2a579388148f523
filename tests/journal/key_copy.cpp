// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/key_copy.hpp>

#include <lifeboat/journal/kept_keys.hpp>

#include <filesystem>
#include <fstream>
#include <random>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_key_copy {

using namespace lifeboat;

namespace {

std::unique_ptr<KeptKeys> open_keys(const std::string& folder) {
  auto keys = KeptKeys::open({.folder = folder, .retry_groups = ~std::uint64_t{0}, .memory = 64U << 10U});
  INFO((keys ? std::string() : keys.error().sentence()));
  REQUIRE(keys);
  return std::move(*keys);
}
std::string key(std::uint64_t n) { return "payment/" + std::to_string(n); }
KnownKey known(std::uint64_t n) { return {{1, n}, content_of(as_bytes(key(n)))}; }
void learn(KeptKeys& keys, std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t n = from; n <= to; ++n) {
    REQUIRE(keys.learn(key(n), known(n)));
    keys.cover({1, n});
  }
  REQUIRE(keys.save());
}

/// Copies what is there now, part by part; `stop_at` ends it before so many parts. How many there were.
std::size_t copy_all(KeySource& source, KeyCopy& copy, std::size_t stop_at = ~std::size_t{0}) {
  REQUIRE(source.look());
  std::size_t parts = 0;
  auto wanted = copy.offer(source.set_bytes(), {1, ~std::uint64_t{0}});
  while (true) {
    INFO((wanted ? std::string() : wanted.error().sentence()));
    REQUIRE(wanted);
    if (!*wanted || parts == stop_at) return parts;
    const auto part = source.read((*wanted)->number, (*wanted)->offset);
    REQUIRE(part);
    ++parts;
    wanted = copy.take(*part);
  }
}
std::unique_ptr<KeyCopy> open_copy(const std::string& folder) {
  auto copy = KeyCopy::open(folder);
  REQUIRE(copy);
  return std::move(*copy);
}

}  // namespace

TEST_CASE("known keys are copied while they are used, and the copy answers as they do") {
  const support::TempFolder folder;
  const auto keys = open_keys(folder / "k");
  KeySource source(folder / "k");
  learn(*keys, 1, 9000);
  {
    const auto copy = open_copy(folder / "c");
    CHECK(copy->check() == KeySetCheck{});
    CHECK(copy_all(source, *copy) > 1);
    CHECK(copy->check() == source.check());
    CHECK(copy->covered() == Position{1, 9000});
    CHECK(copy_all(source, *copy) == 0);  // again: nothing is asked for
    learn(*keys, 9001, 9400);
    REQUIRE(keys->tidy());  // merges what the copy has
    learn(*keys, 9401, 9500);
    copy_all(source, *copy);
    CHECK(copy->check() == source.check());
    CHECK(KeptKeys::open({.folder = folder / "c", .retry_groups = 1}).error().id() == ErrorId::busy);
  }
  const auto copied = open_keys(folder / "c");
  CHECK(copied->facts().runs == keys->facts().runs);
  CHECK(copied->covered() == Position{1, 9500});
  REQUIRE(copied->verify());
  for (std::uint64_t n = 1; n <= 9500; ++n) {
    const auto found = copied->find(key(n));
    if (!found || *found != known(n)) FAIL("key " << n);
  }
  CHECK_FALSE(copied->find("payment/none")->has_value());
  learn(*copied, 9501, 9600);
}

TEST_CASE("a copy that was cut off goes on, and until it is whole what was there before counts") {
  const support::TempFolder folder;
  const auto keys = open_keys(folder / "k");
  KeySource source(folder / "k");
  learn(*keys, 1, 300);
  KeySetCheck first{};
  {
    const auto copy = open_copy(folder / "c");
    copy_all(source, *copy);
    first = copy->check();
    learn(*keys, 301, 40'000);
    REQUIRE(keys->tidy());
    std::size_t all = 0;
    CHECK(copy_all(source, *copy, 3) == 3);
    CHECK(copy->check() == first);
    all = copy_all(source, *copy);  // goes on where it was
    CHECK(copy->check() == source.check());
    const auto other = open_copy(folder / "other");
    CHECK(copy_all(source, *other) == all + 3);
  }
  {
    learn(*keys, 40'001, 80'000);
    REQUIRE(keys->tidy());
    const auto copy = open_copy(folder / "c");
    copy_all(source, *copy, 2);
  }
  const auto copied = open_keys(folder / "c");  // as after a crash
  CHECK(copied->covered() == Position{1, 40'000});
  REQUIRE(copied->verify());
  CHECK(**copied->find(key(39'999)) == known(39'999));
}

TEST_CASE("a set of another folder, or one that knows too much, is not mixed in") {
  const support::TempFolder folder;
  const auto keys = open_keys(folder / "k");
  const auto others = open_keys(folder / "others");
  KeySource source(folder / "k");
  KeySource other(folder / "others");
  learn(*keys, 1, 500);
  learn(*others, 501, 600);
  const auto copy = open_copy(folder / "c");
  copy_all(source, *copy);
  copy_all(other, *copy);
  CHECK(copy->check() == other.check());
  REQUIRE(source.look());
  CHECK(copy->offer(source.set_bytes(), {1, 499}).error().id() == ErrorId::usage);
  CHECK(copy->offer(source.set_bytes().first(20), {1, 500}).error().id() == ErrorId::corrupt);
  CHECK(copy->check() == other.check());
}

TEST_CASE("a damaged page is neither sent nor taken, and a run that went is left out") {
  const support::TempFolder folder;
  const auto keys = open_keys(folder / "k");
  KeySource source(folder / "k");
  learn(*keys, 1, 3000);
  const auto copy = open_copy(folder / "c");
  REQUIRE(source.look());
  CHECK_FALSE(*source.look());
  auto wanted = copy->offer(source.set_bytes(), {1, 3000});
  REQUIRE(wanted);
  REQUIRE(*wanted);
  const KeyRunPart at = **wanted;
  auto part = source.read(at.number, at.offset);
  REQUIRE(part);
  Bytes bad(part->bytes.begin(), part->bytes.end());
  bad[5000 % bad.size()] ^= std::byte{1};
  CHECK(copy->take({at.number, at.offset, bad}).error().id() == ErrorId::corrupt);
  CHECK(copy->take({at.number, at.offset, ByteView(bad).first(100)}).error().id() == ErrorId::corrupt);
  CHECK(copy->take({at.number, at.offset + 4096, part->bytes}).error().id() == ErrorId::usage);
  CHECK(copy->take({at.number + 1, at.offset, part->bytes}).error().id() == ErrorId::usage);
  CHECK(source.read(at.number, 1)->bytes.empty());
  CHECK(source.read(999, 0)->bytes.empty());
  {
    const std::string name = folder / "k/" + key_run_name(at.number);
    std::fstream file(name, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(300);
    file.put('x');
  }
  CHECK(source.read(at.number, 0).error().id() == ErrorId::corrupt);
  const auto gone = copy->take({at.number, at.offset, {}});
  REQUIRE(gone);
  CHECK_FALSE(*gone);
  CHECK(copy->covered() == Position{});
}

}  // namespace test_key_copy
