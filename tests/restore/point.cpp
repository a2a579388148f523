// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/restore/point.hpp>

#include "catch.hpp"
#include "support/chain_of.hpp"

namespace test_point {

using namespace lifeboat;

namespace {

/// Archives whose cuts ended at these seconds, in the order of the chain.
Catalog catalog_of(const std::vector<std::int64_t>& times) {
  Catalog catalog;
  catalog.source = "ledger";
  catalog.archives = chains::chain_of(std::string(times.size(), 'F'));
  for (std::size_t i = 0; i < times.size(); ++i) catalog.archives[i].facts.cut_ended = {times[i], 0};
  return catalog;
}

std::uint64_t chosen(const Catalog& catalog, std::int64_t before, std::int64_t now = 10'000,
                     std::int64_t* earlier = nullptr) {
  const auto found = choose_archive(catalog, RestorePoint::at_time({before, 0}), {now, 0});
  if (!found) FAIL(found.error().sentence());
  if (earlier != nullptr) *earlier = found->seconds_earlier;
  return found->record->generation;
}

ErrorId refused(const Catalog& catalog, const RestorePoint& point, std::int64_t now = 10'000) {
  const auto found = choose_archive(catalog, point, {now, 0});
  REQUIRE(!found);
  CHECK(found.error().is_unchanged());
  CHECK(!found.error().next().empty());
  return found.error().id();
}

}  // namespace

TEST_CASE("a time means the last archive whose cut had ended then") {
  const Catalog catalog = catalog_of({1000, 2000, 3000});
  CHECK(chosen(catalog, 1000) == 1);
  CHECK(chosen(catalog, 1999) == 1);
  CHECK(chosen(catalog, 2000) == 2);
  std::int64_t earlier = 0;
  CHECK(chosen(catalog, 2600, 10'000, &earlier) == 2);
  CHECK(earlier == 600);
}

TEST_CASE("a time after the newest archive means the newest, as long as it has come") {
  const Catalog catalog = catalog_of({1000, 2000});
  std::int64_t earlier = 0;
  CHECK(chosen(catalog, 9000, 9000, &earlier) == 2);
  CHECK(earlier == 7000);
  CHECK(refused(catalog, RestorePoint::at_time({9001, 0}), 9000) == ErrorId::time_beyond_head);
  // A clock of this machine that is behind does not hide what there is.
  CHECK(chosen(catalog, 2000, 500) == 2);
}

TEST_CASE("a time before the first archive is refused") {
  CHECK(refused(catalog_of({1000, 2000}), RestorePoint::at_time({999, 0})) == ErrorId::time_before_first);
}

TEST_CASE("where the clock was set between archives, both are named and none is guessed") {
  const Catalog ahead = catalog_of({1000, 900'000, 3000});
  CHECK(chosen(ahead, 1500) == 1);
  const auto both = choose_archive(ahead, RestorePoint::at_time({3500, 0}), {10'000, 0});
  REQUIRE(!both);
  CHECK(both.error().id() == ErrorId::clock_suspect);
  CHECK(both.error().sentence().find(to_hex(ahead.archives[0].facts.archive.view())) != std::string::npos);
  CHECK(both.error().sentence().find(to_hex(ahead.archives[2].facts.archive.view())) != std::string::npos);
  // In whole-second text the time of an archive that is ahead is no future that nobody knows.
  CHECK(chosen(ahead, 900'000) == 3);
}

TEST_CASE("an archive is named by its id or the first digits of it, or is the latest") {
  const Catalog catalog = catalog_of({1000, 2000});
  const auto latest = choose_archive(catalog, RestorePoint::at_latest(), {});
  REQUIRE(latest);
  CHECK(latest->record->generation == 2);
  CHECK_FALSE(latest->asked_time);
  const std::string id = to_hex(catalog.archives[0].facts.archive.view());
  for (const std::size_t digits : {2U, 6U, 32U}) {
    const auto named = choose_archive(catalog, RestorePoint::at_archive(id.substr(0, digits)), {});
    REQUIRE(named);
    CHECK(named->record->generation == 1);
  }
  CHECK(refused(catalog, RestorePoint::at_archive("0")) == ErrorId::archive_ambiguous);
  CHECK(refused(catalog, RestorePoint::at_archive("ff")) == ErrorId::archive_unknown);
  CHECK(refused(catalog_of({}), RestorePoint::at_latest()) == ErrorId::archive_unknown);
}

TEST_CASE("where an entry that can not be read may be of the archive asked for, none is given in its place") {
  Catalog catalog = catalog_of({1000, 2000, 3000});
  catalog.archives[1].generation = 4;
  catalog.archives[2].generation = 5;
  const auto archive = RestorePoint::at_archive(to_hex(catalog.archives[2].facts.archive.view()));
  catalog.unproven = {2};
  CHECK(refused(catalog, RestorePoint::at_time({1500, 0})) == ErrorId::chain_broken);
  CHECK(chosen(catalog, 2500) == 4);
  CHECK(choose_archive(catalog, RestorePoint::at_latest(), {}));
  catalog.unproven = {6};
  CHECK(refused(catalog, RestorePoint::at_latest()) == ErrorId::chain_broken);
  CHECK(refused(catalog, RestorePoint::at_time({3500, 0})) == ErrorId::chain_broken);
  CHECK(chosen(catalog, 1500) == 1);
  CHECK(choose_archive(catalog, archive, {}));
}

}  // namespace test_point
