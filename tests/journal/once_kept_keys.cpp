// SPDX-License-Identifier: BSL-1.0
// append_once over kept keys, through several lives of one engine: what a crash took of the keys comes from the
// journal.
#include <lifeboat/journal/kept_keys.hpp>
#include <lifeboat/journal/once.hpp>

#include <filesystem>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/temp_folder.hpp"

namespace test_once_kept_keys {

using namespace lifeboat;

namespace {

Payment payment(std::uint64_t n, std::int64_t cents) {
  return {*Key::of("K-" + std::to_string(n)), {1}, {2}, {cents, EUR}};
}

std::string told(const AppendOnceOutcome<LocalDurable>& outcome) {
  return outcome.match([](Acked<LocalDurable> a) { return "acked " + std::to_string(a.position.sequence); },
                       [](Already a) { return "already " + std::to_string(a.position.sequence); },
                       [](InDoubt) { return std::string("in doubt"); },
                       [](NotWritten n) { return "not written " + std::string(to_string(n.id)); },
                       [](Unknown) { return std::string("unknown"); });
}

struct Life {
  std::unique_ptr<Journal> journal;
  std::unique_ptr<KeptKeys> keys;
  std::unique_ptr<Once> once;

  explicit Life(const support::TempFolder& folder) {
    auto opened = Journal::open({.folder = folder / "j", .schemas = {schema_bytes<Payment>()}});
    REQUIRE(opened);
    journal = std::move(*opened);
    auto kept = KeptKeys::open({.folder = folder / "k", .retry_groups = 1'000'000, .memory = 64U << 10U});
    REQUIRE(kept);
    keys = std::move(*kept);
    auto made = Once::open(*journal, *keys);
    INFO((made ? std::string() : made.error().sentence()));
    REQUIRE(made);
    once = std::move(*made);
  }
};

}  // namespace

TEST_CASE("a key is paid once over lives that end without a word, also where the keys are lost") {
  const support::TempFolder folder;
  std::uint64_t n = 0;
  for (int number = 0; number < 4; ++number) {
    if (number == 3) std::filesystem::remove_all(folder / "k");  // all of it comes from the journal
    const Life life(folder);
    for (std::uint64_t back = 1; back <= n; back += 37) {
      CHECK(told(life.once->append({}, payment(back, 100))) == "already " + std::to_string(back));
      CHECK(told(life.once->append({}, payment(back, 101))) == "not written LB-KEY-REUSED");
    }
    for (const std::uint64_t end = n + 400; n < end; ++n)
      REQUIRE(told(life.once->append({}, payment(n + 1, 100))) == "acked " + std::to_string(n + 1));
    if (number == 1) REQUIRE(life.keys->save());
    REQUIRE(life.keys->tidy());
    CHECK(life.keys->covered().sequence <= n);
  }
  const Life life(folder);
  for (std::uint64_t back = 1; back <= n; ++back)
    if (told(life.once->append({}, payment(back, 100))) != "already " + std::to_string(back)) FAIL("key " << back);
  CHECK(life.journal->durable() == Position{1, n});
  REQUIRE(life.keys->verify());
}

}  // namespace test_once_kept_keys
