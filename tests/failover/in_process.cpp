// SPDX-License-Identifier: BSL-1.0
// A pipeline and its standby in one process: the copy is a folder, and there is no server.
#include <lifeboat/failover/standby_state.hpp>
#include <lifeboat/lifeboat.hpp>
#include <lifeboat/sync/transport/folder_receiver.hpp>

#include <filesystem>
#include <optional>
#include <thread>

#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_in_process {

using namespace lifeboat;
using namespace support;
using Bank = DisasterRecoveryPipeline<Full, Memory, LogSync, Sha256>;

namespace {

template <class T>
T must(Result<T> made) {
  INFO((made ? std::string() : made.error().sentence()));
  REQUIRE(made);
  return std::move(*made);
}

struct Ledger {
  using Logged = Records<Payment>;
  std::int64_t cents = 0;
  Status apply(const Logged::Group& group, Position, Applying) {
    group.each([&](const Payment& payment) { cents += payment.amount.minor; });
    return ok();
  }
};

}  // namespace

TEST_CASE("a standby in the engine's process follows its passes, and goes on when the engine is gone") {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "state");
  std::optional<Bank> bank(must(Bank::open({.source = {.id = "bank", .root = folder / "state"},
                                            .medium = {},
                                            .sync = {.journal = folder / "j",
                                                     .to = {.replica = folder / "r", .segment_length = 256U << 10U},
                                                     .schemas = schemas_of<Ledger::Logged>(),
                                                     .segment_length = 256U << 10U,
                                                     .queue_bytes = 32U << 10U},
                                            .keep_state = false})));
  const auto pay = [&](std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t n = from; n <= to; ++n)
      bank->append(payment_of(n))
          .match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
  };
  Ledger ledger;
  StandbyState<Ledger::Logged, Ledger> follows(ledger);
  const auto standby = must(Standby::open(
      {.receiver = must(FolderReceiver::open(
           {.replica = folder / "r", .journal = folder / "j", .look_every = std::chrono::milliseconds(2)})),
       .state = &follows}));
  const auto soon = [] { return std::chrono::steady_clock::now() + std::chrono::seconds(30); };
  pay(1, 20);
  must(bank->sync());
  REQUIRE(standby->wait({1, 20}, soon()));
  CHECK(standby->read([&](Position at) { return std::pair(at, ledger.cents); }) ==
        std::pair(Position{1, 20}, std::int64_t{2000}));
  pay(21, 25);
  must(bank->sync());
  REQUIRE(standby->wait({1, 25}, soon()));
  pay(26, 27);  // no pass carries these
  while (must(standby->lag()).not_received != 2) std::this_thread::yield();
  bank.reset();
  PromoteRequest request;
  request.by = "Alice";
  request.reason = "its disk is gone";
  request.journal = journal_of("");
  Promotion promotion = must(standby->promote(std::move(request)));
  CHECK(promotion.epoch == 2);
  CHECK(promotion.first > 27);
  CHECK(promotion.window == 1);
  CHECK(ledger.cents == 2500);
  append_payments(*promotion.journal, 100, 101);
  promotion.journal.reset();
  CHECK(payments_in(folder / "r").size() == 27);
  // The engine that comes back ships nothing into the promoted copy.
  Embedded embedded = must(Embedded::open({.replica = folder / "r", .segment_length = 256U << 10U}, folder / "j"));
  CHECK_FALSE(embedded.ship({}));
}

}  // namespace test_in_process
