// SPDX-License-Identifier: BSL-1.0
// The line of the card, whole: append, back up, ship, lose, restore to a payment.
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include <lifeboat/journal/take_pieces.hpp>
#include <lifeboat/lifeboat.hpp>
#include <lifeboat/sync/log_sync.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/temp_folder.hpp"

namespace test_journaled {

using namespace lifeboat;

namespace {

using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256, With<Directory, Records<Payment>>>;

Payment payment(std::uint64_t n) {
  return {*Key::of("A-" + std::to_string(n)), {1}, {2}, {static_cast<std::int64_t>(n) * 100, EUR}};
}

/// An invariant of the engine's own.
struct SmallPayments {
  static constexpr std::string_view name = "small-payments";
  Status see(const SeenGroup& group) {
    for (const SeenRecord& record : group.records) {
      tally.rows();
      if (record.roles->money->of(record.value).inner().as_money().minor > 2000)
        tally.fails(group.position, [] { return std::string("more than 20"); });
    }
    return ok();
  }
  Result<InvariantReport> finish() { return tally.report(name); }
  InvariantTally tally;
};

/// An engine that keeps how far it has applied its journal in a file, and stands still when it is asked to.
struct Engine final : FreezeHook {
  std::string root;
  Position applied{};
  std::function<void()> while_frozen;

  void apply(Position position) {
    applied = position;
    std::ofstream(root + "/applied", std::ios::trunc) << to_text(position);
  }
  Result<Frozen> freeze(std::chrono::steady_clock::time_point) override {
    if (while_frozen) while_frozen();
    return Frozen{.cut = {.kind = CutKind::frozen, .has_position = true, .position = applied}};
  }
  void thaw() noexcept override {}
};

struct Bank {
  support::TempFolder folder;
  Engine engine;
  std::optional<Pipeline> pipeline;
  MakeInvariants invariants = nullptr;
  Actor actor{};

  Bank() {
    engine.root = folder / "engine";
    std::filesystem::create_directory(engine.root);
    open();
  }
  void open() {
    auto opened = Pipeline::open({.source = {.id = "ledger", .root = engine.root, .freeze = &engine},
                                  .medium = {.root = folder / "backup", .create = true},
                                  .sync = {.journal = engine.root + "/journal"},
                                  .state = folder / "state",
                                  .actor = actor,
                                  .invariants = invariants});
    INFO((opened ? std::string() : opened.error().sentence()));
    REQUIRE(opened);
    pipeline.emplace(std::move(*opened));
  }
  void pay(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t n = from; n <= to; ++n)
      pipeline->append_once(payment(n))
          .match([&](Acked<LocalDurable> a) { engine.apply(a.position); }, [](Already) { FAIL(); },
                 [](InDoubt) { FAIL(); }, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
  }
};

std::vector<Position> groups_in(const std::string& journal) {
  auto reader = JournalReader::open(journal);
  INFO((reader ? std::string() : reader.error().sentence()));
  REQUIRE(reader);
  std::vector<Position> found;
  while (const auto group = *reader->next()) found.push_back(group->position);
  return found;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("the status says how often appends were held back") {
  Bank bank;
  bank.pay(1, 1);
  for (bool full = false; !full;)
    bank.pipeline->submit(payment(2))
        .match([](Position) {},
               [&](NotWritten refused) {
                 full = refused.id == ErrorId::queue_full;
                 REQUIRE(full);
               });
  const auto status = bank.pipeline->status();
  REQUIRE(status);
  REQUIRE(status->journal);
  CHECK(status->journal->back_pressure == BackPressure{.refused = 1});
}

TEST_CASE("an engine that is lost comes back to its last payment, or to any before it") {
  Bank bank;
  bank.pay(1, 10);
  REQUIRE(bank.pipeline->backup());
  bank.pay(11, 25);
  const auto synced = bank.pipeline->sync();
  INFO((synced ? std::string() : synced.error().sentence()));
  REQUIRE(synced);
  CHECK(synced->medium_position == Position{1, 25});
  CHECK(bank.pipeline->durable() == Position{1, 25});
  bank.pay(26, 28);
  const auto status = bank.pipeline->status();
  REQUIRE(status);
  REQUIRE(status->journal);
  CHECK(status->journal->head == Position{1, 25});
  CHECK(status->journal->local == Position{1, 28});
  const std::string again = bank.folder / "again";
  REQUIRE_FALSE(std::filesystem::exists(again));

  SECTION("to the last") {
    const auto plan = bank.pipeline->plan_restore({.target = again});
    REQUIRE(plan);
    REQUIRE(plan->tail);
    CHECK(plan->possible());
    CHECK(plan->tail->from == Position{1, 10});
    CHECK(plan->tail->upto == Position{1, 25});
    CHECK(plan->tail->groups == 15);
    const auto restored = bank.pipeline->restore({.target = again});
    INFO((restored ? std::string() : restored.error().sentence()));
    REQUIRE(restored);
    CHECK(restored->position == Position{1, 25});
    CHECK(restored->undone.groups == 0);
    REQUIRE(restored->invariants.size() == 4);
    for (const InvariantReport& report : restored->invariants) {
      INFO(to_text(report));
      CHECK(report.holds);
    }
    CHECK(text_of(again + "/applied") == "1:10");
    CHECK(groups_in(again + "/journal").size() == 25);
  }
  SECTION("to one before it, with the rest counted, summed, listed, and accepted by number") {
    RestoreRequest request{.target = again, .point = RestorePoint::at_position({1, 20})};
    const auto refused = bank.pipeline->restore(request);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::undone);
    CHECK(refused.error().next() == "--accept-undone 5");
    CHECK_FALSE(std::filesystem::exists(again));
    request.accept_undone = 4;
    CHECK(bank.pipeline->restore(request).error().id() == ErrorId::undone);
    request.accept_undone = 5;
    const auto restored = bank.pipeline->restore(request);
    INFO((restored ? std::string() : restored.error().sentence()));
    REQUIRE(restored);
    CHECK(restored->position == Position{1, 20});
    CHECK(restored->undone.groups == 5);
    CHECK(to_text(restored->undone.sums.at(EUR)) == "115.00 EUR");  // 21 + 22 + 23 + 24 + 25
    CHECK(groups_in(again + "/journal").back() == Position{1, 20});
    const std::string list = text_of(again + ".undone.jsonl");
    CHECK(std::count(list.begin(), list.end(), '\n') == 5);
    CHECK(list.find(R"("key":"A-21","amount":"21.00","currency":"EUR","state":"undone")") != std::string::npos);
  }
  SECTION("just before the first that fits, and to before the backup") {
    RestoreRequest request{.target = again, .point = RestorePoint::before_first({*parse_filter("amount>=13.00 EUR")})};
    CHECK(bank.pipeline->plan_restore(request)->tail->upto == Position{1, 12});
    request.point = RestorePoint::before_first({*parse_filter("key=A-99")});
    CHECK(bank.pipeline->plan_restore(request).error().id() == ErrorId::time_beyond_head);
    request.point = RestorePoint::at_position({1, 26});
    CHECK(bank.pipeline->plan_restore(request).error().id() == ErrorId::time_beyond_head);
    request.point = RestorePoint::at_position({1, 9});  // no archive is as old
    CHECK(bank.pipeline->plan_restore(request).error().id() == ErrorId::not_replayable);
    request.point = RestorePoint::at_position({2, 1});
    CHECK(bank.pipeline->plan_restore(request).error().id() == ErrorId::time_beyond_head);
  }
  SECTION("an archive alone, and a part of it for looking") {
    RestoreRequest request{.target = again, .point = RestorePoint::at_archive("")};
    request.point.archive = to_hex(bank.pipeline->list()->archives.front().facts.archive.view());
    CHECK(bank.pipeline->plan_restore(request)->tail->undone.groups == 15);
    request.only = {"/applied"};
    const auto part = bank.pipeline->restore(request);
    REQUIRE(part);
    CHECK(part->extract);
    CHECK_FALSE(part->position);
    CHECK_FALSE(std::filesystem::exists(again + "/journal"));
  }
}

TEST_CASE("what an engine keeps elsewhere is brought up to its journal when it starts") {
  struct Table {
    std::vector<std::string> paid;
    Position at{};
    Status apply(const Records<Payment>::Group& group, Position position, Applying) {
      group.each([&](const Payment& one) { paid.emplace_back(one.key.view()); });
      at = position;
      return ok();
    }
  };
  Bank bank;
  bank.pay(1, 4);
  Table table;
  REQUIRE(bank.pipeline->replay_from(table, Position{1, 2}));
  CHECK(table.paid == std::vector<std::string>{"A-3", "A-4"});
  bank.pipeline.reset();
  bank.open();
  bank.pay(5, 5);
  REQUIRE(bank.pipeline->replay_from(table, table.at));
  CHECK(table.paid == std::vector<std::string>{"A-3", "A-4", "A-5"});
  CHECK(bank.pipeline->replay_from(table, Position{1, 6}).error().id() == ErrorId::not_replayable);
}

TEST_CASE("the journal goes to the medium by itself, and not into archives") {
  Bank bank;
  bank.pay(1, 3);
  REQUIRE(bank.pipeline->backup());
  const auto restored = bank.pipeline->restore({.target = bank.folder / "again", .only = {"/applied", "/journal/"}});
  CHECK_FALSE(restored);  // nothing of it is in the archive
  CHECK(bank.pipeline->restore({.target = bank.folder / "again", .only = {"/applied"}}));
  CHECK(bank.pipeline->list()->archives.front().facts.position == Position{1, 3});
}

TEST_CASE("a restored copy is nobody's until it is adopted, and who goes on in the old epoch is fenced") {
  Bank bank;
  bank.pay(1, 10);
  REQUIRE(bank.pipeline->backup());
  bank.pay(11, 25);
  REQUIRE(bank.pipeline->sync());
  bank.pay(26, 30);  // not shipped: lost
  const std::string again = bank.folder / "again";
  REQUIRE(bank.pipeline->restore({.target = again, .point = RestorePoint::at_position({1, 20}), .accept_undone = 5}));

  const auto open_copy = [&] {
    return Pipeline::open({.source = {.id = "ledger", .root = again},
                           .medium = {.root = bank.folder / "backup"},
                           .sync = {.journal = again + "/journal"},
                           .keep_state = false});
  };
  const auto early = open_copy();
  REQUIRE_FALSE(early);
  CHECK(early.error().id() == ErrorId::not_adopted);
  CHECK(bank.pipeline->adopt({.target = bank.engine.root}).error().id() == ErrorId::object_missing);

  const auto adopted = bank.pipeline->adopt({.target = again, .nothing_lost = true});
  INFO((adopted ? std::string() : adopted.error().sentence()));
  REQUIRE(adopted);
  CHECK(adopted->epoch == 2);
  CHECK(adopted->after == Position{1, 20});
  CHECK(adopted->first == 26);
  CHECK(adopted->undone_keys == 5);
  CHECK(bank.pipeline->adopt({.target = again}).error().id() == ErrorId::object_missing);

  // Lost again before its first payment: what was undone does not come back, and no number is given twice.
  {
    const std::string anew = bank.folder / "anew";
    const auto done = bank.pipeline->restore({.target = anew});
    INFO((done ? std::string() : done.error().sentence()));
    REQUIRE(done);
    CHECK(done->position == Position{1, 20});
    CHECK(done->undone.groups == 0);
    CHECK(groups_in(anew + "/journal").size() == 20);
    CHECK(bank.pipeline->status()->journal->head == Position{1, 20});
    ClaimedEpoch next = next_epoch(*bank.pipeline->core().parts().medium, "ledger", {{1, 20}, {1, 20}}).value();
    CHECK(next.first == 26);
    CHECK(next.epoch == 3);
  }

  // The one that was thought dead goes on here, and nowhere else.
  bank.pay(31, 32);
  CHECK(bank.pipeline->sync().error().id() == ErrorId::fenced);
  CHECK(bank.pipeline->backup().error().id() == ErrorId::fenced);

  auto opened = open_copy();
  INFO((opened ? std::string() : opened.error().sentence()));
  REQUIRE(opened);
  std::optional<Pipeline> copy(std::move(*opened));
  const auto told = [&](std::uint64_t n) {
    return copy->append_once(payment(n))
        .match([](Acked<LocalDurable> a) { return "acked " + to_text(a.position); },
               [](Already a) { return "already " + to_text(a.position); },
               [](InDoubt) { return std::string("in doubt"); },
               [](NotWritten r) { return "not written " + std::string(to_string(r.id)); },
               [](Unknown) { return std::string("unknown"); });
  };
  CHECK(told(20) == "already 1:20");
  CHECK(told(7) == "already 1:7");
  CHECK(told(100) == "acked 2:26");
  // What was undone may have been paid for all that the outside knows, until somebody settles it.
  CHECK(told(23) == "in doubt");
  REQUIRE(copy->doubt() != nullptr);
  REQUIRE(copy->doubt()->close_key("A-23", KeyVerdict::not_paid, {.by = "alice"}));
  CHECK(told(23) == "acked 2:27");
  CHECK(told(24) == "in doubt");
  const auto shipped = copy->sync();
  INFO((shipped ? std::string() : shipped.error().sentence()));
  REQUIRE(shipped);
  CHECK(shipped->medium_position == Position{2, 27});
  CHECK(copy->list()->epoch == 2);

  // A second disaster: the windows of the first come back with the journal, and where nobody vouches that nothing was
  // lost, every key that is not known is in doubt.
  const std::string third = bank.folder / "third";
  const auto restored = copy->restore({.target = third});
  INFO((restored ? std::string() : restored.error().sentence()));
  REQUIRE(restored);
  CHECK(restored->position == Position{2, 27});
  CHECK(copy->adopt({.target = third})->unknown_loss);
  copy.reset();
  auto last = Pipeline::open({.source = {.id = "ledger", .root = third},
                              .medium = {.root = bank.folder / "backup"},
                              .sync = {.journal = third + "/journal"},
                              .keep_state = false});
  INFO((last ? std::string() : last.error().sentence()));
  REQUIRE(last);
  copy.emplace(std::move(*last));
  CHECK(told(23) == "already 2:27");
  CHECK(told(24) == "in doubt");
  CHECK(told(20) == "already 1:20");
  CHECK(told(1000) == "in doubt");
  REQUIRE(copy->doubt()->close_key("A-1000", KeyVerdict::not_paid, {.by = "alice"}));
  CHECK(told(1000) == "acked 3:28");
}

TEST_CASE("what is paid while a backup is taken is on the medium before that ends") {
  Bank bank;
  bank.pay(1, 3);
  REQUIRE(bank.pipeline->backup());
  Position on_medium{};
  bank.engine.while_frozen = [&] {
    std::thread pays([&] {
      bank.pay(4, 5);
      const auto synced = bank.pipeline->sync();
      if (synced) on_medium = synced->medium_position;
    });
    pays.join();  // a pass that waited for the backup would never end
  };
  REQUIRE(bank.pipeline->backup());
  CHECK(on_medium == Position{1, 5});
  bank.engine.while_frozen = nullptr;

  // Passes, backups, prunes and looks at once.
  std::atomic<bool> stop{false};
  std::atomic<int> bad{0};
  std::thread ships([&] {
    while (!stop)
      if (!bank.pipeline->sync()) ++bad;
  });
  std::thread looks([&] {
    while (!stop)
      if (!bank.pipeline->status() || !bank.pipeline->verify({.record = false})) ++bad;
  });
  for (std::uint64_t n = 6; n < 30; n += 3) {
    bank.pay(n, n + 2);
    if (!bank.pipeline->backup()) ++bad;
    const Core& core = bank.pipeline->core();
    const auto plan = core.plan({.windows = 2}, std::chrono::hours(1), {});
    const auto digest = plan ? plan_digest(*plan, *core.repository().structural) : Result<Digest>(plan.error());
    if (!plan || !digest || !bank.pipeline->prune(*plan, *digest, std::chrono::seconds(0))) ++bad;
  }
  stop = true;
  ships.join();
  looks.join();
  CHECK(bad == 0);
  REQUIRE(bank.pipeline->sync());
  CHECK(bank.pipeline->status()->journal->head == Position{1, 29});
}

TEST_CASE("a journal whose segments are gone is opened by no engine that knows its medium") {
  Bank bank;
  bank.pay(1, 3);
  REQUIRE(bank.pipeline->sync());
  bank.pipeline.reset();
  const std::string journal = bank.engine.root + "/journal";
  const std::string aside = bank.folder / "aside";
  std::filesystem::create_directory(aside);
  for (const auto& entry : std::filesystem::directory_iterator(journal))
    if (entry.path().filename().string().starts_with("segment-"))
      std::filesystem::rename(entry.path(), aside + "/" + entry.path().filename().string());
  const auto opened = Pipeline::open({.source = {.id = "ledger", .root = bank.engine.root},
                                      .medium = {.root = bank.folder / "backup"},
                                      .sync = {.journal = journal},
                                      .state = bank.folder / "state"});
  REQUIRE_FALSE(opened);
  INFO(opened.error().sentence());
  CHECK(opened.error().id() == ErrorId::diverged);
  CHECK(opened.error().sentence().ends_with("has no group: its segments are gone"));
  CHECK(opened.error().next().starts_with("lifeboat restore --id ledger --target DIR"));
  for (const auto& entry : std::filesystem::directory_iterator(journal)) std::filesystem::remove_all(entry.path());
  for (const auto& entry : std::filesystem::directory_iterator(aside))
    std::filesystem::rename(entry.path(), journal + "/" + entry.path().filename().string());
  bank.open();
  bank.pay(4, 4);
}

TEST_CASE("a tail that is cut and may have held an acknowledged payment puts unknown keys in doubt") {
  Bank bank;
  bank.pay(1, 3);
  bank.pipeline.reset();
  // The last payment's batch rots, and the mark behind it was never flushed; its commit is whole.
  const std::string segment = bank.engine.root + "/journal/segment-0000000001";
  std::string bytes = text_of(segment);
  const std::size_t used = (bytes.find_last_not_of('\0') + 8) / 8 * 8;
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(used - commit_bytes), commit_bytes, '\0');
  bytes[used - 2 * commit_bytes - 8] ^= 0x10;
  std::ofstream(segment, std::ios::binary) << bytes;

  bank.open();
  REQUIRE(bank.pipeline->doubt() != nullptr);
  const auto told = [&](std::uint64_t n) {
    return bank.pipeline->append_once(payment(n))
        .match([](Acked<LocalDurable>) { return "acked"; }, [](Already) { return "already"; },
               [](InDoubt) { return "in doubt"; }, [](NotWritten) { return "not written"; },
               [](Unknown) { return "unknown"; });
  };
  CHECK(told(2) == std::string("already"));
  CHECK(told(3) == std::string("in doubt"));
  CHECK(told(4) == std::string("in doubt"));
  REQUIRE(bank.pipeline->doubt()->close_key("A-3", KeyVerdict::not_paid, {.by = "alice"}));
  CHECK(told(3) == std::string("acked"));
}

TEST_CASE("what the engine's own invariants find keeps a copy from going live, unless it is overridden by name") {
  Bank bank;
  bank.pipeline.reset();
  bank.invariants = [](const std::string&) { return invariants_of(SmallPayments()); };
  bank.open();
  bank.pay(1, 25);
  REQUIRE(bank.pipeline->backup());
  const std::string again = bank.folder / "again";
  const auto restored = bank.pipeline->restore({.target = again});
  REQUIRE(restored);
  REQUIRE(restored->invariants.size() == 5);
  CHECK(to_text(restored->invariants.back()) == "small-payments: broken at 1:21: more than 20; 25 rows");
  const auto refused = bank.pipeline->adopt({.target = again});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::invariant);
  REQUIRE(bank.pipeline->adopt({.target = again, .override = {"small-payments"}}));
  const auto chain = bank.pipeline->list();
  REQUIRE(chain);
  CHECK(chain->entries.back().reason.find("despite small-payments") != std::string::npos);
}

TEST_CASE("an adoption needs a majority of those who hold the epoch, or the names of those who are lost") {
  Bank bank;
  bank.pay(1, 5);
  REQUIRE(bank.pipeline->backup());
  const std::string again = bank.folder / "again";
  REQUIRE(bank.pipeline->restore({.target = again}));
  const auto adopt = [&](const char* holders, std::vector<std::string> lost) {
    return bank.pipeline->adopt({.target = again, .holders = parse_holders(holders).value(), .lost = std::move(lost)});
  };
  const auto refused = adopt("host-b,host-a", {});  // the repository holds nothing
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::holders);
  CHECK(refused.error().is_unchanged());
  CHECK(refused.error().next() == "--lost host-a");
  CHECK(adopt("host-b,host-a,repository", {"repository"}).error().id() == ErrorId::config);
  CHECK(adopt("host-b,host-a", {"host-a"}).error().id() == ErrorId::second_name);
  CHECK(std::filesystem::exists(again + "/journal/restored"));
  REQUIRE(adopt("host-b,host-a,repository", {}));
  CHECK(bank.pipeline->list()->entries.back().reason.empty());

  const std::string other = bank.folder / "other";
  REQUIRE(bank.pipeline->restore({.target = other}));
  bank.pipeline.reset();
  bank.actor = {"alice", {}, {}, "alice"};
  bank.open();
  CHECK(bank.pipeline->adopt({.target = other, .holders = parse_holders("host-b,host-a").value(), .lost = {"host-a"}})
            .error()
            .id() == ErrorId::second_name);
  bank.pipeline.reset();
  bank.actor.second = "bob";
  bank.open();
  const auto done =
      bank.pipeline->adopt({.target = other, .holders = parse_holders("host-b,host-a").value(), .lost = {"host-a"}});
  REQUIRE(done);
  CHECK(done->reason == "lost host-a");
  CHECK(bank.pipeline->list()->entries.back().actor == "alice");
  CHECK(bank.pipeline->list()->entries.back().second == "bob");
  CHECK(bank.pipeline->list()->entries.back().reason == "lost host-a");
}

TEST_CASE("a ceiling that was reserved on the medium bounds what an adoption may have lost") {
  support::TempFolder folder;
  std::filesystem::create_directory(folder / "engine");
  auto opened = Pipeline::open({.source = {.id = "ledger", .root = folder / "engine"},
                                .medium = {.root = folder / "backup", .create = true},
                                .sync = {.journal = folder / "engine/journal", .reserve_groups = 500'000'000},
                                .keep_state = false});
  INFO((opened ? std::string() : opened.error().sentence()));
  REQUIRE(opened);
  Pipeline engine = std::move(*opened);
  const auto pay = [&](std::uint64_t n) {
    engine.append(payment(n)).match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
  };
  for (std::uint64_t n = 1; n <= 5; ++n) pay(n);
  REQUIRE(engine.sync());
  pay(6);  // lost
  const auto medium = open_medium<Disk>({.root = folder / "backup"});
  REQUIRE(medium);
  const auto ceilings = ceilings_on(**medium, "ledger");
  REQUIRE(ceilings);
  REQUIRE(ceilings->size() == 1);
  const Reservation ceiling = ceilings->front();
  // Above all that may be on its way.
  CHECK(ceiling.upto > Position{1, 500'000'006});
  CHECK(ceiling.upto < Position{1, 501'000'000});
  // What a restore leaves: the journal as the medium has it, with its mark.
  const auto adopt = [&](const std::string& target, std::optional<Timestamp> stopped) {
    const std::string journal = folder / target + "/journal";
    std::filesystem::create_directories(journal);
    {
      const auto replica = JournalReplica::open({.folder = journal});
      REQUIRE(replica);
      REQUIRE(take_pieces(**medium, "ledger", **replica));
    }
    std::ofstream(journal + "/restored") << "source ledger\nposition 1:5\nhead 1:5\nundone 0\n";
    return engine.adopt({.target = folder / target, .stopped = stopped});
  };
  const auto bounded = adopt("bounded", ceiling.until);
  INFO((bounded ? std::string() : bounded.error().sentence()));
  REQUIRE(bounded);
  CHECK(bounded->after == Position{1, 5});
  CHECK(bounded->ceiling == ceiling.upto);
  CHECK(bounded->first == ceiling.upto.sequence + 1);
  CHECK(bounded->unknown_loss);
  CHECK(bounded->reason == "stopped by " + utc_text(ceiling.until));
  // The medium has a group of later than that.
  CHECK(adopt("contradicted", Timestamp{1'000'000'000, 0}).error().id() == ErrorId::config);
  const auto unknown = adopt("unknown", {});
  REQUIRE(unknown);
  CHECK_FALSE(unknown->ceiling);
  CHECK(unknown->first == ceiling.upto.sequence + 1);
}

}  // namespace test_journaled
