// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/replay.hpp>

#include <lifeboat/testing/laws/state.hpp>

#include "support/ledger.hpp"
#include "support/temp_folder.hpp"

using namespace lifeboat;
using support::Ledger;
using support::LedgerRecords;

namespace test_replay {

namespace {

Result<ReplayReport> replay_of(Ledger& ledger, const std::string& folder, Position from = {},
                               std::optional<Position> to = {}) {
  auto reader = JournalReader::open(folder, from);
  REQUIRE(reader);
  return replay<LedgerRecords>(ledger, *reader, from, to);
}

}  // namespace

TEST_CASE("loading and applying equals replaying from nothing: the laws") {
  const support::TempFolder folder;
  support::fill(*support::open_ledger_journal(folder / "j"), 700);
  for (const StateSpace& space : {StateSpace{}, StateSpace{.folder = folder.path(), .memory = 100}}) {
    const testing::Laws laws =
        testing::state_laws<LedgerRecords>([] { return std::make_unique<Ledger>(); }, folder / "j", space);
    INFO(laws.report());
    CHECK(laws.all_hold());
  }
}

TEST_CASE("a replay applies each group once, whatever it is asked, and calls nothing outside") {
  const support::TempFolder folder;
  support::fill(*support::open_ledger_journal(folder / "j"), 100);
  Ledger ledger;
  const auto first = replay_of(ledger, folder / "j", {}, Position{1, 40});
  REQUIRE(first);
  CHECK(first->groups == 40);
  CHECK(first->records == 40 + 2 * 13);
  CHECK(first->to == Position{1, 40});
  CHECK(ledger.position() == Position{1, 40});
  const auto rest = replay_of(ledger, folder / "j", ledger.position());
  REQUIRE(rest);
  CHECK(rest->groups == 60);
  const auto nothing = replay_of(ledger, folder / "j", ledger.position());
  REQUIRE(nothing);
  CHECK(nothing->groups == 0);
  CHECK(nothing->to == Position{1, 100});
  CHECK(ledger.told() == 0);
  CHECK(ledger.owner(3) == "somebody");
}

TEST_CASE("what is applied live and what is replayed are the same") {
  const support::TempFolder folder;
  const auto journal = support::open_ledger_journal(folder / "j");
  Ledger live;
  for (std::uint64_t n = 1; n <= 50; ++n) {
    const Paid one = support::paid(n);
    const Opened two{n % 7, FixedString<20>("x")};
    const Position at = support::appended(*journal, one, two);
    REQUIRE(apply_live<LedgerRecords>(live, at, {1'700'000'000, 0}, one, two));
  }
  CHECK(live.told() == 50);
  Ledger replayed;
  REQUIRE(replay_of(replayed, folder / "j"));
  CHECK(support::digest(live) == support::digest(replayed));
}

TEST_CASE("a replay goes on over epochs, and refuses a state that has left the journal's history") {
  const support::TempFolder folder;
  support::fill(*support::open_ledger_journal(folder / "j"), 10);
  {
    JournalConfig next;
    next.epoch = 2;
    next.first_sequence = 100;
    const auto journal = support::open_ledger_journal(folder / "j", next);
    CHECK(support::appended(*journal, support::paid(1)) == Position{2, 100});
  }
  Ledger whole;
  const auto over = replay_of(whole, folder / "j");
  INFO((over ? std::string() : over.error().sentence()));
  REQUIRE(over);
  CHECK(over->groups == 11);
  CHECK(over->to == Position{2, 100});
  Ledger at_the_fork;
  REQUIRE(replay_of(at_the_fork, folder / "j", {}, Position{1, 10}));
  CHECK(replay_of(at_the_fork, folder / "j", Position{1, 10})->groups == 1);

  Ledger left;  // at 1:12, which only the primary had that was lost
  auto reader = JournalReader::open(folder / "j");
  REQUIRE(reader);
  const auto refused = replay<LedgerRecords>(left, *reader, Position{1, 12});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::not_replayable);
  CHECK(refused.error().sentence() ==
        "the state is at 1:12, and the journal's epoch 2 goes on after 10: the state holds groups that are not in its "
        "history");
}

TEST_CASE("a state kept elsewhere is brought up to the journal that is open") {
  const support::TempFolder folder;
  const auto journal = support::open_ledger_journal(folder / "j");
  Ledger ledger;
  const auto from_nothing = replay_from<LedgerRecords>(ledger, *journal, {});
  REQUIRE(from_nothing);
  CHECK(from_nothing->groups == 0);
  support::fill(*journal, 30);
  REQUIRE(replay_from<LedgerRecords>(ledger, *journal, {}));
  CHECK(ledger.position() == Position{1, 30});
  support::fill(*journal, 10);
  (void)journal->submit(support::paid(1));  // nobody has flushed it
  const auto rest = replay_from<LedgerRecords>(ledger, *journal, ledger.position());
  REQUIRE(rest);
  CHECK(rest->groups == 10);
  CHECK(ledger.position() == Position{1, 40});
  CHECK(replay_from<LedgerRecords>(ledger, *journal, ledger.position())->groups == 0);
}

TEST_CASE("a state that holds what its journal does not is refused, also where an epoch has no group yet") {
  const support::TempFolder folder;
  support::fill(*support::open_ledger_journal(folder / "j"), 10);
  Ledger ledger;
  {
    const auto journal = support::open_ledger_journal(folder / "j");
    CHECK(replay_from<LedgerRecords>(ledger, *journal, Position{1, 10})->groups == 0);
    const auto ahead = replay_from<LedgerRecords>(ledger, *journal, Position{1, 11});
    REQUIRE_FALSE(ahead);
    CHECK(ahead.error().id() == ErrorId::not_replayable);
    CHECK(ahead.error().is_unchanged());
    CHECK(ahead.error().sentence() == "the state is at 1:11, and the journal " + (folder / "j") + " ends at 1:10");
  }
  JournalConfig next;
  next.epoch = 2;
  next.first_sequence = 100;
  const auto journal = support::open_ledger_journal(folder / "j", next);
  CHECK(replay_from<LedgerRecords>(ledger, *journal, Position{1, 10})->groups == 0);
  const auto left = replay_from<LedgerRecords>(ledger, *journal, Position{1, 11});
  REQUIRE_FALSE(left);
  CHECK(left.error().id() == ErrorId::not_replayable);
  CHECK(left.error().sentence() ==
        "the state is at 1:11, and the journal's epoch 2 goes on after 10: the state holds groups that are not in its "
        "history");
}

TEST_CASE("a gap behind the state is refused, and the state is as it was") {
  const support::TempFolder folder;
  support::fill(*support::open_ledger_journal(folder / "j"), 2'000);
  Ledger ledger;
  REQUIRE(replay_of(ledger, folder / "j", {}, Position{1, 3}));
  const std::string before = support::digest(ledger);
  auto reader = JournalReader::open(folder / "j", Position{1, 1'900});
  REQUIRE(reader);
  const auto refused = replay<LedgerRecords>(ledger, *reader, ledger.position());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::not_replayable);
  CHECK(support::digest(ledger) == before);
}

}  // namespace test_replay

struct Stranger {
  std::uint64_t what;
};
BOOST_HANA_ADAPT_STRUCT(Stranger, what);
template <>
struct lifeboat::RecordTraits<Stranger> {
  static constexpr RecordNumber number = 77;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "stranger";
};

namespace test_replay {

TEST_CASE("a record of an unknown type is an error by its name, and what was before is applied") {
  const support::TempFolder folder;
  {
    const auto journal = support::open_ledger_journal(folder / "j");
    support::fill(*journal, 5);
    support::appended(*journal, support::paid(1), Stranger{1});
  }
  Ledger ledger;
  const auto refused = replay_of(ledger, folder / "j");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::feature_unknown);
  CHECK(refused.error().sentence() ==
        "group 1:6 of the journal holds a record of stranger (type 77), which this program does not know");
  CHECK(ledger.position() == Position{1, 5});
}

}  // namespace test_replay

/// The next version of an engine: its payments have a channel, and its older ones came by card.
struct PaidLater {
  Key key;
  DebitAccount from;
  CreditAccount to;
  Money amount;
  std::uint8_t channel = 9;
};
BOOST_HANA_ADAPT_STRUCT(PaidLater, key, from, to, amount, channel);
template <>
struct lifeboat::RecordTraits<PaidLater> {
  static constexpr RecordNumber number = 1;
  static constexpr std::uint16_t version = 2;
  static constexpr std::string_view name = "paid";
  using Before = Paid;
};

namespace test_replay {

namespace {
struct Channels {
  std::vector<unsigned> seen;
  Status apply(const Records<PaidLater>::Group& group, Position, Replaying) {
    group.each([&](const PaidLater& one) { seen.push_back(one.channel); });
    return ok();
  }
};
struct Refusing {
  Status apply(const Records<Paid>::Group&, Position position, Replaying) {
    if (position.sequence == 2) throw std::runtime_error("no such account");
    return ok();
  }
};
}  // namespace

TEST_CASE("records of an earlier version are applied as the newest, and a newer one is refused by name") {
  const support::TempFolder folder;
  const auto journal = support::open_ledger_journal(folder / "j");
  support::appended(*journal, support::paid(1));
  support::appended(*journal, PaidLater{Key{"L"}, {1}, {2}, {1, EUR}, 3});
  auto reader = JournalReader::open(folder / "j");
  Channels channels;
  const auto read = replay<Records<PaidLater>>(channels, *reader, {});
  INFO((read ? std::string() : read.error().sentence()));
  REQUIRE(read);
  CHECK(channels.seen == std::vector<unsigned>{9, 3});

  Ledger old;
  const auto refused = replay_of(old, folder / "j");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::format_version);
  CHECK(old.position() == Position{1, 1});
}

TEST_CASE("what a state throws is an error, and the replay ends there") {
  const support::TempFolder folder;
  const auto journal = support::open_ledger_journal(folder / "j");
  for (std::uint64_t n = 1; n < 5; ++n) support::appended(*journal, support::paid(n));
  auto reader = JournalReader::open(folder / "j");
  Refusing state;
  const auto refused = replay<Records<Paid>>(state, *reader, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::callback_threw);
  CHECK(refused.error().sentence() == "apply of the engine's state threw: no such account");
}

}  // namespace test_replay
