// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/failover/standby.hpp>

#include <filesystem>
#include <map>
#include <stdexcept>

#include "support/hand_receiver.hpp"
#include "support/two_sides.hpp"

namespace test_standby {

using namespace lifeboat;
using namespace support;
using namespace std::chrono_literals;

namespace {

/// Sums of accounts, with the position beside them.
struct Accounts final : StatePort {
  std::map<std::uint64_t, std::int64_t> sums;
  Position applied;
  std::uint64_t groups = 0;
  std::uint64_t refuse_at = 0;
  bool throws = false;

  Status apply(const JournalGroup& group, const SegmentHeader&) override {
    if (group.position.sequence == refuse_at) {
      if (throws) throw std::runtime_error("no such account");
      return Error{ErrorId::limit, "the state is full"};
    }
    RecordsOfGroup records = group.records();
    while (const auto record = records.next()) {
      const auto payment = decode_record<Payment>(record->bytes);
      if (!payment) return Error{ErrorId::corrupt, "no payment"};
      sums[payment->from.number] -= payment->amount.minor;
      sums[payment->to.number] += payment->amount.minor;
    }
    applied = group.position;
    ++groups;
    return ok();
  }
};

struct FewPayments {
  static constexpr std::string_view name = "few-payments";
  Status see(const SeenGroup& group) {
    tally.rows(group.records.size());
    if (group.position.sequence > 20) tally.fails(group.position, [] { return std::string("too many"); });
    return ok();
  }
  Result<InvariantReport> finish() { return tally.report(name); }
  InvariantTally tally;
};

struct Followed {
  support::TempFolder folder;
  std::unique_ptr<Journal> journal = open_journal(folder / "j");
  HandReceiver* receiver = nullptr;
  std::unique_ptr<Standby> standby;

  void follow(Accounts& state) {
    auto made = std::make_unique<HandReceiver>(folder / "j", folder / "r");
    receiver = made.get();
    standby = opened(Standby::open({.receiver = std::move(made), .state = &state, .applied = state.applied}));
  }
};

PromoteRequest request() {
  PromoteRequest wanted;
  wanted.by = "A. Nightshift";
  wanted.reason = "site lost";
  wanted.journal = journal_of("");
  return wanted;
}

}  // namespace

TEST_CASE("what is durable in the replica is applied, in order, each group once") {
  Followed f;
  Accounts state;
  append_payments(*f.journal, 1, 100, 7);
  f.follow(state);
  f.receiver->take();
  REQUIRE(f.standby->wait({1, 100}, soon()));
  append_payments(*f.journal, 101, 150, 7);
  f.receiver->take();
  REQUIRE(f.standby->wait({1, 150}, soon()));
  f.standby->read([&](Position at) {
    CHECK(at == Position{1, 150});
    CHECK(state.groups == 150);
    CHECK(state.sums[1] == -100);
    CHECK(state.sums[151] == 100);
  });
  f.standby.reset();
  // Begun again with the position that the state holds: nothing twice.
  append_payments(*f.journal, 151, 160, 3);
  {
    HandReceiver catching_up(f.folder / "j", f.folder / "r");
    catching_up.take();
  }
  f.follow(state);
  REQUIRE(f.standby->wait({1, 160}, soon()));
  f.standby->stop();
  CHECK(state.groups == 160);
  // And with a state of its own, from the beginning.
  Accounts other;
  f.follow(other);
  REQUIRE(f.standby->wait({1, 160}, soon()));
  f.standby->stop();
  CHECK(other.sums == state.sums);
}

TEST_CASE("a promotion looks whether what is here adds up, by the engine's own invariants too") {
  Followed f;
  Accounts state;
  append_payments(*f.journal, 1, 30, 1);
  f.follow(state);
  f.receiver->take();
  PromoteRequest wanted = request();
  wanted.invariants = [](const std::string&) { return invariants_of(FewPayments()); };
  const auto refused = f.standby->promote(wanted);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::invariant);
  CHECK(refused.error().sentence().find("few-payments: broken at 1:21: too many") != std::string::npos);
  wanted.override = {"few-payments"};
  const auto promoted = f.standby->promote(wanted);
  INFO((promoted ? std::string() : promoted.error().sentence()));
  REQUIRE(promoted);
  REQUIRE(promoted->invariants.size() == 5);
  CHECK(promoted->invariants[1].holds);
  CHECK(promoted->reason.find("site lost; despite few-payments: broken at 1:21") == 0);
}

TEST_CASE("the lag is told in groups, in time and in money") {
  Followed f;
  Accounts state;
  state.refuse_at = 11;
  append_payments(*f.journal, 1, 30, 1);
  f.follow(state);
  f.receiver->take();
  REQUIRE_FALSE(f.standby->wait({1, 11}, std::chrono::steady_clock::now() + 100ms));
  f.receiver->hear({1, 42});
  REQUIRE(f.standby->wait({1, 10}, soon()));
  const auto lag = f.standby->lag();
  INFO((lag ? std::string() : lag.error().sentence()));
  REQUIRE(lag);
  CHECK(lag->not_received == 12);
  CHECK(lag->not_applied == 20);
  REQUIRE(lag->sums.size() == 1);
  CHECK(lag->sums.at(EUR) == MoneySum{EUR, 2000});
  CHECK(lag->unknown_records == 0);
  CHECK(lag->behind.count() > 0);
  CHECK(lag->behind < 60s);
  CHECK(lag->silent);
  REQUIRE(f.standby->failure());
  CHECK(f.standby->failure()->sentence() == "the state is full");
}

TEST_CASE("a promotion applies all that is here, states the loss, and fences the former primary") {
  Followed f;
  Accounts state;
  append_payments(*f.journal, 1, 60, 5);
  f.follow(state);
  f.receiver->take(1000);
  const Position here = f.receiver->durable();
  REQUIRE(here.sequence < 60);
  auto done = f.standby->promote(request());
  INFO((done ? std::string() : done.error().sentence()));
  REQUIRE(done);
  CHECK(state.applied == here);
  CHECK(done->epoch == 2);
  CHECK(done->first == 61);
  CHECK(done->by == "A. Nightshift");
  CHECK(done->loss.known == 0);
  CHECK(done->loss.possibly == 60 - here.sequence);
  CHECK(done->loss.possibly_upto == Position{1, 60});
  CHECK(done->loss.silent_from);
  CHECK_FALSE(done->loss.zero());
  const std::string said = to_text(done->loss);
  CHECK(said.find("known lost: 0 groups; possibly lost: " + std::to_string(60 - here.sequence) +
                  " groups, up to 1:60, which the primary said were durable there at 1970-01-01T00:16:40Z; unknown: "
                  "what became durable there since ") == 0);
  append_payments(*done->journal, 61, 63);
  CHECK(done->journal->durable() == Position{2, 63});
  f.standby.reset();
  done->journal.reset();
  const auto there = payments_in(f.folder / "r");
  CHECK(there.size() == here.sequence + 3);
  CHECK(there.back() == 63);
  // The former primary comes back: what it has behind the fork is refused, and it can not claim what is left either.
  auto replica = open_replica(f.folder / "r");
  auto old = JournalReader::open(f.folder / "j");
  const auto refused = ship(*old, *replica);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::fenced);
  replica.reset();
  f.journal.reset();
  CHECK(Journal::open(journal_of(f.folder / "r", 1)).error().id() == ErrorId::fenced);
}

TEST_CASE("a state that can not take a group stops the promotion, which may be asked for again") {
  Followed f;
  Accounts state;
  state.refuse_at = 4;
  state.throws = true;
  append_payments(*f.journal, 1, 9, 9);
  f.follow(state);
  CHECK(f.standby->promote({}).error().id() == ErrorId::config);
  f.receiver->take();
  REQUIRE(f.standby->wait({1, 3}, soon()));
  auto done = f.standby->promote(request());
  REQUIRE_FALSE(done);
  CHECK(done.error().id() == ErrorId::callback_threw);
  CHECK(done.error().sentence().find("no such account") != std::string::npos);
  CHECK(state.applied == Position{1, 3});
  state.refuse_at = 0;
  done = f.standby->promote(request());
  REQUIRE(done);
  CHECK(state.applied == Position{1, 9});
  CHECK(state.groups == 9);
  CHECK(done->loss.possibly == 0);
  CHECK(to_text(done->loss).find("possibly lost: none up to 1:9") != std::string::npos);
}

TEST_CASE("a state that holds what was undone, or too little, is told so") {
  Followed f;
  append_payments(*f.journal, 1, 10);
  {
    HandReceiver receiver(f.folder / "j", f.folder / "r");
    receiver.take();
    receiver.stop();
  }
  append_payments(*open_journal(f.folder / "r", 2), 11, 12);
  Accounts state;
  state.applied = {1, 15};  // the former primary's own, of groups that never got here
  f.follow(state);
  CHECK_FALSE(f.standby->wait({2, 11}, std::chrono::steady_clock::now() + 2s));
  for (const Moment until = soon(); !f.standby->failure() && std::chrono::steady_clock::now() < until;)
    std::this_thread::yield();
  REQUIRE(f.standby->failure());
  CHECK(f.standby->failure()->id() == ErrorId::not_replayable);
  CHECK(f.standby->failure()->sentence().find("undone") != std::string::npos);
  CHECK(state.groups == 0);
  f.standby.reset();

  auto config = replica_of(f.folder / "late");
  const auto all = batches_of(f.folder / "j");
  config.begins = JournalHead{{1, 6}, all[5].chain};
  {
    auto replica = JournalReplica::open(config);
    REQUIRE(replica);
    REQUIRE((*replica)->receive(header_of(f.folder / "j"), shipped(all)));
  }
  Accounts empty;
  auto late = std::make_unique<HandReceiver>(f.folder / "j", f.folder / "late");
  const auto standby = opened(Standby::open({.receiver = std::move(late), .state = &empty}));
  for (const Moment until = soon(); !standby->failure() && std::chrono::steady_clock::now() < until;)
    std::this_thread::yield();
  REQUIRE(standby->failure());
  CHECK(standby->failure()->id() == ErrorId::not_replayable);
  CHECK(Standby::open({}).error().id() == ErrorId::config);
}

TEST_CASE("a primary that was never heard of is an unknown loss") {
  Followed f;
  Accounts state;
  append_payments(*f.journal, 1, 2);
  {
    const auto replica = open_replica(f.folder / "r");
    auto reader = JournalReader::open(f.folder / "j");
    REQUIRE(ship(*reader, *replica));
  }
  f.follow(state);
  const auto done = f.standby->promote(request());
  REQUIRE(done);
  CHECK_FALSE(done->loss.heard);
  CHECK(to_text(done->loss).find("possibly lost: unknown, the primary was never heard of") != std::string::npos);
}

}  // namespace test_standby
