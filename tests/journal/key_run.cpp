// SPDX-License-Identifier: BSL-1.0
// Runs of keys by themselves: their pages, their order, their filter, and a golden one.
#include <lifeboat/journal/key_run_writer.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include <lifeboat/journal/key_set.hpp>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_key_run {

using namespace lifeboat;

namespace {

constexpr std::uint64_t seed = 0x1122'3344'5566'7788U;

std::vector<KeyEntry> entries(std::uint64_t from, std::uint64_t to) {
  std::vector<KeyEntry> made;
  for (std::uint64_t n = from; n <= to; ++n) {
    KeyEntry entry;
    entry.set("K-" + std::to_string(n), {{1, n}, content_of(as_bytes(std::to_string(n)))});
    made.push_back(entry);
  }
  std::sort(made.begin(), made.end(), [](const KeyEntry& a, const KeyEntry& b) {
    return key_before(key_hash(a.key(), seed), a.key(), key_hash(b.key(), seed), b.key());
  });
  return made;
}

std::shared_ptr<const KeyRun> write(int folder, const std::string& path, std::uint64_t number,
                                    const std::vector<KeyEntry>& all) {
  auto writer = KeyRunWriter::create(folder, path, number, 7, seed);
  REQUIRE(writer);
  for (const KeyEntry& entry : all) REQUIRE(writer->put(entry, key_hash(entry.key(), seed)));
  auto run = writer->finish();
  INFO((run ? std::string() : run.error().sentence()));
  REQUIRE(run);
  return *run;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("runs of one key, of one leaf, of several pages of fences find what they hold and nothing else") {
  const support::TempFolder folder;
  const auto at = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  std::uint64_t number = 0;
  for (const std::uint64_t count : {1U, 2U, 80U, 5'000U, 120'000U}) {
    const auto all = entries(1, count);
    const auto run = write(at.value.get(), folder.path(), ++number, all);
    CHECK(run->info().keys == count);
    CHECK(run->info().low == Position{1, 1});
    CHECK(run->info().high == Position{1, count});
    if (count == 120'000U) CHECK(run->info().fences() > 2);
    REQUIRE(verify_run(run, seed));
    std::uint64_t passed = 0;
    for (std::uint64_t n = 0; n < 20'000; ++n) {
      const std::string none = "N-" + std::to_string(n);
      const std::uint64_t hash = key_hash(none, seed);
      CHECK_FALSE(run->find(none, hash)->has_value());
      passed += *run->may_have(hash) ? 1U : 0U;
    }
    CHECK(passed < 400);  // the filter lets about one in a hundred through
  }
}

TEST_CASE("what was put out of order does not become a run") {
  const support::TempFolder folder;
  const auto at = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  auto all = entries(1, 500);
  std::swap(all[100], all[400]);
  auto writer = KeyRunWriter::create(at.value.get(), folder.path(), 1, 7, seed);
  REQUIRE(writer);
  for (const KeyEntry& entry : all) REQUIRE(writer->put(entry, key_hash(entry.key(), seed)));
  CHECK(writer->finish().error().id() == ErrorId::corrupt);
}

TEST_CASE("a writer that is left leaves nothing") {
  const support::TempFolder folder;
  const auto at = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  {
    auto writer = KeyRunWriter::create(at.value.get(), folder.path(), 1, 7, seed);
    REQUIRE(writer);
    for (const KeyEntry& entry : entries(1, 50'000)) REQUIRE(writer->put(entry, key_hash(entry.key(), seed)));
    CHECK(std::filesystem::exists(folder / "run-0000000001"));
  }
  CHECK_FALSE(std::filesystem::exists(folder / "run-0000000001"));
}

TEST_CASE("a merge has each key once, with its first position, and none that is gone") {
  const support::TempFolder folder;
  const auto at = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  auto later = entries(500, 2'500);
  for (KeyEntry& entry : later) entry.known.position.epoch = 2;
  const std::vector runs = {write(at.value.get(), folder.path(), 1, entries(1, 1'000)),
                            write(at.value.get(), folder.path(), 2, later),
                            write(at.value.get(), folder.path(), 3, entries(2'000, 3'000))};
  auto writer = KeyRunWriter::create(at.value.get(), folder.path(), 4, 8, seed);
  REQUIRE(writer);
  REQUIRE(merge_runs(
      runs, seed,
      [](Position p) {
        return p < Position{1, 101};
      },
      *writer));
  const auto merged = writer->finish();
  REQUIRE(merged);
  REQUIRE(verify_run(*merged, seed));
  CHECK((*merged)->info().keys == 2'900);
  const auto find = [&](std::uint64_t n) {
    const std::string key = "K-" + std::to_string(n);
    return *(*merged)->find(key, key_hash(key, seed));
  };
  CHECK_FALSE(find(100));
  CHECK(find(101)->position == Position{1, 101});
  CHECK(find(700)->position == Position{1, 700});
  CHECK(find(1'500)->position == Position{2, 1'500});
  CHECK(find(2'200)->position == Position{1, 2'200});
}

TEST_CASE("the example of docs/keys.md") {
  const support::TempFolder folder;
  const auto at = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  KeyEntry entry;
  entry.set("A-1001", {{1, 1}, content_of(as_bytes("payment"))});
  const auto run = write(at.value.get(), folder.path(), 1, {entry});
  const std::string file = bytes_of(folder / "run-0000000001");
  REQUIRE(file.size() == 3 * 4096);
  CHECK(to_hex(as_bytes(file).first(56)) ==
        "322687f788162918010001000000000006412d3130303101000000000000000100000000000000"
        "44796bc0ae9def5a877b3cf80cf95eb100");
  CHECK(to_hex(as_bytes(file).subspan(4096, 24)) == "acd151a50d501aaa0200010000000000c743bd2564fa8c5e");
  CHECK(to_hex(as_bytes(file).subspan(8192, 8)) == "d8451a0837e5e681");
  KeySet set;
  set.seed = seed;
  set.next = 2;
  set.covered = {1, 1};
  set.runs = {run->info()};
  CHECK(to_hex(encode_key_set(set)) ==
        "4c424b45595345540100000001000000887766554433221102000000000000000100000000000000"
        "01000000000000000000000000000000000000000000000001000000000000000100000000000000"
        "01000000000000000100000000000000070000000000000001000000000000000100000000000000"
        "0100000000000000010000000000000066e05b4cb606c0a42458b4bf04a9612a");
}

TEST_CASE("a set is read as it was written, and bytes that are none are not") {
  KeySet set;
  set.seed = seed;
  set.next = 9;
  set.covered = {3, 1'000};
  set.horizon = {2, 7};
  set.runs = {{1, 10, 1, 1, 5, {1, 1}, {1, 10}}, {8, 700, 11, 1, 6, {2, 1}, {3, 900}}};
  const Bytes bytes = encode_key_set(set);
  bool later = false;
  const auto read = decode_key_set(bytes, later);
  REQUIRE(read);
  CHECK(encode_key_set(*read) == bytes);
  CHECK(read->runs[1].high == Position{3, 900});
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes damaged = bytes;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    CHECK_FALSE(decode_key_set(damaged, later));
    CHECK_FALSE(later);
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK_FALSE(decode_key_set(ByteView(bytes).first(size), later));
  Bytes newer = bytes;
  newer[8] = std::byte{2};
  xxh3_128(ByteView(newer).first(newer.size() - xxh3_size), newer.data() + newer.size() - xxh3_size);
  CHECK_FALSE(decode_key_set(newer, later));
  CHECK(later);
}

}  // namespace test_key_run
