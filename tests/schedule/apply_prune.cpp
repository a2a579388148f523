// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/schedule/apply_prune.hpp>

#include "support/bench.hpp"

namespace test_apply_prune {

using namespace lifeboat;
using support::Bench;

namespace {

bool holds_objects(const Bench& b, const ArchiveId& id) {
  const std::string prefix = archive_prefix("s", id);
  const auto at = b.store->objects.lower_bound(prefix);
  return at != b.store->objects.end() && at->first.starts_with(prefix);
}

/// Four fulls, an hour apart.
std::vector<ArchiveId> four(Bench& b) {
  b.source->file("a", "alpha");
  std::vector<ArchiveId> ids;
  for (int i = 0; i < 4; ++i) {
    ids.push_back(b.backup().record.facts.archive);
    b.clock.pass_seconds(3540);
  }
  return ids;
}

constexpr std::chrono::seconds hour{3600};

}  // namespace

TEST_CASE("a plan is applied by its digest, marks, and sweeps after the grace") {
  Bench b("full");
  const auto ids = four(b);
  const auto plan = b.core->plan({.windows = 2}, hour, {});
  REQUIRE(plan);
  CHECK(plan->goes == std::vector<ArchiveId>{ids[0], ids[1]});
  const auto digest = plan_digest(*plan, *b.core->repository().structural);
  REQUIRE(digest);
  auto swept = b.core->apply(*plan, *digest, hour, {});
  REQUIRE(swept);
  CHECK(swept->removed.empty());
  auto chain = b.core->catalog();
  REQUIRE(chain);
  CHECK(chain->archives.size() == 2);
  CHECK(chain->pruned.size() == 2);
  CHECK(holds_objects(b, ids[0]));

  // The next prune finds nothing to mark, and the grace over.
  b.clock.pass_seconds(3600);
  const auto next = b.core->plan({.windows = 2}, hour, {});
  REQUIRE(next);
  CHECK(next->empty());
  swept = b.core->apply(*next, *plan_digest(*next, *b.core->repository().structural), hour, {});
  REQUIRE(swept);
  CHECK(swept->removed == std::vector<ArchiveId>{ids[0], ids[1]});
  CHECK_FALSE(holds_objects(b, ids[0]));
  CHECK(holds_objects(b, ids[2]));
  chain = b.core->catalog();
  REQUIRE(chain);
  CHECK(chain->findings.empty());
  CHECK(b.backup().record.generation == chain->generation + 1);
}

TEST_CASE("a plan of another digest is refused and nothing is changed") {
  Bench b("full");
  four(b);
  const auto plan = b.core->plan({.windows = 2}, hour, {});
  const auto other = b.core->plan({.windows = 3}, hour, {});
  REQUIRE(plan);
  REQUIRE(other);
  const auto before = b.store->objects;
  const auto refused = b.core->apply(*plan, *plan_digest(*other, *b.core->repository().structural), hour, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::plan_changed);
  CHECK((b.store->objects == before));
}

TEST_CASE("a plan that another backup overtook is refused") {
  Bench b("full");
  four(b);
  auto chain = b.core->catalog();
  REQUIRE(chain);
  const auto plan = b.core->plan({.windows = 2}, hour, {});
  REQUIRE(plan);
  b.backup();
  ChainEntry entry;
  b.core->sign(entry, {});
  const auto marked = mark_pruned(b.core->repository(), *chain, *plan, hour, std::move(entry));
  REQUIRE_FALSE(marked);
  CHECK(marked.error().id() == ErrorId::plan_changed);
}

TEST_CASE("a clock twenty years ahead for one backup lets nothing go") {
  Bench b("full");
  four(b);
  b.clock.step_wall(20LL * 365 * 86400 * 1'000'000'000);
  b.backup();
  b.clock.step_wall(-20LL * 365 * 86400 * 1'000'000'000);
  const auto by_age = b.core->plan({.windows = 1, .age = std::chrono::hours(24)}, hour, {});
  REQUIRE_FALSE(by_age);
  CHECK(by_age.error().id() == ErrorId::clock_suspect);
}

TEST_CASE("unfinished attempts are swept only by one who is provably alone, and never beside a damaged chain") {
  Bench b("full");
  four(b);
  const std::string stray = "archive/s/" + std::string(32, 'a') + "/data.000000";
  b.store->objects[stray] = Bytes(10);
  b.store->objects["archive/s/notes/mine"] = Bytes(10);  // no archive's name: not ours
  auto chain = b.core->catalog();
  REQUIRE(chain);
  auto swept = sweep(b.core->repository(), *chain, b.clock.now(), false);
  REQUIRE(swept);
  CHECK(swept->left.size() == 1);
  CHECK(b.store->objects.contains(stray));
  chain->findings.push_back({ErrorId::corrupt, "", ""});
  swept = sweep(b.core->repository(), *chain, b.clock.now(), true);
  REQUIRE(swept);
  CHECK(b.store->objects.contains(stray));
  chain->findings.clear();
  swept = sweep(b.core->repository(), *chain, b.clock.now(), true);
  REQUIRE(swept);
  CHECK(swept->unfinished.size() == 1);
  CHECK_FALSE(b.store->objects.contains(stray));
  CHECK(b.store->objects.contains("archive/s/notes/mine"));
}

TEST_CASE("an archive whose entry was lost is not swept as if it had never been finished") {
  Bench b("full");
  const std::vector<ArchiveId> ids = four(b);
  b.store->objects.erase(chain_entry_name("s", 1, 2));
  for (int i = 0; i < 2; ++i) {  // the first prune is a checkpoint: below it, entries may be missing
    const auto plan = b.core->plan({.windows = i == 0 ? 2U : 1U}, hour, {});
    REQUIRE(plan);
    const auto digest = plan_digest(*plan, *b.core->repository().structural);
    REQUIRE(digest);
    REQUIRE(b.core->apply(*plan, *digest, std::chrono::seconds(0), {}));
  }
  CHECK_FALSE(holds_objects(b, ids[0]));
  CHECK(holds_objects(b, ids[1]));
  CHECK(holds_objects(b, ids[3]));
  const auto chain = b.core->catalog();
  REQUIRE(chain);
  CHECK(chain->findings.empty());
  const auto swept = sweep(b.core->repository(), *chain, b.clock.now(), true);
  REQUIRE(swept);
  CHECK(swept->left == std::vector<std::string>{to_hex(ids[1].view())});
}

TEST_CASE("a grace is not over because the wall clock was set ahead") {
  Bench b("full");
  const std::vector<ArchiveId> ids = four(b);
  const auto plan = b.core->plan({.windows = 1}, hour, {});
  REQUIRE(plan);
  const auto digest = plan_digest(*plan, *b.core->repository().structural);
  REQUIRE(digest);
  REQUIRE(b.core->apply(*plan, *digest, hour, {}));
  b.clock.step_wall(20LL * 365 * 86400 * 1'000'000'000);
  auto chain = b.core->catalog();
  REQUIRE(chain);
  auto swept = sweep(b.core->repository(), *chain, b.clock.now(), true);
  REQUIRE(swept);
  CHECK(swept->removed.empty());
  b.clock.pass_seconds(3600);
  swept = sweep(b.core->repository(), *chain, b.clock.now(), true);
  REQUIRE(swept);
  CHECK(swept->removed.size() == 3);
}

TEST_CASE("a plan that was made before another backup is refused, for that may build on what goes") {
  Bench b("full");
  four(b);
  const auto plan = b.core->plan({.windows = 1}, hour, {});
  REQUIRE(plan);
  const auto digest = plan_digest(*plan, *b.core->repository().structural);
  REQUIRE(digest);
  b.backup();
  const auto refused = b.core->apply(*plan, *digest, std::chrono::seconds(0), {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::plan_changed);
  CHECK(refused.error().is_unchanged());
}

TEST_CASE("a clock that is accepted with a plan stays accepted, also where nothing goes") {
  Bench b("full");
  four(b);
  b.clock.step_wall(20LL * 365 * 86400 * 1'000'000'000);
  const ArchiveId ahead[] = {b.backup().record.facts.archive};
  b.clock.step_wall(-20LL * 365 * 86400 * 1'000'000'000);
  b.backup();
  const Retention all{.windows = 10, .age = std::chrono::hours(24)};
  CHECK(b.core->plan(all, hour, {}).error().id() == ErrorId::clock_suspect);
  const auto plan = b.core->plan(all, hour, ahead);
  REQUIRE(plan);
  CHECK(plan->goes.empty());
  const auto digest = plan_digest(*plan, *b.core->repository().structural);
  REQUIRE(digest);
  REQUIRE(b.core->apply(*plan, *digest, hour, {}));
  const auto again = b.core->plan(all, hour, {});
  REQUIRE(again);
  CHECK(again->clocks_accepted.empty());
}

}  // namespace test_apply_prune
