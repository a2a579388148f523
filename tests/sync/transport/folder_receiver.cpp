// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/transport/folder_receiver.hpp>

#include <filesystem>
#include <thread>

#include <lifeboat/sync/transport/embedded.hpp>

#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_folder_receiver {

using namespace lifeboat;
using namespace support;
using namespace std::chrono_literals;

namespace {

struct Copy {
  TempFolder folder;
  std::string journal = folder / "j";
  std::string replica = folder / "r";

  void pass() const {
    Embedded embedded = Embedded::open({.replica = replica, .segment_length = 256U << 10U}, journal).value();
    const auto report = embedded.ship({});
    INFO((report ? std::string() : report.error().sentence()));
    REQUIRE(report);
  }
  [[nodiscard]] std::unique_ptr<FolderReceiver> receiver(const std::string& sees = {}) const {
    auto made = FolderReceiver::open({.replica = replica, .journal = sees, .look_every = 2ms});
    REQUIRE(made);
    return std::move(*made);
  }
};
Moment in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

}  // namespace

TEST_CASE("what a pass brings into the folder is there for whoever waits; nothing is before the first one") {
  const Copy copy;
  const auto journal = open_journal(copy.journal);
  const auto receiver = copy.receiver();
  CHECK(receiver->folder() == copy.replica);
  CHECK_FALSE(receiver->wait({1, 1}, in(20ms)));
  LinkStatus status = receiver->status();
  CHECK(status.state == LinkState::away);
  REQUIRE(status.refusal);
  CHECK(status.refusal->id() == ErrorId::object_missing);
  CHECK_FALSE(status.heard);
  append_payments(*journal, 1, 30, 3);
  std::thread passes([&] { copy.pass(); });
  CHECK(receiver->wait({1, 30}, in(30s)));
  passes.join();
  CHECK(receiver->durable() == Position{1, 30});
  append_payments(*journal, 31, 40, 3);
  CHECK_FALSE(receiver->wait({1, 31}, in(20ms)));
  copy.pass();
  CHECK(receiver->wait({1, 40}, in(30s)));
  status = receiver->status();
  CHECK(status.state == LinkState::up);
  CHECK(status.standby == journal_end(copy.replica).value());
  CHECK(status.durable == Position{1, 40});
  CHECK(status.heard);
  CHECK_FALSE(status.refusal);
}

TEST_CASE("where the journal can be seen it is known how far the copy is behind") {
  const Copy copy;
  const auto journal = open_journal(copy.journal);
  append_payments(*journal, 1, 10);
  copy.pass();
  const auto receiver = copy.receiver(copy.journal);
  append_payments(*journal, 11, 14);
  CHECK_FALSE(receiver->wait({1, 14}, in(20ms)));
  const LinkStatus status = receiver->status();
  CHECK(status.durable == Position{1, 14});
  CHECK(status.standby.last == Position{1, 10});
  CHECK(status.durable_time != Timestamp{});
  CHECK(status.no_doubt);
}

TEST_CASE("a stopped receiver lets go of whoever waits, and of the folder") {
  const Copy copy;
  append_payments(*open_journal(copy.journal), 1, 10);
  copy.pass();
  const auto receiver = copy.receiver();
  std::thread waits([&] { CHECK_FALSE(receiver->wait({1, 11}, {})); });
  std::this_thread::sleep_for(5ms);
  receiver->stop();
  waits.join();
  CHECK(receiver->wait({1, 10}, {}));
  CHECK_FALSE(receiver->wait({1, 11}, {}));
  CHECK(receiver->status().state == LinkState::stopped);
  CHECK(open_replica(copy.replica)->last() == Position{1, 10});
  CHECK(FolderReceiver::open({}).error().id() == ErrorId::config);
}

TEST_CASE("a copy that is seeded anew is followed on, one of another history is not") {
  const Copy copy;
  append_payments(*open_journal(copy.journal), 1, 10);
  copy.pass();
  const auto receiver = copy.receiver();
  std::filesystem::remove_all(copy.replica);
  CHECK_FALSE(receiver->wait({1, 11}, in(20ms)));
  CHECK(receiver->status().state == LinkState::away);
  append_payments(*open_journal(copy.journal), 11, 12);
  copy.pass();
  CHECK(receiver->wait({1, 12}, in(30s)));
  CHECK(receiver->status().groups == 2);  // that came since it was opened
  std::filesystem::remove_all(copy.replica);
  const Copy other;
  append_payments(*open_journal(other.journal), 1, 20);
  other.pass();
  std::filesystem::copy(other.replica, copy.replica);
  CHECK_FALSE(receiver->wait({1, 13}, in(20ms)));
  CHECK(receiver->durable() == Position{1, 12});
  REQUIRE(receiver->status().refusal);
  CHECK(receiver->status().refusal->id() == ErrorId::diverged);
}

}  // namespace test_folder_receiver
