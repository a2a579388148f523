// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/kept_keys.hpp>

#include <sys/stat.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/reader.hpp>
#include <lifeboat/record/upgrade.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/in_child.hpp"
#include "support/temp_folder.hpp"

namespace test_kept_keys {

using namespace lifeboat;

namespace {

constexpr std::size_t little = 64U << 10U;  // some 270 keys

std::unique_ptr<KeptKeys> open_keys(const std::string& folder, std::uint64_t retry = ~std::uint64_t{0}) {
  auto keys = KeptKeys::open({.folder = folder, .retry_groups = retry, .memory = little});
  INFO((keys ? std::string() : keys.error().sentence()));
  REQUIRE(keys);
  return std::move(*keys);
}

std::string key(std::uint64_t n) { return "client-" + std::to_string(n % 7) + "/payment/" + std::to_string(n); }
KnownKey known(std::uint64_t n) { return {{1, n}, content_of(as_bytes(key(n)))}; }

void learn(KeptKeys& keys, std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t n = from; n <= to; ++n) {
    REQUIRE(keys.learn(key(n), known(n)));
    keys.cover({1, n});
  }
}

void check_found(KeysPort& keys, std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t n = from; n <= to; ++n) {
    const auto found = keys.find(key(n));
    const bool right = found && *found == known(n);
    if (!right) FAIL("key " << n << ": " << (found ? "another answer" : found.error().sentence()));
  }
}

void check_unknown(KeysPort& keys, std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t n = from; n <= to; ++n) {
    const auto found = keys.find(key(n));
    if (!found || *found) FAIL("key " << n << " is known, or an error");
  }
}

std::vector<std::string> runs_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().starts_with("run-")) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("what was learned is found, in memory, on disk, and after it was opened again") {
  const support::TempFolder folder;
  constexpr std::uint64_t count = 20'000;
  {
    const auto keys = open_keys(folder / "k");
    CHECK(keys->covered() == Position{});
    learn(*keys, 1, count);
    CHECK(keys->facts().runs >= 1);
    check_found(*keys, 1, count);
    check_unknown(*keys, count + 1, count + 2'000);
    CHECK(keys->covered().sequence <= count);
    REQUIRE(keys->save());
    CHECK(keys->covered() == Position{1, count});
    REQUIRE(keys->verify());
  }
  const auto keys = open_keys(folder / "k");
  CHECK(keys->covered() == Position{1, count});
  check_found(*keys, 1, count);
  check_unknown(*keys, count + 1, count + 2'000);
}

TEST_CASE("runs are merged until they are few, and nothing is lost by it") {
  const support::TempFolder folder;
  const auto keys = open_keys(folder / "k");
  std::uint64_t n = 0;
  for (int round = 0; round < 40; ++round) {
    learn(*keys, n + 1, n + 700);
    n += 700;
    REQUIRE(keys->tidy());
    CHECK(keys->facts().runs <= 6);
  }
  REQUIRE(keys->save());
  REQUIRE(keys->tidy());
  CHECK(keys->facts().keys_on_disk == n);
  CHECK(runs_in(folder / "k").size() == keys->facts().runs);
  REQUIRE(keys->verify());
  check_found(*keys, 1, n);
}

TEST_CASE("without tidy, learn itself keeps the number of runs bounded") {
  const support::TempFolder folder;
  const auto keys = open_keys(folder / "k");
  learn(*keys, 1, 30'000);
  CHECK(keys->facts().runs <= 33);
  check_found(*keys, 1, 30'000);
}

TEST_CASE("a key that is learned twice keeps its first position, wherever the two stand") {
  const support::TempFolder folder;
  const auto keys = open_keys(folder / "k");
  const KnownKey first{{1, 5}, content_of(as_bytes("a"))};
  const KnownKey second{{2, 1}, content_of(as_bytes("b"))};
  REQUIRE(keys->learn("twice", second));
  REQUIRE(keys->learn("twice", first));
  CHECK(*keys->find("twice") == first);
  REQUIRE(keys->save());
  REQUIRE(keys->learn("twice", second));
  CHECK(*keys->find("twice") == first);
  REQUIRE(keys->save());
  CHECK(keys->facts().keys_on_disk == 2);
  CHECK(*keys->find("twice") == first);
  REQUIRE(keys->tidy());
  CHECK(keys->facts().keys_on_disk == 1);
  CHECK(*keys->find("twice") == first);
}

TEST_CASE("keys are told apart byte by byte, and what is no key is refused") {
  const support::TempFolder folder;
  const auto keys = open_keys(folder / "k");
  const std::vector<std::string> odd = {std::string(62, 'x'),   std::string(61, 'x'), std::string("a\0b", 3),
                                        std::string("a\0c", 3), std::string("a"),     std::string("\xff\xfe")};
  for (std::uint64_t i = 0; i < odd.size(); ++i) REQUIRE(keys->learn(odd[i], known(i)));
  REQUIRE(keys->save());
  for (std::uint64_t i = 0; i < odd.size(); ++i) CHECK(*keys->find(odd[i]) == known(i));
  CHECK_FALSE(keys->find("b")->has_value());
  for (const std::string& none : {std::string(), std::string(63, 'x')}) {
    CHECK(keys->find(none).error().id() == ErrorId::usage);
    CHECK(keys->learn(none, known(1)).error().id() == ErrorId::usage);
  }
}

TEST_CASE("covered is what was told, never more, and never more than is on the disk") {
  const support::TempFolder folder;
  {
    const auto keys = open_keys(folder / "k");
    REQUIRE(keys->learn(key(7), known(7)));  // threads learn in any order: 5 and 6 are still on their way
    keys->cover({1, 4});
    CHECK(keys->covered() == Position{});
    REQUIRE(keys->save());
    CHECK(keys->covered() == Position{1, 4});
    keys->cover({1, 3});
    keys->cover({1, 9});
    REQUIRE(keys->save());
  }
  CHECK(open_keys(folder / "k")->covered() == Position{1, 9});
}

TEST_CASE("keys below the horizon go, those within the retry horizon never") {
  const support::TempFolder folder;
  const auto keys = open_keys(folder / "k", 1'000);
  learn(*keys, 1, 5'000);
  REQUIRE(keys->save());
  REQUIRE(keys->tidy({1, 2'001}));
  check_found(*keys, 2'001, 5'000);
  check_unknown(*keys, 1, 2'000);
  CHECK(keys->facts().horizon == Position{1, 2'001});
  REQUIRE(keys->save());
  REQUIRE(keys->learn(key(5'001), known(5'001)));  // one more run, to merge with
  REQUIRE(keys->save());
  REQUIRE(keys->tidy({9, 9}));  // all of them, if it were not for the retry horizon
  check_found(*keys, 4'001, 5'001);
}

TEST_CASE("keys of an earlier epoch are kept while they may be recent by either reading of sequences") {
  const support::TempFolder folder;
  const auto keys = open_keys(folder / "k", 100);
  REQUIRE(keys->learn("old", {{1, 50}, {}}));
  REQUIRE(keys->learn("recent", {{1, 5'000}, {}}));
  REQUIRE(keys->save());
  REQUIRE(keys->learn("new", {{2, 150}, {}}));
  keys->cover({2, 150});
  REQUIRE(keys->save());
  REQUIRE(keys->tidy({2, 0}));
  CHECK_FALSE(keys->find("old")->has_value());
  CHECK(keys->find("recent")->has_value());
  CHECK(keys->find("new")->has_value());
}

TEST_CASE("a damaged byte of a run is refused by name where it is met, and never answered as unknown") {
  const support::TempFolder folder;
  constexpr std::uint64_t count = 600;
  {
    const auto keys = open_keys(folder / "k");
    learn(*keys, 1, count);
    REQUIRE(keys->save());
    REQUIRE(keys->tidy());
    REQUIRE(keys->facts().runs == 1);
  }
  const std::string run = folder / "k/" + runs_in(folder / "k").front();
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 dice(seed);
  const auto size = std::filesystem::file_size(run);
  for (int i = 0; i < 60; ++i) {
    const auto at = static_cast<std::streamoff>(dice() % size);
    std::fstream file(run, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const char was = static_cast<char>(file.get());
    file.seekp(at).put(static_cast<char>(was ^ (1 << dice() % 8))).flush();
    const auto keys = open_keys(folder / "k");
    const Status verified = keys->verify();
    REQUIRE_FALSE(verified);
    CHECK(verified.error().id() == ErrorId::corrupt);
    CHECK(verified.error().sentence().find("run-") != std::string::npos);
    for (std::uint64_t n = 1; n <= count; ++n) {
      const auto found = keys->find(key(n));
      if (found && !*found) FAIL("key " << n << " is answered as unknown, with byte " << at << " damaged");
      if (!found) CHECK(found.error().id() == ErrorId::corrupt);
    }
    file.seekp(at).put(was).flush();
  }
  CHECK(open_keys(folder / "k")->verify());
}

TEST_CASE("a run or a set that is missing, cut short, or another one is refused by name") {
  const support::TempFolder folder;
  {
    const auto keys = open_keys(folder / "k");
    learn(*keys, 1, 1'000);
    REQUIRE(keys->save());
  }
  const auto names = runs_in(folder / "k");
  REQUIRE(names.size() >= 2);
  const auto refused = [&](const std::string& name) {
    const auto keys = KeptKeys::open({.folder = folder / "k", .retry_groups = 1, .memory = little});
    REQUIRE_FALSE(keys);
    CHECK(keys.error().id() == ErrorId::corrupt);
    CHECK(keys.error().sentence().find(name) != std::string::npos);
    CHECK(keys.error().next().find("rm -r ") == 0);
  };
  const std::string here = folder / "k/";
  std::filesystem::copy(here, folder / "kept");
  const auto mend = [&] {
    std::filesystem::remove_all(folder / "k");
    std::filesystem::copy(folder / "kept", folder / "k");
  };
  std::filesystem::resize_file(here + names[0], std::filesystem::file_size(here + names[0]) - 4096);
  refused(names[0]);
  mend();
  std::filesystem::remove(here + names[1]);
  refused(names[1]);
  mend();
  std::filesystem::remove(here + "set");
  refused("no list");
  mend();
  for (std::uintmax_t at = 0; at < std::filesystem::file_size(here + "set"); ++at) {
    std::filesystem::resize_file(here + "set", at);
    refused("/set");
    mend();
  }
  // Two runs of one length that changed places.
  if (std::filesystem::file_size(here + names[0]) == std::filesystem::file_size(here + names[1])) {
    std::filesystem::rename(here + names[0], here + "x");
    std::filesystem::rename(here + names[1], here + names[0]);
    std::filesystem::rename(here + "x", here + names[1]);
    CHECK(open_keys(folder / "k")->verify().error().id() == ErrorId::corrupt);
  }
}

TEST_CASE("what a crash left beside the set is swept, and nothing else") {
  const support::TempFolder folder;
  {
    const auto keys = open_keys(folder / "k");
    learn(*keys, 1, 300);
    REQUIRE(keys->save());
  }
  std::ofstream(folder / "k/run-0000000099") << "half";
  std::ofstream(folder / "k/set.new") << "half";
  std::ofstream(folder / "k/notes") << "somebody's";
  const auto keys = open_keys(folder / "k");
  CHECK_FALSE(std::filesystem::exists(folder / "k/run-0000000099"));
  CHECK(std::filesystem::exists(folder / "k/notes"));
  check_found(*keys, 1, 300);
}

TEST_CASE("the known keys are made again from the journal alone") {
  const support::TempFolder folder;
  auto journal = Journal::open({.folder = folder / "j", .schemas = {schema_bytes<Payment>()}});
  REQUIRE(journal);
  for (std::uint64_t n = 1; n <= 500; ++n)
    (*journal)
        ->append(Payment{*Key::of(key(n)), {n}, {n}, {1, EUR}})
        .match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
  for (const bool again : {false, true}) {
    if (again) std::filesystem::remove_all(folder / "k");
    const auto keys = open_keys(folder / "k");
    auto reader = JournalReader::open(folder / "j");
    REQUIRE(reader);
    while (const auto group = *reader->next()) {
      RecordsOfGroup records = group->records();
      const auto payment = decode_record<Payment>(records.next()->bytes);
      REQUIRE(payment);
      REQUIRE(keys->learn(payment->key.view(), {group->position, content_of(as_bytes(payment->key.view()))}));
      keys->cover(group->position);
    }
    check_found(*keys, 1, 500);
    REQUIRE(keys->save());
    CHECK(keys->covered() == Position{1, 500});
  }
}

TEST_CASE("threads learn and look up while runs are written and merged") {
  const support::TempFolder folder;
  const auto keys = open_keys(folder / "k");
  std::atomic<int> wrong{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  constexpr std::uint64_t each = 4'000;
  for (std::uint64_t t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      for (std::uint64_t n = t * each + 1; n <= (t + 1) * each; ++n) {
        if (!keys->learn(key(n), known(n))) ++wrong;
        const std::uint64_t back = n - (n * 31) % (n - t * each);  // one that this thread learned
        const auto found = keys->find(key(back));
        if (!found || *found != known(back)) ++wrong;
        const auto none = keys->find("nobody-" + std::to_string(n));
        if (!none || *none) ++wrong;
      }
    });
  std::thread tidier([&] {
    while (!stop)
      if (!keys->tidy()) ++wrong;
  });
  for (std::thread& thread : threads) thread.join();
  stop = true;
  tidier.join();
  CHECK(wrong == 0);
  check_found(*keys, 1, 3 * each);
  REQUIRE(keys->save());
  REQUIRE(keys->verify());
}

TEST_CASE("one process at a time, a config that can not be, and a forked child are refused") {
  const support::TempFolder folder;
  const auto keys = open_keys(folder / "k");
  CHECK(KeptKeys::open({.folder = folder / "k", .retry_groups = 1}).error().id() == ErrorId::busy);
  for (const KeptKeysConfig& config : {KeptKeysConfig{.retry_groups = 1}, KeptKeysConfig{.folder = folder / "n"},
                                       KeptKeysConfig{.folder = folder / "n", .retry_groups = 1, .memory = 1000}})
    CHECK(KeptKeys::open(config).error().id() == ErrorId::config);
  CHECK_FALSE(std::filesystem::exists(folder / "n"));
  const auto child = support::in_child([&] {
    return std::string(to_string(keys->find("x").error().id())) +
           std::string(to_string(keys->learn("x", {}).error().id()));
  });
  CHECK(child.text == "LB-FORKEDLB-FORKED");
}

}  // namespace test_kept_keys
