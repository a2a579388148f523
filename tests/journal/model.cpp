// SPDX-License-Identifier: BSL-1.0
// A journal against a model of it: processes in which threads append in every way there is are killed at any moment;
// what was written and never flushed is torn; then the journal is opened again and compared with what was asked of it
// and what it answered. LIFEBOAT_ROUNDS says how many processes die, LIFEBOAT_SEED repeats a run.
#include <lifeboat/journal/journal.hpp>

#include <iostream>

#include "catch.hpp"
#include "support/journal_life.hpp"
#include "support/rounds.hpp"
#include "support/temp_folder.hpp"

namespace test_model {

using namespace lifeboat;
using namespace support;

TEST_CASE("the model notices: what is lost, doubled, foreign, halved, out of order, or said wrong") {
  Ask first, second;
  first.who = 1;
  first.settle(Answer::acked, {1, 1});
  second.who = 2;
  second.settle(Answer::position, {1, 2});
  const ModelGroup one{{1, 1}, false, 1};
  const ModelGroup two{{1, 2}, false, 2};
  const std::vector<const Ask*> asked{&first, &second};
  const auto says = [&](std::vector<ModelGroup> now) {
    JournalModel model;
    return model.look(std::move(now), asked);
  };
  CHECK(says({one, two}).empty());
  CHECK(says({one}).empty());
  CHECK(says({}) == "ask 1 was acknowledged at 1:1 and is not there");
  CHECK(says({one, {{1, 3}, false, 2}}) == "group 1:3 stands behind 1:1");
  CHECK(says({one, {{1, 2}, false, 1}}) == "ask 1 is there twice");
  CHECK(says({one, {{1, 2}, false, 9}}) == "ask 2 had the position 1:2, where something else stands");
  CHECK(says({one, two, {{1, 3}, false, 9}}) == "group 1:3 was never asked for");
  CHECK(says({one, {{1, 2}, false, 2, 0, 3}}) == "ask 2 has another form");
  second.settle(Answer::not_written);
  CHECK(says({one, two}) == "ask 2 is there and was said to be not written");
  first.kind = AskKind::once;
  CHECK(says({{{1, 1}, true, 1}}).empty());
  CHECK(says({{{1, 1}, true, 1, 1}}) == "key 1 was acknowledged at 1:1 and is not there");
  CHECK(says({{{1, 1}, true, 1}, {{1, 2}, true, 1}}) == "key 1 is there twice");
  JournalModel model;
  CHECK(model.look({{{1, 1}, true, 1}}, asked).empty());
  CHECK(model.look({}, {}) == "groups are gone that were there");
  CHECK(model.look({{{1, 1}, true, 2}}, {}) == "group 1:1 is another than it was");
}

TEST_CASE("whatever kills the writer, what is recovered is what the model allows") {
  const std::uint64_t rounds = rounds_or(40);
  const std::uint64_t seed = seed_or_any();
  INFO("LIFEBOAT_SEED=" << seed << " LIFEBOAT_ROUNDS=" << rounds);
  LifeSeen seen;
  Death kill;
  std::unique_ptr<TempFolder> folder;
  std::unique_ptr<JournalLife> life;
  for (std::uint64_t number = 0; number < rounds; ++number) {
    if (number % 20 == 0) {
      folder = std::make_unique<TempFolder>();
      life = std::make_unique<JournalLife>(folder->path(), seed + number, kill);
    }
    INFO("round " << number);
    life->round(number, seen);
  }
  std::cout << "LIFEBOAT_SEED=" << seed << ": " << rounds << " processes, " << seen.groups << " groups, "
            << seen.acknowledged << " acknowledged, " << seen.undecided << " undecided (" << seen.undecided_there
            << " there, " << seen.undecided_gone << " not), " << seen.already << " already, " << seen.torn
            << " sectors torn, " << seen.cut << " tails cut, " << seen.killed_in_open << " died before their first, "
            << seen.recycled << " segments recycled, epochs up to " << seen.epochs << "\n";
  CHECK(seen.acknowledged > 0);
  if (rounds < 40) return;
  CHECK(seen.undecided_there + seen.undecided_gone > 0);
  CHECK(seen.already > 0);
  CHECK(seen.segments > rounds);
  CHECK(seen.epochs > 1);
  CHECK(seen.killed_in_open > 0);
  for (const std::uint64_t count : seen.of_kind) CHECK(count > 0);
  if (rounds < 200) return;
  CHECK(seen.torn > 0);
  CHECK(seen.cut > 0);
  CHECK(seen.recycled > 0);
}

}  // namespace test_model
