// SPDX-License-Identifier: BSL-1.0
// A journal that lets go of what stands elsewhere, here and on the medium, and knows its keys all the same.
#include <filesystem>

#include <lifeboat/journal/engine_keys.hpp>
#include <lifeboat/lifeboat.hpp>
#include <lifeboat/sync/log_sync.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/temp_folder.hpp"

using namespace lifeboat;

/// Fills segments faster than payments alone.
struct Document {
  std::array<std::uint64_t, 1024> words;
};
BOOST_HANA_ADAPT_STRUCT(Document, words);

namespace test_recycle_log {

namespace {

using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256>;

constexpr std::uint64_t segment = 256U << 10U;  // about 31 payments with a document
constexpr std::uint64_t horizon = 100;

Payment payment(std::uint64_t n) { return {*Key::of("A-" + std::to_string(n)), {1}, {2}, {100, EUR}}; }

struct Engine final : FreezeHook {
  Position applied{};
  Result<Frozen> freeze(std::chrono::steady_clock::time_point) override {
    return Frozen{.cut = {.kind = CutKind::frozen, .has_position = true, .position = applied}};
  }
  void thaw() noexcept override {}
};

template <class T>
T must(Result<T> result) {
  INFO((result ? std::string() : result.error().sentence()));
  REQUIRE(result);
  return std::move(*result);
}

struct Bank {
  support::TempFolder folder;
  Engine engine;
  LogSync::Config sync{.journal = folder / "journal",
                       .segment_length = segment,
                       .queue_bytes = segment / 4,
                       .retry_groups = horizon,
                       .recycle = true};
  std::vector<std::string> told;
  std::optional<Pipeline> pipeline;
  std::uint64_t n = 0;

  Bank() { std::filesystem::create_directory(folder / "engine"); }

  Result<Pipeline> opened(const std::string& root, const LogSync::Config& with) {
    return Pipeline::open({.source = {.id = "ledger", .root = root, .freeze = &engine},
                           .medium = {.root = folder / "backup", .create = true},
                           .sync = with,
                           .log = {.context = this, .event = note},
                           .state = folder / "state"});
  }
  void open() { pipeline.emplace(must(opened(folder / "engine", sync))); }
  static void note(void* self, const Event& event) noexcept {
    static_cast<Bank*>(self)->told.emplace_back(event.sentence);
  }

  AppendOnceOutcome<LocalDurable> pay(std::uint64_t which) { return pipeline->append_once(payment(which), Document{}); }
  void pay_more(std::uint64_t count) {
    for (const std::uint64_t end = n + count; n < end;) {
      const auto position =
          pay(++n).match([](Acked<LocalDurable> a) { return a.position; }, [](auto) { return Position{}; });
      REQUIRE(position.sequence == n);
      engine.applied = position;
    }
  }
  std::size_t segments() const {
    std::size_t found = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder / "journal"))
      found += file.path().filename().string().starts_with("segment-") ? 1U : 0U;
    return found;
  }
};

bool already(AppendOnceOutcome<LocalDurable> outcome) {
  return outcome.match([](Already) { return true; }, [](auto) { return false; });
}

}  // namespace

TEST_CASE("segments go when an archive, the medium and the copy are past them, and their keys stay known") {
  Bank bank;
  bank.sync.to.replica = bank.folder / "copy";
  bank.open();
  bank.pay_more(200);
  const std::size_t all = bank.segments();
  REQUIRE(all >= 6);
  CHECK(must(bank.pipeline->sync()).segments_recycled == 0);  // no archive states a position
  REQUIRE(bank.pipeline->backup());
  bank.pay_more(10);
  const SyncReport report = must(bank.pipeline->sync());
  CHECK(report.position == Position{1, 210});
  CHECK(report.medium_position == Position{1, 210});
  CHECK(report.segments_recycled >= all - 2);
  CHECK(bank.segments() <= 2);
  CHECK(must(bank.pipeline->status()).journal->kept_bytes == bank.segments() * segment);
  CHECK(must(bank.pipeline->sync()).segments_recycled == 0);
  CHECK(already(bank.pay(1)));
  CHECK(already(bank.pay(205)));
  bank.pay_more(1);
  bank.pipeline.reset();
  bank.open();
  CHECK(already(bank.pay(2)));
  // Nothing is lost of what stands elsewhere.
  const auto restored = must(bank.pipeline->restore({.target = bank.folder / "again"}));
  CHECK(restored.position == Position{1, 210});
}

TEST_CASE("segments go whichever way groups are appended, and whoever knows the keys") {
  Bank bank;
  bank.sync.retry_groups = ~std::uint64_t{0};
  std::unique_ptr<KeysPort> own;
  SECTION("kept keys, and an engine that decides on none") {}
  SECTION("kept keys, and some that were decided on long before") {
    bank.open();
    bank.pay_more(3);
  }
  SECTION("the engine's own keys") {
    own = must(engine_keys([](std::string_view) -> Result<std::optional<KnownKey>> { return std::nullopt; },
                           [&]() -> Result<Position> { return bank.engine.applied; }));
    bank.sync.keys = own.get();
  }
  bank.sync.max_kept = 4 * segment;
  if (!bank.pipeline) bank.open();
  const auto append_some = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const Position at =
          i % 2 == 0 ? bank.pipeline->append(payment(++bank.n), Document{})
                           .match([](Acked<LocalDurable> a) { return a.position; }, [](auto) { return Position{}; })
                     : bank.pipeline->submit(payment(++bank.n), Document{})
                           .match(
                               [&](Position p) {
                                 return bank.pipeline->wait(p).match([](Acked<LocalDurable> a) { return a.position; },
                                                                     [](auto) { return Position{}; });
                               },
                               [](NotWritten) { return Position{}; });
      REQUIRE(at.sequence == bank.n);
      bank.engine.applied = at;
    }
  };
  std::uint64_t recycled = 0;
  for (int round = 0; round < 6; ++round) {
    append_some(80);  // between two and three segments
    REQUIRE(bank.pipeline->backup());
    recycled += must(bank.pipeline->sync()).segments_recycled;
    CHECK(bank.segments() <= 3);
  }
  CHECK(recycled >= 12);
  bank.pipeline.reset();
  bank.open();
  append_some(10);
}

TEST_CASE("segments whose keys are on their way stay") {
  Bank bank;
  struct Slow final : KeysPort {
    Position told{};
    bool refuses = false;
    Result<std::optional<KnownKey>> find(std::string_view) override { return std::optional<KnownKey>(); }
    Status learn(std::string_view, const KnownKey&) override {
      if (refuses) return Error{ErrorId::medium_full, "no room"};
      return ok();
    }
    void cover(Position up_to) noexcept override { told = std::max(told, up_to); }
    [[nodiscard]] Position covered() const noexcept override { return told; }
  } keys;
  bank.sync.keys = &keys;
  bank.open();
  keys.refuses = true;
  REQUIRE(bank.pay(1).match([](Acked<LocalDurable>) { return true; }, [](auto) { return false; }));
  keys.refuses = false;
  bank.n = 1;
  for (int i = 0; i < 200; ++i)
    bank.pipeline->append(payment(++bank.n), Document{})
        .match([&](Acked<LocalDurable> a) { bank.engine.applied = a.position; }, [](auto) { FAIL(); });
  REQUIRE(bank.pipeline->backup());
  CHECK(must(bank.pipeline->sync()).segments_recycled == 0);  // the first key is known to nothing but the journal
}

TEST_CASE("a journal that may keep no more refuses appends until it can let go, or lets the copy go by name") {
  Bank bank;
  bank.sync.to.replica = bank.folder / "away/copy";  // its parent is not there
  bank.sync.max_kept = 3 * segment;
  SECTION("stop") {
    bank.open();
    REQUIRE(bank.pipeline->backup());
    ErrorId refused{};
    while (refused == ErrorId{} && bank.n < 1000)
      bank.pay(bank.n + 1)
          .match([&](Acked<LocalDurable> a) { bank.n = (bank.engine.applied = a.position).sequence; },
                 [&](NotWritten r) { refused = r.id; }, [](auto) { FAIL(); });
    CHECK(refused == ErrorId::journal_full);
    CHECK(bank.segments() == 4);  // it ends the one that it was in
    REQUIRE(bank.pipeline->backup());
    CHECK_FALSE(bank.pipeline->sync());
    CHECK(must(bank.pipeline->status()).journal->head == Position{1, bank.n});  // the medium has it all the same
    std::filesystem::create_directory(bank.folder / "away");
    CHECK(must(bank.pipeline->sync()).segments_recycled == 3);
    bank.pay_more(1);
  }
  SECTION("drop the copy") {
    bank.sync.at_max_kept = AtMaxKept::drop_copy;
    bank.open();
    while (bank.segments() < 4) bank.pay_more(1);
    REQUIRE(bank.pipeline->backup());
    CHECK_FALSE(bank.pipeline->sync());
    CHECK(bank.segments() == 1);
    REQUIRE_FALSE(bank.told.empty());
    CHECK(bank.told.back().find("has to be seeded anew") != std::string::npos);
    bank.pay_more(1);
    std::filesystem::create_directory(bank.folder / "away");
    // The medium has what it lost.
    const SyncReport late = must(bank.pipeline->sync());
    CHECK(late.position == Position{1, bank.n});
    CHECK(late.items_sent == bank.n);
    CHECK(must(bank.pipeline->verify_sync()).equal);
  }
  SECTION("less than two segments is no journal") {
    bank.sync.max_kept = segment;
    CHECK(bank.opened(bank.folder / "engine", bank.sync).error().id() == ErrorId::config);
  }
}

TEST_CASE("a copy that lacks what the journal let go takes it from the medium") {
  Bank bank;
  const std::string copy = bank.folder / "copy";
  bank.sync.to.replica = copy;
  bank.open();
  REQUIRE(bank.pipeline->backup());
  const auto live = [&] {
    for (int i = 0; i < 4; ++i) {
      bank.pay_more(50);
      REQUIRE(bank.pipeline->sync());
      REQUIRE(bank.pipeline->backup());
    }
    bank.pay_more(1);
    CHECK(must(bank.pipeline->sync()).segments_recycled != 0);
  };
  const auto groups = [&] {
    auto reader = must(JournalReader::open(copy));
    std::pair<std::uint64_t, std::uint64_t> found{0, 0};
    while (const auto group = must(reader.next())) {
      if (found.first == 0) found.first = group->position.sequence;
      found.second = group->position.sequence;
    }
    return found;
  };
  live();
  SECTION("it is gone") {
    std::filesystem::remove_all(copy);
    bank.pay_more(3);
    CHECK(must(bank.pipeline->sync()).position == Position{1, bank.n});
    CHECK(groups() == std::pair<std::uint64_t, std::uint64_t>{1, bank.n});
    CHECK(must(bank.pipeline->verify_sync()).equal);
    CHECK(must(bank.pipeline->sync()).items_sent == 0);
  }
  SECTION("it is an old one, and pieces went meanwhile") {
    std::filesystem::copy(copy, bank.folder / "old");
    live();
    const auto plan = must(bank.pipeline->core().plan({.windows = 2, .groups = horizon}, std::chrono::hours(1), {}));
    const auto digest = must(plan_digest(plan, *bank.pipeline->core().repository().structural));
    REQUIRE(must(bank.pipeline->prune(plan, digest, std::chrono::seconds(0))).pieces != 0);
    std::filesystem::remove_all(copy);
    SECTION("as far as it goes, it is kept, and a line says what to do") {
      // Of before any piece that is left.
      std::filesystem::create_directory(copy);
      {
        auto reader = must(JournalReader::open(bank.folder / "old"));
        auto replica = must(JournalReplica::open({.folder = copy}));
        REQUIRE(ship(reader, *replica, {.bytes = 1, .run_bytes = 1}));
      }
      const auto refused = bank.pipeline->sync();
      REQUIRE_FALSE(refused);
      CHECK(refused.error().id() == ErrorId::object_missing);
      CHECK(refused.error().next() == "mv " + copy + " " + copy + ".old    # the next pass makes it anew");
      std::filesystem::rename(copy, copy + ".old");
    }
    CHECK(must(bank.pipeline->sync()).position == Position{1, bank.n});
    CHECK(groups().first > 1);
    CHECK(groups().second == bank.n);
    CHECK(must(bank.pipeline->verify_sync()).equal);
  }
}

TEST_CASE("pieces go that no archive goes on from and no client asks for, and a restore knows the keys that it must") {
  Bank bank;
  bank.open();
  REQUIRE(bank.pipeline->backup());
  for (int i = 0; i < 6; ++i) {
    bank.pay_more(50);
    REQUIRE(bank.pipeline->sync());
    REQUIRE(bank.pipeline->backup());
  }
  const auto prune = [&](Retention keep) {
    const Core& core = bank.pipeline->core();
    const PrunePlan plan = must(bank.pipeline->core().plan(keep, std::chrono::hours(1), {}));
    return must(
        bank.pipeline->prune(plan, must(plan_digest(plan, *core.repository().structural)), std::chrono::seconds(0)));
  };
  CHECK(bank.pipeline->core().plan({.groups = horizon - 1}, std::chrono::hours(1), {}).error().id() == ErrorId::config);
  CHECK(prune({.windows = 10, .groups = horizon}).pieces == 0);  // the first archive goes on from the beginning
  CHECK(prune({.windows = 2}).pieces == 0);                      // nobody said how far back clients ask
  const SweepReport swept = prune({.windows = 2, .groups = horizon});
  CHECK(swept.pieces_upto == Position{1, 200});  // 300 less the horizon; the archives that stay are at 250 and 300
  CHECK(swept.pieces >= 4);
  CHECK(prune({.windows = 2, .groups = horizon}).pieces == 0);

  const std::string again = bank.folder / "again";
  const auto restored = must(bank.pipeline->restore({.target = again}));
  CHECK(restored.position == Position{1, 300});
  for (const InvariantReport& report : restored.invariants) CHECK(report.holds);
  REQUIRE(bank.pipeline->adopt({.target = again, .nothing_lost = true}));
  bank.pipeline.reset();
  LogSync::Config copy = bank.sync;
  copy.journal = again + "/journal";
  SECTION("with the horizon that was kept") {
    bank.pipeline.emplace(must(bank.opened(again, copy)));
    CHECK(already(bank.pay(300)));
    CHECK(already(bank.pay(201)));
    REQUIRE(bank.pipeline->sync());
  }
  SECTION("a longer one can not be answered, and is refused") {
    copy.retry_groups = horizon + 1;
    CHECK(bank.opened(again, copy).error().id() == ErrorId::object_missing);
  }
}

}  // namespace test_recycle_log
