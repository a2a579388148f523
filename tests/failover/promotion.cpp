// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/failover/promotion.hpp>

#include "support/hand_receiver.hpp"
#include "support/two_sides.hpp"

#include <lifeboat/failover/standby.hpp>
#include <lifeboat/restore/doubt_port.hpp>

using namespace lifeboat;
using namespace support;

namespace {

struct Ignores final : StatePort {
  Status apply(const JournalGroup&, const SegmentHeader&) override { return ok(); }
};

/// Promotes what a standby has of a journal.
Result<Promotion> promoted(const std::string& journal, const std::string& replica, bool nothing_lost) {
  Ignores state;
  auto receiver = std::make_unique<HandReceiver>(journal, replica);
  receiver->take();
  auto standby = opened(Standby::open({.receiver = std::move(receiver), .state = &state}));
  PromoteRequest request;
  request.by = "A. Nightshift";
  request.reason = "site lost";
  request.journal = journal_of("");
  request.nothing_lost = nothing_lost;
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

TEST_CASE("where nothing was lost no window opens, and those of before have to be there") {
  const TempFolder folder;
  append_payments(*open_journal(folder / "j"), 1, 9);
  {
    const auto done = promoted(folder / "j", folder / "r", true);
    REQUIRE(done);
    CHECK(done->window == 0);
  }
  CHECK_FALSE(has_doubt(folder / "r"));

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
