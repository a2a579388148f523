// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/failover/promotion.hpp>

#include <lifeboat/failover/standby.hpp>
#include <lifeboat/lifeboat.hpp>
#include <lifeboat/restore/doubt_port.hpp>
#include <lifeboat/sync/log_sync.hpp>

#include <filesystem>

#include "support/hand_receiver.hpp"
#include "support/two_sides.hpp"

namespace test_promotion {

using namespace lifeboat;
using namespace support;

namespace {

struct Ignores final : StatePort {
  Status apply(const JournalGroup&, const SegmentHeader&) override { return ok(); }
};

/// Promotes what a standby has of a journal.
Result<Promotion> promoted(const std::string& journal, const std::string& replica, bool nothing_lost,
                           MediumPort* medium = nullptr, std::uint64_t bytes = ~std::uint64_t{0},
                           std::optional<Timestamp> stopped = {}) {
  Ignores state;
  auto receiver = std::make_unique<HandReceiver>(journal, replica);
  receiver->take(bytes);
  auto standby = opened(Standby::open({.receiver = std::move(receiver), .state = &state}));
  PromoteRequest request;
  request.by = "A. Nightshift";
  request.reason = "site lost";
  request.journal = journal_of("");
  request.nothing_lost = nothing_lost;
  request.medium = medium;
  request.source = "ledger";
  request.stopped = stopped;
  return standby->promote(std::move(request));
}

std::string answer(DoubtWindow& window, const Stamp& stamp) {
  const auto said = window.ask("A-7", stamp);
  REQUIRE(said);
  return said->match([](Known) { return "known"; }, [](New) { return "new"; }, [](InDoubt) { return "in doubt"; });
}

}  // namespace

TEST_CASE("a promotion leaves every key in doubt that the engine does not vouch for") {
  const TempFolder folder;
  append_payments(*open_journal(folder / "j"), 1, 9);
  {
    const auto done = promoted(folder / "j", folder / "r", false);
    REQUIRE(done);
    CHECK(done->window == 1);
    CHECK(done->epoch == 2);
  }
  {
    const auto window = opened(DoubtWindow::open({.folder = doubt_folder(folder / "r")}));
    CHECK(window->windows() == 1);
    CHECK(answer(*window, {}) == "in doubt");
    CHECK(answer(*window, {.epoch = 1}) == "in doubt");
    CHECK(answer(*window, {.epoch = 2}) == "new");
  }
  // Known from where on: a statement that begins behind the last group that is here does not cover the loss.
  auto reader = JournalReader::open(folder / "r", {1, 9});
  REQUIRE(reader);
  const auto last = reader->next();
  REQUIRE(last);
  REQUIRE(*last);
  const auto window = opened(DoubtWindow::open({.folder = doubt_folder(folder / "r")}));
  ClassClosing closing{.window = 1, .name = "rail", .path = folder / "none", .until = {4'000'000'000, 0}};
  closing.from = {(*last)->time.seconds + 1, 0};
  closing.evidence = {.by = "A", .second = "B"};
  CHECK(window->close_rail(closing).error().id() == ErrorId::evidence);
}

TEST_CASE("a promotion needs a majority of those who hold the epoch, or the names of all that are lost") {
  const TempFolder folder;
  append_payments(*open_journal(folder / "j"), 1, 9);
  Ignores state;
  auto receiver = std::make_unique<HandReceiver>(folder / "j", folder / "r");
  receiver->take(~std::uint64_t{0});
  auto standby = opened(Standby::open({.receiver = std::move(receiver), .state = &state}));
  const auto promote = [&](std::vector<std::string> lost, const char* second = "B. Dayshift") {
    PromoteRequest request;
    request.by = "A. Nightshift";
    request.reason = "no power";
    request.journal = journal_of("");
    request.second = second;
    request.holders = parse_holders("host-b,host-a,repository").value();
    request.lost = std::move(lost);
    return standby->promote(std::move(request));
  };
  const auto refused = promote({"host-a"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::holders);
  CHECK(refused.error().is_unchanged());
  CHECK(refused.error().next() == "--lost repository");
  CHECK(promote({"host-c"}).error().id() == ErrorId::config);
  for (const char* alone : {"", "A. Nightshift"}) {
    const auto one = promote({"host-a", "repository"}, alone);
    REQUIRE_FALSE(one);
    CHECK(one.error().id() == ErrorId::second_name);
    CHECK(one.error().is_unchanged());
    CHECK(one.error().next() == "--second NAME");
  }
  CHECK_FALSE(has_doubt(folder / "r"));
  const auto done = promote({"host-a", "repository"});
  REQUIRE(done);
  CHECK(done->reason == "lost host-a,repository: no power");
  CHECK(done->second == "B. Dayshift");
  CHECK(done->epoch == 2);
}

TEST_CASE("where nothing was lost no window opens, and those of before have to be there") {
  const TempFolder folder;
  append_payments(*open_journal(folder / "j"), 1, 9);
  {
    const auto done = promoted(folder / "j", folder / "r", true);
    REQUIRE(done);
    CHECK(done->window == 0);
  }
  const auto left = read_doubt(doubt_folder(folder / "r"));
  REQUIRE(left);
  CHECK(left->windows() == 0);
  REQUIRE(left->went_live().size() == 1);
  CHECK(left->went_live()[0].epoch == 2);
  CHECK(left->went_live()[0].reason.view() == "site lost");

  // The next standby hears of epoch 2, and not of what that left in doubt.
  append_payments(*open_journal(folder / "r"), 10, 12);
  const auto refused = promoted(folder / "r", folder / "s", true);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::object_missing);
  CHECK(refused.error().sentence().find(folder / "s" + "/doubt") != std::string::npos);
  { (void)opened(DoubtWindow::open({.folder = doubt_folder(folder / "s"), .create = true})); }
  const auto done = promoted(folder / "r", folder / "s", true);
  REQUIRE(done);
  CHECK(done->window == 0);
  CHECK(done->epoch == 3);
}

TEST_CASE("nobody can state that nothing was lost of groups that the primary said it had") {
  const TempFolder folder;
  append_payments(*open_journal(folder / "j"), 1, 9);
  const auto refused = promoted(folder / "j", folder / "r", true, nullptr, 1);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::undone);
  const Position here = journal_end(folder / "r")->last;
  REQUIRE(here < Position{1, 9});
  CHECK(refused.error().sentence() ==
        "nobody can state that nothing was lost: the primary said that it was durable up to 1:9, and the last group "
        "that is here is " +
            to_text(here) + ", so " + std::to_string(9 - here.sequence) + " groups are lacking");
  CHECK_FALSE(has_doubt(folder / "r"));
  CHECK(journal_end(folder / "r")->last.epoch == 1);  // nothing was claimed: it may be done again, and is
  const auto done = promoted(folder / "j", folder / "r", true);
  INFO((done ? std::string() : done.error().sentence()));
  REQUIRE(done);
  CHECK(done->epoch == 2);
}

namespace {

using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256>;

/// A primary with a repository.
struct Primary {
  TempFolder folder;
  std::optional<Pipeline> pipeline;

  Primary() {
    std::filesystem::create_directory(folder / "engine");
    auto made = open();
    INFO((made ? std::string() : made.error().sentence()));
    REQUIRE(made);
    pipeline.emplace(std::move(*made));
  }
  Result<Pipeline> open() const {
    return Pipeline::open(
        {.source = {.id = "ledger", .root = folder / "engine"},
         .medium = {.root = folder / "backup", .create = true},
         .sync = {.journal = folder / "engine/journal", .segment_length = 256U << 10U, .queue_bytes = 32U << 10U},
         .keep_state = false});
  }
  void pay(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t n = from; n <= to; ++n)
      pipeline->append(payment_of(n))
          .match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
  }
  [[nodiscard]] std::unique_ptr<MediumPort> medium() const {
    auto medium = open_medium<Disk>({.root = folder / "backup"});
    REQUIRE(medium);
    return std::move(*medium);
  }
};

}  // namespace

TEST_CASE("with the repository a promotion takes what is there, and fences the former primary there") {
  Primary primary;
  primary.pay(1, 30);
  REQUIRE(primary.pipeline->sync());
  primary.pay(31, 33);
  const auto medium = primary.medium();
  const std::string standby = primary.folder / "standby";
  {
    const auto done = promoted(primary.folder / "engine/journal", standby, false, medium.get(), 1000);
    INFO((done ? std::string() : done.error().sentence()));
    REQUIRE(done);
    CHECK(done->taken > 0);
    CHECK(done->loss.last == Position{1, 30});
    CHECK(done->loss.possibly == 3);
    CHECK(done->epoch == 2);
    CHECK(done->first == 34);
    CHECK(done->claimed);
    CHECK(done->fence.find("has epoch 2 of ledger") != std::string::npos);
    CHECK(done->window == 1);
  }
  CHECK(payments_in(standby).size() == 30);
  primary.pay(34, 35);
  CHECK(primary.pipeline->sync().error().id() == ErrorId::fenced);
  CHECK(primary.pipeline->backup().error().id() == ErrorId::fenced);

  const auto catalog = load_catalog(*open_repository(*medium), "ledger");
  REQUIRE(catalog);
  REQUIRE(catalog->entries.size() == 1);
  const ChainEntry& entry = catalog->entries.back();
  CHECK(entry.kind == EntryKind::epoch);
  CHECK(entry.epoch == 2);
  CHECK(entry.actor == "A. Nightshift");
  CHECK(entry.reason == "site lost");
  CHECK(entry.begins.after == Position{1, 30});
  CHECK(entry.begins.first == 34);

  // What was promoted goes on there, and the medium has one history.
  append_payments(*open_journal(standby), 100, 102);
  SystemRandom random;
  const auto shipped = ship_pieces(standby, {2, 36}, *medium, "ledger", random);
  INFO((shipped ? std::string() : shipped.error().sentence()));
  REQUIRE(shipped);
  CHECK(shipped->last == Position{2, 36});
  CHECK(list_journal(*medium, "ledger")->last() == Position{2, 36});
}

TEST_CASE("without a repository a promotion says what that leaves open, and a wrong one changes nothing") {
  Primary primary;
  primary.pay(1, 5);
  REQUIRE(primary.pipeline->sync());
  const std::string standby = primary.folder / "standby";
  std::filesystem::create_directory(primary.folder / "empty");
  auto empty = open_medium<Disk>({.root = primary.folder / "empty"});
  REQUIRE(empty);
  CHECK(promoted(primary.folder / "engine/journal", standby, false, empty->get()).error().id() ==
        ErrorId::object_missing);
  CHECK_FALSE(has_doubt(standby));
  {
    const auto done = promoted(primary.folder / "engine/journal", standby, false);
    REQUIRE(done);
    CHECK_FALSE(done->claimed);
    CHECK(done->taken == 0);
    CHECK(done->fence.find("no repository was given") == 0);
  }
  // Another copy went live meanwhile: this standby holds groups that its history has not.
  const auto medium = primary.medium();
  {
    const auto done = promoted(primary.folder / "engine/journal", primary.folder / "other", false, medium.get());
    REQUIRE(done);
    append_payments(*done->journal, 6, 9);
  }
  SystemRandom random;
  REQUIRE(ship_pieces(primary.folder / "other", {2, 9}, *medium, "ledger", random));
  primary.pay(6, 8);
  const auto late = promoted(primary.folder / "engine/journal", primary.folder / "late", false, medium.get());
  REQUIRE_FALSE(late);
  CHECK(late.error().id() == ErrorId::diverged);
}

TEST_CASE("a ceiling that was reserved here bounds the loss where the primary had stopped in its time") {
  const TempFolder folder;
  append_payments(*open_journal(folder / "j"), 1, 9);
  const Reservation ceiling{{1, 1000}, {1'795'672'860, 0}};
  const auto promote = [&](const std::string& replica, std::optional<Timestamp> stopped) {
    { (void)open_replica(replica); }
    REQUIRE(write_reservation(replica, ceiling_name, ceiling));
    auto done = promoted(folder / "j", replica, false, nullptr, ~std::uint64_t{0}, stopped);
    INFO((done ? std::string() : done.error().sentence()));
    REQUIRE(done);
    CHECK(done->first == 1001);
    CHECK(done->window == 1);
    CHECK_FALSE(done->loss.zero());
    return done->loss;
  };
  const PromotionLoss bounded = promote(folder / "in-time", Timestamp{1'795'672'860, 0});
  CHECK(bounded.bounded);
  CHECK(to_text(bounded).find("; unknown: at most 991 groups in all, up to 1:1000, the ceiling that the primary had "
                              "reserved here until 2026-11-26T06:01:00Z") != std::string::npos);
  CHECK_FALSE(promote(folder / "too-late", Timestamp{1'795'672'860, 1}).bounded);
  {
    const auto refused =
        promoted(folder / "j", folder / "too-early", false, nullptr, ~std::uint64_t{0}, Timestamp{999, 0});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::config);
  }
  const PromotionLoss unknown = promote(folder / "cut-off", {});
  CHECK_FALSE(unknown.bounded);
  CHECK(to_text(unknown).find("; unknown: what became durable there since") != std::string::npos);
}

}  // namespace test_promotion
