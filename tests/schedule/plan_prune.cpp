// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/schedule/plan_prune.hpp>

#include <set>

#include <lifeboat/testing/laws/laws.hpp>

#include "catch.hpp"
#include "support/chain_of.hpp"

namespace test_plan_prune {

using namespace lifeboat;
using chains::chain_of;
using chains::id_of;
using std::chrono::hours;

namespace {

constexpr std::int64_t year = 365 * 86400;

std::string numbers(const std::vector<ArchiveId>& ids) {
  std::string text;
  for (const ArchiveId& id : ids) text += (text.empty() ? "" : " ") + std::to_string(chains::number_of(id));
  return text;
}

/// The numbers of the archives that go.
std::string goes(const std::vector<ArchiveRecord>& archives, const Retention& retention) {
  const auto plan = plan_prune({archives}, retention, hours(1));
  if (!plan) return std::string(to_string(plan.error().id()));
  return numbers(plan->goes);
}

/// The letters of the windows' fates, oldest first.
std::string fates(const std::vector<ArchiveRecord>& archives, const Retention& retention) {
  const auto plan = plan_prune({archives}, retention, hours(1));
  std::string text;
  for (const PruneWindow& window : plan->windows) text.push_back("gncyld"[static_cast<int>(window.fate)]);
  return text;
}

}  // namespace

TEST_CASE("whole windows go, the oldest, and as many stay as are kept") {
  const auto chain = chain_of("F i i F i F F i");
  CHECK(goes(chain, {.windows = 1}) == "1 2 3 4 5 6");
  CHECK(goes(chain, {.windows = 2}) == "1 2 3 4 5");
  CHECK(goes(chain, {.windows = 3}) == "1 2 3");
  CHECK(goes(chain, {.windows = 4}).empty());
  CHECK(goes(chain, {.windows = 400}).empty());
  CHECK(goes({}, {.windows = 1}).empty());
  CHECK(fates(chain, {.windows = 2}) == "ggcn");
}

TEST_CASE("a retention that keeps nothing is refused") {
  const auto plan = plan_prune({}, {.windows = 0}, hours(1));
  REQUIRE_FALSE(plan);
  CHECK(plan.error().id() == ErrorId::retention_floor);
  CHECK(plan.error().is_unchanged());
  CHECK(goes(chain_of("F F"), {.windows = 0, .age = hours(0)}) == "LB-RETENTION-FLOOR");
  CHECK(goes(chain_of("F F"), {.windows = 1, .age = hours(-1)}) == "LB-CONFIG");
}

TEST_CASE("an age keeps what any moment within it is restored from, whatever the count") {
  const auto chain = chain_of("F F F F F F");  // an hour between two
  CHECK(goes(chain, {.windows = 1, .age = hours(0)}) == "1 2 3 4 5");
  CHECK(goes(chain, {.windows = 1, .age = hours(1)}) == "1 2 3 4");
  CHECK(goes(chain, {.windows = 1, .age = hours(2)}) == "1 2 3");
  CHECK(goes(chain, {.windows = 1, .age = std::chrono::minutes(90)}) == "1 2 3");
  CHECK(goes(chain, {.windows = 5, .age = hours(2)}) == "1");
  CHECK(goes(chain, {.windows = 1, .age = hours(5)}).empty());
  CHECK(fates(chain, {.windows = 1, .age = hours(2)}) == "gggyyn");
  // A window is as old as its last archive: any of it may be asked for.
  CHECK(goes(chain_of("F i i i F F"), {.windows = 1, .age = hours(1)}) == "1 2 3 4");
  CHECK(goes(chain_of("F i i i F F"), {.windows = 1, .age = hours(2)}).empty());
}

TEST_CASE("ages are measured back from the newest archive, not from today") {
  const auto chain = chain_of("F F F");  // of 1970
  CHECK(goes(chain, {.windows = 1, .age = hours(100)}).empty());
}

TEST_CASE("a clock 20 years ahead for one backup: nothing is pruned by age until it is accepted") {
  for (std::size_t wrong = 1; wrong < 6; ++wrong) {
    CAPTURE(wrong);
    auto chain = chain_of("F F F F F F");
    chain[wrong].clock.wall.seconds += 20 * year;
    chain[wrong].facts.cut_ended = chain[wrong].clock.wall;
    const Retention retention{.windows = 1, .age = hours(2)};
    const auto plan = plan_prune({chain}, retention, hours(1));
    REQUIRE_FALSE(plan);
    CHECK(plan.error().id() == ErrorId::clock_suspect);
    CHECK(plan.error().is_unchanged());
    const std::string name = to_hex(chain[wrong].facts.archive.view()).substr(0, 12);
    CHECK(plan.error().sentence().find("archive " + name + ":") != std::string::npos);
    CHECK(plan.error().next() == "lifeboat prune ... --accept-clock " + name);

    // Counted, nothing is measured: as if the clock had been right.
    CHECK(goes(chain, {.windows = 3}) == "1 2 3");

    // Accepted, it ages with the next one; the newest one is not what ages are measured from.
    chain[wrong].clock_accepted = true;
    const std::string expected[] = {"", "1 2 3", "1 2 3", "1 2", "1 2 3", "1 2"};
    CHECK(goes(chain, retention) == expected[wrong]);
  }
}

TEST_CASE("a clock that is accepted with the plan is part of the plan") {
  auto chain = chain_of("F F F F");
  chain[1].clock.wall.seconds -= 5 * year;
  const ArchiveId names[] = {chain[1].facts.archive, chain[3].facts.archive};
  const Retention retention{.windows = 1, .age = hours(1)};
  REQUIRE_FALSE(plan_prune({chain}, retention, hours(1)));
  const auto plan = plan_prune({chain}, retention, hours(1), names);
  REQUIRE(plan);
  CHECK(plan->clocks_accepted == std::vector<std::uint64_t>{2});  // the other one was right
  CHECK(numbers(plan->goes) == "1 2");
  const ArchiveId stranger = id_of(99);
  const auto unknown = plan_prune({chain}, retention, hours(1), {&stranger, 1});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().id() == ErrorId::archive_unknown);
}

TEST_CASE("many suspect clocks are named in one line to paste") {
  auto chain = chain_of("F F F F F F F F F F F F F F F F F F F F F F F F");
  for (std::size_t i = 1; i < 20; i += 2) chain[i].clock.wall.seconds += static_cast<std::int64_t>(i) * year;
  chain[20].clock.wall.seconds = chain[21].clock.wall.seconds = chain[22].clock.wall.seconds = 100;
  const auto plan = plan_prune({chain}, {.windows = 1, .age = hours(1)}, hours(1));
  REQUIRE_FALSE(plan);
  CHECK(plan.error().sentence().find("and 3 more") != std::string::npos);
  CHECK(plan.error().sentence().find("stayed so for 2 more") != std::string::npos);
  std::size_t options = 0;
  for (std::size_t at = 0; (at = plan.error().next().find("--accept-clock", at)) != std::string::npos; ++at) ++options;
  CHECK(options == 11);
}

TEST_CASE("a shrunken source counts for nothing until it is accepted or a window has passed") {
  CHECK(goes(chain_of("F i F"), {.windows = 1}) == "1 2");
  CHECK(goes(chain_of("F i Fs"), {.windows = 1}).empty());
  CHECK(goes(chain_of("F i FS"), {.windows = 1}) == "1 2");
  CHECK(goes(chain_of("F i Fs i i"), {.windows = 1}).empty());       // what is built on it is no better
  CHECK(goes(chain_of("F i Fs i F"), {.windows = 1}) == "1 2 3 4");  // its window has passed
  CHECK(goes(chain_of("F F is F"), {.windows = 1}) == "1");          // the new window holds what had shrunk
  CHECK(goes(chain_of("F F is F F"), {.windows = 1}) == "1 2 3 4");
  CHECK(goes(chain_of("F F iS F"), {.windows = 1}) == "1 2 3");
  CHECK(goes(chain_of("Fs"), {.windows = 1}).empty());
  CHECK(goes(chain_of("F F is F"), {.windows = 1, .age = hours(0)}) == "1");
  CHECK(goes(chain_of("F F F Fs"), {.windows = 1, .age = hours(1)}) == "1");  // ages are of the last whole one
  CHECK(fates(chain_of("F F is F"), {.windows = 1}) == "gcn");
}

TEST_CASE("a window that nothing can be restored from is not counted as kept") {
  CHECK(goes(chain_of("F F! F"), {.windows = 2}).empty());
  CHECK(goes(chain_of("F F F! i F"), {.windows = 2}) == "1");
  CHECK(goes(chain_of("F F i! F"), {.windows = 2}) == "1");  // its full is whole
  CHECK(goes(chain_of("F! F F"), {.windows = 2}) == "1");
  const auto chain = chain_of("F! F F");
  const auto plan = plan_prune({chain}, {.windows = 1}, hours(1));
  REQUIRE(plan);
  CHECK(plan->vanishing == std::vector<Timestamp>{chain[1].facts.cut_ended});
}

TEST_CASE("no link of a living chain goes, even across windows") {
  auto chain = chain_of("F i F i F i");
  chain[5].facts.refers_to.push_back(id_of(3));  // no strategy does that
  chain[3].facts.refers_to.push_back(id_of(1));
  CHECK(goes(chain, {.windows = 1}).empty());
  CHECK(fates(chain, {.windows = 1}) == "lln");
  chain[3].facts.refers_to.pop_back();
  CHECK(goes(chain, {.windows = 1}) == "1 2");
}

TEST_CASE("the window of the latest archive stays, also where a newer full exists") {
  auto chain = chain_of("F F F");
  ArchiveRecord late = chain_of("F i")[1];
  late.facts.archive = id_of(4);
  late.clock = chain[2].clock;
  chain.push_back(late);
  CHECK(goes(chain, {.windows = 1}) == "2");
}

namespace {

/// The same rules, said another way and with no care for time.
struct Model {
  const std::vector<ArchiveRecord>& archives;
  const Retention& retention;

  bool is_whole(const ArchiveRecord& record) const {
    if (record.lost) return false;
    for (const ArchiveId& id : record.facts.refers_to) {
      const ArchiveRecord* referred = ChainView{archives}.find(id);
      if (referred == nullptr || referred->lost) return false;
    }
    return true;
  }
  std::vector<std::size_t> fulls() const {
    std::vector<std::size_t> at;
    for (std::size_t i = 0; i < archives.size(); ++i)
      if (archives[i].facts.window == archives[i].facts.archive) at.push_back(i);
    return at;
  }
  /// The first archive that is not to be counted on.
  std::size_t doubtful() const {
    for (std::size_t i = 0; i < archives.size(); ++i) {
      if ((archives[i].facts.flags & backup_flag::shrunken) == 0 || archives[i].shrunken_accepted) continue;
      std::size_t begun = 0;
      for (const std::size_t full : fulls()) begun += full >= i ? 1U : 0U;
      if (begun < 2) return i;
    }
    return archives.size();
  }
  std::set<ArchiveId> goes() const {
    const auto at = fulls();
    std::set<ArchiveId> gone;
    std::int64_t newest = -1;
    for (std::size_t i = 0; i < doubtful(); ++i) newest = archives[i].clock.wall.seconds;
    for (std::size_t w = 0; w + 1 < at.size(); ++w) {
      if (at[w] >= doubtful()) continue;
      std::vector<std::size_t> newer;  // windows that count
      for (std::size_t v = w + 1; v < at.size(); ++v) {
        bool counts = false;
        for (std::size_t i = at[v]; i < (v + 1 < at.size() ? at[v + 1] : archives.size()) && i < doubtful(); ++i)
          counts = counts || is_whole(archives[i]);
        if (counts) newer.push_back(v);
      }
      if (newer.size() < retention.windows) continue;
      if (retention.age) {
        // The clocks of this model are right and rise, so the next window's full is younger than this one's last.
        const std::int64_t next = archives[at[newer.front()]].clock.wall.seconds;
        if (newest - (next < newest ? next : newest) < retention.age->count()) continue;
      }
      for (std::size_t i = at[w]; i < at[w + 1]; ++i) gone.insert(archives[i].facts.archive);
    }
    return gone;
  }
};

std::vector<ArchiveRecord> random_chain(std::uint64_t seed) {
  std::string text = "F";
  for (const std::byte b : testing::patterned(4 + seed % 40, seed)) {
    const auto value = std::to_integer<unsigned>(b);
    text += " Fiiid"[value % 6];
    if (value > 230) text += '!';
    if (value > 200 && value % 5 == 0) text += 's';
    if (value > 200 && value % 5 == 1) text += 'S';
  }
  return chain_of(text);
}

}  // namespace

TEST_CASE("thousands of random chains are planned as the model says, and keep what must be kept") {
  std::size_t gone = 0;
  std::size_t with_age = 0;
  for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
    CAPTURE(seed);
    const auto archives = random_chain(seed);
    Retention retention{.windows = 1 + static_cast<std::uint32_t>(seed % 4)};
    if (seed % 3 == 0) retention.age = hours(seed % 17);
    const auto plan = plan_prune({archives}, retention, hours(1));
    REQUIRE(plan);
    const std::set<ArchiveId> went(plan->goes.begin(), plan->goes.end());
    const Model model{archives, retention};
    REQUIRE(went == model.goes());
    gone += went.size();
    with_age += retention.age && !went.empty() ? 1U : 0U;

    REQUIRE(plan->goes.size() + plan->stays.size() == archives.size());
    std::size_t whole_windows = 0;
    std::size_t kept_windows = 0;
    for (const PruneWindow& window : plan->windows) {
      bool whole = false;
      for (const ArchiveId& id : window.archives) {
        REQUIRE((went.count(id) == 1) == (window.fate == WindowFate::goes));
        whole = whole || model.is_whole(*ChainView{archives}.find(id));
      }
      whole_windows += whole ? 1U : 0U;
      kept_windows += whole && window.fate != WindowFate::goes ? 1U : 0U;
    }
    REQUIRE(kept_windows >= (whole_windows < retention.windows ? whole_windows : retention.windows));
    for (const ArchiveRecord& record : archives)
      if (went.count(record.facts.archive) == 0)
        for (const ArchiveId& id : record.facts.refers_to) REQUIRE(went.count(id) == 0);

    // Doing it and asking again changes nothing more.
    std::vector<ArchiveRecord> left;
    for (const ArchiveRecord& record : archives)
      if (went.count(record.facts.archive) == 0) left.push_back(record);
    REQUIRE(plan_prune({left}, retention, hours(1))->empty());
  }
  CHECK(gone > 10'000);
  CHECK(with_age > 200);
}

TEST_CASE("a wrong clock, once accepted, never lets more go than a right one") {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    CAPTURE(seed);
    auto archives = random_chain(seed);
    if (archives.size() < 3) continue;
    const Retention retention{.windows = 1, .age = hours(seed % 13)};
    const auto right = plan_prune({archives}, retention, hours(1));
    REQUIRE(right);
    const std::size_t wrong = 1 + seed % (archives.size() - 1);
    archives[wrong].clock.wall.seconds += (seed % 2 == 0 ? 20 : -20) * year;
    const auto refused = plan_prune({archives}, retention, hours(1));
    REQUIRE_FALSE(refused);
    REQUIRE(refused.error().id() == ErrorId::clock_suspect);
    archives[wrong].clock_accepted = true;
    const auto accepted = plan_prune({archives}, retention, hours(1));
    REQUIRE(accepted);
    const std::set<ArchiveId> allowed(right->goes.begin(), right->goes.end());
    for (const ArchiveId& id : accepted->goes) REQUIRE(allowed.count(id) == 1);
  }
}

}  // namespace test_plan_prune
