// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/testing/laws/sync.hpp>

#include <lifeboat/sync/timestamp_sync.hpp>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_sync {

using namespace lifeboat;
using lifeboat::testing::sync_laws;

namespace {

/// A sync with a fault, to show that the laws find it.
template <int fault>
struct Faulty {
  using Config = TimestampSync::Config;
  static constexpr std::string_view name = "faulty";
  static constexpr bool has_log = false;
  static Result<Faulty> open(Config config) {
    LIFEBOAT_TRY(TimestampSync sync, TimestampSync::open(std::move(config)));
    return Faulty{std::move(sync)};
  }
  Result<SyncReport> sync(SyncContext& context, std::stop_token stop) {
    auto report = inner.sync(context, fault == 0 ? std::stop_token() : stop);
    if (report && fault == 1) report->items_removed += report->unreadable;
    if (report && fault == 2) report->bytes_sent = 0;
    return report;
  }
  Result<SyncVerdict> verify(SyncContext& context, std::stop_token stop) {
    auto verdict = inner.verify(context, stop);
    if (verdict && fault == 3) verdict->moved_on.clear();
    if (verdict && fault == 4) verdict->equal = false;
    return verdict;
  }
  TimestampSync inner;
};

template <class Y>
testing::Laws laws_of() {
  const support::TempFolder folder;
  typename Y::Config config;
  config.replica = folder / "replica";
  return sync_laws<Y>(config);
}

}  // namespace

TEST_CASE("TimestampSync keeps the laws of a sync") {
  const auto laws = laws_of<TimestampSync>();
  INFO(laws.report());
  CHECK(laws.all_hold());
}

TEST_CASE("The laws find a sync that breaks them") {
  CHECK_FALSE(laws_of<Faulty<0>>().holds("a stopped pass says so"));
  CHECK_FALSE(laws_of<Faulty<1>>().holds("what can not be read is never taken for deleted"));
  CHECK_FALSE(laws_of<Faulty<2>>().holds("a pass sends what is new"));
  CHECK_FALSE(laws_of<Faulty<3>>().holds("a verification names what has moved on"));
  CHECK_FALSE(laws_of<Faulty<4>>().holds("after a pass the replica is the source"));
  CHECK_FALSE(sync_laws<TimestampSync>({}).holds("open"));
}

}  // namespace test_sync
