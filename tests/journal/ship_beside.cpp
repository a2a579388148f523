// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/ship_beside.hpp>

#include <lifeboat/journal/recycle.hpp>
#include <lifeboat/restore/doubt.hpp>
#include <lifeboat/sync/log_sync.hpp>

#include <filesystem>

#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_ship_beside {

using namespace lifeboat;
using namespace support;

namespace {

std::unique_ptr<DoubtWindow> window_at(const std::string& journal, bool create = false) {
  auto window = DoubtWindow::open({.folder = doubt_folder(journal), .create = create});
  INFO((window ? std::string() : window.error().sentence()));
  REQUIRE(window);
  return std::move(*window);
}
Loss loss_of(std::uint64_t epoch) {
  return {.basis = LossBasis::unknown, .after = {epoch - 1, 9}, .fresh_epoch = epoch, .by = "A. Nightshift"};
}

}  // namespace

TEST_CASE("the doubt window of a replica is that of its journal, and never an empty folder") {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "j");
  std::filesystem::create_directory(folder / "r");
  REQUIRE(ship_doubt_beside(folder / "j", folder / "r"));
  CHECK_FALSE(has_doubt(folder / "r"));
  const auto here = window_at(folder / "j", true);
  REQUIRE(here->open_window(loss_of(2)));
  // As a crash left it before the folder was put in place.
  { (void)open_replica(doubt_folder(folder / "r") + ".new"); }
  REQUIRE(ship_doubt_beside(folder / "j", folder / "r"));
  CHECK_FALSE(std::filesystem::exists(doubt_folder(folder / "r") + ".new"));
  CHECK(window_at(folder / "r")->windows() == 1);
  REQUIRE(here->close_key("A-7", KeyVerdict::not_paid, {.by = "B. Dayshift"}));
  REQUIRE(here->open_window(loss_of(3)));
  REQUIRE(ship_doubt_beside(folder / "j", folder / "r"));
  REQUIRE(ship_doubt_beside(folder / "j", folder / "r"));
  const auto there = window_at(folder / "r");
  CHECK(there->windows() == 2);
  CHECK(there->closings().size() == 1);
  // Two histories: what the replica's own has is not written over.
  REQUIRE(there->open_window(loss_of(4)));
  REQUIRE(here->close_key("A-8", KeyVerdict::not_paid, {.by = "B. Dayshift"}));
  CHECK_FALSE(ship_doubt_beside(folder / "j", folder / "r"));  // it is open
}

TEST_CASE("a replica in a folder has the keys and the doubt of its journal") {
  const TempFolder folder;
  const auto open_log = [&](const std::string& journal, const std::string& replica, DoubtPort* doubt = nullptr) {
    auto sync = LogSync::open({.journal = journal,
                               .to = {.replica = replica, .segment_length = 256U << 10U},
                               .schemas = {schema_bytes<Payment>()},
                               .segment_length = 256U << 10U,
                               .queue_bytes = 32U << 10U,
                               .keys_memory = 64U << 10U,
                               .doubt = doubt});
    INFO((sync ? std::string() : sync.error().sentence()));
    REQUIRE(sync);
    return std::move(*sync);
  };
  const auto pay = [](LogSync& sync, std::uint64_t n) {
    return sync.log()
        .append_once<LocalDurable>({}, payment_of(n))
        .match([](Acked<LocalDurable> a) { return "acked " + to_text(a.position); },
               [](Already a) { return "already " + to_text(a.position); },
               [](InDoubt) { return std::string("in doubt"); },
               [](NotWritten w) { return "not written " + std::string(to_string(w.id)); },
               [](Unknown) { return std::string("unknown"); });
  };
  {
    LogSync sync = open_log(folder / "j", folder / "r");
    for (std::uint64_t n = 1; n <= 2'000; ++n) REQUIRE(pay(sync, n) == "acked 1:" + std::to_string(n));
    Embedded copy = *Embedded::open({.replica = folder / "r", .segment_length = 256U << 10U}, folder / "j");
    REQUIRE(copy.ship({}));
  }
  KeySource there(keys_folder(folder / "r"));
  REQUIRE(*there.look());
  CHECK(there.set().covered.sequence >= 1'500);
  CHECK(there.set().covered.sequence <= 2'000);
  // The copy's own segments need not reach back: its keys do.
  const auto gone = recycle_segments(folder / "r", {1, there.set().covered.sequence - 1});
  REQUIRE(gone);
  CHECK(*gone > 0);
  LogSync promoted = open_log(folder / "r", "");
  CHECK(pay(promoted, 1) == "already 1:1");
  CHECK(pay(promoted, 2'000) == "already 1:2000");
  CHECK(pay(promoted, 2'001) == "acked 1:2001");
}

}  // namespace test_ship_beside
