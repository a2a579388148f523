// SPDX-License-Identifier: BSL-1.0
// The log of a whole pipeline while every operator new of this program throws.
#include <filesystem>
#include <thread>

#include <lifeboat/lifeboat.hpp>
#include <lifeboat/restore/open_loss.hpp>
#include <lifeboat/source/records.hpp>
#include <lifeboat/sync/log_sync.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/no_memory.hpp"
#include "support/temp_folder.hpp"

using namespace lifeboat;
using support::refused_in;

namespace test_log_memory {

namespace {

using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256, With<Directory, Records<Payment>>>;

Payment payment(std::uint64_t n) {
  char text[] = "K-0000000";
  for (std::size_t at = sizeof text - 2; n != 0; n /= 10) text[at--] = static_cast<char>('0' + n % 10);
  return {*Key::of(text), {1}, {2}, {100, EUR}};
}

Pipeline opened(const support::TempFolder& folder, std::size_t keys_memory) {
  std::filesystem::create_directory(folder / "engine");
  auto pipeline = Pipeline::open({.source = {.id = "ledger", .root = folder / "engine"},
                                  .medium = {.root = folder / "backup", .create = true},
                                  .sync = {.journal = folder / "journal", .keys_memory = keys_memory},
                                  .state = folder / "state"});
  INFO((pipeline ? std::string() : pipeline.error().sentence()));
  REQUIRE(pipeline);
  return std::move(*pipeline);
}

char told(const AppendOnceOutcome<LocalDurable>& outcome) noexcept {
  return outcome.match([](Acked<LocalDurable>) { return 'p'; }, [](Already) { return 'a'; },
                       [](InDoubt) { return 'd'; }, [](NotWritten) { return 'n'; }, [](Unknown) { return 'u'; });
}
bool acked(const AppendOutcome<LocalDurable>& outcome) noexcept {
  return outcome.match([](Acked<LocalDurable>) { return true; }, [](NotWritten) { return false; },
                       [](Unknown) { return false; });
}

}  // namespace

TEST_CASE("a pipeline that names its records pays without memory, from its first append on") {
  const support::TempFolder folder;
  Pipeline pipeline = opened(folder, 16U << 20U);
  bool good = true;
  CHECK(refused_in([&] {
          for (std::uint64_t n = 1; n <= 100; ++n) good = good && acked(pipeline.append(payment(n)));
          for (std::uint64_t n = 1; n <= 100; ++n) good = good && told(pipeline.append_once(payment(n))) == 'p';
          for (std::uint64_t n = 1; n <= 100; ++n) good = good && told(pipeline.append_once(payment(n))) == 'a';
          Position last{};
          for (std::uint64_t n = 1; n <= 100; ++n)
            pipeline.submit(payment(n))
                .match([&](Position position) { last = position; }, [&](NotWritten) { good = false; });
          good = good && acked(pipeline.wait(last));
        }) == 0);
  CHECK(good);
  CHECK(pipeline.durable() == Position{1, 300});
}

TEST_CASE("keys that meet a lack of memory stay reserved, and are learned when there is some again") {
  const support::TempFolder folder;
  std::uint64_t paid = 0;
  {
    Pipeline pipeline = opened(folder, 64U << 10U);
    const std::uint64_t refused_ones = refused_in([&] {
      while (paid < 5000 && told(pipeline.append_once(payment(paid + 1))) == 'p') ++paid;
    });
    // It went on for long without, until too many were reserved.
    CHECK(refused_ones > 0);
    CHECK(paid > 1024);
    CHECK(paid < 5000);
    for (const std::uint64_t n : {std::uint64_t{1}, paid / 2, paid})
      CHECK(told(pipeline.append_once(payment(n))) == 'a');
    for (int i = 0; i < 2000; ++i) {
      CHECK(told(pipeline.append_once(payment(paid + 1))) == 'p');
      ++paid;
    }
  }
  Pipeline again = opened(folder, 64U << 10U);
  for (std::uint64_t n = 1; n <= paid; ++n)
    if (told(again.append_once(payment(n))) != 'a') FAIL("payment " << n << " of " << paid << " is not known");
}

TEST_CASE(
    "beside a doubt window it pays without memory, and a closing that met the lack of it counts when there is some") {
  const support::TempFolder folder;
  { CHECK(told(opened(folder, 16U << 20U).append_once(payment(1))) == 'p'); }
  const StatementLine lost[] = {{.key = std::string(payment(2).key.view())}};
  REQUIRE(open_loss(folder / "journal",
                    {.basis = LossBasis::listed, .after = {1, 1}, .fresh_epoch = 2, .since = {1, 0}, .by = "ann"},
                    lost));
  Pipeline pipeline = opened(folder, 16U << 20U);
  bool good = true;
  CHECK(refused_in([&] {
          for (std::uint64_t n = 3; n <= 100; ++n) {
            good =
                good && told(pipeline.append_once(payment(n))) == 'p' && told(pipeline.append_once(payment(2))) == 'd';
            std::this_thread::sleep_for(DoubtFollower::look_every / 4);
          }
        }) == 0);
  CHECK(good);
  {
    const auto other = DoubtWindow::open({.folder = doubt_folder(folder / "journal")});
    REQUIRE(other);
    REQUIRE((*other)->close_key(payment(2).key.view(), KeyVerdict::not_paid, {.by = "ann"}));
  }
  std::this_thread::sleep_for(DoubtFollower::look_every);
  std::string got;  // so few need no memory
  CHECK(refused_in([&] {
          for (int i = 0; i < 3; ++i) got += told(pipeline.append_once(payment(2)));
        }) > 0);
  CHECK(got == "uuu");  // it could not be looked up
  CHECK(told(pipeline.append_once(payment(2))) == 'p');
}

}  // namespace test_log_memory
